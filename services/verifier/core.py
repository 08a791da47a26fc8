"""When a verdict is said, when it waits for evidence, and when a later one replaces it: never to the customer's cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from services.verifier.about import About
from services.verifier.applies import Court, court, paid_on_record, parts
from services.verifier.letters import Letter, Letters, claimed, forget, hinted, remember
from services.verifier.matter import matter_of
from services.verifier.part import Part
from services.verifier.suspicion import suspect
from services.verifier.verdict import better, verdict_of
from services.verifier.waiting import evidence_until, wait
from shared.events import (
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    EvidenceArrived,
    EvidenceAwaited,
    InformationGiven,
    InformationRequested,
    Subject,
    TimerFired,
    VerdictReached,
    case_id,
)
from shared.policy.policy import Policy
from shared.policy.words import Claims, read_claims
from shared.runtime.decider import Answered, Decider, Timer

FLOW = "verifier"
PROMISE = "promise"
"""The timer at a moment when time alone changes the answer, e.g. the end of the promised day."""

Known = Mapping[Subject, About]
"""What is on file about the subjects of a batch."""


def decider(policy: Policy) -> Decider[Letters, Known]:
    """The verifier under this policy."""
    claims, rules = read_claims(policy.claims), court(policy)
    return Decider(
        Letters(),
        decide=lambda letters, event, known: decide(policy, rules, letters, event, known),
        evolve=lambda letters, event: evolve(policy, claims, letters, event),
    )


def case_of(event: Any) -> str | None:
    """The complaint that an event is about, by its case; None for one that asks for no verdict."""
    match event:
        case ComplaintAccepted() | EvidenceArrived():
            return case_id(event.source, event.complaint)
        case ComplaintMerged():
            return case_id(event.into_source, event.into)
        case TimerFired(flow="verifier") | InformationGiven():
            return event.case
        case _:
            return None


def evolve(policy: Policy, claims: Claims, letters: Letters, event: Any) -> Letters:
    """What was claimed and told, how far time has come, and what was said."""
    match event:
        case ComplaintAccepted():
            return _accept(forget(letters, event.at - policy.intake.horizon), claims, event)
        case ComplaintMerged():
            letter = letters.known(event.into_source, event.into, event.at)
            made = claims.of(event.text, event.category, event.language)
            facts = {"signals": hinted(letter, event.signals), "occurred_at": letter.occurred_at or event.occurred_at}
            return remember(letters, letter, **facts, **claimed(letter, made, event.received_at))
        case ComplaintWithdrawn():
            return remember(letters, letters.known(event.source, event.complaint, event.at), withdrawn=True)
        case TimerFired(flow="verifier") if woken := letters.letters.get(event.case):
            return remember(letters, woken, as_of=max(event.due, woken.as_of or event.due))
        case InformationGiven() if asked := letters.letters.get(event.case):
            return remember(letters, asked, told={**asked.told, **event.facts})
        case EvidenceAwaited():
            return remember(letters, letters.known(event.source, event.complaint, event.at), awaited=True)
        case InformationRequested():
            letter = letters.known(event.source, event.complaint, event.at)
            return remember(letters, letter, asked_until=event.until)
        case VerdictReached():
            letter = letters.known(event.source, event.complaint, event.at)
            return remember(letters, letter, verdict=event, judged_at=letter.judged_at or event.at)
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
        occurred_at=event.occurred_at or letter.occurred_at,
        subject=event.subject,
        category=event.category,
        channel=event.channel,
        jurisdiction=event.jurisdiction,
        paid=event.paid,
        sought=event.sought,
        signals=hinted(letter, event.signals),
        **claimed(letter, made, event.received_at),
    )


def decide(policy: Policy, rules: Court, letters: Letters, event: Any, known: Known) -> tuple[Answered, ...]:
    """The answer to a letter, to evidence, to what the customer told us, and to time that has passed."""
    letter = letters.letters.get(case_of(event) or "")
    if letter is None or letter.withdrawn or letter.accepted_at is None or letter.received_at is None:
        return ()
    if letter.judged_at is not None and event.at > letter.judged_at + policy.evidence.improve_within:
        return ()
    about = known.get(letter.subject, About()) if letter.subject else About()
    matter = matter_of(policy, letter, letters, event.at)
    matter = replace(matter, paid=matter.paid or paid_on_record(rules, letter.subject, about))
    found = parts(rules, letter.subject, matter, about)
    timers = _again(policy, letter, found, event)
    waiting = wait(policy, letter, found, event)
    if waiting is not None:
        return (*waiting, *timers)
    verdict = verdict_of(policy, letter, matter, found, event)
    in_time = event.at <= evidence_until(policy, letter)
    said = verdict if letter.verdict is None else better(letter.verdict, verdict, in_time=in_time)
    return (*((said,) if said else ()), *suspect(letter, found, about, event), *timers)


def _again(policy: Policy, letter: Letter, found: Sequence[Part], event: Any) -> tuple[Timer, ...]:
    """Ask to be woken when time alone will have changed an answer, and not before late telemetry had its chance."""
    moments = [part.judged.again for part in found if part.judged.again is not None]
    if not moments:
        return ()
    due = max(min(moments), event.at + policy.evidence.floor)
    return (Timer(customer=event.customer, case=letter.case, name=PROMISE, due=due),)
