"""What a decision goes by besides the case itself: the policy in force, and what is left to give when it is taken."""

from datetime import datetime
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from services.offer.case import Case, Customer
from services.offer.limits import Room, room
from services.offer.payouts.once import covered
from shared.money import Money
from shared.policy.limits import Raise
from shared.policy.policy import Policy, Rounds


class Known(Struct, frozen=True):
    """What is looked up for each event: the policy, and what the house's budget of the month stands at, a sum a currency."""

    policy: Policy
    balance: tuple[Money, ...] = ()


class Terms(Struct, frozen=True, kw_only=True, dict=True):
    """The terms of one decision about this `case` of this `customer`, as it is taken `at` that moment. `raised`: what the
    severity was raised for, codes; `balance`: what was looked up. What is left is worked out once somebody asks for it, since
    most decisions give nothing."""

    policy: Policy
    customer: Customer
    case: Case
    at: datetime
    raised: tuple[str, ...] = ()
    balance: tuple[Money, ...] = ()

    @cached_property
    def room(self) -> Room:
        """What is left to give within the limits."""
        return room(self.customer, self.case, self.at, self.policy.limits, self.balance)

    @cached_property
    def covered(self) -> Money | None:
        """What other cases were granted for the same failure."""
        return covered(self.customer, self.case)

    @property
    def rounds(self) -> Rounds:
        """The menu, and how it is offered."""
        return self.policy.rounds

    def read_for(self, case: Case) -> dict[str, Any]:
        """What a decision about money says that it went by, so that it can be taken again from what it says."""
        currency = case.paid.currency if case.paid else None
        return {
            "balance": next((money for money in self.balance if money.currency == currency), None),
            "raised": self.raised,
            "policy": self.policy.version,
            "policy_digest": self.policy.digest,
        }


def weighed(customer: Customer, case: Case, at: datetime, known: Known) -> tuple[Case, Terms]:
    """The case as it weighs at this moment, and the terms of what is decided about it now."""
    rows = [row for row in known.policy.limits.raises if _holds(row, case, at)]
    by = max((row.by for row in rows), default=0)
    raised = tuple(dict.fromkeys(_cause(row) for row in rows))
    terms = Terms(policy=known.policy, customer=customer, case=case, at=at, raised=raised, balance=known.balance)
    return (replace(case, severity=min(4, case.severity + by)) if by else case), terms


def _holds(row: Raise, case: Case, at: datetime) -> bool:
    if row.contacts is not None:
        return case.contacts >= row.contacts
    if row.hand_overs is not None:
        return case.hand_overs >= row.hand_overs
    return row.waiting is not None and case.received is not None and (case.heard or at) - case.received >= row.waiting


def _cause(row: Raise) -> str:
    if row.contacts is not None:
        return "contacts"
    return "hand-overs" if row.hand_overs is not None else "waiting"
