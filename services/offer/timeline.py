"""Everything that happened in a case, in order, so that nobody has to be told a second time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.offer.case import Customer, case_of
from shared.events import WIRE, Answer, CompensationRecorded, ComplaintMerged, TimerFired
from shared.runtime.decider import Note, Timer
from shared.runtime.flow import Answer as Said
from shared.runtime.flow import Outcome

WORDS = ("text", "reason")
"""The fields in which customers write freely."""

# Each event once a case, whatever is done twice; n follows the order given.
APPEND = text("""
insert into offer.timeline ("case", id, at, type, value)
select c, id, at, type, cast(value as jsonb)
from unnest(cast(:cases as text[]), cast(:ids as uuid[]), cast(:ats as timestamptz[]), cast(:types as text[]),
    cast(:values as text[])) with ordinality as e (c, id, at, type, value, n)
order by n on conflict do nothing
""")

READ = text("""select at, type, id, cast(value as text) from offer.timeline where "case" = :case order by n""")


class Entry(NamedTuple):
    """One thing that happened in one case."""

    case: str
    id: UUID
    event: Any


class Moment(Struct, frozen=True):
    """One line of a timeline: `type` is the event's name on the wire, `value` the event as it is read from there."""

    at: datetime
    type: str
    id: str
    value: dict[str, Any]


def entries(outcome: Outcome[Customer]) -> list[Entry]:
    """What was heard about cases that are known, each followed by what was answered."""
    return [entry for said in outcome.answers if said.to.key for entry in _entries(outcome.states[said.to.key], said)]


def concerned(customer: Customer, event: Any) -> tuple[str, ...]:
    """The known cases that an event is about: one, or for a compensation all of its subject; none for a stray word."""
    named = case_of(event)
    if named:
        joined = customer.merged.get(named, named)
        return (joined,) if joined in customer.cases else ()
    if isinstance(event, CompensationRecorded):
        return tuple(case.id for case in customer.cases.values() if case.subject == event.subject)
    return ()


async def append(tx: AsyncConnection, happened: Sequence[Entry]) -> None:
    """Write these down, in their order."""
    if not happened:
        return
    parameters = {
        "cases": [entry.case for entry in happened],
        "ids": [entry.id for entry in happened],
        "ats": [entry.event.at for entry in happened],
        "types": [WIRE[type(entry.event)][0] for entry in happened],
        "values": [msgspec.json.encode(without_words(entry.event)).decode() for entry in happened],
    }
    await tx.execute(APPEND, parameters)


async def read(connection: AsyncConnection, case: str) -> tuple[Moment, ...]:
    """The timeline of a case, from its first event on."""
    rows = await connection.execute(READ, {"case": case})
    return tuple(Moment(at, kind, str(id_), msgspec.json.decode(value)) for at, kind, id_, value in rows)


def without_words(event: Any) -> Any:
    """The event without what a customer wrote: their words stay where words are kept for a short time."""
    if not isinstance(event, Answer | ComplaintMerged):
        return event
    written = {name: None for name in WORDS if getattr(event, name, None) is not None}
    return replace(event, **written) if written else event


def _entries(customer: Customer, said: Said) -> Iterator[Entry]:
    heard = said.to
    if said.answers or not isinstance(heard.event, TimerFired):  # a clock that changed nothing is no news
        for case in concerned(customer, heard.event):
            yield Entry(case, heard.id, heard.event)
    for id_, answer in said.answers:
        if not isinstance(answer, Timer | Note):
            yield Entry(case_of(answer), id_, answer)
