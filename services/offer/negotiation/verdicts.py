"""What a verdict leads to: the case is opened, what is owed is granted, and the customer hears about it once."""

from msgspec.structs import replace

from services.offer.case import OFFERED, Case, Customer, HistoryKept, about
from services.offer.negotiation.alarms import call_a_person
from services.offer.negotiation.joining import first_of, join, stays_joined
from services.offer.negotiation.judged import never_promised, owed_under
from services.offer.negotiation.past import Past, past
from services.offer.negotiation.rounds import call_for, first_round, hand_over
from services.offer.negotiation.settling import settle_at_last
from services.offer.payouts.remedy import grant, granted_so_far
from services.offer.terms import Terms
from shared.events import (
    CaseOpened,
    EvidenceAwaited,
    InformationInvited,
    InformationRequested,
    RemedyGranted,
    RepeatFailureFound,
    VerdictReached,
)
from shared.policy.policy import Policy
from shared.runtime.decider import Answered

REPEATED = "repeated-failure"
"""Why a person has the case: this customer was let down again and again."""
BETTER = ("kept", "unknown", "broken")
"""What is known about the promise, from worst to best for the customer."""


def await_evidence(case: Case, event: EvidenceAwaited, policy: Policy) -> tuple[Answered, ...]:
    """The case is opened while operations are asked, once."""
    if case.opened or _is_history(event, policy):
        return ()
    return (CaseOpened(**about(case, event.at), subject=event.subject, awaiting=event.until),)


def ask_the_customer(case: Case, event: InformationRequested, policy: Policy) -> tuple[Answered, ...]:
    """What only the customer can know is asked of them, once a case; what follows if they say nothing is the verifier's."""
    if case.asked or not event.questions:
        return ()
    if case.opened is None and _is_history(event, policy):
        return ()
    opened = () if case.opened else (CaseOpened(**about(case, event.at), subject=event.subject),)
    subject = event.subject or case.subject
    facts = about(case, event.at) | {"questions": event.questions, "expires": event.until, "subject": subject}
    return (*opened, InformationInvited(**facts))


def answer_verdict(customer: Customer, verdict: VerdictReached, case: Case, terms: Terms) -> tuple[Answered, ...]:
    """Whatever state the case is in, what is owed goes on; only what was taken back or is history gets no answer."""
    policy = terms.policy
    if case.opened is None and _is_history(verdict, policy):
        return (HistoryKept(customer=case.customer, case=case.id, at=verdict.at),)
    opened = () if case.opened else (CaseOpened(**about(case, verdict.at), subject=case.subject),)
    alarm = call_a_person(case, [name for name in verdict.signals if name not in case.called], verdict.at, policy)
    if alarm:
        case = replace(case, why=alarm[0].why, called=(*case.called, alarm[0].why))
    granted = grant(customer, case, verdict.at, verdict.reasons, policy)
    history = past(customer, verdict, policy.limits.repeats)
    told = _told(customer, case, verdict, granted, terms, history)
    ended = settle_at_last(case, verdict.at, policy)
    to_people = (*_for_a_person(case, verdict, policy, history), *_for_operations(case, verdict, history))
    return (*opened, *alarm, *_explained(granted, told), *told, *ended, *to_people)


def _told(
    customer: Customer,
    case: Case,
    verdict: VerdictReached,
    granted: tuple[Answered, ...],
    terms: Terms,
    history: Past,
) -> tuple[Answered, ...]:
    """A first verdict is always told. A later one restarts no rounds, but it reopens what was declined or had expired
    if it is better than what the customer was told. What another case was told of joins that one."""
    if first := first_of(customer, case, verdict):
        return join(customer, case, first, verdict, granted, terms.policy)
    if stays_joined(case, verdict):
        return ()
    if case.round and not _reopens(case, verdict):
        return ()
    return first_round(case, verdict, granted_so_far(case, granted), terms, history)


def _explained(granted: tuple[Answered, ...], told: tuple[Answered, ...]) -> tuple[Answered, ...]:
    """What the letter of this very verdict explains needs no letter of its own."""
    return tuple(replace(part, explained=bool(told)) if isinstance(part, RemedyGranted) else part for part in granted)


def _reopens(case: Case, verdict: VerdictReached) -> bool:
    """Times decide: whether the round had expired is read off the verdict's time, not off the state."""
    if case.told is None or never_promised(verdict) or BETTER.index(verdict.promise) <= BETTER.index(case.told):
        return False
    declined = case.state == "declined" or (case.state == "handed_over" and case.told == "kept")
    lapsed = case.state == "expired" or case.state in OFFERED
    return declined or (lapsed and not case.in_time(verdict.at))


def _for_a_person(case: Case, verdict: VerdictReached, policy: Policy, history: Past) -> tuple[Answered, ...]:
    """No difference can be computed between two currencies: what was granted stands, and a person sees to the rest. So
    they do to what no rule can weigh, and to whoever was let down again and again."""
    now = owed_under(verdict)
    if now is not None and case.owed is not None and now.currency != case.owed.currency:
        return hand_over(case, "another_currency", verdict.at, policy)
    why = call_for(verdict)
    if why and why not in case.called:
        return hand_over(case, why, verdict.at, policy)
    return hand_over(case, REPEATED, verdict.at, policy) if history.failures else ()


def _for_operations(case: Case, verdict: VerdictReached, history: Past) -> tuple[Answered, ...]:
    """The same thing has failed again and again: somebody should look at the thing, and not at the letters."""
    if history.since is None or case.subject is None or not history.of_subject:
        return ()
    facts = about(case, verdict.at) | {"subject": case.subject, "failures": history.of_subject}
    return (RepeatFailureFound(**facts, since=history.since),)


def _is_history(event: EvidenceAwaited | InformationRequested | VerdictReached, policy: Policy) -> bool:
    return event.received_at is not None and event.at - event.received_at > policy.intake.horizon
