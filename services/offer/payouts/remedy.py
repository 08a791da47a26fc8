"""What is owed is paid by itself: the difference to what we granted before and to what others have already given."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import reduce

from msgspec.structs import replace

from services.offer.case import Case, Compensation, CompensationSetOff, Customer, about
from services.offer.payout import Payout
from services.offer.payouts.fulfilment import key_of, remedy_due
from services.offer.payouts.once import covered, needs_of, taken, uncovered
from shared.events import PayoutDue, RemedyGranted
from shared.money import Money
from shared.policy.policy import Policy
from shared.remedy import FORM, PLAIN, Remedy, remedy_of, together
from shared.runtime.decider import Answered


def grant(
    customer: Customer, case: Case, at: datetime, reasons: tuple[str, ...], policy: Policy
) -> tuple[Answered, ...]:
    """What is still open of the remedy: set off first, then granted and due as the next part. Nothing open: nothing; and
    nothing for what another case was granted for the same failure."""
    still_open, needs = _open(customer, case), needs_of(customer, case)
    if still_open is None:
        return ()
    set_off = []
    for key, given in _given(customer, case, still_open.currency):
        if still_open.amount > 0:
            amount = min(given.left, still_open)
            still_open -= amount
            shares, needs = taken(needs, amount)
            part = CompensationSetOff(customer=case.customer, case=case.id, compensation=key, amount=amount, at=at)
            set_off.append(replace(part, failures=shares))
    if still_open.amount <= 0:
        return tuple(set_off)
    counted = bool(set_off) or case.set_off is not None or covered(customer, case) is not None
    remedy = _as_owed(case, still_open, was_set_off=counted)
    shares, _ = taken(needs, still_open)
    return (*set_off, *_part(case, remedy, at, reasons, policy, shares))


def _open(customer: Customer, case: Case) -> Money | None:
    still_open = uncovered(customer, case)
    if still_open is None:
        return None
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


def _as_owed(case: Case, amount: Money, *, was_set_off: bool) -> Remedy:
    """So much of the remedy in the form in which it is owed: the whole of it, or what is further due in the same form.

    Where money was set off, where earlier parts came in another form, and where no further piece is due, the difference
    is made up in money: half a replacement is none.
    """
    kind = case.in_kind
    earlier = [payout for payout in case.payouts.values() if payout.ledger == "remedy"]
    if kind is None or kind.form is None or was_set_off or any(payout.form != kind.form for payout in earlier):
        return remedy_of(amount)
    if kind.quantity is None:
        return remedy_of(amount, kind.form, equal=kind.equal)
    pieces = kind.quantity - sum(payout.quantity or 0 for payout in earlier)
    return remedy_of(amount, kind.form, pieces, kind.equal) if pieces > 0 else remedy_of(amount)


def _part(
    case: Case, remedy: Remedy, at: datetime, reasons: tuple[str, ...], policy: Policy, failures: dict[str, Money]
) -> tuple[Answered, ...]:
    part = case.parts + 1
    key = key_of(case, "remedy", "-", part)
    due, clock = remedy_due(case, remedy, key, at, policy.payouts)
    facts = about(case, at) | {"remedy": remedy, "part": part, "payout": key, "failures": failures}
    granted = RemedyGranted(**facts, reasons=reasons, ongoing=case.ongoing, due=due.due)
    return (granted, due, clock)


def granted_so_far(case: Case, granted: Iterable[Answered] = ()) -> Remedy | None:
    """All that became due as remedy, and what is granted now; in kind where all of it is."""
    equal = case.in_kind.equal if case.in_kind else ()
    parts = [
        remedy_of(due.amount, PLAIN if due.form == FORM else due.form, due.quantity, equal)
        for due in (*case.payouts.values(), *granted)
        if isinstance(due, Payout | PayoutDue) and due.ledger == "remedy" and due.amount
    ]
    return reduce(together, parts) if parts else None
