"""What is owed is paid by itself: the difference to what we granted before and to what others have already given."""

from collections.abc import Iterator
from datetime import datetime

from services.offer.case import Case, Compensation, CompensationSetOff, Customer, about
from shared.events import PayoutDue, RemedyGranted
from shared.money import Money
from shared.remedy import remedy_of
from shared.runtime.decider import Answered

FORM = "refund"


def grant(customer: Customer, case: Case, at: datetime, reasons: tuple[str, ...]) -> tuple[Answered, ...]:
    """What is still open of the remedy: set off first, then granted and due as the next part. Nothing open: nothing."""
    still_open = _open(case)
    if still_open is None:
        return ()
    set_off = []
    for key, given in _given(customer, case, still_open.currency):
        if still_open.amount > 0:
            amount = min(given.left, still_open)
            still_open -= amount
            part = CompensationSetOff(customer=case.customer, case=case.id, compensation=key, amount=amount, at=at)
            set_off.append(part)
    return (*set_off, *(_part(case, still_open, at, reasons) if still_open.amount > 0 else ()))


def _open(case: Case) -> Money | None:
    if case.owed is None:
        return None
    still_open = case.owed
    for counted in (case.due("remedy"), case.set_off):
        still_open = still_open - counted if counted else still_open
    return still_open if still_open.amount > 0 else None


def _given(customer: Customer, case: Case, currency: str) -> Iterator[tuple[str, Compensation]]:
    """Each compensation counts once: for its complaint (or the one that this joined), else for any of its subject.

    In the order of their names: a document does not keep the order in which they came.
    """
    for key, given in sorted(customer.compensations.items()):
        named = customer.merged.get(given.case, given.case) if given.case else None
        concerns = named == case.id if named else given.subject is not None and given.subject == case.subject
        if concerns and given.left.currency == currency and given.left.amount > 0:
            yield key, given


def _part(case: Case, amount: Money, at: datetime, reasons: tuple[str, ...]) -> tuple[Answered, ...]:
    part = case.parts + 1
    key = f"{case.id}/remedy/-/{part}"
    facts = about(case, at)
    return (
        RemedyGranted(**facts, remedy=remedy_of(amount), part=part, payout=key, reasons=reasons),
        PayoutDue(**facts, key=key, ledger="remedy", form=FORM, amount=amount, reference=case.complaint),
    )
