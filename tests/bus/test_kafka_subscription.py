"""What Kafka's client does behind our back, forced at the very moment at which it hurts."""

import asyncio
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaConnectionError, NoOffsetForPartitionError
from aiokafka.structs import ConsumerRecord

from shared.bus.kafka_clients import Kafka
from shared.bus.kafka_subscription import EPOCH, KafkaSubscription
from shared.bus.seam import BATCH_BYTES, Partition
from shared.errors import Unavailable
from tests.contract.buses import until

ZERO, TWO = Partition("parcels", 0), Partition("parcels", 2)


@dataclass
class Client:
    """A consumer that does what a test wants it to, and refuses what the real one refuses."""

    getmany_gives: list[Any] = field(default_factory=list)
    assigned: set[TopicPartition] = field(default_factory=set)
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    moving: set[TopicPartition] = field(default_factory=set)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    commits: list[dict[TopicPartition, int]] = field(default_factory=list)
    start_fails: Exception | None = None
    commit_fails: Exception | None = None
    stopped: bool = False
    listener: Any = None

    async def start(self) -> None:
        if self.start_fails:
            raise self.start_fails

    async def stop(self) -> None:
        self.stopped = True

    def subscribe(self, _topics: list[str], listener: Any) -> None:
        self.listener = listener

    def rebalance(self, *numbers: int) -> None:
        self.listener.on_partitions_revoked(set(self.assigned))
        self.assigned = {TopicPartition("parcels", number) for number in numbers}
        self.moving, self.positions = set(self.assigned), {}
        self.listener.on_partitions_assigned(set(self.assigned))

    def assignment(self) -> set[TopicPartition]:
        return self.assigned

    def pause(self, *parts: TopicPartition) -> None:
        self._refuse_others(*parts)
        self.moving -= set(parts)

    def resume(self, *parts: TopicPartition) -> None:
        self._refuse_others(*parts)
        self.moving |= set(parts)

    def seek(self, part: TopicPartition, offset: int) -> None:
        self._refuse_others(part)
        self.positions[part] = offset

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self._refuse_others(*offsets)
        if self.commit_fails:
            raise self.commit_fails
        self.commits.append(offsets)

    async def getmany(self, *parts: TopicPartition, timeout_ms: int, max_records: int) -> Any:
        self.asked.append(parts)
        await asyncio.sleep(0.001)
        given = self.getmany_gives.pop(0) if self.getmany_gives else {}
        if callable(given):
            given = given()
        if isinstance(given, Exception):
            raise given
        return given

    def _refuse_others(self, *parts: TopicPartition) -> None:
        if not set(parts) <= self.assigned:
            raise IllegalStateError(f"{parts} are not assigned")


@dataclass(frozen=True)
class Clients:
    """Gives out these clients in turn, the last one again and again, where the real thing makes one."""

    clients: list[Client]

    def member(self, _group: str, *, session: float, heartbeat: float) -> Client:
        return self.clients.pop(0) if len(self.clients) > 1 else self.clients[0]

    def named(self) -> AbstractContextManager[None]:
        return Kafka("broker:9092").named()


def found(number: int, *offsets: int, size: int = 1, timestamp: int = 0) -> dict[TopicPartition, list[Any]]:
    part = TopicPartition("parcels", number)
    return {part: [ConsumerRecord(*part, at, timestamp, 0, b"k", b"x" * size, None, 1, size, ()) for at in offsets]}


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
async def reader(client: Client) -> Any:
    """A member that has partitions 0 and 2 and stands at 5 in both."""
    reader = KafkaSubscription(Clients([client]), "flow", ["parcels"])  # type: ignore[arg-type]
    await reader.start()
    client.rebalance(0, 2)
    reader.place(2, {ZERO: 5, TWO: 5})
    yield reader
    await reader.stop()


async def test_what_was_fetched_across_a_rebalance_is_dropped(client: Client, reader: KafkaSubscription) -> None:
    """The client began in Kafka's own offset, between the assignment and the pause."""

    def across() -> Any:
        client.rebalance(0)
        return found(0, 3, 4)

    client.getmany_gives = [across]
    assert await reader.take(0, 0.05) is None
    assert client.moving == set()


async def test_a_rebalance_pauses_everything_and_forgets_where_it_stood(
    client: Client, reader: KafkaSubscription
) -> None:
    assert client.moving == client.assigned
    client.rebalance(0, 2)
    assert client.moving == set()
    reader.place(2, {ZERO: 5})
    assert (client.moving, client.positions) == (set(), {})
    assert await reader.take(0, 0.02) is None
    assert client.asked == []


async def test_the_client_is_never_asked_about_no_partition_as_that_means_all(
    client: Client, reader: KafkaSubscription
) -> None:
    assert await reader.take(1, 0.05) is None
    assert client.asked == []
    await reader.take(0, 0.0)
    assert set(client.asked[0]) == client.assigned


@dataclass
class Answering(Client):
    """One that says where logs begin and end, or has gone dumb."""

    dumb: bool = False

    async def beginning_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        if self.dumb:
            raise TimeoutError
        return dict.fromkeys(parts, 0)

    end_offsets = beginning_offsets


async def test_a_client_that_answers_nothing_for_long_is_left_for_another_and_heard_no_more() -> None:
    old, new = Answering(dumb=True), Answering()
    reader = KafkaSubscription(Clients([old, new]), "flow", ["parcels"], silence=0.0)  # type: ignore[arg-type]
    await reader.start()
    old.rebalance(0)
    for _ in range(2):  # the first silence, and the first that lasts
        with pytest.raises(Unavailable):
            await reader.unplaced()

    async def left() -> bool:
        return old.stopped

    await until(left, "the dumb one is left")
    new.rebalance(0)
    old.rebalance()
    generation, logs = await reader.unplaced()
    assert set(logs) == {ZERO}, "the one that was left said that nothing is ours"
    reader.place(generation, {ZERO: 5})
    assert new.positions == {TopicPartition("parcels", 0): 5}
    await reader.stop()
    assert new.stopped


async def test_what_is_no_longer_ours_is_neither_sought_nor_paused(client: Client, reader: KafkaSubscription) -> None:
    client.getmany_gives = [found(0, 5)]
    batch = await reader.take(0, 0.05)
    assert batch
    client.assigned = set()  # in the middle of a rebalance, before anybody was told
    reader.back(batch)
    reader.place(batch.generation, {ZERO: 5})
    assert client.positions[TopicPartition("parcels", 0)] == 5


async def test_a_question_that_the_client_answers_itself_in_a_moment_is_waited_out(
    client: Client, reader: KafkaSubscription
) -> None:
    client.getmany_gives = [NoOffsetForPartitionError(TWO), TimeoutError(), found(0, 5)]
    batch = await reader.take(0, 1.0)
    assert batch
    assert batch.slices[0].begin == 5


async def test_whatever_else_the_client_raises_means_that_the_bus_is_away(
    client: Client, reader: KafkaSubscription
) -> None:
    client.getmany_gives = [KafkaConnectionError("gone")]
    with pytest.raises(Unavailable, match="broker:9092"):
        await reader.take(0, 1.0)


async def test_what_does_not_fit_into_a_batch_is_read_again(client: Client, reader: KafkaSubscription) -> None:
    third = BATCH_BYTES // 3
    client.getmany_gives = [found(0, 5, 6, size=third) | found(2, 7, 8, 9, size=third)]
    batch = await reader.take(0, 0.05)
    assert batch
    assert [(part.partition, part.begin, part.end) for part in batch.slices] == [(ZERO, 5, 7), (TWO, 5, 8)]
    assert client.positions[TopicPartition("parcels", 2)] == 8


async def test_one_record_is_taken_whatever_its_size(client: Client, reader: KafkaSubscription) -> None:
    client.getmany_gives = [found(0, 5, size=BATCH_BYTES + 1) | found(2, 5)]
    batch = await reader.take(0, 0.05)
    assert batch
    assert [part.partition for part in batch.slices] == [ZERO]
    assert client.positions[TopicPartition("parcels", 2)] == 5


@pytest.mark.parametrize("timestamp", [-(10**18), 10**18])
async def test_a_timestamp_that_no_calendar_has_stops_nothing(
    client: Client, reader: KafkaSubscription, timestamp: int
) -> None:
    client.getmany_gives = [found(0, 5, timestamp=timestamp)]
    batch = await reader.take(0, 0.05)
    assert batch
    assert batch.slices[0].records[0].at == EPOCH


async def test_lag_tools_are_told_once_what_is_done_and_their_troubles_are_only_counted(
    client: Client, reader: KafkaSubscription
) -> None:
    client.commit_fails = KafkaConnectionError("gone")
    client.getmany_gives = [found(0, 5, 6)]
    batch = await reader.take(0, 0.05)
    assert batch
    reader.committed(batch)

    async def counted() -> int:
        return reader.commit_failures

    async def told() -> Any:
        return client.commits

    await until(counted, "the failure is counted")
    client.commit_fails = None
    await until(told, "lag tools are told")
    assert client.commits == [{TopicPartition("parcels", 0): 7, TopicPartition("parcels", 2): 5}]


async def test_a_start_that_fails_leaves_nothing_open_and_can_be_tried_again(client: Client) -> None:
    client.start_fails = KafkaConnectionError("gone")
    reader = KafkaSubscription(Clients([client]), "flow", ["parcels"])  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await reader.start()
    await asyncio.sleep(0)
    assert client.stopped
    client.start_fails = None
    await reader.start()
    await reader.stop()
