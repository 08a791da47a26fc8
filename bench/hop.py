"""One hop on the product's own runtime: consume, decode, drop what was heard, fold the document, answer, publish.

Run as a process of its own: `python -m bench.hop KAFKA DATABASE COUNT`; prints seconds, CPU seconds and counts as JSON.
"""

import asyncio
import sys
import time
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bench.measured import Measured, wait_for
from bench.servers import held
from shared.bus.kafka import KafkaBus
from shared.events import CASES, COMPLAINTS, CaseOpened, ComplaintAccepted
from shared.host.database import make_engine
from shared.host.run import run
from shared.runtime.decider import Answered, Decider
from shared.runtime.flow import Flow
from shared.runtime.loop import Member
from shared.runtime.metrics import PUBLISHED
from shared.runtime.outbox import depth
from shared.runtime.relay import Relay


class Desk(Struct, frozen=True):
    """What is remembered about one customer."""

    contacts: int = 0
    latest: str = ""
    options: tuple[tuple[str, int], ...] = (("voucher", 500), ("call", 0))


def decide(desk: Desk, event: Any, _: None) -> tuple[Answered, ...]:
    """One answer to each letter."""
    about = {"customer": event.customer, "at": event.at, "complaint": event.complaint, "source": event.source}
    return (CaseOpened(**about, case=f"case-{event.complaint}", severity=min(4, desk.contacts), subject=event.subject),)


def evolve(desk: Desk, event: Any) -> Desk:
    """Count the letter."""
    if isinstance(event, ComplaintAccepted):
        return replace(desk, contacts=desk.contacts + 1, latest=event.complaint)
    return desk


FLOW: Flow[Desk, None] = Flow(
    name="hop",
    service="offer",
    topics=(COMPLAINTS,),
    handles=frozenset({ComplaintAccepted}),
    key=lambda event: event.customer,
    decider=Decider(Desk(), decide, evolve),
    state=Desk,
)


async def measure(kafka: str, database: str, count: int) -> Measured:
    """Seconds from the start until every answer is on the topic and the outbox is empty."""
    engine, bus = make_engine(database, "hop"), KafkaBus(kafka)
    relay = Relay("offer", bus, engine)
    member = Member(FLOW, bus, engine, wake=(relay.wake,))
    began, cpu = time.perf_counter(), time.process_time()
    tasks = [asyncio.create_task(part.run()) for part in (member, relay)]

    async def published() -> int:
        samples = (sample for metric in PUBLISHED.collect() for sample in metric.samples)
        return int(sum(sample.value for sample in samples if sample.name.endswith("_total")))

    found = await wait_for(published, count)
    measured = Measured(time.perf_counter() - began, time.process_time() - cpu, found)
    assert await held(bus, CASES) == count, f"not {count} answers on the topic"
    async with engine.connect() as connection:
        assert await depth(connection, "offer") == 0, "the outbox is not empty"
    await member.stop()
    await relay.stop()
    await asyncio.gather(*tasks)
    await bus.stop()
    await engine.dispose()
    return measured


async def main() -> None:
    """Measure, and print it."""
    kafka, database, count = sys.argv[1:4]
    print(msgspec.json.encode(await measure(kafka, database, int(count))).decode())


if __name__ == "__main__":
    run(main())
