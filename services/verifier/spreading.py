"""When operations tell us something, every complaint that rests on it is judged again, on its customer's own road.

A failure of a service may touch more complaints than one transaction should tell: they are told in parts, and each part
ends with an event that brings the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier import evidence, incidents, interests
from services.verifier.changes import INCIDENT, TELEMETRY_KINDS, Telemetry, latest, touched
from services.verifier.interests import Begin, Resting
from shared.events import EvidenceArrived, EvidenceContinued, IncidentReported, MeasurementTaken, Subject
from shared.runtime.decider import Answered, Decider
from shared.runtime.flow import Heard, Outcome

TOLD_AT_ONCE = 500
"""Complaints that one event wakes by itself; the others follow in parts of so many."""
TOLD_IN_A_BATCH = 2_000
"""Complaints that a batch of events wakes at once, so that it stays short whatever is in it."""
SUBJECTS_IN_A_PART = 500
"""Subjects that an event names as still to be told: few enough for any record."""

HANDLES = TELEMETRY_KINDS | {EvidenceContinued}


class Part(Struct, frozen=True):
    """Those to be told now, and where each later part begins, with the subjects that it is about."""

    told: tuple[Resting, ...] = ()
    later: tuple[tuple[Resting, tuple[Subject, ...]], ...] = ()


def decider() -> Decider[None, Part]:
    """Remembers nothing by itself: what was said is in the tables of evidence."""
    return Decider(None, decide=wake, evolve=lambda state, _: state)


def wake(_: None, event: Telemetry | EvidenceContinued, part: Part) -> tuple[Answered, ...]:
    """Every complaint of this part is told, and the road brings the later ones."""
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
    return (*arrived, *continued)


def part_of(resting: Sequence[Resting], most: int) -> Part:
    """The first `most` of them now. `resting` is sorted, and of one subject may end early, but only past `most`."""
    firsts = [next(some) for _, some in groupby(resting[most:], key=lambda one: one.subject)]
    later = tuple(
        (firsts[n], tuple(one.subject for one in firsts[n : n + SUBJECTS_IN_A_PART]))
        for n in range(0, len(firsts), SUBJECTS_IN_A_PART)
    )
    return Part(tuple(resting[:most]), later)


async def look_up(tx: AsyncConnection, heard: Sequence[Heard], _: Mapping[str, None]) -> Sequence[Part]:
    """Lock what the batch touches, then look: what each event changes, and which complaints rest on that."""
    events = [one.event for one in heard]
    concerned = await _changed(tx, [event for event in events if isinstance(event, Telemetry)])
    begins = [
        rest_of(event) if isinstance(event, EvidenceContinued) else [Begin(subject) for subject in next(concerned)]
        for event in events
    ]
    found = await interests.resting(tx, set().union(*begins), TOLD_AT_ONCE + 1)
    parts, left = [], TOLD_IN_A_BATCH
    for asked in begins:
        part = part_of([one for begin in asked for one in found.get(begin, ())], min(left, TOLD_AT_ONCE))
        left -= len(part.told)
        parts.append(part)
    return parts


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


async def _changed(tx: AsyncConnection, events: Sequence[Telemetry]) -> Iterator[list[Subject]]:
    """For each event the subjects about which it says something new, sorted.

    Incidents are locked before what they touch, since only then it is known what that is.
    """
    failures = {event.id for event in events if isinstance(event, IncidentReported)}
    reports = {Subject(INCIDENT, failure) for failure in failures}
    await evidence.lock_to_store(tx, reports)
    before = await incidents.touched_by(tx, failures)
    touches = [
        touched(event) | (before[event.id] if isinstance(event, IncidentReported) else set()) for event in events
    ]
    await evidence.lock_to_store(tx, set().union(*touches))
    stated = {event.subject for event in events if not isinstance(event, IncidentReported)}
    measured = {(event.subject, event.id) for event in events if isinstance(event, MeasurementTaken)}
    on_file = await evidence.kept(tx, stated | reports, measured)
    changed = [on_file.changes(event) for event in events]
    return iter([sorted(subjects) if new else [] for subjects, new in zip(touches, changed, strict=True)])
