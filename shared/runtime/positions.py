"""Where each flow goes on in each log. The position moves in the transaction that holds what the records led to.

That makes the row the fence: of two members that both believe that a partition is theirs, one commits and the other is
refused, without any claim or epoch.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus.seam import Batch, Ends, Partition
from shared.errors import Fenced
from shared.runtime.tables import Statement

# Locks the rows in order, so that two members never wait for each other, then moves those that stand where we began.
ADVANCE = Statement("""
with batch as (
    select * from unnest(cast(:topics as text[]), cast(:numbers as int[]), cast(:begins as bigint[]), cast(:ends as bigint[]))
        as b (topic, partition, begins, ends)
), held as materialized (
    select p.topic, p.partition from {schema}.positions p join batch b using (topic, partition)
    where p.flow = :flow order by p.topic, p.partition for update of p
)
update {schema}.positions p set next = b.ends from batch b join held using (topic, partition)
where p.flow = :flow and p.topic = b.topic and p.partition = b.partition and p.next = b.begins
returning 1
""")

ADD = Statement("""
insert into {schema}.positions (flow, topic, partition, next)
select :flow, * from unnest(cast(:topics as text[]), cast(:numbers as int[]), cast(:begins as bigint[]))
on conflict do nothing
""")

READ = Statement("select topic, partition, next from {schema}.positions where flow = :flow order by topic, partition")

MOVE = Statement("""
update {schema}.positions p set next = b.next
from unnest(cast(:topics as text[]), cast(:numbers as int[]), cast(:next as bigint[])) as b (topic, partition, next)
where p.flow = :flow and p.topic = b.topic and p.partition = b.partition
""")

# How many records the flow has moved past, holes counted: only differences of it mean something.
PASSED = Statement("select cast(coalesce(sum(next), 0) as bigint) from {schema}.positions where flow = :flow")


async def advance(tx: AsyncConnection, schema: str, flow: str, batch: Batch) -> None:
    """Move every partition of the batch from its begin to its end. Raises Fenced when one of them stands elsewhere."""
    parts = sorted(batch.slices, key=lambda part: part.partition)
    moved = await ADVANCE.run(
        tx,
        schema,
        flow=flow,
        topics=[part.partition.topic for part in parts],
        numbers=[part.partition.number for part in parts],
        begins=[part.begin for part in parts],
        ends=[part.end for part in parts],
    )
    if len(moved) < len(parts):
        raise Fenced(f"{flow}: another member has moved a position of {_named(part.partition for part in parts)}")


async def find(tx: AsyncConnection, schema: str, flow: str, logs: Mapping[Partition, Ends]) -> dict[Partition, int]:
    """The positions of these partitions. One that nobody has placed yet begins where its log begins, and gets its row."""
    parts = sorted(logs)
    await ADD.run(
        tx,
        schema,
        flow=flow,
        topics=[part.topic for part in parts],
        numbers=[part.number for part in parts],
        begins=[logs[part].begin for part in parts],
    )
    rows = await read(tx, schema, flow)
    return {part: rows[part] for part in parts}


async def read(tx: AsyncConnection, schema: str, flow: str) -> dict[Partition, int]:
    """All positions of a flow."""
    rows = await READ.run(tx, schema, flow=flow)
    return {Partition(topic, number): following for topic, number, following in rows}


async def move(tx: AsyncConnection, schema: str, flow: str, positions: Mapping[Partition, int]) -> None:
    """Put positions elsewhere, because a person has decided it."""
    parts = sorted(positions)
    await MOVE.run(
        tx,
        schema,
        flow=flow,
        topics=[part.topic for part in parts],
        numbers=[part.number for part in parts],
        next=[positions[part] for part in parts],
    )


async def passed(tx: AsyncConnection, schema: str, flow: str) -> int:
    """How many records the flow has moved past, over all partitions."""
    ((passed,),) = await PASSED.run(tx, schema, flow=flow)
    return int(passed)


def outside(positions: Mapping[Partition, int], logs: Mapping[Partition, Ends]) -> dict[Partition, int]:
    """Those positions at which the log has nothing: cut by retention, or past its end."""
    return {part: at for part, at in positions.items() if not logs[part].begin <= at <= logs[part].end}


def described(positions: Mapping[Partition, int], logs: Mapping[Partition, Ends]) -> str:
    """The same in words, naming the position and the log."""
    return "; ".join(
        f"{part.topic}/{part.number}: the position is {at}, the log runs from {logs[part].begin} to {logs[part].end}"
        for part, at in sorted(positions.items())
    )


def _named(parts: Iterable[Partition]) -> str:
    return ", ".join(f"{part.topic}/{part.number}" for part in parts)
