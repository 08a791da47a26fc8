"""What is worth waiting for before a verdict is said: operations' records, and what only the customer can know."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.verifier.judging.part import Part
from services.verifier.letters import Letter, speaks_of_all
from shared.events import (
    EvidenceAwaited,
    InformationGiven,
    InformationRequested,
    Question,
    TimerFired,
    VerdictReached,
)
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, Timer, TimersCancelled

EVIDENCE = "evidence"
"""The timer at whose end a verdict is said with what is there."""
ANSWER = "answer"
"""The timer at whose end a verdict is said without what the customer was asked."""


def evidence_until(policy: Policy, letter: Letter) -> datetime:
    """Until when operations' figures may come: from the letter's date, with a floor from its arrival."""
    assert letter.received_at is not None
    assert letter.accepted_at is not None
    return max(letter.received_at + policy.evidence.wait, letter.accepted_at + policy.evidence.floor)


def in_time(policy: Policy, letter: Letter, event: Any) -> bool:
    """Whether this came before the end of the wait for it, by its own time: a timer may be read before or after it."""
    if isinstance(event, TimerFired):
        return False
    if isinstance(event, InformationGiven) and letter.asked_until is not None:
        return event.at <= letter.asked_until
    return bool(event.at <= evidence_until(policy, letter))


def that_wait(policy: Policy, letter: Letter, found: Sequence[Part], event: Any) -> tuple[Part, ...]:
    """Those about which something may still be told. What was said to be owed waits for nothing any more; beside what
    is owed for sure only what is claimed does."""
    asking = [part for part in found if part.waits_for or part.asks]
    open_ = [part for part in asking if not _said_to_be_owed(letter, part) and _is_open(policy, letter, part, event)]
    if not open_:
        return ()
    owed = any(part.judged.remedy and part not in open_ for part in found)
    return tuple(part for part in open_ if part.judged.claims or not owed)


def ask(policy: Policy, letter: Letter, waiting: Sequence[Part], event: Any) -> tuple[Answered, ...]:
    """What is asked of whom for those that wait: of the customer once, of operations whenever it is something else."""
    if not waiting:
        return ()
    return (*_ask_operations(policy, letter, waiting, event), *_ask_customer(policy, letter, waiting, event))


def awaits_no_more(letter: Letter, said: Sequence[VerdictReached], event: Any) -> tuple[TimersCancelled, ...]:
    """What operations were asked for has come, and this verdict speaks of all that was claimed: nothing is left to say when the
    wait ends. What goes on, or was not due yet, is looked at once more."""
    if not letter.awaits or not said or isinstance(event, TimerFired):
        return ()
    verdict = said[-1]
    if verdict.ongoing or verdict.again or verdict.missing or not speaks_of_all(verdict, letter):
        return ()
    return (TimersCancelled(customer=event.customer, case=letter.case, names=(EVIDENCE,)),)


def _said_to_be_owed(letter: Letter, part: Part) -> bool:
    said = letter.verdict
    judged = (said.claims or (said,)) if said else ()
    return any(one.remedy is not None and one.schedule == part.judged.schedule for one in judged)


def _is_open(policy: Policy, letter: Letter, part: Part, event: Any) -> bool:
    if part.waits_for and event.at < evidence_until(policy, letter):
        return True
    may_be_answered = letter.asked_until is None or event.at < letter.asked_until
    return bool(may_be_answered and _unanswered(letter, [part]))


def _ask_operations(policy: Policy, letter: Letter, waiting: Sequence[Part], event: Any) -> tuple[Answered, ...]:
    """The timer's end is the same however often something else is missing meanwhile."""
    facts = tuple(dict.fromkeys(fact for part in waiting for fact in part.waits_for))
    until = evidence_until(policy, letter)
    if not facts or event.at >= until or set(facts) == set(letter.awaits):
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
        jurisdiction=letter.jurisdiction,
        owner=next((part.owner for part in waiting if part.waits_for and part.owner), None),
    )
    return (awaited, Timer(customer=event.customer, case=letter.case, name=EVIDENCE, due=until))


def _ask_customer(policy: Policy, letter: Letter, waiting: Sequence[Part], event: Any) -> tuple[Answered, ...]:
    questions = _unanswered(letter, waiting)
    if not questions or letter.asked_until is not None:
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
        jurisdiction=letter.jurisdiction,
    )
    return (asked, Timer(customer=event.customer, case=letter.case, name=ANSWER, due=until))


def _unanswered(letter: Letter, parts: Sequence[Part]) -> tuple[Question, ...]:
    return tuple({ask.fact: ask for part in parts for ask in part.asks if ask.fact not in letter.told}.values())
