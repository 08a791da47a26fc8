"""How large a letter may be: one limit for every way in."""

from collections.abc import Iterable

from shared.bus.seam import RECORD_LIMIT, Outgoing
from shared.errors import TooLarge


def refuse_too_large(value: bytes | None) -> None:
    """Raises TooLarge, naming the limit, for a value that no topic takes."""
    if value is not None and len(value) > RECORD_LIMIT:
        raise TooLarge(f"{len(value):,} bytes are more than the record limit of {RECORD_LIMIT:,} bytes (1 MiB)")


def refuse_any_too_large(records: Iterable[Outgoing]) -> None:
    """The same for all of them, before the first is sent."""
    for record in records:
        refuse_too_large(record.value)
