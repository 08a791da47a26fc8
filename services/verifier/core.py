"""When a verdict is said, when it waits for evidence, and when a later one replaces it: never to the customer's cost."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.verifier.about import About
from services.verifier.judge import Finding, Matter, judge
from services.verifier.letters import Letter, Letters, claimed, forget, remember
from services.verifier.verdict import better, verdict_of
from shared.events import (
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    EvidenceArrived,
    EvidenceAwaited,
    Subject,
    TimerFired,
    VerdictReached,
    case_id,
)
from shared.policy.policy import DeliverySchedule, Policy
from shared.policy.words import Claims, read_claims
from shared.runtime.decider import Answered, Decider, Timer

FLOW = "verifier"
EVIDENCE = "evidence"
"""The timer at whose end a verdict is said with what is there."""
PROMISE = "promise"
"""The timer at a moment when time alone changes the answer, e.g. the end of the promised day."""

Known = Mapping[Subject, About]
"""What is on file about the subjects of a batch."""


def decider(policy: Policy) -> Decider[Letters, Known]:
    """The verifier under this policy."""
    claims = read_claims(policy.claims)
    gravity = {name: claim.severity for name, claim in policy.claims.items()}
    schedules = {schedule.kind: schedule for schedule in policy.schedules}
    return Decider(
        Letters(),
        decide=lambda letters, event, known: decide(policy, schedules, gravity, letters, event, known),
        evolve=lambda letters, event: evolve(policy, claims, letters, event),
    )


def case_of(event: Any) -> str | None:
    """The complaint that an event is about, by its case; None for one that asks for no verdict."""
    match event:
        case ComplaintAccepted() | EvidenceArrived():
            return case_id(event.source, event.complaint)
        case ComplaintMerged():
            return case_id(event.into_source, event.into)
        case TimerFired(flow="verifier"):
            return event.case
        case _:
            return None


def evolve(policy: Policy, claims: Claims, letters: Letters, event: Any) -> Letters:
    """What was claimed, how far time has come, and what was said."""
    match event:
        case ComplaintAccepted():
            return _accept(forget(letters, event.at - policy.intake.horizon), claims, event)
        case ComplaintMerged():
            letter = letters.known(event.into_source, event.into, event.at)
            return remember(letters, letter, **claimed(letter, claims.of(event.text, None, None), event.received_at))
        case ComplaintWithdrawn():
            return remember(letters, letters.known(event.source, event.complaint, event.at), withdrawn=True)
        case TimerFired(flow="verifier") if woken := letters.letters.get(event.case):
            return remember(letters, woken, as_of=max(event.due, woken.as_of or event.due))
        case EvidenceAwaited():
            return remember(letters, letters.known(event.source, event.complaint, event.at), awaited=True)
        case VerdictReached():
            return remember(letters, letters.known(event.source, event.complaint, event.at), verdict=event)
        case _:
            return letters


def _accept(letters: Letters, claims: Claims, event: ComplaintAccepted) -> Letters:
    letter = letters.known(event.source, event.complaint, event.at)
    made = claims.of(event.text, event.category, event.language)
    return remember(
        letters,
        letter,
        accepted_at=event.at,
        received_at=event.received_at,
        subject=event.subject,
        category=event.category,
        paid=event.paid,
        sought=event.sought,
        **claimed(letter, made, event.received_at),
    )


def decide(
    policy: Policy,
    schedules: Mapping[str, DeliverySchedule],
    gravity: Mapping[str, int],
    letters: Letters,
    event: Any,
    known: Known,
) -> tuple[Answered, ...]:
    """The answer to a letter, to evidence, and to time that has passed."""
    letter = letters.letters.get(case_of(event) or "")
    if letter is None or letter.withdrawn or letter.accepted_at is None or letter.received_at is None:
        return ()
    matter = Matter(
        claims=letter.claims,
        last_letter=letter.last_letter or letter.received_at,
        as_of=letter.as_of or letter.received_at,
        now=event.at,
        paid=letter.paid,
        gravity=gravity,
    )
    subject = letter.subject
    schedule = schedules.get(subject.kind) if subject else None
    about = known.get(subject, About()) if subject else About()
    finding = judge(schedule, matter, about)
    until = max(letter.received_at + policy.evidence.wait, letter.accepted_at + policy.evidence.floor)
    timer = _again(policy, letter, finding, event)
    if finding.waits_for and event.at < until:
        return (*_await(letter, finding, event, until), *timer)
    verdict = verdict_of(policy, letter, finding, schedule, about.incidents[-1].id if about.incidents else None, event)
    said = verdict if letter.verdict is None else better(letter.verdict, verdict, in_time=event.at <= until)
    return (*((said,) if said else ()), *timer)


def _await(letter: Letter, finding: Finding, event: Any, until: datetime) -> tuple[Answered, ...]:
    """Ask for the facts once; the timer's end is the same however often something else arrives meanwhile."""
    if letter.awaited:
        return ()
    awaited = EvidenceAwaited(
        customer=event.customer,
        at=event.at,
        complaint=letter.complaint,
        source=letter.source,
        received_at=letter.received_at,
        facts=finding.waits_for,
        until=until,
        subject=letter.subject,
    )
    return (awaited, Timer(customer=event.customer, case=letter.case, name=EVIDENCE, due=until))


def _again(policy: Policy, letter: Letter, finding: Finding, event: Any) -> tuple[Timer, ...]:
    """Ask to be woken when time alone will have changed the answer, and not before late telemetry had its chance."""
    if finding.again is None:
        return ()
    due = max(finding.again, event.at + policy.evidence.floor)
    return (Timer(customer=event.customer, case=letter.case, name=PROMISE, due=due),)
