"""What only Apache Kafka does, and what its client must not be able to do to us."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete

from shared.bus import codec
from shared.bus.kafka import KafkaBus
from shared.bus.kafka_clients import Kafka
from shared.bus.seam import RECORD_LIMIT, Ends, Partition, TopicSpec
from shared.errors import TooLarge, Unavailable
from tests.broker import Broker
from tests.contract.buses import SHORT, WEEK, Road, assigned, batch_of, number, outgoing, placed, records_of, until

pytestmark = pytest.mark.kafka


@pytest.fixture
async def road(kafka: str) -> AsyncIterator[Road]:
    road = Road("kafka", kafka)
    yield road
    await road.close()


@pytest.fixture
async def admin(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    yield admin
    await admin.close()


async def test_what_others_put_there_over_the_limit_is_still_read_and_named_too_large(road: Road) -> None:
    bus = await road.topic_of(1)
    upstream = AIOKafkaProducer(bootstrap_servers=road.address, max_request_size=3 * RECORD_LIMIT)
    await upstream.start()
    await upstream.send_and_wait(road.topic, b"x" * (RECORD_LIMIT * 3 // 2), partition=0)
    await upstream.stop()
    await bus.publish([outgoing(road.part(), 1)])
    reader = await road.member()
    await placed(reader, 1)
    large, small = await records_of(reader, 2)
    with pytest.raises(TooLarge, match="1,572,864 bytes"):
        codec.kind(large)
    assert number(small) == 1


async def test_what_a_transaction_took_back_is_never_seen(road: Road) -> None:
    bus = await road.topic_of(1)
    upstream = AIOKafkaProducer(bootstrap_servers=road.address, transactional_id=f"upstream-{uuid4()}")
    await upstream.start()
    await upstream.begin_transaction()
    await upstream.send_and_wait(road.topic, b"1", partition=0)
    await upstream.abort_transaction()
    await upstream.stop()
    await bus.publish([outgoing(road.part(), 2)])
    reader = await road.member()
    await placed(reader, 1)
    (part,) = (await batch_of(reader)).slices
    assert (part.begin, [number(record) for record in part.records]) == (0, [2])
    assert part.end == part.records[-1].offset + 1  # 3, or 2 where the broker wrote its mark of the abortion late


async def test_a_reader_that_retention_has_overtaken_stands_still(road: Road, admin: AIOKafkaAdminClient) -> None:
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), n) for n in range(10)])
    await admin.delete_records({TopicPartition(road.topic, 0): RecordsToDelete(before_offset=5)})
    reader = await road.member()
    generation, standing = await assigned(reader, 1)
    assert standing == {road.part(): Ends(5, 10)}
    reader.place(generation, {road.part(): 2})

    async def shown() -> Any:
        assert await reader.take(0, 0.1) is None
        return (await reader.unplaced())[1]

    assert await until(shown, "the partition stands still") == {road.part(): Ends(5, 10)}


async def test_a_topic_that_takes_less_than_we_do_is_named_and_others_go_on(
    road: Road, admin: AIOKafkaAdminClient
) -> None:
    narrow = road.topic.replace("test", "narrow")
    configs = {"max.message.bytes": "1000"}
    await admin.create_topics([NewTopic(narrow, num_partitions=1, replication_factor=1, topic_configs=configs)])
    bus = await road.topic_of(1)
    with pytest.raises(TooLarge, match=r"amends\.narrow.*max\.message\.bytes"):
        await bus.publish([outgoing(Partition(narrow, 0), 1, size=5000)])
    await bus.publish([outgoing(road.part(), 2), outgoing(Partition(narrow, 0), 3)])
    assert [number(record) for record in await bus.read({Partition(narrow, 0): 0}, 9)] == [3]


async def test_an_inbound_topic_whose_senders_give_the_time_is_told_of(road: Road, admin: AIOKafkaAdminClient) -> None:
    bus = KafkaBus(road.address)
    stamped, unstamped = f"crm.{uuid4()}", f"ops.{uuid4()}"
    await bus.ensure({stamped: TopicSpec(1, WEEK)})
    await admin.create_topics([NewTopic(unstamped, num_partitions=1, replication_factor=1)])
    await road.topic_of(1)
    assert await bus.stamped_by_sender([stamped, unstamped, road.topic]) == [unstamped]
    await bus.stop()


@pytest.mark.faults
async def test_while_the_broker_is_away_everything_says_so_in_time_and_later_goes_on(broker: Broker) -> None:
    road = Road("kafka", broker.bootstrap, session=SHORT)
    bus = await road.topic_of(1)
    reader, leaving = await road.member(bus), Road("kafka", broker.bootstrap, topic=road.topic, session=SHORT)
    leaver = await leaving.member()
    await placed(reader, 1)
    await placed(leaver, 1)
    await bus.publish([outgoing(road.part(), 1)])
    reader.committed(await batch_of(reader))
    broker.kill()
    waiting = asyncio.create_task(bus.publish([outgoing(road.part(), 2)]))
    started = time.monotonic()
    await leaving.close()
    assert time.monotonic() - started < 4
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await reader.lag()
    assert time.monotonic() - started < 12
    broker.start()
    await until(lambda: succeeds(bus.publish([outgoing(road.part(), n) for n in (2, 3)])), "publishing works again")
    found = await records_after(reader, road, last=3)
    assert sorted(set(found)) == [2, 3]
    assert found[-2:] == [2, 3]
    await road.close()


async def succeeds(work: Any) -> bool:
    try:
        await work
    except Unavailable:
        return False
    return True


async def records_after(reader: Any, road: Road, last: int) -> list[int]:
    """What comes until `last`; placed again where it stood if the group was made anew meanwhile."""
    found: list[int] = []

    async def read() -> bool:
        try:
            generation, standing = await reader.unplaced()
            reader.place(generation, dict.fromkeys(standing, 1 + len(found)))
            batch = await reader.take(0, 0.2)
        except Unavailable:
            return False
        if batch:
            found.extend(number(record) for part in batch.slices for record in part.records)
        return last in found

    await until(read, f"record {last} comes", seconds=40)
    return found


def test_a_login_is_given_to_every_client_and_shown_in_no_text() -> None:
    kafka = Kafka("broker:9093", "SASL_SSL", "SCRAM-SHA-256", "amends", "hush")
    given = kafka.login()
    assert (given["sasl_mechanism"], given["sasl_plain_username"], given["sasl_plain_password"]) == (
        "SCRAM-SHA-256",
        "amends",
        "hush",
    )
    assert isinstance(given["ssl_context"], ssl.SSLContext)
    assert "hush" not in repr(kafka)
    assert "ssl_context" not in Kafka("broker:9092", "SASL_PLAINTEXT", "PLAIN", "amends", "hush").login()
    assert Kafka("broker:9092").login() == {"security_protocol": "PLAINTEXT"}
