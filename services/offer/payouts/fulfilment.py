"""How what was granted reaches the customer: each thing due once, by a day that we can name, and in somebody's hands."""

from datetime import datetime, timedelta

from services.offer.case import Case, about
from shared.events import Ledger, Option, PayoutDue, TimerFired
from shared.policy.policy import Payouts
from shared.remedy import FORM, Remedy
from shared.runtime.decider import Timer

CLOCK = "payout/"


def key_of(case: Case, ledger: Ledger, option: str, part: int) -> str:
    """Money moves once: what becomes due again under this key is paid no second time."""
    return f"{case.id}/{ledger}/{option}/{part}"


def clock_of(key: str) -> str:
    """The timer that asks, when its day has passed, whether this has arrived."""
    return CLOCK + key.partition("/")[2]


def key_behind(timer: Timer | TimerFired) -> str | None:
    """What this timer asks after; None where it is no such timer."""
    return f"{timer.case}/{timer.name.removeprefix(CLOCK)}" if timer.name.startswith(CLOCK) else None


def gift_due(case: Case, option: Option, at: datetime, payouts: Payouts) -> tuple[PayoutDue, Timer]:
    """What they chose, with money or without. They were told in how many days it is there, so these count from the choice."""
    days = None if option.arrives is None else timedelta(days=option.arrives)
    due = PayoutDue(
        **about(case, at),
        key=key_of(case, "goodwill", option.id, 1),
        ledger="goodwill",
        form=option.form,
        amount=option.amount,
        reference=case.complaint,
        due=max(at, (case.agreed or at) + (payouts.within_of(option.form) if days is None else days)),
        owner=payouts.owner_of(option.form),
    )
    return _watched(due, payouts)


def remedy_due(case: Case, remedy: Remedy, key: str, at: datetime, payouts: Payouts) -> tuple[PayoutDue, Timer]:
    """A part of what is owed, in money or in kind."""
    form = remedy.form or FORM
    due = PayoutDue(
        **about(case, at),
        key=key,
        ledger="remedy",
        form=form,
        amount=remedy.sum,
        reference=case.complaint,
        quantity=remedy.quantity,
        equal=remedy.equal,
        due=at + payouts.within_of(form),
        owner=payouts.owner_of(form),
    )
    return _watched(due, payouts)


def due_again(case: Case, key: str, at: datetime, payouts: Payouts) -> tuple[PayoutDue, Timer]:
    """The very same once more, under the key by which it can be paid only once."""
    payout = case.payouts[key]
    in_kind = case.in_kind if payout.ledger == "remedy" else None
    due = PayoutDue(
        **about(case, at),
        key=key,
        ledger=payout.ledger,
        form=payout.form,
        amount=payout.amount,
        reference=case.complaint,
        quantity=payout.quantity,
        equal=in_kind.equal if in_kind and in_kind.form == payout.form else (),
        due=at + payouts.within_of(payout.form),
        owner=payouts.owner_of(payout.form),
    )
    return _watched(due, payouts)


def _watched(due: PayoutDue, payouts: Payouts) -> tuple[PayoutDue, Timer]:
    """Nothing is due without a clock that asks where it is."""
    assert due.due is not None
    asks = Timer(customer=due.customer, case=due.case, name=clock_of(due.key), due=due.due + payouts.grace)
    return (due, asks)
