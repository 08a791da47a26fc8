"""What we remember of what a customer was given: by us, as it stands on its way to them, and by others."""

from msgspec.structs import replace

from services.offer.case import (
    Case,
    Compensation,
    CompensationSetOff,
    Customer,
    State,
)
from services.offer.naming import case_of
from services.offer.payout import OF_MONEY, Payout
from shared.events import (
    CompensationRecorded,
    FulfilmentContested,
    PaymentDelayed,
    PaymentMade,
    PayoutDue,
    PayoutFailed,
)

OVER: tuple[State, ...] = ("agreed", "settled", "expired", "joined", "withdrawn")
"""Whoever has such a case has it for one thing alone, and no longer than that is wrong."""


def with_compensation(customer: Customer, event: CompensationRecorded) -> Customer:
    key = f"{event.source}\n{event.id}"
    if key in customer.compensations or event.amount.amount <= 0:
        return customer
    given = Compensation(event.amount, case_of(event) or None, event.subject)
    return replace(customer, compensations={**customer.compensations, key: given})


def with_set_off(customer: Customer, event: CompensationSetOff) -> Customer:
    given = customer.compensations[event.compensation]
    left = replace(given, left=given.left - event.amount)
    case = customer.cases[event.case]
    case = replace(case, set_off=case.set_off + event.amount if case.set_off else event.amount)
    return replace(
        customer,
        cases={**customer.cases, case.id: case},
        compensations={**customer.compensations, event.compensation: left},
    )


def with_due(case: Case, event: PayoutDue) -> Case:
    payout = Payout(event.ledger, event.form, event.amount, "due", event.quantity, event.due, event.owner)
    return _relieved(replace(case, payouts={**case.payouts, event.key: payout}))


def with_payment(case: Case, event: PayoutFailed | PaymentDelayed | PaymentMade | FulfilmentContested) -> Case:
    """How something that was granted stands; what has arrived stays so."""
    payout = case.payouts.get(event.key)
    if payout is None:
        return case
    match event:
        case PaymentMade():
            now = replace(payout, state="paid", missed=False, came=event.amount if event.instead_of else None)
        case FulfilmentContested() if payout.arrived:
            now = replace(payout, state="contested")
        case FulfilmentContested():
            now = replace(payout, missed=True)
        case PayoutFailed() if not payout.arrived:
            now = replace(payout, state="failed")
        case PaymentDelayed():
            now = replace(payout, state="late", next=event.next)
            case = _let_down(case, event) if payout.in_kind else case
        case _:
            return case
    return _relieved(replace(case, payouts={**case.payouts, event.key: now}))


def _let_down(case: Case, late: PaymentDelayed) -> Case:
    """What somebody of ours was to do was not done, which is a failure on top of the first."""
    return replace(case, again=True, severity=max(case.severity, late.severity))


def _relieved(case: Case) -> Case:
    """A case that is over waits for a person no longer once what they were called for has been put right."""
    if case.state in OVER and case.why in OF_MONEY:
        return replace(case, why=case.trouble)
    return case
