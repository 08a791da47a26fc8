"""Lists: what is gathered from them, counted, added up, and asked of all their entries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.policy.language.arithmetic import exact
from shared.policy.language.arithmetic.computing import most_within
from shared.policy.language.form.types import DURATION, Type
from shared.policy.language.judging.unknown import MISSING_FACT, Missing, missing_together

Asked = Callable[[tuple[Any, ...]], Any]


@dataclass(frozen=True, slots=True)
class Perhaps:
    """An entry of which it is not known whether it belongs to the list."""

    value: Any
    missing: Missing


def counted(entries: tuple[Any, ...]) -> Any:
    """How many there are; entries of which something is unknown count, those that perhaps belong elsewhere do not."""
    return _unsure(entries, Perhaps) or len(entries)


def total_of(item: Type) -> Asked:
    """The sum of entries of that type."""

    def total(entries: tuple[Any, ...]) -> Any:
        if unsure := _unsure(entries, Perhaps, Missing):
            return unsure
        if item == DURATION:
            return sum(entries, timedelta(0))
        found: Any = 0
        for one in entries:
            found = exact.add(found, one)
        return found

    return total


def some(entries: tuple[Any, ...]) -> Any:
    """Whether any entry is true: also where another is unknown."""
    return _flags(entries, True)


def every(entries: tuple[Any, ...]) -> Any:
    """Whether all entries are true: not, where one is known false."""
    return _flags(entries, False)


def _flags(entries: tuple[Any, ...], ends: bool) -> Any:
    if any(one is ends for one in entries):
        return ends
    unknown = [one for one in entries if type(one) is Missing]
    unknown += [one.missing for one in entries if type(one) is Perhaps and one.value is not (not ends)]
    return missing_together(*unknown) if unknown else not ends


def end_of(position: int, facts: tuple[str, ...]) -> Asked:
    """The first (0) or last (-1) entry; of an empty list, missing under the names of the facts that it came from."""
    empty = Missing(MISSING_FACT, facts)

    def pick(entries: tuple[Any, ...]) -> Any:
        return _unsure(entries, Perhaps) or (entries[position] if entries else empty)

    return pick


def densest(days: tuple[Any, ...], number: Any) -> Any:
    """The most days within so many calendar days."""
    return _unsure(days, Perhaps, Missing) or most_within(days, number)


def _unsure(entries: tuple[Any, ...], *kinds: type) -> Missing | None:
    found = [one for one in entries if type(one) in kinds]
    if not found:
        return None
    return missing_together(*(one.missing if isinstance(one, Perhaps) else one for one in found))


ASKED: dict[str, Asked] = {"count": counted, "any": some, "all": every}
ENDS = {"first": 0, "last": -1}
