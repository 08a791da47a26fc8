"""Puts records on Apache Kafka's logs, each log in order: what failed goes again before what comes after it."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from shared.bus.kafka_clients import PATIENCE, Kafka
from shared.bus.seam import Outgoing, Partition
from shared.errors import TooLarge

DELIVERY = PATIENCE + 1.0
"""Seconds within which a batch is acknowledged, retries included; then the producer is given up."""


class Publisher:
    """One producer for a process, made when it is needed.

    After anything that went wrong a new one is made. The old one may be dead (an idempotent producer cannot go on after an
    order error), or alive and still trying what its caller was told has failed.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._producer: Any = None
        self._making = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    async def publish(self, placed: Sequence[tuple[Partition, Outgoing]]) -> None:
        """All of them, the partitions side by side. Raises Unavailable, and TooLarge when the broker's limit is lower."""
        logs: dict[Partition, list[Outgoing]] = defaultdict(list)
        for part, record in placed:
            logs[part].append(record)
        producer = await self._started()
        try:
            async with asyncio.TaskGroup() as group:
                for part, records in logs.items():
                    group.create_task(self._ship(producer, part, records))
        except BaseException as error:
            self._give_up(producer)
            if isinstance(error, BaseExceptionGroup):
                first = error.exceptions[0]
                raise first from first.__cause__
            raise

    async def stop(self) -> None:
        """Let go of the producer, within a second."""
        if self._producer is not None:
            self._give_up(self._producer)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=1.0)

    async def _started(self) -> Any:
        async with self._making:
            if self._producer is None:
                producer = self._kafka.producer()
                try:
                    with self._kafka.named():
                        async with asyncio.timeout(DELIVERY):
                            await producer.start()
                except BaseException:
                    self._leave(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _ship(self, producer: Any, part: Partition, records: Sequence[Outgoing]) -> None:
        """One log: a batch of what fits, and the next one when that is acknowledged."""
        sent = 0
        while sent < len(records):
            batch = producer.create_batch()
            filled = _fill(batch, records, sent)
            try:
                with self._kafka.named():
                    async with asyncio.timeout(DELIVERY):
                        await (await producer.send_batch(batch, part.topic, partition=part.number))
            except Exception as error:
                if isinstance(error.__cause__, MessageSizeTooLargeError | RecordListTooLargeError):
                    raise TooLarge(
                        f"topic {part.topic} refuses a batch of {batch.size():,} bytes: raise its max.message.bytes"
                    ) from error
                raise
            sent = filled

    def _give_up(self, producer: Any) -> None:
        if self._producer is producer:
            self._producer = None
            self._leave(producer)

    def _leave(self, producer: Any) -> None:
        task = asyncio.create_task(_end(producer), name="leaving Kafka")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def _fill(batch: Any, records: Sequence[Outgoing], start: int) -> int:
    """Append records from `start` on until the batch is full; returns how far it came. The first one always fits."""
    for n in range(start, len(records)):
        record = records[n]
        at = None if record.at is None else int(record.at.timestamp() * 1000)
        if batch.append(key=record.key, value=record.value, timestamp=at, headers=list(record.headers)) is None:
            return n
    return len(records)


async def _end(producer: Any) -> None:
    """Stop it for good. By itself it would first deliver what it has, for as long as the broker is away."""
    sender = producer._sender.sender_task  # noqa: SLF001 - nothing public makes it give up
    with contextlib.suppress(Exception):
        if sender is not None:
            sender.cancel()
            await asyncio.wait([sender], timeout=DELIVERY)
        await producer.stop()
