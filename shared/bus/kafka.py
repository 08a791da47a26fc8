"""Apache Kafka as the bus: for a house that needs more than one machine."""

from collections.abc import Iterable, Mapping, Sequence

from shared.bus.kafka_clients import Kafka
from shared.bus.kafka_publisher import Publisher
from shared.bus.kafka_reader import Reader
from shared.bus.kafka_subscription import HEARTBEAT, SESSION, KafkaSubscription
from shared.bus.kafka_topics import Topics
from shared.bus.limits import refuse_any_too_large
from shared.bus.partitioner import place
from shared.bus.seam import Ends, Outgoing, Partition, Record, TopicSpec
from shared.bus.topics import count_differs, is_stamped_on_arrival, no_such_topic


class KafkaBus:
    """See `seam.Bus`. Connects when it is needed, and again after whatever went wrong.

    `bootstrap` is `host:port,…`. `security` is one of `SSL`, `SASL_PLAINTEXT`, `SASL_SSL`, or empty; the next three are for
    the login. `session`: seconds of silence after which a member is dead to the others; `heartbeat`: between two signs of life.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        security: str = "",
        mechanism: str = "",
        username: str = "",
        password: str = "",
        session: float = SESSION,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._kafka = Kafka(bootstrap, security, mechanism, username, password)
        self._session, self._heartbeat = session, heartbeat
        self._topics = Topics(self._kafka)
        self._publisher = Publisher(self._kafka)
        self._reader = Reader(self._kafka)
        self._counts: dict[str, int] = {}

    async def start(self) -> None:
        """Nothing to do: clients are made on first use."""

    async def stop(self) -> None:
        await self._publisher.stop()
        await self._reader.stop()

    async def publish(self, records: Sequence[Outgoing]) -> None:
        refuse_any_too_large(records)
        await self._publisher.publish(await self._place(records))

    async def _place(self, records: Sequence[Outgoing]) -> list[tuple[Partition, Outgoing]]:
        for topic in {record.topic for record in records} - self._counts.keys():
            await self.partitions(topic)
        return place(records, self._counts)

    async def ensure(self, topics: Mapping[str, TopicSpec]) -> list[str]:
        found = await self._topics.counts()
        missing = {topic: spec for topic, spec in topics.items() if topic not in found}
        created = await self._topics.create(missing) if missing else []
        if missing:
            found = await self._topics.counts()
        for topic, spec in topics.items():
            if found.get(topic, spec.partitions) != spec.partitions:
                raise count_differs(topic, found[topic], spec.partitions)
        return created

    async def partitions(self, topic: str) -> int:
        self._counts = await self._topics.counts()
        if topic not in self._counts:
            raise no_such_topic(topic)
        return self._counts[topic]

    async def ends(self, partitions: Iterable[Partition]) -> dict[Partition, Ends]:
        return await self._reader.ends(partitions)

    async def read(self, positions: Mapping[Partition, int], limit: int) -> list[Record]:
        return await self._reader.read(positions, limit)

    def subscribe(self, group: str, topics: Sequence[str]) -> KafkaSubscription:
        return KafkaSubscription(self._kafka, group, topics, session=self._session, heartbeat=self._heartbeat)

    async def stamped_by_sender(self, topics: Iterable[str]) -> list[str]:
        """Of these topics, those that others write and that do not stamp records on arrival: their senders' clocks would
        decide about deadlines. For `amends doctor`. Raises Unavailable.
        """
        inbound = [topic for topic in topics if is_stamped_on_arrival(topic)]
        found = await self._topics.timestamp_types(inbound)
        return [topic for topic in inbound if found.get(topic, "LogAppendTime") != "LogAppendTime"]
