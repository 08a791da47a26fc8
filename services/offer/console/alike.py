"""What such cases got, and what it would cost to give all of them as much: the same for the same, before anybody is given more."""

from datetime import timedelta
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.money import Money

LOOKS_BACK = timedelta(days=90)
"""Cases under one schedule, where there is no incident that they share, are alike for so long."""

# Of one incident where there is one, else judged by the same schedule to the same severity. What was given in another
# currency counts as nothing given: sums in two currencies are not compared.
READ = text("""
with one as (select "case", incident, schedule, severity from offer.cases where "case" = :case),
alike as (
    select o.* from offer.cases o, one
    where o."case" <> one."case" and one.incident is not null and o.incident = one.incident
    union all
    select o.* from offer.cases o, one
    where o."case" <> one."case" and one.incident is null and o.schedule = one.schedule and o.severity = one.severity
        and o.opened_at >= (select clock.now()) - cast(:looks_back as interval)
),
given as (
    select state, coalesce((select cast(sums->'goodwill'->>'amount' as numeric)
        where sums->'goodwill'->>'currency' = :currency), 0) as amount from alike
)
select (select incident from one), (select schedule from one), (select severity from one), count(*),
    count(*) filter (where state in ('settled', 'agreed')), count(*) filter (where amount > 0),
    coalesce(percentile_disc(0.5) within group (order by amount), 0), coalesce(max(amount), 0), coalesce(sum(amount), 0),
    coalesce(sum(greatest(cast(:amount as numeric) - amount, 0)), 0)
from given
""")


class Alike(Struct, frozen=True, kw_only=True):
    """Other cases of the same `incident`, else of the same `schedule` and `severity` in the last 90 days.

    `settled`: of how many the customer is content; `with_goodwill`: how many were given money, `median`, `most` and `given`
    (in all) how much, in the currency of the request. `to_all`: what it would cost to give each as much as is asked for here,
    beyond what they were given.
    """

    incident: str | None
    schedule: str | None
    severity: int
    cases: int
    settled: int
    with_goodwill: int
    median: Money | None = None
    most: Money | None = None
    given: Money | None = None
    to_all: Money | None = None


async def read(connection: AsyncConnection, case: str, amount: Money | None) -> Alike | None:
    """What cases like this one got; None where there is no such case."""
    names = {
        "case": case,
        "currency": amount.currency if amount else "",
        "amount": amount.amount if amount else Decimal(0),
    }
    row = (await connection.execute(READ, names | {"looks_back": LOOKS_BACK})).one()
    incident, schedule, severity, cases, settled, with_goodwill, *sums = row
    if severity is None:
        return None
    named = ("median", "most", "given", "to_all") if amount else ()
    return Alike(
        incident=incident,
        schedule=None if incident else schedule,
        severity=severity,
        cases=cases,
        settled=settled,
        with_goodwill=with_goodwill,
        **{name: Money(Decimal(sum_), amount.currency) for name, sum_ in zip(named, sums, strict=False) if amount},
    )
