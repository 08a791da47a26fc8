"""The topics on Apache Kafka: which there are, and how they are made."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.bus.kafka_clients import TOPIC_LIMIT, Kafka
from shared.bus.seam import TopicSpec
from shared.bus.topics import is_stamped_on_arrival
from shared.errors import Unavailable

SECONDS = 20.0
"""For one conversation about topics: making eleven of them takes a small broker some seconds."""
TOLD_AFTER = 0.05
COPIES = 3
"""Of each log, where there are so many brokers."""
TIMESTAMP_TYPE = "message.timestamp.type"


class Topics:
    """Opens a conversation for each question; they are rare."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    async def counts(self) -> dict[str, int]:
        """All topics with their partition counts. Raises Unavailable."""
        counts: dict[str, int] = await self._ask(_counts)
        return counts

    async def create(self, topics: Mapping[str, TopicSpec]) -> list[str]:
        """Make these topics; returns those that nobody else made meanwhile. Raises Unavailable with the broker's reason."""
        created: list[str] = await self._ask(lambda admin: _create(admin, topics))
        return created

    async def timestamp_types(self, topics: Iterable[str]) -> dict[str, str]:
        """How each of these topics stamps records: `CreateTime` or `LogAppendTime`. Raises Unavailable."""
        found: dict[str, str] = await self._ask(lambda admin: _timestamp_types(admin, topics))
        return found

    async def _ask(self, question: Any) -> Any:
        admin = self._kafka.admin()
        with self._kafka.named():
            try:
                async with asyncio.timeout(SECONDS):
                    await admin.start()
                    return await question(admin)
            finally:
                await admin.close()


async def _counts(admin: Any) -> dict[str, int]:
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}


async def _create(admin: Any, topics: Mapping[str, TopicSpec]) -> list[str]:
    brokers = (await admin.describe_cluster())["brokers"]
    wanted = [_new(topic, spec, min(COPIES, len(brokers))) for topic, spec in topics.items()]
    answer = await admin.create_topics(wanted, timeout_ms=int(SECONDS * 1000))
    created = []
    for topic, code, *message in answer.topic_errors:
        error = for_code(code)
        if code == 0:
            created.append(topic)
        elif error is not TopicAlreadyExistsError:
            raise Unavailable(f"Kafka did not make topic {topic}: {error.__name__} {' '.join(map(str, message))}")
    await _until_known(admin, set(topics))
    return created


async def _until_known(admin: Any, topics: set[str]) -> None:
    """Made is not yet told: a member that asks too soon does not see the topic, and looks again half a minute later."""
    while not topics <= (await _counts(admin)).keys():  # noqa: ASYNC110 - the broker has no bell to wait for
        await asyncio.sleep(TOLD_AFTER)


def _new(topic: str, spec: TopicSpec, copies: int) -> NewTopic:
    return NewTopic(
        name=topic,
        num_partitions=spec.partitions,
        replication_factor=copies,
        topic_configs={
            "retention.ms": str(round(spec.retention * 1000)),
            "max.message.bytes": str(TOPIC_LIMIT),
            TIMESTAMP_TYPE: "LogAppendTime" if is_stamped_on_arrival(topic) else "CreateTime",
        },
    )


async def _timestamp_types(admin: Any, topics: Iterable[str]) -> dict[str, str]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic, {TIMESTAMP_TYPE: None}) for topic in topics]
    (answer,) = await admin.describe_configs(asked)
    return {
        topic: entry[1]
        for _code, _message, _kind, topic, entries in answer.resources
        for entry in entries
        if entry[0] == TIMESTAMP_TYPE
    }
