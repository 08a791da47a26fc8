"""How far each feed has been read: remembered only after what was read is on the topic, so that nothing falls between."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.errors import Fenced
from shared.runtime.failures import named

NOW = text("select clock.now()")

LOAD = text("select meaning, cast(cursor as text), version from feeds.cursors where feed = :feed")

# Where another process has moved on meanwhile, its word stands and ours is dropped.
SAVE = text("""
insert into feeds.cursors as c (feed, meaning, cursor, version, polled_at)
values (:feed, :meaning, cast(:cursor as jsonb), 1, clock.now())
on conflict (feed) do update
set meaning = excluded.meaning, cursor = excluded.cursor, version = c.version + 1, polled_at = excluded.polled_at, problem = ''
where c.version = :version returning c.version
""")

# A poll that came to nothing moves nothing but what people are told.
COMPLAIN = text("""
insert into feeds.cursors as c (feed, problem, failed_at) values (:feed, :problem, clock.now())
on conflict (feed) do update set problem = excluded.problem, failed_at = excluded.failed_at
""")

STANDINGS = text("""
select feed, polled_at, problem, failed_at from feeds.cursors where feed = any(cast(:feeds as text[]))
""")


class Cursor(NamedTuple):
    """Where a feed goes on, and the version of that row; 0 where there is none."""

    value: dict[str, Any]
    version: int


class Standing(Struct, frozen=True):
    """When a feed was last read to its end, and what has been wrong since, if anything."""

    polled_at: datetime | None = None
    problem: str = ""
    failed_at: datetime | None = None


async def now(engine: AsyncEngine) -> datetime:
    """The house's time. Raises Unavailable."""
    with named():
        async with engine.connect() as connection:
            at: datetime = (await connection.execute(NOW)).scalar_one()
            return at


async def load(engine: AsyncEngine, feed: str, meaning: str) -> Cursor:
    """Where the feed goes on; at the very beginning if the file has given it another meaning since. Raises Unavailable."""
    with named():
        async with engine.connect() as connection:
            row = (await connection.execute(LOAD, {"feed": feed})).one_or_none()
    if row is None:
        return Cursor({}, 0)
    return Cursor(msgspec.json.decode(row[1]) if row[0] == meaning else {}, row[2])


async def save(engine: AsyncEngine, feed: str, meaning: str, cursor: Cursor) -> Cursor:
    """Remember `cursor.value` in the place of version `cursor.version`. Raises Fenced if it is gone, Unavailable."""
    parameters = {
        "feed": feed,
        "meaning": meaning,
        "cursor": msgspec.json.encode(cursor.value).decode(),
        "version": cursor.version,
    }
    with named():
        async with engine.begin() as tx:
            version = (await tx.execute(SAVE, parameters)).scalar_one_or_none()
    if version is None:
        raise Fenced("another process reads this feed too: one `amends feed run` is enough")
    return Cursor(cursor.value, version)


async def complain(engine: AsyncEngine, feed: str, problem: str) -> None:
    """Remember what is wrong with the feed. Raises Unavailable."""
    with named():
        async with engine.begin() as tx:
            await tx.execute(COMPLAIN, {"feed": feed, "problem": problem})


async def standings(engine: AsyncEngine, feeds: Collection[str]) -> dict[str, Standing]:
    """How these feeds stand; those that were never asked are missing. Raises Unavailable."""
    with named():
        async with engine.connect() as connection:
            rows = (await connection.execute(STANDINGS, {"feeds": list(feeds)})).all()
    return {feed: Standing(polled_at, problem, failed_at) for feed, polled_at, problem, failed_at in rows}
