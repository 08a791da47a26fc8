"""What a person has promised is held for them: done, it is said so; not done by its day, it is a new failure of ours.

Then we do not ask what would put it right: the customer has told us once, and was let down again. They get an apology of
its own, and options that are not what failed; where a person has the case, somebody higher has it now.
"""

from datetime import datetime

from msgspec.structs import replace

from services.offer.case import Case, about
from services.offer.negotiation.let_down import gets_options, let_down_again
from services.offer.negotiation.rounds import lay_options
from services.offer.payouts.billing import made_of
from services.offer.promised import Promised
from services.offer.staff.approvals import refused
from services.offer.terms import Terms
from shared.events import (
    APPROVAL,
    HandedOver,
    PromiseFulfilled,
    PromiseGiven,
    PromiseKept,
    PromiseMade,
    PromiseMissed,
    RulingRefused,
    TimerFired,
)
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, Timer

PROMISE = "promise"
"""Timers are called `promise/<number>`; the promise itself is `<case>/promise/<number>`."""
MISSED = "promise_missed"
"""Why a person has the case."""
CANNOT_BE_PROMISED = {"unopened": "not-opened", "withdrawn": "over", "history": "over"}


def answer_word(case: Case, ruling: PromiseGiven | PromiseFulfilled, policy: Policy) -> tuple[Answered, ...]:
    """Somebody has given their word, or kept it; what cannot be is refused by name."""
    why = why_not(case, ruling, policy)
    if why:
        return (_refused(case, ruling, why),)
    if isinstance(ruling, PromiseGiven):
        return _made(case, ruling)
    if payout := case.payouts.get(ruling.promised):
        return () if payout.arrived else (made_of(case, ruling.promised, payout, ruling.at),)
    word = case.promises[ruling.promised]
    if word.kept:
        return ()
    kept = PromiseKept(**about(case, ruling.at), promised=ruling.promised, what=word.what, on=ruling.at, by=ruling.by)
    return (kept,)


def why_not(case: Case, ruling: PromiseGiven | PromiseFulfilled, policy: Policy) -> str | None:
    """Why this cannot be promised, or is no promise of ours, a code; None where it is one."""
    if ruling.role not in policy.approvals.roles:
        return "role-unknown"
    if isinstance(ruling, PromiseFulfilled):
        return None if ruling.promised in case.promises or _is_in_kind(case, ruling) else "no-such-promise"
    if ruling.due <= ruling.at:
        return "day-is-over"
    return CANNOT_BE_PROMISED.get(case.state)


def _is_in_kind(case: Case, ruling: PromiseFulfilled) -> bool:
    """What was granted without money is kept by whoever does it; of money, billing says that it arrived."""
    payout = case.payouts.get(ruling.promised)
    return payout is not None and payout.in_kind


def is_promise(timer: TimerFired) -> bool:
    """Whether the day of a promise has come."""
    return timer.name.startswith(f"{PROMISE}/")


def day_has_come(timer: TimerFired, case: Case, terms: Terms) -> tuple[Answered, ...]:
    """What was done is done. What was not is said once, and looked at once more on the day that we then name."""
    promised = f"{case.id}/{timer.name}"
    word = case.promises.get(promised)
    if word is None or word.kept or case.state in CANNOT_BE_PROMISED or timer.due < (word.next or word.due):
        return ()
    if word.missed:
        return _handed_on(case, timer.at, terms.policy)
    by = timer.at + terms.policy.promises.within
    down = let_down_again(case, terms.policy)
    missed = PromiseMissed(
        **about(down, timer.at), promised=promised, what=word.what, due=word.due, owner=word.owner, next=by
    )
    again = Timer(customer=case.customer, case=case.id, name=timer.name, due=by)
    options = lay_options(down, timer.at, terms) if gets_options(down) else ()
    return (missed, *(options or _handed_on(down, timer.at, terms.policy)), again)


def remembered(case: Case, event: PromiseMade | PromiseKept | PromiseMissed) -> Case:
    """Times decide: what was done in time was kept, also where its day was read first."""
    if isinstance(event, PromiseMissed):
        case = replace(case, again=True, severity=max(case.severity, event.severity))
    return replace(case, promises={**case.promises, event.promised: _word(case, event)})


def _word(case: Case, event: PromiseMade | PromiseKept | PromiseMissed) -> Promised:
    if isinstance(event, PromiseMade):
        return Promised(event.what, event.due, event.owner)
    before = case.promises[event.promised]
    if isinstance(event, PromiseMissed):
        return replace(before, missed=True, next=event.next)
    return replace(before, kept=event.on, missed=before.missed and event.on > before.due)


def _made(case: Case, given: PromiseGiven) -> tuple[Answered, ...]:
    name = f"{PROMISE}/{len(case.promises) + 1}"
    facts = about(case, given.at) | {"what": given.what, "due": given.due, "owner": given.role}
    made = PromiseMade(**facts, promised=f"{case.id}/{name}")
    return (made, Timer(customer=case.customer, case=case.id, name=name, due=given.due))


def _handed_on(case: Case, at: datetime, policy: Policy) -> tuple[Answered, ...]:
    """To somebody higher, unless they have it already, or somebody has it for what is graver or theirs to decide."""
    if case.alarmed or case.why in (APPROVAL, MISSED):
        return ()
    return (HandedOver(**about(case, at), to=policy.promises.person, why=MISSED),)


def _refused(case: Case, ruling: PromiseGiven | PromiseFulfilled, why: str) -> RulingRefused:
    action = "promise" if isinstance(ruling, PromiseGiven) else "fulfil"
    return refused(case, ruling.at, action, ruling.by, ruling.role, why)  # type: ignore[arg-type]
