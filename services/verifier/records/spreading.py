"""When operations tell us something, every complaint that rests on it is judged again, on its customer's own road.

A failure of a service may touch more complaints than one transaction should tell: they are told in parts, and each part
ends with an event that brings the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.records import evidence, incidents, interests
from services.verifier.records.changes import INCIDENT, TELEMETRY_KINDS, OnFile, Telemetry, latest, touched
from services.verifier.records.forward import Forward, first_part, named, order
from services.verifier.records.interests import Begin, Resting
from shared.events import (
    EvidenceArrived,
    EvidenceContinued,
    IncidentReported,
    MeasurementTaken,
    MeasurementWithdrawn,
    RecoveryContinued,
    Subject,
)
from shared.policy.recovery import Recovery
from shared.runtime.decider import Answered, Decider
from shared.runtime.flow import Heard, Outcome

TOLD_AT_ONCE = 500
"""Complaints that one event wakes by itself; the others follow in parts of so many."""
TOLD_IN_A_BATCH = 2_000
"""Complaints that a batch of events wakes at once, so that it stays short whatever is in it."""
SUBJECTS_IN_A_PART = 500
"""Subjects that an event names as still to be told: few enough for any record."""

HANDLES = TELEMETRY_KINDS | {EvidenceContinued, RecoveryContinued}


class Part(Struct, frozen=True):
    """Those to be told now, and where each later part begins, with the subjects that it is about; and to whom the house
    comes forward."""

    told: tuple[Resting, ...] = ()
    later: tuple[tuple[Resting, tuple[Subject, ...]], ...] = ()
    forward: Forward = Forward()


def decider() -> Decider[None, Part]:
    """Remembers nothing by itself: what was said is in the tables of evidence."""
    return Decider(None, decide=wake, evolve=lambda state, _: state)


def wake(_: None, event: Telemetry | EvidenceContinued | RecoveryContinued, part: Part) -> tuple[Answered, ...]:
    """Every complaint of this part is told, and the road brings the later ones."""
    if isinstance(event, RecoveryContinued):
        return come_forward(event.incident, event, part.forward)
    record = event.record if isinstance(event, EvidenceContinued) else event.id
    arrived = (
        EvidenceArrived(
            customer=one.customer,
            at=event.at,
            complaint=one.complaint,
            source=one.source,
            subject=one.subject,
            record=record,
        )
        for one in part.told
    )
    continued = (
        EvidenceContinued(
            customer=first.customer,
            at=event.at,
            complaint=first.complaint,
            source=first.source,
            subjects=subjects,
            record=record,
        )
        for first, subjects in part.later
    )
    return (*arrived, *continued, *come_forward(record, event, part.forward))


def come_forward(incident: str, event: Any, part: Forward) -> tuple[Answered, ...]:
    """The house hands these complaints in, as the CRM would."""
    if part.next is None:
        return part.letters
    first, subject = part.next.customer or "", Subject(part.next.kind, part.next.id)
    return (*part.letters, RecoveryContinued(customer=first, at=event.at, incident=incident, subject=subject))


def part_of(resting: Sequence[Resting], most: int) -> Part:
    """The first `most` of them now. `resting` is sorted, and of one subject may end early, but only past `most`."""
    firsts = [next(some) for _, some in groupby(resting[most:], key=lambda one: one.subject)]
    later = tuple(
        (firsts[n], tuple(one.subject for one in firsts[n : n + SUBJECTS_IN_A_PART]))
        for n in range(0, len(firsts), SUBJECTS_IN_A_PART)
    )
    return Part(tuple(resting[:most]), later)


@dataclass(frozen=True, slots=True)
class Spreading:
    """How the house comes forward when operations say that a failure is over."""

    recovery: Recovery

    async def look_up(self, tx: AsyncConnection, heard: Sequence[Heard], _: Mapping[str, None]) -> Sequence[Part]:
        """Lock what the batch touches, then look: what each event changes, and which complaints rest on that."""
        events: list[Any] = [one.event for one in heard]
        concerned = await _changed(tx, [event for event in events if not isinstance(event, EvidenceContinued)], self)
        asked = [
            (rest_of(event), Forward()) if isinstance(event, EvidenceContinued) else next(concerned) for event in events
        ]
        found = await interests.resting(tx, set().union(*(begins for begins, _ in asked)), TOLD_AT_ONCE + 1)
        parts, left = [], TOLD_IN_A_BATCH
        for begins, forward in asked:
            part = part_of([one for begin in begins for one in found.get(begin, ())], min(left, TOLD_AT_ONCE))
            left -= len(part.told)
            parts.append(replace(part, forward=forward))
        return parts

    def takes(self, on_file: OnFile, event: Telemetry | RecoveryContinued) -> tuple[bool, Forward]:
        """Take the event in: whether it says something new, and to whom the house comes forward because of it."""
        if isinstance(event, RecoveryContinued):
            return False, self._rest(on_file, event)
        if not self.recovery.by_itself or not isinstance(event, IncidentReported):
            return on_file.changes(event), Forward()
        before = set(named(on_file, event.id))
        new = on_file.changes(event)
        entries = [one for one in named(on_file, event.id) if one not in before]
        return new, first_part(self.recovery, on_file, event.id, entries, event.at) if entries else Forward()

    def _rest(self, on_file: OnFile, event: RecoveryContinued) -> Forward:
        begin = (event.subject.kind, event.subject.id, event.customer)
        rest = [one for one in named(on_file, event.incident) if order(one) >= begin]
        return first_part(self.recovery, on_file, event.incident, rest, event.at) if rest else Forward()


async def keep(tx: AsyncConnection, outcome: Outcome[None]) -> None:
    """What the batch said stands from now on."""
    heard = (answer.to.event for answer in outcome.answers)
    await evidence.store(tx, latest(event for event in heard if isinstance(event, Telemetry)))


def rest_of(event: EvidenceContinued) -> list[Begin]:
    """Who is to be told next: the first subject from that complaint on, the others whole."""
    return [
        Begin(event.subjects[0], event.source, event.complaint),
        *(Begin(subject) for subject in islice(event.subjects, 1, None)),
    ]


async def _changed(
    tx: AsyncConnection, events: Sequence[Telemetry | RecoveryContinued], spreading: Spreading
) -> Iterator[tuple[list[Begin], Forward]]:
    """For each event where those begin that rest on what it says anew, and to whom the house comes forward.

    Incidents are locked before what they touch, since only then it is known what that is.
    """
    failures = {incident for event in events if (incident := _incident(event))}
    reports = {Subject(INCIDENT, failure) for failure in failures}
    await evidence.lock_to_store(tx, reports)
    before = await incidents.touched_by(tx, failures)
    touches = [
        set() if isinstance(event, RecoveryContinued) else touched(event) | before.get(_incident(event), set())
        for event in events
    ]
    await evidence.lock_to_store(tx, set().union(*touches))
    stated = {event.subject for event in events if isinstance(event, MeasurementTaken | MeasurementWithdrawn)}
    measured = {(event.subject, event.id) for event in events if isinstance(event, MeasurementTaken)}
    on_file = await evidence.kept(tx, stated | reports, measured)
    taken = [spreading.takes(on_file, event) for event in events]
    return iter(
        [
            ([Begin(subject) for subject in sorted(subjects)] if new else [], forward)
            for subjects, (new, forward) in zip(touches, taken, strict=True)
        ]
    )


def _incident(event: Telemetry | RecoveryContinued) -> str:
    match event:
        case IncidentReported():
            return event.id
        case RecoveryContinued():
            return event.incident
        case _:
            return ""
