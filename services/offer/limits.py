"""What may still be given because we are sorry: to this customer in a rolling year, and by the house in this month.

Nothing here touches what is owed. What was offered counts as given until it lapses, with the dearest of it, since the
customer may still take that; so what was offered can be honoured whatever happens meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from services.offer.case import OFFERED, Case, Customer
from shared.money import Money
from shared.policy.limits import Budget, Limits

LIMIT_NUMBER, LIMIT_SUM, BUDGET, BUDGET_SOFT = "limit-number", "limit-sum", "budget", "budget-soft"
"""Which limit it is that bites: gifts of the customer, their sum, and the two lines of the house's budget."""
MAY_BE_TAKEN = OFFERED | {"handed_over", "expired"}
"""In these states what was shown is given to who chooses it in time."""


class Room(Struct, frozen=True):
    """What is left: `gifts` and `sums` of the customer's limit, `house` until the hard line and `soft` until the soft one, in
    each currency that has a limit; what is not named is not limited."""

    gifts: int | None = None
    sums: Mapping[str, Decimal] = {}
    house: Mapping[str, Decimal] = {}
    soft: Mapping[str, Decimal] = {}

    def refuses(self, amount: Money) -> tuple[str, ...]:
        """The limits that this gift would pass, codes; none where it may be given."""
        passed = {
            LIMIT_NUMBER: self.gifts is not None and self.gifts < 1,
            LIMIT_SUM: amount.currency in self.sums and amount.amount > self.sums[amount.currency],
            BUDGET: amount.currency in self.house and amount.amount > self.house[amount.currency],
        }
        return tuple(code for code, passes in passed.items() if passes)

    def leaves_to_approver(self, amount: Money) -> tuple[str, ...]:
        """The limits for which this, asked for beyond the offer, is for an approver to give; none where it is granted."""
        scarce = amount.currency in self.soft and amount.amount > self.soft[amount.currency]
        refused = self.refuses(amount)
        return (*refused, BUDGET_SOFT) if scarce and BUDGET not in refused else refused


BOUNDLESS = Room()


def room(customer: Customer, case: Case, at: datetime, limits: Limits, balance: Iterable[Money]) -> Room:
    """What is left for this case at that moment; `balance` is what the house's budget of the month stands at."""
    limit = limits.of(case.tier)
    taken = [gift.amount for gift in customer.gifts.values() if gift.at > at - limits.within]
    others = [committed(other, at) for other in customer.cases.values() if other.id != case.id]
    budget = limits.budget
    open_offers = [offer for offer in others if offer]
    sums = _added(taken, *open_offers)
    spent = _without(_added(balance), case, at, budget)
    return Room(
        gifts=max(0, limit.gifts - len(taken) - len(open_offers)),
        sums={most.currency: most.amount - sums[most.currency] for most in limit.sums},
        house={most.currency: most.amount - spent[most.currency] for most in budget.hard},
        soft={most.currency: most.amount - spent[most.currency] for most in budget.soft},
    )


def committed(case: Case, at: datetime) -> tuple[Money, ...]:
    """What the customer may still take in this case at that moment, and has not been given: the dearest in each currency."""
    if case.due("goodwill"):
        return ()
    if case.state == "agreed":
        return (case.chosen.amount,) if case.chosen and case.chosen.amount else ()
    return _dearest(case) if case.state in MAY_BE_TAKEN and case.in_time(at) else ()


def booked(case: Case) -> tuple[Money, ...]:
    """What the case counts in the house's budget: what was given, else the dearest of what may still be taken."""
    if given := case.due("goodwill"):
        return (given,)
    if case.state == "agreed":
        return (case.chosen.amount,) if case.chosen and case.chosen.amount else ()
    waits = case.state in OFFERED or (case.state == "handed_over" and case.expires is None)
    return _dearest(case) if waits else ()


def dated(before: Case, after: Case, at: datetime) -> Case:
    """The case with the moment from which it counts in the budget: when the most that it may come to was raised. So an
    option counts in the month in which it was offered, whenever it is chosen."""
    if after.shown is before.shown and len(after.payouts) == len(before.payouts):
        return after  # what is due under a key stays the sum that it is
    most = _most(before)
    raised = any(amount > most.get(currency, 0) for currency, amount in _most(after).items())
    return replace(after, booked_at=at) if raised else after


def month_of(at: datetime, budget: Budget) -> date:
    """The month in which this moment counts, by its first day."""
    return at.astimezone(ZoneInfo(budget.zone)).date().replace(day=1)


def moves(before: Customer, after: Customer, budget: Budget) -> dict[tuple[date, str], Decimal]:
    """By how much the budget moved, by month and currency, between these two states of a customer."""
    moved: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    for name, case in after.cases.items():
        was = before.cases.get(name)
        for sign, one in ((-1, was), (1, case)) if was is not case else ():
            if one and one.booked_at:
                for money in booked(one):
                    moved[month_of(one.booked_at, budget), money.currency] += sign * money.amount
    return {key: amount for key, amount in moved.items() if amount}


def _without(balance: dict[str, Decimal], case: Case, at: datetime, budget: Budget) -> dict[str, Decimal]:
    """The balance without this case's own part in it: another offer takes its place."""
    if case.booked_at and month_of(case.booked_at, budget) == month_of(at, budget):
        for money in booked(case):
            balance[money.currency] -= money.amount
    return balance


def _dearest(case: Case) -> tuple[Money, ...]:
    amounts = [option.amount for option in case.shown if option.amount]
    return tuple(_largest(amounts).values())


def _most(case: Case) -> dict[str, Decimal]:
    given = case.due("goodwill")
    return {name: money.amount for name, money in _largest((*_dearest(case), *((given,) if given else ()))).items()}


def _largest(amounts: Iterable[Money]) -> dict[str, Money]:
    """The largest sum of each currency."""
    largest: dict[str, Money] = {}
    for money in amounts:
        largest[money.currency] = max(money, largest.get(money.currency, money))
    return largest


def _added(*parts: Iterable[Money]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for part in parts:
        for money in part:
            sums[money.currency] += money.amount
    return sums
