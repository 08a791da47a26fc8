"""The verifier's two flows: one keeps what operations measured, the other judges complaints by it."""

from collections.abc import Iterator, Mapping, Sequence
from types import NoneType
from typing import Any

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier import evidence, incidents, interests
from services.verifier.changes import INCIDENT, TELEMETRY_KINDS, Telemetry, latest, touched
from services.verifier.core import FLOW, Known, case_of, decider
from services.verifier.interests import Interest
from services.verifier.letters import Letters
from shared.events import (
    COMPLAINTS,
    EVIDENCE,
    TELEMETRY,
    TIMERS,
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    EvidenceArrived,
    IncidentReported,
    MeasurementTaken,
    Subject,
    TimerFired,
)
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, Decider
from shared.runtime.flow import Flow, Heard, Outcome


class Resting(Struct, frozen=True):
    """The complaints that rest on what one event touches; none where it changed nothing."""

    interests: tuple[Interest, ...] = ()


def flows(policy: Policy) -> tuple[Flow[Any, Any], ...]:
    """What the verifier runs."""
    keeping = Flow(
        name="evidence",
        service="verifier",
        topics=(TELEMETRY,),
        handles=TELEMETRY_KINDS,
        key=_nobodys,
        decider=Decider(None, decide=_wake, evolve=_forget_at_once),
        state=NoneType,
        look_up=_look_for_interests,
        keep=_keep_evidence,
        inbound=True,
    )
    judging = Flow(
        name=FLOW,
        service="verifier",
        topics=(COMPLAINTS, EVIDENCE, TIMERS),
        handles=frozenset({ComplaintAccepted, ComplaintMerged, ComplaintWithdrawn, EvidenceArrived, TimerFired}),
        key=_customer_of,
        decider=decider(policy),
        state=Letters,
        look_up=_look_for_evidence,
        keep=_keep_interests,
    )
    return (keeping, judging)


def _nobodys(_: Any) -> None:
    """A measurement belongs to no customer; the complaints that rest on it do."""


def _forget_at_once(state: None, _: Any) -> None:
    return state


def _customer_of(event: Any) -> str:
    customer: str = event.customer
    return customer


def _wake(_: None, event: Telemetry, known: Resting) -> tuple[Answered, ...]:
    """Every complaint that rests on what has changed is judged again, on its customer's own road."""
    return tuple(
        EvidenceArrived(
            customer=interest.customer,
            at=event.at,
            complaint=interest.complaint,
            source=interest.source,
            subject=interest.subject,
            record=event.id,
        )
        for interest in known.interests
    )


async def _look_for_interests(tx: AsyncConnection, heard: Sequence[Heard], _: Mapping[str, None]) -> Sequence[Resting]:
    """Lock what the batch touches, then look: what each event changes, and which complaints rest on that.

    Incidents are locked before what they touch, since only then it is known what that is.
    """
    events = [one.event for one in heard if isinstance(one.event, Telemetry)]
    failures = {event.id for event in events if isinstance(event, IncidentReported)}
    reports = {Subject(INCIDENT, failure) for failure in failures}
    await evidence.lock_to_store(tx, reports)
    before = await incidents.touched_by(tx, failures)
    touches = [
        touched(event) | (before[event.id] if isinstance(event, IncidentReported) else set()) for event in events
    ]
    concerned = set().union(*touches)
    await evidence.lock_to_store(tx, concerned)
    stated = {event.subject for event in events if not isinstance(event, IncidentReported)}
    measured = {(event.subject, event.id) for event in events if isinstance(event, MeasurementTaken)}
    on_file = await evidence.kept(tx, stated | reports, measured)
    resting = await interests.resting(tx, concerned)
    found = []
    for event, subjects in zip(events, touches, strict=True):
        changed = sorted(subjects) if on_file.changes(event) else []
        found.append(Resting(tuple(interest for subject in changed for interest in resting.get(subject, ()))))
    return found


async def _keep_evidence(tx: AsyncConnection, outcome: Outcome[None]) -> None:
    heard = (answer.to.event for answer in outcome.answers)
    await evidence.store(tx, latest(event for event in heard if isinstance(event, Telemetry)))


async def _look_for_evidence(
    tx: AsyncConnection, heard: Sequence[Heard], letters: Mapping[str, Letters]
) -> Sequence[Known]:
    """Lock the subjects of all complaints that the batch asks about, then look what is on file about them."""
    subjects = set(_asked_about(heard, letters))
    await evidence.lock_to_judge(tx, subjects)
    known = await evidence.about(tx, subjects)
    return [known] * len(heard)


def _asked_about(heard: Sequence[Heard], letters: Mapping[str, Letters]) -> Iterator[Subject]:
    """The subjects: from what is remembered, and from letters that are accepted in this very batch."""
    for one in heard:
        if isinstance(one.event, ComplaintAccepted):
            if one.event.subject:
                yield one.event.subject
        elif case := case_of(one.event):
            letter = letters[one.key or ""].letters.get(case)
            if letter and letter.subject:
                yield letter.subject


async def _keep_interests(tx: AsyncConnection, outcome: Outcome[Letters]) -> None:
    await interests.keep(tx, _resting(outcome))


def _resting(outcome: Outcome[Letters]) -> Iterator[Interest]:
    for answer in outcome.answers:
        event = answer.to.event
        if isinstance(event, ComplaintAccepted) and event.subject:
            yield Interest(event.subject, event.source, event.complaint, event.customer)
