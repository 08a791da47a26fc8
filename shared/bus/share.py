"""What one reader holds of the logs: where it stands in each, and what stands still until it is told where to go on.

No bus is known here. Every rebalance begins a new generation, in which nothing is placed; what belongs to an older
generation changes nothing any more.
"""

from collections.abc import Iterable, Mapping

from shared.bus.seam import LANES, Batch, Partition, Record, Slice


class Share:
    """The partitions of one member. `generation` counts the assignments."""

    def __init__(self) -> None:
        self.generation = 0
        self.standing: set[Partition] = set()
        """Assigned and waiting for a position."""
        self._next: dict[Partition, int] = {}
        self._done: dict[Partition, int] = {}

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Begin a new generation: all positions are forgotten."""
        self.generation += 1
        self.standing = set(partitions)
        self._next.clear()
        self._done.clear()

    def place(self, generation: int, positions: Mapping[Partition, int]) -> dict[Partition, int]:
        """Go on from these positions; returns those that count: of this generation, and of what stands still."""
        if generation != self.generation:
            return {}
        placed = {part: offset for part, offset in positions.items() if part in self.standing}
        self.standing.difference_update(placed)
        self._next.update(placed)
        self._done.update(placed)
        return placed

    def lane(self, lane: int) -> list[Partition]:
        """The placed partitions of this lane."""
        return [part for part in self._next if part.number % LANES == lane]

    def position(self, part: Partition) -> int:
        """The offset that is read next. Raises KeyError for what is not placed."""
        return self._next[part]

    def stands(self, part: Partition, offset: int) -> bool:
        """Whether this offset is still the one that is read next."""
        return self._next.get(part) == offset

    def batch(self, drained: Iterable[tuple[Partition, list[Record]]]) -> Batch | None:
        """Move past these records; each slice begins where the reader stood, and not at its first record."""
        slices = tuple(self._slice(part, records) for part, records in drained if records)
        return Batch(self.generation, slices) if slices else None

    def _slice(self, part: Partition, records: list[Record]) -> Slice:
        begin, end = self._next[part], records[-1].offset + 1
        self._next[part] = end
        return Slice(part, begin, end, tuple(records))

    def back(self, batch: Batch) -> list[Partition]:
        """Stand still with all partitions of the batch; returns those that moved until now."""
        if batch.generation != self.generation:
            return []
        halted = [part.partition for part in batch.slices if part.partition in self._next]
        self.halt(halted)
        return halted

    def halt(self, partitions: Iterable[Partition]) -> None:
        """Stand still until placed again."""
        for part in partitions:
            self._next.pop(part, None)
            self._done.pop(part, None)
            self.standing.add(part)

    def committed(self, batch: Batch) -> None:
        """The records before the batch's end are done with."""
        if batch.generation != self.generation:
            return
        for part in batch.slices:
            if part.partition in self._done:
                self._done[part.partition] = part.end

    @property
    def done(self) -> Mapping[Partition, int]:
        """Where the work stands, per placed partition: everything before it is in the database."""
        return self._done
