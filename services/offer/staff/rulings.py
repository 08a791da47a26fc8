"""What a person of the house may decide otherwise than the rules: to give, to decline goodwill, to stop, to hand on."""

from msgspec.structs import replace

from services.offer.case import Case, Request, about
from services.offer.negotiation.gifts import GIVEN, give
from services.offer.negotiation.rounds import decline_goodwill
from services.offer.payouts.billing import renew
from services.offer.staff.approvals import NOT_APPROVED, above_ceiling, answer_approval, ask, refused
from services.offer.staff.promises import answer_word
from services.offer.terms import Terms
from shared.events import (
    APPROVAL,
    ApprovalAmended,
    ApprovalDenied,
    ApprovalGiven,
    CaseOverruled,
    CounterAnswered,
    HandedOver,
    Option,
    PayoutRenewed,
    PromiseFulfilled,
    PromiseGiven,
    Ruling,
    RulingFollowed,
)
from shared.policy.approvals import Level
from shared.policy.policy import Policy
from shared.remedy import FORM
from shared.runtime.decider import Answered

STOPPED, HANDED_ON = "stopped", "handed_on"
"""Why a person has the case."""
OVER = ("withdrawn", "history")
SAID_ALL = ("settled", "agreed", "declined", "expired", "final_say")
"""Where there is no goodwill that could be declined any more."""


def answer_ruling(ruling: Ruling, case: Case, terms: Terms) -> tuple[Answered, ...]:
    """What a member of staff decides, on a request or of their own accord."""
    match ruling:
        case ApprovalGiven() | ApprovalDenied() | ApprovalAmended():
            return answer_approval(case, ruling, terms)
        case CaseOverruled():
            return answer_overruled(case, ruling, terms)
        case PromiseGiven() | PromiseFulfilled():
            return answer_word(case, ruling, terms.policy)
        case PayoutRenewed():
            return renew(case, ruling, terms.policy)
        case _:
            return ()


def why_not(case: Case, ruling: CaseOverruled, policy: Policy) -> str | None:
    """Why this ruling cannot be followed, a code; None where it can."""
    if case.state in OVER or case.state == "unopened":
        return "over" if case.state in OVER else "not-opened"
    if ruling.role not in policy.approvals.roles:
        return "role-unknown"
    match ruling.action:
        case "give":
            return _why_not_give(case, ruling, policy)
        case "decline":
            return _why_not_decline(case, ruling, policy)
        case "stop":
            return "has-a-person" if case.why and case.why != APPROVAL else None
        case "hand_on":
            return None if ruling.to in policy.approvals.roles else "role-unknown"


def answer_overruled(case: Case, ruling: CaseOverruled, terms: Terms) -> tuple[Answered, ...]:
    """It is done as they decide, or it is said why not. What is owed is nobody's to lower: no ruling touches it."""
    if why := why_not(case, ruling, terms.policy):
        return (refused(case, ruling.at, ruling.action, ruling.by, ruling.role, why),)
    match ruling.action:
        case "give":
            return _given(case, ruling, terms)
        case "decline":
            return _declined(case, ruling, terms.policy)
        case "stop":
            return (_followed(case, ruling), HandedOver(**about(case, ruling.at), to=ruling.role, why=STOPPED))
        case "hand_on":
            to, why = ruling.to or terms.rounds.person, HANDED_ON if not _has_a_person(case) else case.why
            return (_followed(case, ruling), HandedOver(**about(case, ruling.at), to=to, why=why or HANDED_ON))


def _why_not_give(case: Case, ruling: CaseOverruled, policy: Policy) -> str | None:
    option = _option(ruling)
    if case.round == 0:
        return "nothing-said-yet"
    if option is None:
        return "nothing-named"
    if above_ceiling(case, option.amount, policy):
        return "above-ceiling"
    if _first(case, option, policy) is None:
        return "beyond-all-levels"
    return "asked-for-already" if case.request and not _is_theirs(case, ruling, option, policy) else None


def _why_not_decline(case: Case, ruling: CaseOverruled, policy: Policy) -> str | None:
    if policy.approvals.rank(ruling.role) is None:
        return "role-may-not"
    if case.round == 0:
        return "nothing-said-yet"
    return "nothing-to-decline" if case.state in SAID_ALL else None


def _given(case: Case, ruling: CaseOverruled, terms: Terms) -> tuple[Answered, ...]:
    """What is theirs to give is given; what is above that, somebody else is asked for."""
    option, at, policy = _option(ruling), ruling.at, terms.policy
    assert option is not None
    if _is_theirs(case, ruling, option, policy):
        return (_followed(case, ruling), *give(case, at, terms, option, ruling.role))
    level = _first(case, option, policy)
    assert level is not None
    yes = (ruling.by,) if _may_give(case, ruling, option, policy) else ()
    reasons = ("four-eyes",) if yes else ("above-their-level",)
    limits = terms.room.leaves_to_approver(option.amount) if option.amount else ()
    request = Request(option, level.role, level.role, at, at, "gift", ruling.by, yes, reasons, limits)
    return ask(case, at, terms, level, request)


def _declined(case: Case, ruling: CaseOverruled, policy: Policy) -> tuple[Answered, ...]:
    """Only goodwill: what is owed stays paid, what was shown stands. A wish that waited for a yes has its no with it."""
    facts = about(case, ruling.at)
    waited = case.request is not None and case.request[1].kind != "gift"
    no = (CounterAnswered(**facts, granted=False, reason=NOT_APPROVED, explained=True),) if waited else ()
    said = decline_goodwill(replace(case, denied=case.round if waited else case.denied), ruling.at, policy, ruling.role)
    return (_followed(case, ruling), *no, *said)


def _followed(case: Case, ruling: CaseOverruled) -> RulingFollowed:
    request = case.request[0] if case.request and ruling.action == "decline" else None
    return RulingFollowed(
        **about(case, ruling.at), action=ruling.action, by=ruling.by, role=ruling.role, request=request
    )


def _option(ruling: CaseOverruled) -> Option | None:
    amount = ruling.amount if ruling.amount and ruling.amount.amount > 0 else None
    if amount is None and not ruling.form:
        return None
    return Option(GIVEN, ruling.form or FORM, amount)


def _first(case: Case, option: Option, policy: Policy) -> Level | None:
    return policy.approvals.first_for(option.amount, case.loss, contested=case.contested)


def _may_give(case: Case, ruling: CaseOverruled, option: Option, policy: Policy) -> bool:
    """By their level alone."""
    first, rank = _first(case, option, policy), policy.approvals.rank(ruling.role)
    return first is not None and rank is not None and rank >= (policy.approvals.rank(first.role) or 0)


def _is_theirs(case: Case, ruling: CaseOverruled, option: Option, policy: Policy) -> bool:
    return _may_give(case, ruling, option, policy) and not policy.approvals.four_eyes(option.amount)


def _has_a_person(case: Case) -> bool:
    return case.why is not None and case.why != APPROVAL
