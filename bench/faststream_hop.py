"""The usual framework: FastStream's batch handler with hand-written SQL, but without an outbox.

It drops duplicates and keeps the document; it has no fence, no order of locks and no order of its answers, and loses what
was committed and not published. `parsed` is how its documentation writes a batch handler; `bare` goes past all that the
framework does for a message. A process of its own: `python -m bench.faststream_hop KAFKA DATABASE COUNT parsed|bare`.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import asyncpg
import msgspec
from aiokafka import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from bench.measured import PATIENCE, Measured
from bench.servers import plain
from bench.tables import ANSWER_TOPIC, answer, encode_desk, make_tables
from shared.events import COMPLAINTS, ComplaintAccepted
from shared.host.run import run

Answer = Callable[[Mapping[str, ComplaintAccepted]], Awaitable[None]]

DECODE = msgspec.json.Decoder(ComplaintAccepted).decode
SUBSCRIBED: dict[str, Any] = {
    "group_id": "faststream",
    "batch": True,
    "max_records": 500,
    "auto_offset_reset": "earliest",
    "ack_policy": AckPolicy.ACK,
}
INBOX = "insert into inbox select unnest($1::text[]) on conflict do nothing returning id"
SAVE = """insert into desks select * from unnest($1::text[], $2::jsonb[])
on conflict (customer) do update set state = excluded.state"""


def subscribe_parsed(broker: KafkaBroker, respond: Answer) -> None:
    """The framework parses each message; we make the event of it."""

    @broker.subscriber(COMPLAINTS, **SUBSCRIBED)
    async def handle(bodies: list[Any], message: KafkaMessage) -> None:
        ids = (headers["ce_id"] for headers in message.batch_headers)
        await respond({id_: msgspec.convert(body, ComplaintAccepted) for id_, body in zip(ids, bodies, strict=True)})


def subscribe_bare(broker: KafkaBroker, respond: Answer) -> None:
    """The framework hands over what the client read, and we make the event of the bytes."""

    async def as_they_are(message: Any) -> Sequence[ConsumerRecord]:
        raw: Sequence[ConsumerRecord] = message.raw_message
        return raw

    @broker.subscriber(COMPLAINTS, **SUBSCRIBED, decoder=as_they_are)
    async def handle(raw: Any) -> None:
        ids = (next(value for name, value in one.headers if name == "ce_id").decode() for one in raw)
        await respond({id_: DECODE(one.value) for id_, one in zip(ids, raw, strict=True)})


HOW = {"parsed": subscribe_parsed, "bare": subscribe_bare}


async def measure(kafka: str, database: str, count: int, how: str) -> Measured:
    """Seconds until `count` messages were answered and their answers acknowledged."""
    connection = await asyncpg.connect(plain(database))
    await make_tables(connection)
    broker = KafkaBroker(kafka, logger=None, max_batch_size=1_048_576)
    done, finished = 0, asyncio.Event()

    async def respond(events: Mapping[str, ComplaintAccepted]) -> None:
        nonlocal done
        async with connection.transaction():
            fresh = {row["id"] for row in await connection.fetch(INBOX, list(events))}
            documents = {event.customer: encode_desk(event) for id_, event in events.items() if id_ in fresh}
            await connection.execute(SAVE, list(documents), list(documents.values()))
        answers = [answer(event) for id_, event in events.items() if id_ in fresh]
        if answers:
            await broker.publish_batch(*answers, topic=ANSWER_TOPIC)
        done += len(events)
        if done >= count:
            finished.set()

    HOW[how](broker, respond)
    began, cpu = time.perf_counter(), time.process_time()
    await broker.start()
    await asyncio.wait_for(finished.wait(), PATIENCE)
    measured = Measured(time.perf_counter() - began, time.process_time() - cpu, done)
    await broker.stop()
    await connection.close()
    return measured


async def main() -> None:
    """Measure, and print it."""
    kafka, database, count, how = sys.argv[1:5]
    print(msgspec.json.encode(await measure(kafka, database, int(count), how)).decode())


if __name__ == "__main__":
    run(main())
