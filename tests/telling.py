"""A flow without a bus: it is told records, batch by batch, in a real database, and what it answers can be told on."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import codec
from shared.bus.seam import Partition, Record
from shared.events import WIRE, AnyEvent
from shared.runtime import outbox
from shared.runtime.flow import Flow
from shared.runtime.fold import Folded
from shared.runtime.hop import At, Hop, straight_on
from shared.runtime.reading import read

NOON = datetime(2018, 2, 14, 12, tzinfo=UTC)
offsets = count()


def plain(topic: str, at: datetime = NOON, **value: Any) -> Record:
    """A value as an upstream system writes it: JSON and nothing else."""
    return Record(Partition(topic, 0), next(offsets), b"k", json.dumps(value).encode(), (), at)


def cloud_event(topic: str, ce_type: str, ce_source: str, ce_id: str, at: datetime = NOON, **value: Any) -> Record:
    """The same in CloudEvents' binary mode."""
    written = {"ce_type": ce_type, "ce_source": ce_source, "ce_id": ce_id, "ce_specversion": "1.0"}
    headers = tuple((name, text_.encode()) for name, text_ in written.items())
    return Record(Partition(topic, 0), next(offsets), b"k", json.dumps(value).encode(), headers, at)


def passed_on(rows: Iterable[outbox.Row], service: str, at: datetime = NOON) -> list[Record]:
    """What a service put into its outbox, as the relay would publish it."""
    return [
        Record(
            Partition(row.topic, 0),
            next(offsets),
            row.key,
            row.value,
            codec.headers(row.event, row.type, f"amends/{service}", at),
            at,
        )
        for row in rows
    ]


def events_of(rows: Iterable[outbox.Row]) -> list[Any]:
    return [codec.decode(record).event for record in passed_on(rows, "anybody")]


class Listener:
    """One member of a flow. `at` is awaited at the hop's named places, so that a race can be forced there."""

    def __init__(self, engine: AsyncEngine, flow: Flow[Any, Any], at: At = straight_on) -> None:
        self.engine, self.flow = engine, flow
        self.hop = Hop(flow, at)

    async def hear(self, *records: Record) -> Folded[Any]:
        """All of them in one batch, one transaction."""
        async with self.engine.begin() as tx:
            return await self.hop.run(tx, read(self.flow, records))

    async def hear_in_batches(self, records: Sequence[Record], size: int) -> list[Any]:
        """The answers to a stream that is cut into batches of so many records."""
        folded = [await self.hear(*records[start : start + size]) for start in range(0, len(records), size)]
        return [event for one in folded for event in events_of(one.rows)]


async def rows(engine: AsyncEngine, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(sql), parameters)]


def kinds_of(events: Iterable[AnyEvent]) -> Iterator[str]:
    """Their names on the wire, without what they share."""
    return (WIRE[type(event)][0].removeprefix("amends.").removesuffix(".v1") for event in events)


async def generic_plan(engine: AsyncEngine, statement: TextClause) -> str:
    """How PostgreSQL will run the statement for ever after a few runs, as planned on the tables as they are now."""
    typed = dict(re.findall(r"cast\(:(\w+) as ([\w\[\]]+)\)", statement.text))
    numbered = re.sub(r"(?<!:):(\w+)", lambda name: f"${list(typed).index(name[1]) + 1}", statement.text)
    async with engine.begin() as tx:
        await tx.exec_driver_sql("set local plan_cache_mode = force_generic_plan")
        await tx.exec_driver_sql(f"prepare planned ({', '.join(typed.values())}) as {numbered}")
        explain = f"explain execute planned ({', '.join('null' for _ in typed)})"
        plan = "\n".join(line for (line,) in (await tx.exec_driver_sql(explain)).all())
        await tx.exec_driver_sql("deallocate planned")
    return plan
