"""Who of the house says yes or no to what a customer wishes, in which time, and what becomes of their word."""

from datetime import datetime

from msgspec.structs import replace

from services.offer import menu
from services.offer.case import Case, Request, about
from services.offer.negotiation.gifts import give
from services.offer.negotiation.rounds import final_say, next_round, put_options
from services.offer.negotiation.settling import settle
from services.offer.terms import Terms
from shared.events import (
    APPROVAL,
    Action,
    ApprovalAmended,
    ApprovalDenied,
    ApprovalGiven,
    ApprovalRequested,
    CounterAnswered,
    Option,
    RulingFollowed,
    RulingRefused,
    TimerFired,
)
from shared.money import Money
from shared.policy.approvals import Level
from shared.policy.business_time import later
from shared.policy.policy import Policy
from shared.remedy import FORM
from shared.runtime.decider import Answered, Timer

Approval = ApprovalGiven | ApprovalDenied | ApprovalAmended
ACTIONS: dict[type[Approval], Action] = {
    ApprovalGiven: "approve",
    ApprovalDenied: "deny",
    ApprovalAmended: "amend",
}
APPROVED, NOT_APPROVED, AMENDED = "approved", "not-approved", "amended"
"""Why it is granted, or not as it was asked for."""
AS_AMENDED = "as-amended"
"""The id of what an approver would give instead."""


def ask(case: Case, at: datetime, terms: Terms, level: Level, request: Request) -> tuple[Answered, ...]:
    """Whoever may give it is asked, with all that is known of the case, and has so many open hours to say so."""
    wanted = replace(request, first=level.role, level=level.role, due=_due(terms.policy, level, at))
    said, timer = _said(case, at, f"{case.id}/{APPROVAL}/{len(case.requests) + 1}", wanted)
    return (replace(said, **terms.read_for(case)), timer)


def escalate(case: Case, timer: TimerFired, policy: Policy) -> tuple[Answered, ...]:
    """Who has not answered in time is not waited for: the level above is asked, each once. After the last it stays there,
    and is late."""
    if case.request is None:
        return ()
    name, request = case.request
    if request.late or timer.due < request.due:
        return ()
    above = policy.approvals.above(request.level)
    if above is None:
        return (_said(case, timer.at, name, replace(request, late=True))[0],)
    return _said(case, timer.at, name, replace(request, level=above.role, due=_due(policy, above, timer.at)))


def why_not(case: Case, ruling: Approval, terms: Terms) -> str | None:
    """Why this ruling cannot be followed, a code; None where it can."""
    request = case.requests.get(ruling.id)
    if request is None:
        return "no-such-request"
    if request.ended:
        return f"already-{request.ended}"
    approvals = terms.policy.approvals
    rank, least = approvals.rank(ruling.role), approvals.rank(request.first) or 0
    if rank is None or rank < least:
        return "role-may-not"
    if isinstance(ruling, ApprovalDenied):
        return None
    return _not_theirs(ruling, request) or _too_much(case, ruling, request, approvals.levels[rank], terms)


def answer_approval(case: Case, ruling: Approval, terms: Terms) -> tuple[Answered, ...]:
    """What they say is done, or it is said why not; above the line it is done when a second person agrees."""
    if why := why_not(case, ruling, terms):
        return (refused(case, ruling.at, ACTIONS[type(ruling)], ruling.by, ruling.role, why, ruling.id),)
    request = case.requests[ruling.id]
    followed = RulingFollowed(
        **about(case, ruling.at), action=ACTIONS[type(ruling)], by=ruling.by, role=ruling.role, request=ruling.id
    )
    if isinstance(ruling, ApprovalDenied):
        return (followed, *_denied(case, ruling.at, terms, request))
    agreed = _agreed(case, ruling, request)
    if terms.policy.approvals.four_eyes(agreed.option.amount) and len(agreed.yes) < 2:
        return (_said(case, ruling.at, ruling.id, agreed)[0],)
    if agreed.kind == "wish":
        return (followed, *_granted(case, ruling.at, terms, agreed.option))
    if agreed.kind == "gift":
        return (followed, *give(case, ruling.at, terms, agreed.option, ruling.role))
    return (replace(followed, action="amend"), *_offered(case, ruling.at, terms, agreed.option))


def refused(
    case: Case, at: datetime, action: Action, by: str, role: str, why: str, request: str | None = None
) -> RulingRefused:
    """A no to what a member of staff decided, with its reason."""
    return RulingRefused(**about(case, at), action=action, by=by, role=role, why=why, request=request)


def is_same_person(one: str | None, other: str) -> bool:
    """However they have written their name."""
    return one is not None and " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def above_ceiling(case: Case, amount: Money | None, policy: Policy) -> bool:
    """Where the loss is known in that currency; where it is not, a person has looked."""
    known = amount is not None and case.loss is not None and case.loss.currency == amount.currency
    return known and amount is not None and menu.too_much(policy.rounds, case, amount)


def _not_theirs(ruling: ApprovalGiven | ApprovalAmended, request: Request) -> str | None:
    """Nobody approves what they asked for, and one person is not two."""
    if is_same_person(request.asked_by, ruling.by):
        return "asked-for-it"
    if isinstance(ruling, ApprovalAmended):
        return "not-a-wish" if request.kind == "gift" else None
    return "said-yes-already" if any(is_same_person(name, ruling.by) for name in request.yes) else None


def _too_much(
    case: Case, ruling: ApprovalGiven | ApprovalAmended, request: Request, level: Level, terms: Terms
) -> str | None:
    agreed = _agreed(case, ruling, request)
    if isinstance(ruling, ApprovalAmended) and _is_same(agreed.option, request.option):
        return "nothing-amended"
    if not level.may_give(agreed.option.amount, case.loss):
        return "sum-too-high"
    if above_ceiling(case, agreed.option.amount, terms.policy):
        return "above-ceiling"
    if agreed.kind != "amendment":
        return None
    return "alarmed" if case.alarmed else None if _beside(case, agreed.option, terms) else "nothing-beside-it"


def _agreed(case: Case, ruling: ApprovalGiven | ApprovalAmended, request: Request) -> Request:
    """The request as it stands with this yes."""
    if isinstance(ruling, ApprovalGiven):
        return replace(request, yes=(*request.yes, ruling.by))
    wish = request.option
    form = ruling.form or (wish.form if ruling.amount or not wish.amount else FORM)
    option = Option(_name(case), form, ruling.amount or (None if ruling.form else wish.amount))
    return replace(request, kind="amendment", yes=(ruling.by,), option=option)


def _is_same(one: Option, other: Option) -> bool:
    return (one.form, one.amount) == (other.form, other.amount)


def _name(case: Case) -> str:
    """No option is shown twice, so no two bear one name."""
    before = sum(option.id.startswith(AS_AMENDED) for option in case.shown)
    return f"{AS_AMENDED}-{before + 1}" if before else AS_AMENDED


def _granted(case: Case, at: datetime, terms: Terms, option: Option) -> tuple[Answered, ...]:
    """Exactly as they asked."""
    read = terms.read_for(case)
    yes = CounterAnswered(**about(case, at), granted=True, reason=APPROVED, option=option, **read)
    return (yes, *settle(case, at, terms.policy, option, told=True))


def _denied(case: Case, at: datetime, terms: Terms, request: Request) -> tuple[Answered, ...]:
    """A no with its reason, and with what we can do instead; who has a person for another reason hears the rest from them.

    What staff wished to give, the customer never heard of."""
    if request.kind == "gift":
        return ()
    instead = () if _has_a_person(case) else _instead(replace(case, why=None, denied=case.round), at, terms)
    explained = bool(instead) or case.alarmed
    facts = about(case, at) | terms.read_for(case)
    return (CounterAnswered(**facts, granted=False, reason=NOT_APPROVED, explained=explained), *instead)


def _instead(case: Case, at: datetime, terms: Terms) -> tuple[Answered, ...]:
    return next_round(case, at, terms, unmet=NOT_APPROVED) or final_say(case, at, terms.policy, unmet=NOT_APPROVED)


def _offered(case: Case, at: datetime, terms: Terms, option: Option) -> tuple[Answered, ...]:
    """A new offer, which waits for the customer's yes beside one or two others."""
    read = terms.read_for(case)
    no = CounterAnswered(**about(case, at), granted=False, reason=AMENDED, explained=True, **read)
    laid = {"options": (option, *_beside(case, option, terms)), **read}
    return (no, *put_options(replace(case, denied=case.round), at, terms.policy, laid, unmet=AMENDED))


def _beside(case: Case, option: Option, terms: Terms) -> tuple[Option, ...]:
    """One or two from the reserve; where nothing is left in it, as much in another form of money."""
    rounds, room = terms.rounds, terms.room
    if left := menu.choose(rounds, case, room).options or menu.reserve(rounds, case, room):
        return left[: menu.MOST - 1]
    forms = menu.money_forms(rounds) if option.amount else ()
    other = next((form for form in forms if form != option.form), None)
    return (replace(option, id=f"{option.id}-as-{other}", form=other),) if other else ()


def _has_a_person(case: Case) -> bool:
    return case.why is not None and case.why != APPROVAL


def _due(policy: Policy, level: Level, at: datetime) -> datetime:
    return later(policy.calendars[level.calendar], at, level.within)


def _said(case: Case, at: datetime, name: str, request: Request) -> tuple[ApprovalRequested, Timer]:
    said = ApprovalRequested(
        **about(case, at),
        id=name,
        level=request.level,
        due=request.due,
        option=request.option,
        reasons=request.reasons,
        limits=request.limits,
        first=request.first,
        asked_by=request.asked_by,
        yes=request.yes,
        kind=request.kind,
        late=request.late,
    )
    return (said, Timer(customer=case.customer, case=case.id, name=APPROVAL, due=request.due))
