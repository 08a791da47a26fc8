"""Moments that a flow asked for. When one has come it travels the road as an event, like everything else.

Setting (customer, case, name) again moves it. One that need not ring any more is cancelled; where it has fired already, or
fires at this moment, it comes all the same, and is answered with nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events import TimerFired
from shared.runtime import outbox
from shared.runtime.tables import Statement

FIRED_AT_ONCE = 500


class Key(NamedTuple):
    """What a timer of a flow is known by."""

    customer: str
    case: str
    name: str


class Setting(NamedTuple):
    """When it is due (UTC), and the id that its TimerFired will have."""

    due: datetime
    event: UUID


# In the order of keys: the relay that fires them, and another member, may hold some. Whoever sets or cancels a customer's
# timers holds that customer's document, so no two of them wait for each other. What is cancelled has no moment.
SET = Statement("""
with asked as (
    select * from unnest(cast(:customers as text[]), cast(:cases as text[]), cast(:names as text[]),
        cast(:due as timestamptz[]), cast(:events as uuid[])) as t (customer, "case", name, due, event)
), cancelled as (
    delete from {schema}.timers t using asked a
    where a.due is null and t.flow = :flow and t.customer = a.customer and t."case" = a."case" and t.name = a.name
)
insert into {schema}.timers (flow, customer, "case", name, due, event)
select :flow, customer, "case", name, due, event from asked where due is not null
order by customer collate "C", "case" collate "C", name collate "C"
on conflict (flow, customer, "case", name) do update set due = excluded.due, event = excluded.event
""")

# What a member is moving at this moment is left for the next look.
FIRE = Statement("""
with due as (
    select flow, customer, "case", name from {schema}.timers
    where due <= (select clock.now()) order by due limit :rows for update skip locked
)
delete from {schema}.timers t using due d
where t.flow = d.flow and t.customer = d.customer and t."case" = d."case" and t.name = d.name
returning t.flow, t.customer, t."case", t.name, t.due, t.event
""")

DUE = Statement("select exists (select from {schema}.timers where due <= (select clock.now()))")


async def set_all(tx: AsyncConnection, schema: str, flow: str, timers: Mapping[Key, Setting | None]) -> None:
    """Set these timers; those that are set already move, and those without a setting are cancelled."""
    if not timers:
        return
    await SET.run(
        tx,
        schema,
        flow=flow,
        customers=[key.customer for key in timers],
        cases=[key.case for key in timers],
        names=[key.name for key in timers],
        due=[setting and setting.due for setting in timers.values()],
        events=[setting and setting.event for setting in timers.values()],
    )


async def fire(tx: AsyncConnection, schema: str) -> int:
    """Move due timers, oldest first, to the outbox as TimerFired; returns how many. Each goes once, with its deletion."""
    rows = await FIRE.run(tx, schema, rows=FIRED_AT_ONCE)
    fired = [
        (due, outbox.row_of(TimerFired(customer=customer, flow=flow, case=case, name=name, due=due), event))
        for flow, customer, case, name, due, event in rows
    ]
    await outbox.append(tx, schema, [row for _, row in sorted(fired, key=lambda pair: pair[0])])
    return len(fired)


async def any_due(connection: AsyncConnection, schema: str) -> bool:
    """Whether the moment of some timer has come."""
    ((due,),) = await DUE.run(connection, schema)
    return bool(due)
