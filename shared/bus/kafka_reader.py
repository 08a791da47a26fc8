"""Reads Apache Kafka's logs without joining anybody: for looking on, and for proofs."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import TopicPartition

from shared.bus.kafka_clients import PATIENCE, Kafka
from shared.bus.kafka_subscription import end_consumer, ends_of, records_of
from shared.bus.seam import Ends, Partition, Record

SLICE_MS = 100


class Reader:
    """One consumer for a process, made when it is needed and again after an error; one question at a time."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._consumer: Any = None
        self._lock = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    async def ends(self, partitions: Iterable[Partition]) -> dict[Partition, Ends]:
        """Begin and end of each log. Raises Unavailable."""
        asked = [TopicPartition(*part) for part in partitions]
        async with self._lock:
            ends: dict[Partition, Ends] = await self._ask(lambda consumer: ends_of(consumer, asked))
            return ends

    async def read(self, positions: Mapping[Partition, int], limit: int) -> list[Record]:
        """Up to `limit` records from these positions on; none if there are none. Raises Unavailable."""
        asked = {TopicPartition(*part): offset for part, offset in positions.items()}
        async with self._lock:
            records: list[Record] = await self._ask(lambda consumer: _read(consumer, asked, limit))
            return records

    async def stop(self) -> None:
        """Let go of the consumer, within a second."""
        self._leave()
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=1.0)

    async def _ask(self, question: Any) -> Any:
        try:
            with self._kafka.named():
                if self._consumer is None:
                    self._consumer = self._kafka.reader()
                    async with asyncio.timeout(PATIENCE):
                        await self._consumer.start()
                return await question(self._consumer)
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        if self._consumer is not None:
            task = asyncio.create_task(end_consumer(self._consumer), name="leaving Kafka")
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
            self._consumer = None


async def _read(consumer: Any, positions: Mapping[TopicPartition, int], limit: int) -> list[Record]:
    """The log's end is asked for first, so that "nothing" means that nothing is there. Raises TimeoutError."""
    ends = await ends_of(consumer, list(positions))
    behind = [part for part, offset in positions.items() if offset < ends[Partition(*part)].end]
    if not behind:
        return []
    if consumer.assignment() != set(behind):
        consumer.assign(behind)
    for part in behind:
        consumer.seek(part, positions[part])
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = await consumer.getmany(timeout_ms=SLICE_MS, max_records=limit)
        if found:
            return [record for part, records in found.items() for record in records_of(Partition(*part), records)]
        if all([await consumer.position(part) >= ends[Partition(*part)].end for part in behind]):
            return []
    raise TimeoutError("no answer to a fetch")
