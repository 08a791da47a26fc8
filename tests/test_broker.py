"""The brokers that tests get are real ones."""

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.broker import Broker, listens

pytestmark = [pytest.mark.kafka]


async def test_what_was_acknowledged_is_there_after_the_broker_was_killed(broker: Broker) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("parcels", num_partitions=1, replication_factor=1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    await producer.start()
    await producer.send_and_wait("parcels", b"nine days late")
    await producer.stop()
    broker.kill()
    assert not listens(int(broker.bootstrap.rpartition(":")[2]))
    broker.start()
    consumer = AIOKafkaConsumer(
        "parcels", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    assert (await consumer.getone()).value == b"nine days late"
    await consumer.stop()
