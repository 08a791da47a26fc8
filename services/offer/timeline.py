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

from services.offer.case import ClocksStarted, CompensationSetOff, Customer, HistoryKept
from services.offer.naming import case_of
from shared.events import WIRE, CaseJoined, ComplaintAccepted, ComplaintMerged, Ruling, TimerFired
from shared.events import Answer as CustomersAnswer
from shared.runtime.decider import OfTimers
from shared.runtime.flow import Answer, Heard, Outcome
from shared.runtime.tables import Statement

WORDS: dict[str, Any] = {"text": None, "reason": None, "facts": {}}
"""The fields in which customers write freely, and what is kept in their place."""
PERSON: dict[str, Any] = dict.fromkeys(("name", "email", "language", "tier", "contact"))
"""What a letter says about who wrote it: as their words, it stays where it is kept for a short time."""
TYPES: dict[type[Any], str] = {kind: name for kind, (name, _) in WIRE.items()} | {
    ClocksStarted: "amends.clocks-started.v1",
    CompensationSetOff: "amends.compensation-set-off.v1",
    HistoryKept: "amends.history-kept.v1",
}
"""What each line is called: as on the wire, and so are the two that go on no topic."""

# Each event that was heard once a case, whatever is done twice; n follows the order given.
APPEND = Statement("""
insert into offer.timeline ("case", id, customer, at, moments)
select c, id, customer, at, moments
from unnest(cast(:cases as text[]), cast(:ids as uuid[]), cast(:customers as text[]), cast(:ats as timestamptz[]),
    cast(:moments as text[])) with ordinality as e (c, id, customer, at, moments, n)
order by n on conflict do nothing
""")

READ = text("""
select moments from offer.timeline where "case" = :case and customer = :customer order by n
""")


class Moment(Struct, frozen=True):
    """One line of a timeline: `type` is the event's name on the wire, `value` the event as it is read from there."""

    at: datetime
    type: str
    id: UUID
    value: Any


class Entry(NamedTuple):
    """One event in one case, and what we answered to it, each answer with its id; `beside`: it was heard in another case."""

    case: str
    customer: str
    heard: Heard
    answers: tuple[tuple[UUID, Any], ...]
    beside: bool = False


def entries(outcome: Outcome[Customer]) -> list[Entry]:
    """What happened in cases, in order.

    Read off the events alone, known case or not: how a stream is cut into batches must not show.
    """
    return [
        entry for said in outcome.answers if said.to.key and _is_news(said) for entry in (_entry(said), *_beside(said))
    ]


async def append(tx: AsyncConnection, happened: Sequence[Entry]) -> None:
    """Write these down, in their order."""
    if not happened:
        return
    parameters: dict[str, list[Any]] = {
        "cases": [entry.case for entry in happened],
        "ids": [entry.heard.id for entry in happened],
        "customers": [entry.customer for entry in happened],
        "ats": [entry.heard.event.at for entry in happened],
        "moments": [msgspec.json.encode(_moments(entry)).decode() for entry in happened],
    }
    await APPEND.run(tx, "offer", **parameters)


async def read(connection: AsyncConnection, case: str, customer: str) -> tuple[Moment, ...]:
    """The timeline of a customer's case, from its first event on."""
    rows = await connection.execute(READ, {"case": case, "customer": customer})
    return tuple(moment for row in rows for moment in msgspec.json.decode(row[0], type=tuple[Moment, ...]))


def without_words(event: Any) -> Any:
    """The event without what a customer wrote: their words stay where words are kept for a short time. Why staff ruled as
    they did is the house's own word, and part of what explains the case."""
    if not isinstance(event, CustomersAnswer | ComplaintMerged | ComplaintAccepted) or isinstance(event, Ruling):
        return event
    kept_short = WORDS | PERSON if isinstance(event, ComplaintAccepted) else WORDS
    written = {name: nothing for name, nothing in kept_short.items() if getattr(event, name, nothing) != nothing}
    return replace(event, **written) if written else event


def _is_news(said: Answer) -> bool:
    """It names a case; and a clock that changed nothing, or a letter that calls nobody, is not worth a line."""
    quiet = isinstance(said.to.event, TimerFired | ComplaintAccepted)
    return bool(case_of(said.to.event)) and (bool(said.answers) or not quiet)


def _entry(said: Answer) -> Entry:
    here = case_of(said.to.event)
    answers = tuple(one for one in said.answers if not isinstance(one[1], OfTimers) and case_of(one[1]) in (here, ""))
    return Entry(here, said.to.key or "", said.to, answers)


def _beside(said: Answer) -> Iterator[Entry]:
    """What was said in other cases because of this, and that another one has joined them."""
    here = case_of(said.to.event)
    others: dict[str, list[tuple[UUID, Any]]] = {}
    for id_, answer in said.answers:
        if not isinstance(answer, OfTimers):
            for name in (case_of(answer), answer.into if isinstance(answer, CaseJoined) else here):
                if name and name != here:
                    others.setdefault(name, []).append((id_, answer))
    for name, answers in others.items():
        yield Entry(name, said.to.key or "", said.to, tuple(answers), beside=True)


def _moments(entry: Entry) -> list[Moment]:
    said = [_moment(id_, answer) for id_, answer in entry.answers]
    return said if entry.beside else [_moment(entry.heard.id, without_words(entry.heard.event)), *said]


def _moment(id_: UUID, event: Any) -> Moment:
    return Moment(event.at, TYPES[type(event)], id_, event)
