"""The switch that stops letters from going out, for all processes at once: what is written meanwhile waits, and is not lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.runtime.failures import named
from shared.runtime.tables import Statement

SCHEMA = "notifier"
ALL = "all"
"""The switch of every channel at once; each has one of its own beside it."""

LIST = Statement("select channel, paused, by, reason, since from {schema}.switches order by channel")
PAUSED = Statement(
    "select exists (select from {schema}.switches where paused and channel in ('all', cast(:channel as text))) as paused"
)

# Who stops what stands already changes nothing: the first word, and since when, stay.
STOP = Statement("""
insert into {schema}.switches as s (channel, paused, by, reason, since)
values (cast(:channel as text), true, cast(:by as text), cast(:reason as text), clock.now())
on conflict (channel) do update set paused = true, by = excluded.by, reason = excluded.reason, since = excluded.since
where not s.paused
""")

# The time that a letter could not go does not count against it.
START = Statement("""
with was as (select channel, since from {schema}.switches where channel = cast(:channel as text) and paused for update),
went as (update {schema}.switches as s set paused = false, by = cast(:by as text), reason = '', since = clock.now()
    from was where s.channel = was.channel returning s.channel)
update {schema}.letters as l set first_at = l.first_at + (clock.now() - greatest(l.first_at, was.since))
from was, went where l.state = 'waiting' and l.first_at is not null and (l.channel = was.channel or was.channel = 'all')
""")


class Switch(NamedTuple):
    """One switch: of a channel, or of all; who moved it last, why, and when."""

    channel: str
    paused: bool
    by: str
    reason: str
    since: datetime


async def switches(engine: AsyncEngine) -> list[Switch]:
    """Every switch that was ever moved."""
    with named():
        async with engine.connect() as connection:
            return [Switch._make(row) for row in await LIST.run(connection, SCHEMA)]


async def stopped(engine: AsyncEngine) -> list[Switch]:
    """What is stopped now."""
    return [switch for switch in await switches(engine) if switch.paused]


async def is_paused(connection: AsyncConnection, channel: str) -> bool:
    """Whether nothing may go out by this channel now."""
    rows: Sequence[tuple[bool]] = await PAUSED.run(connection, SCHEMA, channel=channel)
    return rows[0][0]


async def pause(engine: AsyncEngine, by: str, reason: str, channel: str = ALL) -> list[Switch]:
    """Stop it: each process sends the letter that it has in hand, and no other."""
    with named():
        async with engine.begin() as tx:
            await STOP.run(tx, SCHEMA, channel=channel, by=by, reason=reason)
    return await switches(engine)


async def resume(engine: AsyncEngine, by: str, channel: str = ALL) -> list[Switch]:
    """Let it go on, with what has waited, in order."""
    with named():
        async with engine.begin() as tx:
            await START.run(tx, SCHEMA, channel=channel, by=by)
    return await switches(engine)


def sentence(switch: Switch) -> str:
    """What staff read of a stopped switch, with the way back."""
    what = "no letter goes out" if switch.channel == ALL else f"nothing goes out by {switch.channel}"
    back = "amends mail resume" + ("" if switch.channel == ALL else f" --channel {switch.channel}")
    return f"{what} since {switch.since:%Y-%m-%d %H:%M} ({switch.reason or switch.by}): `{back}`"
