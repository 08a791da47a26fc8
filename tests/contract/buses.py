"""Both buses, as the contract suite and the processes that it starts open them: with short patience, to be quick."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.bus.embedded import EmbeddedBus
from shared.bus.kafka import KafkaBus
from shared.bus.seam import Batch, Bus, Ends, Outgoing, Partition, Record, Subscription, TopicSpec

PATIENCE = 20.0
WEEK = 604_800.0
CALM = 60.0
"""Seconds of silence after which a member is dead. A busy machine can be silent for two, and whoever it loses its share
for must place it again: what no test is about, unless it says so with SHORT."""
SHORT = 2.0


class Embedded:
    """The bus inside the database; the address is the database's."""

    @staticmethod
    def connect(address: str, session: float) -> EmbeddedBus:
        return EmbeddedBus(create_async_engine(address), session=session, beat=0.2)

    @staticmethod
    async def make_hole(address: str, part: Partition) -> None:
        """Three records, of which the middle one is gone, and a fourth that is gone at the end."""
        bus = Embedded.connect(address, CALM)
        await bus.publish([outgoing(part, n) for n in range(4)])
        await bus.stop()
        async with opened(address) as engine, engine.begin() as tx:
            await tx.execute(
                text('delete from bus.log where topic = :topic and "offset" in (1, 3)'), {"topic": part.topic}
            )


class Kafka:
    """Apache Kafka; the address is the broker's."""

    @staticmethod
    def connect(address: str, session: float) -> KafkaBus:
        return KafkaBus(address, session=session, heartbeat=0.2)

    @staticmethod
    async def make_hole(address: str, part: Partition) -> None:
        """Two transactions of one record each: their end marks take offsets 1 and 3 and are no records."""
        from aiokafka import AIOKafkaProducer

        producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id=f"upstream-{uuid4()}")
        await producer.start()
        for _ in range(2):
            async with producer.transaction():
                await producer.send_and_wait(part.topic, b"v", partition=part.number)
        await producer.stop()


BUSES: dict[str, Any] = {"embedded": Embedded, "kafka": Kafka}


class opened:  # noqa: N801 - used as a function
    """An engine for as long as a `with` lasts."""

    def __init__(self, address: str) -> None:
        self._engine = create_async_engine(address)

    async def __aenter__(self) -> AsyncEngine:
        return self._engine

    async def __aexit__(self, *_: object) -> None:
        await self._engine.dispose()


@dataclass
class Road:
    """One bus with a topic of this test's own: opened as often as a test has processes, and left at its end."""

    kind: str
    address: str
    topic: str = field(default_factory=lambda: f"amends.test-{uuid4().hex[:12]}.v1")
    group: str = field(default_factory=lambda: f"group-{uuid4().hex[:12]}")
    session: float = CALM
    _open: list[Any] = field(default_factory=list)

    def bus(self) -> Bus:
        """As another process would open it."""
        bus: Bus = BUSES[self.kind].connect(self.address, self.session)
        self._open.append(bus)
        return bus

    async def topic_of(self, partitions: int = 4) -> Bus:
        bus = self.bus()
        await bus.ensure({self.topic: TopicSpec(partitions, WEEK)})
        return bus

    async def member(self, bus: Bus | None = None, topic: str = "") -> Subscription:
        """One more reader of the topic; of a process of its own unless `bus` is given."""
        subscription = (bus or self.bus()).subscribe(self.group, [topic or self.topic])
        await subscription.start()
        self._open.insert(0, subscription)
        return subscription

    def part(self, number: int = 0) -> Partition:
        return Partition(self.topic, number)

    async def make_hole(self) -> None:
        await BUSES[self.kind].make_hole(self.address, self.part())

    async def close(self) -> None:
        await asyncio.gather(*(each.stop() for each in self._open if not isinstance(each, EmbeddedBus | KafkaBus)))
        for bus in self._open:
            if isinstance(bus, EmbeddedBus | KafkaBus):
                await bus.stop()


def outgoing(part: Partition, n: int, key: bytes = b"cust-77", size: int = 0) -> Outgoing:
    """Record `n` of a test, `size` bytes large at least."""
    return Outgoing(part.topic, part.number, key, f"{n}".encode().ljust(size), (("n", b"%d" % n),), None)


def number(record: Record) -> int:
    assert record.value is not None
    return int(record.value)


async def until(is_so: Callable[[], Awaitable[Any]], what: str, seconds: float = PATIENCE) -> Any:
    """Wait until it is so, and give what was found; fail when it does not come about."""
    deadline = time.monotonic() + seconds
    while not (found := await is_so()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.02)
    return found


async def assigned(subscription: Subscription, count: int) -> tuple[int, Mapping[Partition, Ends]]:
    """The generation in which exactly so many partitions stand still."""

    async def look() -> Any:
        found = await subscription.unplaced()
        return found if len(found[1]) == count else None

    found: tuple[int, Mapping[Partition, Ends]] = await until(look, f"{count} partitions are assigned")
    return found


async def placed(subscription: Subscription, count: int = 4, position: int = 0) -> set[Partition]:
    """Let it read its `count` partitions from `position` on."""
    generation, standing = await assigned(subscription, count)
    subscription.place(generation, dict.fromkeys(standing, position))
    assert not (await subscription.unplaced())[1]
    return set(standing)


async def batch_of(subscription: Subscription, lane: int = 0, seconds: float = PATIENCE) -> Batch:
    """The next batch of the lane."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if batch := await subscription.take(lane, 0.5):
            return batch
    raise AssertionError(f"no batch within {seconds} s")


async def records_of(subscription: Subscription, count: int) -> list[Record]:
    """The next so many records, of both lanes."""
    found: list[Record] = []
    deadline = time.monotonic() + PATIENCE
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} records came"
        for lane in (0, 1):
            if batch := await subscription.take(lane, 0.05):
                subscription.committed(batch)
                found += [record for part in batch.slices for record in part.records]
    return found
