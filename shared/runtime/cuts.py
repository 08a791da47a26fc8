"""A batch in two, where one record in it is trouble and those before it are not."""

from dataclasses import replace

from shared.bus.seam import Batch, Slice


def cut(batch: Batch, records: int) -> tuple[Batch, Batch]:
    """The first `records` records, and the rest, which begins where the first part ends: no offset is passed over."""
    first: list[Slice] = []
    rest: list[Slice] = []
    for part in batch.slices:
        taken = part.records[:records]
        records -= len(taken)
        if len(taken) == len(part.records):
            first.append(part)
        elif not taken:
            rest.append(part)
        else:
            middle = taken[-1].offset + 1
            first.append(replace(part, end=middle, records=taken))
            rest.append(replace(part, begin=middle, records=part.records[len(taken) :]))
    return replace(batch, slices=tuple(first)), replace(batch, slices=tuple(rest))
