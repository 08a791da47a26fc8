"""What a service has decided and nobody has heard yet: written with the state, published by the relay, then deleted."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus import codec
from shared.errors import Unavailable
from shared.events import WIRE, AnyEvent
from shared.runtime.tables import Statement

OWN_TOPICS = "amends."
ROW_LIMIT = 100_000
"""Rows that may wait before HTTP sheds load: then the bus has been away for a while, and 503 is the honest answer."""


class Row(NamedTuple):
    """One event to publish. `partition` none: the bus takes the key's."""

    topic: str
    partition: int | None
    key: bytes
    value: bytes
    event: UUID
    type: str


class Unsent(NamedTuple):
    """A row as it waits: `at` (UTC) is when it entered the road."""

    id: int
    topic: str
    partition: int | None
    key: bytes
    value: bytes
    event: UUID
    type: str
    at: datetime


# In the order given: ids are drawn while the customer's document is locked, so their order is the order of commits.
# The time is asked for once, since within one statement the clock may go on.
APPEND = Statement("""
insert into {schema}.outbox (topic, partition, key, value, event, type, at)
select topic, partition, key, value, event, type, (select clock.now())
from unnest(cast(:topics as text[]), cast(:partitions as int[]), cast(:keys as bytea[]), cast(:values as bytea[]),
    cast(:events as uuid[]), cast(:types as text[])) with ordinality as e (topic, partition, key, value, event, type, n)
order by n
""")

# What is unsent, never "what is greater than the last one": ids are given out in another order than they commit.
UNSENT = Statement("""
select id, topic, partition, key, value, event, type, at from {schema}.outbox order by id limit :rows
""")

SENT = Statement("delete from {schema}.outbox where id = any (cast(:ids as bigint[]))")

# Counts no further than it must.
DEPTH = Statement("select count(*) from (select from {schema}.outbox limit :limit) as waiting")


def row_of(event: AnyEvent, event_id: UUID, incoming: tuple[bytes | None, int] | None = None) -> Row:
    """The event as it will be published. Raises TooLarge.

    `incoming` is the key and the partition number of the `amends.*` record that it answers: where the key stays, so does
    the number, since all those topics have one count and one partitioner; those of others have their own.
    """
    ce_type, topic = WIRE[type(event)]
    key = codec.key_of(event)
    stays = incoming is not None and incoming[0] == key and topic.startswith(OWN_TOPICS)
    number = incoming[1] if incoming is not None and stays else None
    return Row(topic, number, key, codec.encode(event), event_id, ce_type)


async def append(tx: AsyncConnection, schema: str, rows: Sequence[Row]) -> None:
    """Queue these events in their order; when `tx` commits, they will be published."""
    if not rows:
        return
    topics, partitions, keys, values, events, types = map(list, zip(*rows, strict=True))
    await APPEND.run(
        tx, schema, topics=topics, partitions=partitions, keys=keys, values=values, events=events, types=types
    )


async def queue(tx: AsyncConnection, service: str, event: AnyEvent, event_id: UUID) -> None:
    """Queue one event of a route. Raises Unavailable while too much waits to be passed on, and TooLarge."""
    if await depth(tx, service) >= ROW_LIMIT:
        raise Unavailable("the outbox is full: the bus has been away for a while")
    await append(tx, service, (row_of(event, event_id),))


async def depth(connection: AsyncConnection, service: str, limit: int = ROW_LIMIT) -> int:
    """How many events wait, up to `limit`: at the limit HTTP answers 503."""
    ((waiting,),) = await DEPTH.run(connection, service, limit=limit)
    return int(waiting)


async def unsent(connection: AsyncConnection, service: str, rows: int) -> list[Unsent]:
    """Up to `rows` of what waits, oldest first."""
    return [Unsent._make(row) for row in await UNSENT.run(connection, service, rows=rows)]


async def forget(connection: AsyncConnection, service: str, rows: Sequence[Unsent]) -> None:
    """These are on the bus."""
    await SENT.run(connection, service, ids=[row.id for row in rows])
