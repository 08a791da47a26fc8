"""How what was granted reaches the customer: each thing due once, by a day that we can name, and in somebody's hands."""

from datetime import datetime, timedelta

from services.offer.case import Case, about
from shared.events import Ledger, Option, PayoutDue
from shared.policy.policy import Payouts
from shared.remedy import FORM, Remedy


def key_of(case: Case, ledger: Ledger, option: str, part: int) -> str:
    """Money moves once: what becomes due again under this key is paid no second time."""
    return f"{case.id}/{ledger}/{option}/{part}"


def gift_due(case: Case, option: Option, at: datetime, payouts: Payouts) -> PayoutDue:
    """What they chose, with money or without. They were told in how many days it is there, so these count from the choice."""
    days = None if option.arrives is None else timedelta(days=option.arrives)
    return PayoutDue(
        **about(case, at),
        key=key_of(case, "goodwill", option.id, 1),
        ledger="goodwill",
        form=option.form,
        amount=option.amount,
        reference=case.complaint,
        due=max(at, (case.agreed or at) + (payouts.within_of(option.form) if days is None else days)),
        owner=payouts.owner_of(option.form),
    )


def remedy_due(case: Case, remedy: Remedy, key: str, at: datetime, payouts: Payouts) -> PayoutDue:
    """A part of what is owed, in money or in kind."""
    form = remedy.form or FORM
    return PayoutDue(
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
