"""The consumer that everybody writes first: a transaction, a publish that is waited for, and a commit for each message.

Run as a process of its own: `python -m bench.naive KAFKA DATABASE COUNT`.
"""

import asyncio
import sys
import time

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.measured import Measured
from bench.servers import plain
from bench.tables import ANSWER_TOPIC, answer, encode_desk, make_tables
from shared.events import COMPLAINTS, ComplaintAccepted
from shared.host.run import run

DECODE = msgspec.json.Decoder(ComplaintAccepted).decode


async def measure(kafka: str, database: str, count: int) -> Measured:
    """Seconds for `count` messages, one after the other."""
    connection = await asyncpg.connect(plain(database))
    await make_tables(connection)
    consumer = AIOKafkaConsumer(
        COMPLAINTS, bootstrap_servers=kafka, group_id="naive", enable_auto_commit=False, auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await consumer.start()
    await producer.start()
    began, cpu, done = time.perf_counter(), time.process_time(), 0
    while done < count:
        message = await consumer.getone()
        event = DECODE(message.value)
        async with connection.transaction():
            id_ = next(value for name, value in message.headers if name == "ce_id").decode()
            if await connection.fetchval("insert into inbox values ($1) on conflict do nothing returning 1", id_):
                await connection.execute(
                    "insert into desks values ($1, $2) on conflict (customer) do update set state = excluded.state",
                    event.customer, encode_desk(event),
                )  # fmt: skip
        await producer.send_and_wait(ANSWER_TOPIC, answer(event), event.customer.encode())
        await consumer.commit()
        done += 1
    measured = Measured(time.perf_counter() - began, time.process_time() - cpu, done)
    await asyncio.gather(consumer.stop(), producer.stop(), connection.close())
    return measured


async def main() -> None:
    """Measure, and print it."""
    kafka, database, count = sys.argv[1:4]
    print(msgspec.json.encode(await measure(kafka, database, int(count))).decode())


if __name__ == "__main__":
    run(main())
