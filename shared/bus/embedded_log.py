"""The logs of the bus inside the database: written under their heads' locks, so that nobody ever reads past a gap."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from msgspec import msgpack
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus.envelope import Headers, headers
from shared.bus.seam import BATCH_BYTES, Ends, Outgoing, Partition, Record

CHANNEL = "bus"
"""Where a writer says, once a batch, which logs have grown: `topic/partition/next,…`."""

_pack = msgpack.Encoder().encode
_unpack = msgpack.Decoder(tuple[tuple[str, bytes], ...]).decode

# Offsets come from the head rows, which are locked in order and until the commit. A sequence would not do: a reader could
# pass an offset whose writer has not committed yet. `batch` is what to append, in order `n`; `placed` has its offsets.
APPEND = """
    counts as (select topic, partition, count(*) as n from batch group by topic, partition),
    locked as materialized (
        select h.topic, h.partition from bus.heads h join counts using (topic, partition)
        order by h.topic, h.partition for update of h
    ),
    heads as (
        update bus.heads h set next = h.next + c.n from locked join counts c using (topic, partition)
        where h.topic = locked.topic and h.partition = locked.partition
        returning h.topic, h.partition, h.next, h.next - c.n as base
    ),
    appended as (
        insert into bus.log (topic, partition, "offset", key, value, event, type, source, headers, at)
        select topic, partition, h.base + row_number() over (partition by topic, partition order by b.n) - 1,
               b.key, b.value, b.event, b.type, b.source, b.headers,
               case when t.append_time then clock.now() else coalesce(b.at, clock.now()) end
        from batch b join heads h using (topic, partition) join bus.topics t using (topic)
    ),
    grown as (select string_agg(topic || '/' || partition || '/' || next, ',') as logs, sum(next - base) as n from heads),
    told as (select pg_notify('bus', case when length(logs) < 7900 then logs else '' end) from grown where n > 0)
"""

PUBLISH = text(
    f"""
    with batch as (
        select u.*, null::uuid as event, null::text as type, null::text as source
        from unnest(cast(:topics as text[]), cast(:partitions as int[]), cast(:keys as bytea[]), cast(:values as bytea[]),
                    cast(:headers as bytea[]), cast(:ats as timestamptz[]))
             with ordinality as u(topic, partition, key, value, headers, at, n)
    ), {APPEND}
    select (select n from grown) from told
    """  # noqa: S608 - no outside text in it
)


@cache
def move_statement(schema: str) -> TextClause:
    """From the outbox of `schema` to the log, oldest first: (rows looked at, rows moved)."""
    return text(
        f"""
        with oldest as materialized (select id from {schema}.outbox order by id limit :limit),
        batch as (
            delete from {schema}.outbox o using oldest, bus.topics t
            where o.id = oldest.id and t.topic = o.topic and coalesce(o.partition, 0) between 0 and t.partitions - 1
            returning o.topic, coalesce(o.partition, bus.partition_of(o.key, t.partitions)) as partition, o.key, o.value,
                      null::bytea as headers, o.at, o.id as n, o.event, o.type, 'amends/{schema}' as source
        ), {APPEND}
        select (select count(*) from oldest) as looked_at, coalesce((select n from grown), 0) as moved,
               (select count(*) from told) as told
        """  # noqa: S608 - the schema is a service's name
    )


# From several positions on: a log's records in order, one log after the other, until there are `records` of them or
# `bytes`; one record in any case. A log gives the records from its position on and skips none, wherever it is cut; one
# that no longer reaches back to the position gives nothing, or what retention took would be passed over in silence.
READ = text(
    """
    select i, "offset", key, value, event, type, source, headers, at from (
        select u.i, l.*, row_number() over (rows unbounded preceding) as n,
               sum(coalesce(octet_length(l.value), 0)) over (rows unbounded preceding) as size
        from unnest(cast(:topics as text[]), cast(:partitions as int[]), cast(:positions as bigint[]))
             with ordinality as u(topic, partition, position, i)
        join bus.heads h on h.topic = u.topic and h.partition = u.partition and h.first <= u.position,
        lateral (
            select "offset", key, value, event, type, source, headers, at from bus.log l
            where l.topic = u.topic and l.partition = u.partition and l."offset" >= u.position
            order by l."offset" limit :records
        ) l
        limit :records
    ) found where n = 1 or size <= :bytes
    """
)

HEADS = text("select topic, partition, first, next from bus.heads")

ENDS = text(
    """
    select topic, partition, first, next from bus.heads
    join unnest(cast(:topics as text[]), cast(:partitions as int[])) as u(topic, partition) using (topic, partition)
    """
)

# The oldest records of one log that is older than its topic keeps: few, so that its head is never locked for long, and
# by one process at a time, since two would wait for each other's rows.
TRIM = text(
    """
    with mine as materialized (select pg_try_advisory_xact_lock(hashtext('bus retention')) as turn),
    old as (
        select h.topic, h.partition, h.first, t.retention from mine, bus.heads h join bus.topics t using (topic),
        lateral (
            select kept_since from bus.log l where l.topic = h.topic and l.partition = h.partition and l."offset" >= h.first
            order by l."offset" limit 1
        ) oldest
        where mine.turn and oldest.kept_since < clock_timestamp() - t.retention limit 1
    ),
    stale as (
        select old.topic, old.partition, max(l."offset") + 1 as first from old,
        lateral (
            select "offset", kept_since from bus.log l
            where l.topic = old.topic and l.partition = old.partition and l."offset" >= old.first
            order by l."offset" limit :records
        ) l
        where l.kept_since < clock_timestamp() - old.retention
        group by old.topic, old.partition
    ),
    gone as (
        delete from bus.log l using stale s
        where l.topic = s.topic and l.partition = s.partition and l."offset" < s.first returning 1
    ),
    cut as (
        update bus.heads h set first = greatest(h.first, s.first) from stale s
        where h.topic = s.topic and h.partition = s.partition returning 1
    )
    select (select count(*) from gone) + 0 * (select count(*) from cut)
    """
)


async def append(connection: AsyncConnection, records: Sequence[tuple[Partition, Outgoing]]) -> None:
    """Put records, each with its partition, on their logs, all or none. The topics and partitions exist."""
    await connection.execute(
        PUBLISH,
        {
            **_columns([part for part, _ in records]),
            "keys": [record.key for _, record in records],
            "values": [record.value for _, record in records],
            "headers": [_pack(record.headers) for _, record in records],
            "ats": [record.at for _, record in records],
        },
    )


async def read(
    connection: AsyncConnection, positions: Mapping[Partition, int], records: int
) -> list[tuple[Partition, list[Record]]]:
    """Up to `records` records or BATCH_BYTES from these positions on, in the order in which the logs are named."""
    parts = list(positions)
    found: list[tuple[Partition, list[Record]]] = [(part, []) for part in parts]
    rows = await connection.execute(
        READ, {**_columns(parts), "positions": list(positions.values()), "records": records, "bytes": BATCH_BYTES}
    )
    for i, offset, key, value, event, ce_type, source, packed, at in rows:
        part, into = found[i - 1]
        envelope: Headers = headers(event, ce_type, source, at) if packed is None else _unpack(packed)
        into.append(Record(part, offset, key, value, envelope, at))
    return found


async def ends(connection: AsyncConnection, partitions: Iterable[Partition]) -> dict[Partition, Ends]:
    """Begin and end of each of these logs that exists."""
    rows = await connection.execute(ENDS, _columns(list(partitions)))
    return {Partition(topic, number): Ends(first, end) for topic, number, first, end in rows}


async def all_ends(connection: AsyncConnection) -> dict[Partition, Ends]:
    """Begin and end of every log."""
    rows = await connection.execute(HEADS)
    return {Partition(topic, number): Ends(first, end) for topic, number, first, end in rows}


async def trim(connection: AsyncConnection, records: int) -> int:
    """Delete up to `records` records of one log that are older than its topic keeps; returns how many went."""
    return int(await connection.scalar(TRIM, {"records": records}))


def grown(payload: str) -> dict[Partition, int]:
    """What a writer has told: the logs that grew, each with its new end."""
    told = (log.rsplit("/", 2) for log in payload.split(",") if log)
    return {Partition(topic, int(number)): int(end) for topic, number, end in told}


def _columns(partitions: Sequence[Partition]) -> dict[str, Any]:
    return {
        "topics": [part.topic for part in partitions],
        "partitions": [part.number for part in partitions],
    }
