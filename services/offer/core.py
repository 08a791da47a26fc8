"""What we answer to each thing that happens in a case, so that every customer gets what is owed, and amends in rounds."""

from typing import Any

from services.offer.case import OFFERED, Case, Customer, about
from services.offer.clocks.ringing import is_clock, ring, with_clocks
from services.offer.clocks.silence import heard_in_time
from services.offer.life import counts
from services.offer.memory import evolve
from services.offer.naming import case_of
from services.offer.negotiation.alarms import answer_letter
from services.offer.negotiation.answers import answer_customer
from services.offer.negotiation.joining import goes_on_alone
from services.offer.negotiation.rounds import EXPIRY, hand_over
from services.offer.negotiation.settling import CHOICE, choice_is_over
from services.offer.negotiation.verdicts import answer_verdict, ask_the_customer, await_evidence
from services.offer.payouts.billing import answer_billing, ask_where_it_is, unrecognised
from services.offer.payouts.fulfilment import key_behind
from services.offer.staff.approvals import escalate
from services.offer.staff.promises import day_has_come, is_promise
from services.offer.staff.rulings import answer_ruling
from services.offer.terms import Known, Terms, weighed
from shared.events import (
    APPROVAL,
    OVERTAKEN,
    Answer,
    CaseExpired,
    CaseWithdrawn,
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    EvidenceAwaited,
    InformationRequested,
    NoticeFailed,
    PayoutCompleted,
    PayoutFailed,
    Ruling,
    TimerFired,
    VerdictReached,
)
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, Decider


def decide(customer: Customer, event: Any, known: Known) -> tuple[Answered, ...]:
    """The answers to one event, under the policy in force and within what is left to give. What concerns no case that we
    know, or does not count in its state, is answered with nothing."""
    case, policy = customer.cases.get(case_of(event)), known.policy
    if case is None:
        return unrecognised(event, policy)
    if not counts(case, event):
        return heard_in_time(case, event)
    return with_clocks(case, event, _answers(customer, case, event, known), known.policy)


def _answers(customer: Customer, case: Case, event: Any, known: Known) -> tuple[Answered, ...]:
    policy = known.policy
    match event:
        case TimerFired() if is_promise(event):
            return day_has_come(event, *weighed(customer, case, event.at, known))
        case TimerFired() if key_behind(event):
            return ask_where_it_is(event, *weighed(customer, case, event.at, known))
        case TimerFired():
            return _time_has_come(case, event, policy)
        case ComplaintAccepted() | ComplaintMerged():
            return answer_letter(customer.cases.get(case.into or "", case), case, event, policy)
        case EvidenceAwaited():
            return await_evidence(case, event, policy)
        case InformationRequested():
            return ask_the_customer(case, event, policy)
        case VerdictReached():
            return answer_verdict(customer, event, *weighed(customer, case, event.at, known))
        case Answer():
            return _answered(event, *weighed(customer, case, event.at, known))
        case ComplaintWithdrawn():
            return (CaseWithdrawn(**about(case, event.at)), *goes_on_alone(customer, case, event.at, known))
        case PayoutCompleted() | PayoutFailed():
            return answer_billing(case, event, policy)
        case NoticeFailed() if _must_be_reached(case, event):
            return hand_over(case, "notice_failed", event.at, policy)
        case _:
            return ()


def _answered(answer: Answer, case: Case, terms: Terms) -> tuple[Answered, ...]:
    return answer_ruling(answer, case, terms) if isinstance(answer, Ruling) else answer_customer(answer, case, terms)


def _time_has_come(case: Case, timer: TimerFired, policy: Policy) -> tuple[Answered, ...]:
    if is_clock(timer):
        return ring(case, timer, policy)
    if timer.name == CHOICE:
        return choice_is_over(case, timer, policy)
    if timer.name == APPROVAL:
        return escalate(case, timer, policy)
    return _expire(case, timer) if timer.name == EXPIRY else ()


def _expire(case: Case, event: TimerFired) -> tuple[Answered, ...]:
    """Only the round in hand expires: a timer of an answered one comes too late to matter."""
    if case.state not in OFFERED or case.expires is None or event.due < case.expires:
        return ()
    return (CaseExpired(**about(case, event.at)),)


def _must_be_reached(case: Case, event: NoticeFailed) -> bool:
    """Somebody calls the customer, once; a mere acknowledgement is followed by a letter that will tell, and so was one
    that a later letter has made needless."""
    return event.kind != "acknowledgement" and event.reason != OVERTAKEN and not case.undelivered


DECIDER: Decider[Customer, Known] = Decider(Customer(), decide, evolve)
