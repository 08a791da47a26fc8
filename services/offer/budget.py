"""What the house gives in a month because it is sorry, offers that are open included: counters that no two lanes share."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.offer.case import Customer
from services.offer.limits import month_of, moves
from services.offer.terms import Known
from shared.events import Answer, VerdictReached
from shared.money import Money
from shared.policy.limits import Budget
from shared.policy.policy import Policy
from shared.runtime.flow import Heard, Outcome
from shared.runtime.tables import Statement

SLOTS = 16
"""Rows of a month and currency: even, so that a partition of the one lane never shares a row with one of the other."""

# In the order of the key: two members whose partitions share a slot wait for each other and for nobody else.
ADD = Statement("""
insert into offer.budget as b (month, currency, slot, amount)
select month, currency, slot, amount
from unnest(cast(:months as date[]), cast(:currencies as text[]), cast(:slots as int[]), cast(:amounts as numeric[]))
    as e (month, currency, slot, amount)
order by month, currency, slot
on conflict (month, currency, slot) do update set amount = b.amount + excluded.amount
""")

# Without locks: what batches in flight add is not seen, and by so much may the hard line be passed.
SUM = Statement("""
select month, currency, sum(amount) from offer.budget where month = any(cast(:months as date[])) group by month, currency order by 1, 2
""")


async def look_up(connection: AsyncConnection, heard: Sequence[Heard], policy: Policy) -> list[Known]:
    """What each decision may know: the policy, and how the budget stands in the month of its event, where it may offer
    something."""
    budget = policy.limits.budget
    limited = bool(budget.soft or budget.hard)
    months = [_month(event.event, budget) if limited else None for event in heard]
    wanted = sorted({month for month in months if month})
    stands = await _sums(connection, wanted) if wanted else {}
    return [Known(policy, stands.get(month, ()) if month else ()) for month in months]


async def balance(connection: AsyncConnection, at: datetime, budget: Budget) -> tuple[Money, ...]:
    """What the budget stands at in the month of this moment, a sum a currency in which something was given."""
    month = month_of(at, budget)
    return (await _sums(connection, [month])).get(month, ())


async def _sums(connection: AsyncConnection, months: Sequence[date]) -> dict[date, tuple[Money, ...]]:
    sums: dict[date, tuple[Money, ...]] = {}
    for month, currency, amount in await SUM.run(connection, "offer", months=list(months)):
        sums[month] = (*sums.get(month, ()), Money(amount, currency))
    return sums


async def keep(tx: AsyncConnection, outcome: Outcome[Customer], budget: Budget) -> None:
    """Count what this batch has given, offered and taken back."""
    slots = {said.to.key or "": said.to.record.partition.number % SLOTS for said in outcome.answers}
    moved: dict[tuple[date, str, int], Decimal] = defaultdict(Decimal)
    for customer, slot in slots.items():
        if customer in outcome.states:
            before = outcome.before.get(customer, Customer())
            for (month, currency), amount in moves(before, outcome.states[customer], budget).items():
                moved[month, currency, slot] += amount
    rows = [(*key, amount) for key, amount in sorted(moved.items()) if amount]
    if rows:
        names = ("months", "currencies", "slots", "amounts")
        parameters: dict[str, list[Any]] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        await ADD.run(tx, "offer", **parameters)


class Purse:
    """The same counters in memory, where there is no database: to rehearse, and to prove."""

    def __init__(self, policy: Policy) -> None:
        self._policy, self._counted = policy, defaultdict[tuple[date, str], Decimal](Decimal)

    def known(self, event: Any) -> Known:
        """What the decision about this event may know."""
        month = _month(event, self._policy.limits.budget)
        sums = ((currency, amount) for (of, currency), amount in sorted(self._counted.items()) if of == month)
        return Known(self._policy, tuple(Money(amount, currency) for currency, amount in sums))

    def count(self, before: Customer, after: Customer) -> None:
        """What one event has changed."""
        for key, amount in moves(before, after, self._policy.limits.budget).items():
            self._counted[key] += amount


def _month(event: Any, budget: Budget) -> date | None:
    """The month of an event that may be answered with an offer."""
    return month_of(event.at, budget) if isinstance(event, VerdictReached | Answer) else None
