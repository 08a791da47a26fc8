"""A member of a consumer group on Apache Kafka. What the client does behind our back is known here and nowhere else.

Kafka's own committed offset is for lag tools; where to go on is ours to say. The callback of a rebalance is no barrier:
fetching goes on beside it and its errors are swallowed. So it only forgets and pauses, without waiting for anything, and
whatever was fetched across a rebalance is dropped: it may have begun anywhere.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from shared.bus.bell import Bell
from shared.bus.kafka_clients import PATIENCE, Kafka
from shared.bus.kafka_listener import Listener
from shared.bus.seam import BATCH_BYTES, BATCH_RECORDS, Batch, Ends, Partition, Record
from shared.bus.share import Share
from shared.errors import Unavailable

SESSION = 6.0
"""Seconds of silence after which a member is dead; until then its whole group stands still."""
HEARTBEAT = 0.5
GOODBYE = 2.5
COMMIT_EVERY = 1.0
SLICE = 0.25
"""Seconds that one look at the client may wait: so soon a partition that was placed meanwhile is read."""
GRACE = 1.0
"""Seconds beyond its wait that the client may take, as it waits for a rebalance whatever it was told."""
SILENCE = 10.0
"""Seconds without an answer after which a client is made anew: after a broker's return one may stay dumb for ever."""
SETTLE = 0.01
EPOCH = datetime.fromtimestamp(0, UTC)


class KafkaSubscription:
    """See `seam.Subscription`. `commit_failures` counts what went wrong in telling lag tools; every rebalance adds some."""

    def __init__(
        self,
        kafka: Kafka,
        group: str,
        topics: Sequence[str],
        *,
        session: float = SESSION,
        heartbeat: float = HEARTBEAT,
        silence: float = SILENCE,
    ) -> None:
        self.commit_failures = 0
        self._kafka, self._group, self._topics = kafka, group, topics
        self._timing = {"session": session, "heartbeat": heartbeat}
        self._silence = silence
        self._consumer: Any = None
        self._share = Share()
        self._bell = Bell()
        self._committer: asyncio.Task[None] | None = None
        self._goodbye: asyncio.Task[None] | None = None
        self._silent_since: float | None = None
        self._rejoining: asyncio.Task[None] | None = None
        self._stopped = False

    async def start(self) -> None:
        await self._join()
        self._committer = asyncio.create_task(self._commit_forever(), name=f"commit {self._group}")

    async def _join(self) -> None:
        consumer = self._kafka.member(self._group, **self._timing)
        try:
            with self._kafka.named():
                async with asyncio.timeout(PATIENCE):
                    await consumer.start()
        except BaseException:
            self._goodbye = asyncio.create_task(end_consumer(consumer))
            raise
        consumer.subscribe(list(self._topics), listener=Listener(self, consumer))
        self._consumer, self._silent_since = consumer, None

    async def _join_anew(self) -> None:
        """A client that answers nothing, for whatever reason, is left for another; its partitions are placed again."""
        dumb = self._consumer
        with contextlib.suppress(Unavailable):  # the broker is away: the one that we have may yet find it
            await self._join()
            self._share.assign(())
            await end_consumer(dumb)

    async def stop(self) -> None:
        """In the middle of a rebalance the client's goodbye takes longer than we have; then it goes on without us."""
        self._stopped = True
        self._share.assign(())
        self._bell.ring()
        for task in (self._committer, self._rejoining):
            if task is not None:
                task.cancel()
        if self._consumer is not None:
            self._goodbye = asyncio.create_task(end_consumer(self._consumer))
        if self._goodbye is not None:
            await asyncio.wait([self._goodbye], timeout=GOODBYE)

    def revoked(self, consumer: Any) -> None:
        """A rebalance begins: nothing is placed until it is over. A client that was left may go on saying so, unheard."""
        if consumer is self._consumer:
            self._share.assign(())

    def assigned(self, consumer: Any, assigned: Sequence[TopicPartition]) -> None:
        """It is over. Pauses and positions are gone, also of what we had before."""
        if consumer is self._consumer and not self._stopped:
            self._consumer.pause(*assigned)
            self._share.assign(Partition(*part) for part in assigned)
            self._bell.ring()

    async def unplaced(self) -> tuple[int, Mapping[Partition, Ends]]:
        generation, standing = self._share.generation, [TopicPartition(*part) for part in self._share.standing]
        if not standing:
            return generation, {}
        return generation, await self._ends(standing)

    async def _ends(self, partitions: Sequence[TopicPartition]) -> dict[Partition, Ends]:
        consumer, asked_at = self._consumer, time.monotonic()
        if self._silent_since is not None and asked_at - self._silent_since > self._silence:
            self._silent_since = None
            self._rejoining = asyncio.create_task(self._join_anew(), name=f"joining {self._group} anew")
        try:
            with self._kafka.named():
                ends = await ends_of(consumer, partitions)
        except (Unavailable, asyncio.CancelledError):  # whoever asks may have less patience than we
            if consumer is self._consumer:
                self._silent_since = self._silent_since or asked_at
            raise
        self._silent_since = None
        return ends

    def place(self, generation: int, positions: Mapping[Partition, int]) -> None:
        """Between the question whether a partition is ours and the seek nothing is awaited: else it raises."""
        ours = self._ours(positions)
        placed = self._share.place(generation, {part: offset for part, offset in positions.items() if part in ours})
        for part, offset in placed.items():
            self._consumer.seek(ours[part], offset)
            self._consumer.resume(ours[part])
        if placed:
            self._bell.ring()

    async def take(self, lane: int, wait: float) -> Batch | None:
        deadline = time.monotonic() + wait
        while not self._stopped:
            left = max(0.0, deadline - time.monotonic())
            if placed := self._share.lane(lane):
                if batch := await self._fetched(placed, min(left, SLICE)):
                    return batch
            elif left:  # asking the client about no partition would mean all of them
                await self._bell.wait(min(left, SLICE))
            if not left:
                return None
        return None

    def back(self, batch: Batch) -> None:
        self._halt(self._share.back(batch))

    def committed(self, batch: Batch) -> None:
        self._share.committed(batch)

    async def lag(self) -> int:
        """A log may end in what is no record (a transaction's end): the client knows how far there is nothing to read."""
        done = dict(self._share.done)
        ours = self._ours(done)
        if not ours:
            return 0
        ends = await self._ends(list(ours.values()))
        with self._kafka.named():
            return sum([max(0, ends[part].end - await self._reached(part, done[part])) for part in ours])

    async def _reached(self, part: Partition, done: int) -> int:
        if not self._share.stands(part, done):
            return done
        try:
            async with asyncio.timeout(PATIENCE):
                return max(done, int(await self._consumer.position(TopicPartition(*part))))
        except IllegalStateError:
            return done

    async def _fetched(self, placed: list[Partition], wait: float) -> Batch | None:
        generation = self._share.generation
        try:
            with self._kafka.named():
                async with asyncio.timeout(wait + GRACE):
                    found = await self._consumer.getmany(
                        *(TopicPartition(*part) for part in placed),
                        timeout_ms=round(wait * 1000),
                        max_records=BATCH_RECORDS,
                    )
        except Unavailable as away:
            await self._after(away, generation)
            return None
        if generation != self._share.generation or self._stopped:
            return None
        fitting, cut = _fit((Partition(*part), records) for part, records in found.items())
        for part, offset in cut.items():
            self._seek(part, offset)
        return self._share.batch((part, records_of(part, records)) for part, records in fitting)

    async def _after(self, away: Unavailable, generation: int) -> None:
        """What the client complains about may be a question that it answers itself in a moment."""
        match away.__cause__:
            case OffsetOutOfRangeError() as error if generation == self._share.generation:
                self._halt(part for part in map(Partition._make, error.args[0]) if part in self._share.done)
            case NoOffsetForPartitionError() | OffsetOutOfRangeError():
                await asyncio.sleep(SETTLE)
            case TimeoutError():
                pass
            case _:
                raise away

    def _halt(self, partitions: Iterable[Partition]) -> None:
        halted = list(partitions)
        self._share.halt(halted)
        for part in self._ours(halted).values():
            self._consumer.pause(part)

    def _seek(self, part: Partition, offset: int) -> None:
        for ours in self._ours([part]).values():
            self._consumer.seek(ours, offset)

    def _ours(self, partitions: Iterable[Partition]) -> dict[Partition, TopicPartition]:
        """Of these, what the client holds at this moment: touching any other raises IllegalStateError."""
        if self._consumer is None:
            return {}
        assigned = self._consumer.assignment()
        return {part: TopicPartition(*part) for part in partitions if part in assigned}

    async def _commit_forever(self) -> None:
        """For lag tools. With the broker away a commit hangs, hence the limit, and a task of its own."""
        told: dict[Partition, int] = {}
        while True:
            await asyncio.sleep(COMMIT_EVERY)
            done = dict(self._share.done)
            offsets = {ours: done[part] for part, ours in self._ours(done).items() if told.get(part) != done[part]}
            if not offsets:
                continue
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._consumer.commit(offsets)
                told = done
            except (KafkaError, IllegalStateError, OSError, TimeoutError):
                self.commit_failures += 1


async def ends_of(consumer: Any, partitions: Sequence[TopicPartition]) -> dict[Partition, Ends]:
    """Begin and end of each log. Raises the client's errors, TimeoutError after PATIENCE."""
    async with asyncio.timeout(PATIENCE):
        begins, ends = await asyncio.gather(consumer.beginning_offsets(partitions), consumer.end_offsets(partitions))
    return {Partition(*part): Ends(begins[part], ends[part]) for part in partitions}


async def end_consumer(consumer: Any) -> None:
    try:
        await consumer.stop()
    except (KafkaError, OSError, TimeoutError, asyncio.CancelledError):
        return  # stopping a consumer that has just been started raises this, too


def _fit(
    found: Iterable[tuple[Partition, list[Any]]],
) -> tuple[list[tuple[Partition, list[Any]]], dict[Partition, int]]:
    """What fits into a batch, one record at least; for the rest, from which offset it is read again."""
    fitting: list[tuple[Partition, list[Any]]] = []
    cut: dict[Partition, int] = {}
    size = 0
    for part, records in found:
        for n, record in enumerate(records):
            size += len(record.value or b"")
            if size > BATCH_BYTES and (fitting or n):
                cut[part] = record.offset
                fitting.append((part, records[:n]))
                break
        else:
            fitting.append((part, records))
    return fitting, cut


def records_of(part: Partition, found: Iterable[Any]) -> list[Record]:
    return [Record(part, each.offset, each.key, each.value, each.headers, _moment(each.timestamp)) for each in found]


def _moment(milliseconds: int) -> datetime:
    """The record's timestamp; one that no calendar has is as good as none."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return EPOCH
