"""What we put to a customer next: first the apology, then choices, then our final say; and when a person takes over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.offer import menu
from services.offer.case import FOR_A_PERSON, Case, Grounds, about
from services.offer.negotiation.judged import grounds_of, never_promised
from services.offer.negotiation.past import Past
from services.offer.payout import OF_MONEY
from services.offer.payouts.remedy import granted_so_far
from services.offer.terms import Terms
from shared.events import (
    APPROVAL,
    NOT_PROVIDED,
    ApologyOffered,
    ClaimDeclined,
    ClaimJudged,
    FinalSayGiven,
    HandedOver,
    InputInvited,
    OptionsOffered,
    VerdictReached,
)
from shared.money import Money
from shared.policy.policy import Policy, Rounds
from shared.remedy import Remedy
from shared.runtime.decider import Answered, Timer

KEPT = "promise_kept"
EXPIRY = "expiry"
"""The one timer of a case: until when the customer may answer the round in hand."""


def first_round(
    case: Case, verdict: VerdictReached, remedy: Remedy | None, terms: Terms, past: Past
) -> tuple[Answered, ...]:
    """What the customer hears of a verdict: it is declined on evidence, explained with an apology, or, where the
    failure is severe, with options at once. What was never promised gets one kind letter and no rounds. `remedy`: what is
    granted on this case so far.

    Whom a person was called for is not declined by letter: the person speaks with them. Who was let down again and again
    has the options at once, beside a person. Whom measurements contradict again and again is not believed against them."""
    rounds = terms.rounds
    grounds = grounds_of(verdict) or (_no_promise(verdict) if remedy is None and never_promised(verdict) else None)
    if grounds and not call_for(verdict):
        return () if case.alarmed else (_declined(case, grounds, verdict.at, _claims(verdict), past.contradicted),)
    explained = _explained(case, verdict, remedy, rounds) | {"repeated": past.failures}
    apology = ApologyOffered(**explained)
    if case.why or call_for(verdict):
        return (apology,)
    if verdict.contested and (past.contradicted or not _doubt_is_small(case.loss, rounds)):
        return (apology, *hand_over(case, "contested", verdict.at, terms.policy))
    if past.failures:
        return (OptionsOffered(**explained, **laid),) if (laid := _laid(case, terms)) else (apology,)
    if case.severity >= rounds.options_from and (laid := _laid(case, terms)):
        return _with_expiry(OptionsOffered(**explained, **laid))
    return _with_expiry(apology)


def next_round(case: Case, at: datetime, terms: Terms, unmet: str | None = None) -> tuple[Answered, ...]:
    """What a refusal leads to: options that were not shown yet; after the menu's rounds the question what would put it
    right, and options of ours once more; then the final say, once. `unmet`: why what they asked for cannot be done.

    Whoever has told us what would put it right, or was let down a second time, is not asked: then we come with options
    of our own. Where it has turned out that the promise was kept, nothing more is offered.
    """
    rounds = terms.rounds
    if case.final:
        return ()
    if case.grounds and granted_so_far(case) is None:
        return (_declined(case, case.grounds, at),)
    may_ask = not (case.invited or case.denied or case.again)
    laid = {} if may_ask and case.menus >= rounds.menus else _laid(case, terms)
    if laid:
        return put_options(case, at, terms.policy, laid, unmet)
    if may_ask:
        facts = _next(case, at) | {"expires": at + rounds.answer_within}
        return _with_expiry(InputInvited(**facts, currency=case.loss.currency if case.loss else None))
    return final_say(case, at, terms.policy, unmet)


def lay_options(case: Case, at: datetime, terms: Terms) -> tuple[Answered, ...]:
    """Options that were not shown yet, where there are two or three; who was let down again is asked nothing."""
    laid = _laid(case, terms)
    return put_options(case, at, terms.policy, laid) if laid else ()


def lay_beside_a_person(case: Case, at: datetime, terms: Terms) -> tuple[Answered, ...]:
    """The same for whom a person is called at this moment, so that no clock runs."""
    laid = _laid(case, terms)
    return (_put(case, at, terms.policy, laid),) if laid else ()


def put_options(
    case: Case, at: datetime, policy: Policy, laid: Mapping[str, Any], unmet: str | None = None
) -> tuple[Answered, ...]:
    """These `options` lie before the customer as the next round, and for so long."""
    return _with_expiry(_put(case, at, policy, laid, unmet))


def _put(case: Case, at: datetime, policy: Policy, laid: Mapping[str, Any], unmet: str | None = None) -> OptionsOffered:
    """Options beside what is owed and was granted; the rest of `laid` says what they went by."""
    facts = _next(case, at) | {
        "expires": at + policy.rounds.answer_within,
        "unmet": unmet,
        "promise": case.promise,
        "outcome": case.outcome,
        "remedy": granted_so_far(case),
        "subject": case.subject,
        "ongoing": case.ongoing,
    }
    return OptionsOffered(**facts, **laid)


def final_say(case: Case, at: datetime, policy: Policy, unmet: str | None = None) -> tuple[Answered, ...]:
    """The rounds are over; what was shown stands for as long as an answer may take."""
    facts = _next(case, at) | {"expires": at + policy.rounds.answer_within}
    return _with_expiry(FinalSayGiven(**facts, role=policy.rounds.final_say, unmet=unmet))


def decline_goodwill(case: Case, at: datetime, policy: Policy, role: str) -> tuple[Answered, ...]:
    """Somebody of this role has said that nothing more is given; on evidence where there is some."""
    if case.grounds and granted_so_far(case) is None:
        return (_declined(case, case.grounds, at),)
    facts = _next(case, at) | {"expires": at + policy.rounds.answer_within}
    return _with_expiry(FinalSayGiven(**facts, role=role))


def _laid(case: Case, terms: Terms) -> dict[str, Any]:
    """What is put on the table, and what that went by; empty where nothing is left."""
    table = menu.choose(terms.rounds, case, terms.room)
    return table._asdict() | terms.read_for(case) if table.options else {}


def say_again(case: Case, at: datetime, policy: Policy) -> tuple[Answered, ...]:
    """Who writes again when all has been said joins the closed case, and hears its answer; what is new in the letter is
    judged, and may open the case again. What was shown may be chosen once more."""
    if case.state == "declined" and not case.why:
        facts = _next(case, at) | {"subject": case.subject}
        return (ClaimDeclined(**facts, reason=case.reason or KEPT),)
    if case.final and not case.why and not case.in_time(at):
        return final_say(case, at, policy)
    return ()


def hand_over(case: Case, why: str, at: datetime, policy: Policy) -> tuple[Answered, ...]:
    """A person takes over, unless one has the case already for more than a yes or a no, or than a payment: who has it for
    that alone lets go of it when the money is there, and what was asked meanwhile would be nobody's."""
    lets_go = case.why == APPROVAL or (case.why in OF_MONEY and why not in OF_MONEY)
    has_it = case.why is not None and not lets_go
    return () if has_it else (HandedOver(**about(case, at), to=policy.rounds.person, why=why),)


def call_for(verdict: VerdictReached) -> str | None:
    """The reason for which a person has to look at what is claimed, or at a part of it."""
    reasons = (*verdict.reasons, *(reason for claim in verdict.claims for reason in claim.reasons))
    return next((reason for reason in reasons if reason in FOR_A_PERSON), None)


def _no_promise(verdict: VerdictReached) -> Grounds:
    return Grounds(NOT_PROVIDED, verdict.clauses, verdict.schedule)


def _claims(verdict: VerdictReached) -> tuple[ClaimJudged, ...]:
    """What was found for each claim; the facts themselves stay in the verdict."""
    return tuple(replace(claim, facts={}) for claim in verdict.claims)


def _next(case: Case, at: datetime) -> dict[str, Any]:
    return about(case, at) | {"round": case.round + 1}


def _explained(case: Case, verdict: VerdictReached, remedy: Remedy | None, rounds: Rounds) -> dict[str, Any]:
    return _next(case, verdict.at) | {
        "expires": verdict.at + rounds.answer_within,
        "promise": verdict.promise,
        "outcome": verdict.outcome,
        "remedy": remedy,
        "reasons": verdict.reasons,
        "clauses": verdict.clauses,
        "subject": case.subject,
        "claims": _claims(verdict),
        "ongoing": verdict.ongoing,
        "schedule": verdict.schedule,
    }


def _declined(
    case: Case, grounds: Grounds, at: datetime, claims: tuple[ClaimJudged, ...] = (), contradicted: int = 0
) -> ClaimDeclined:
    facts = _next(case, at) | {"subject": case.subject, "claims": claims, "contradicted": contradicted}
    return ClaimDeclined(**facts, reason=grounds.reason, clauses=grounds.clauses, schedule=grounds.schedule)


def _with_expiry(offer: ApologyOffered | OptionsOffered | InputInvited | FinalSayGiven) -> tuple[Answered, ...]:
    assert offer.expires is not None
    return (offer, Timer(customer=offer.customer, case=offer.case, name=EXPIRY, due=offer.expires))


def _doubt_is_small(loss: Money | None, rounds: Rounds) -> bool:
    """Doubt goes to the customer up to a set sum in the currency of the loss; above it, a person looks."""
    return loss is not None and any(
        loss.currency == limit.currency and loss.amount <= limit.amount for limit in rounds.doubt_up_to
    )
