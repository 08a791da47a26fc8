"""What is worth waiting for before a verdict is said: operations' records, and what only the customer can know."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from services.verifier.letters import Letter
from services.verifier.part import Part
from shared.events import EvidenceAwaited, InformationRequested, Question
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, Timer

EVIDENCE = "evidence"
"""The timer at whose end a verdict is said with what is there."""
ANSWER = "answer"
"""The timer at whose end a verdict is said without what the customer was asked."""


def evidence_until(policy: Policy, letter: Letter) -> datetime:
    """Until when operations' figures may come: from the letter's date, with a floor from its arrival."""
    assert letter.received_at is not None
    assert letter.accepted_at is not None
    return max(letter.received_at + policy.evidence.wait, letter.accepted_at + policy.evidence.floor)


def wait(policy: Policy, letter: Letter, found: Sequence[Part], event: Any) -> tuple[Answered, ...] | None:
    """What is asked of whom, while a verdict waits for it; None where it waits for nothing (any more).

    Operations and the customer are each asked once; what is owed for sure waits for nothing else.
    """
    if any(part.judged.remedy and not part.waits_for for part in found):
        return None
    of_operations = _ask_operations(policy, letter, found, event)
    of_customer = _ask_customer(policy, letter, found, event)
    if of_operations is None and of_customer is None:
        return None
    return (*(of_operations or ()), *(of_customer or ()))


def _ask_operations(policy: Policy, letter: Letter, found: Sequence[Part], event: Any) -> tuple[Answered, ...] | None:
    """Ask for the facts once; the timer's end is the same however often something else arrives meanwhile."""
    facts = tuple(dict.fromkeys(fact for part in found for fact in part.waits_for))
    until = evidence_until(policy, letter)
    if not facts or event.at >= until:
        return None
    if letter.awaited:
        return ()
    awaited = EvidenceAwaited(
        customer=event.customer,
        at=event.at,
        complaint=letter.complaint,
        source=letter.source,
        received_at=letter.received_at,
        facts=facts,
        until=until,
        subject=letter.subject,
        owner=next((part.owner for part in found if part.waits_for and part.owner), None),
    )
    return (awaited, Timer(customer=event.customer, case=letter.case, name=EVIDENCE, due=until))


def _ask_customer(policy: Policy, letter: Letter, found: Sequence[Part], event: Any) -> tuple[Answered, ...] | None:
    questions = tuple(_unanswered(letter, found))
    if not questions or (letter.asked_until is not None and event.at >= letter.asked_until):
        return None
    if letter.asked_until is not None:
        return ()
    until = event.at + policy.evidence.ask_within
    asked = InformationRequested(
        customer=event.customer,
        at=event.at,
        complaint=letter.complaint,
        source=letter.source,
        received_at=letter.received_at,
        questions=questions,
        until=until,
        subject=letter.subject,
    )
    return (asked, Timer(customer=event.customer, case=letter.case, name=ANSWER, due=until))


def _unanswered(letter: Letter, found: Iterable[Part]) -> Iterable[Question]:
    return {ask.fact: ask for part in found for ask in part.asks if ask.fact not in letter.told}.values()
