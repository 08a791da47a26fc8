"""The usual framework at its best: FastStream's batch handler with hand-written SQL, but without an outbox.

It drops duplicates and keeps the document; it has no fence, no order of locks, and loses what was committed and not
published. Run as a process of its own: `python -m bench.faststream_hop KAFKA DATABASE COUNT`.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec
from aiokafka import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from bench.measured import PATIENCE, Measured
from bench.tables import ANSWER_TOPIC, answer, encode_desk, make_tables
from shared.events import COMPLAINTS, ComplaintAccepted
from shared.host.run import run

DECODE = msgspec.json.Decoder(ComplaintAccepted).decode
INBOX = "insert into inbox select unnest($1::text[]) on conflict do nothing returning id"
SAVE = """insert into desks select * from unnest($1::text[], $2::jsonb[])
on conflict (customer) do update set state = excluded.state"""


async def as_they_are(message: Any) -> Sequence[ConsumerRecord]:
    """The batch without the framework's own parsing, which would only slow it down."""
    raw: Sequence[ConsumerRecord] = message.raw_message
    return raw


async def measure(kafka: str, database: str, count: int) -> Measured:
    """Seconds until `count` messages were answered; its last answers have been handed to the producer and acknowledged."""
    connection = await asyncpg.connect(database.replace("+asyncpg", ""))
    await make_tables(connection)
    broker = KafkaBroker(kafka, logger=None, apply_types=False, max_batch_size=1_048_576)
    done, finished = 0, asyncio.Event()

    @broker.subscriber(
        COMPLAINTS,
        group_id="faststream",
        batch=True,
        max_records=500,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
        decoder=as_they_are,
    )
    async def handle(raw: Sequence[ConsumerRecord]) -> None:
        nonlocal done
        events = {next(v for name, v in one.headers if name == "ce_id").decode(): DECODE(one.value) for one in raw}
        async with connection.transaction():
            fresh = {row["id"] for row in await connection.fetch(INBOX, list(events))}
            documents = {event.customer: encode_desk(event) for id_, event in events.items() if id_ in fresh}
            await connection.execute(SAVE, list(documents), list(documents.values()))
        answers = [answer(event) for id_, event in events.items() if id_ in fresh]
        if answers:
            await broker.publish_batch(*answers, topic=ANSWER_TOPIC)
        done += len(raw)
        if done >= count:
            finished.set()

    began, cpu = time.perf_counter(), time.process_time()
    await broker.start()
    await asyncio.wait_for(finished.wait(), PATIENCE)
    measured = Measured(time.perf_counter() - began, time.process_time() - cpu, done)
    await broker.stop()
    await connection.close()
    return measured


async def main() -> None:
    """Measure, and print it."""
    kafka, database, count = sys.argv[1:4]
    print(msgspec.json.encode(await measure(kafka, database, int(count))).decode())


if __name__ == "__main__":
    run(main())
