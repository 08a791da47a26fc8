"""Which case it is that something which has happened speaks of."""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from services.offer.case import ClocksStarted, CompensationSetOff, HistoryKept
from shared.events import (
    AboutCase,
    AboutComplaint,
    CompensationRecorded,
    ComplaintMerged,
    PayoutCompleted,
    PayoutFailed,
    TimerFired,
    case_id,
)


def case_of(event: Any) -> str:
    """The id of the case that an event speaks of; "" where it names none."""
    kind: Any = type(event)
    return _naming(kind)(event)


@cache
def _naming(kind: type[Any]) -> Callable[[Any], str]:
    """How events of this kind name their case: worked out once a kind, since every event is asked twice."""
    if issubclass(kind, AboutCase | TimerFired | ClocksStarted | CompensationSetOff | HistoryKept):
        return attrgetter("case")
    if issubclass(kind, PayoutCompleted | PayoutFailed):
        return lambda event: event.key.partition("/")[0]
    if issubclass(kind, ComplaintMerged):
        return lambda event: case_id(event.into_source, event.into)
    if issubclass(kind, AboutComplaint):
        return lambda event: case_id(event.source, event.complaint)
    if issubclass(kind, CompensationRecorded):
        return lambda event: case_id(event.source, event.complaint) if event.complaint else ""
    return lambda _: ""
