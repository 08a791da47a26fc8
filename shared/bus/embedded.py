"""The bus that comes along: records lie in the database itself, so that one server is enough for a small house.

It promises what Apache Kafka promises, on one machine: order per key, acknowledged when it returns, members that share
the work. It does not pretend to be more than that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.bus import embedded_log
from shared.bus.embedded_members import BEAT, SESSION
from shared.bus.embedded_session import Session
from shared.bus.embedded_subscription import EmbeddedSubscription
from shared.bus.embedded_watch import LOOK, Watch
from shared.bus.limits import refuse_any_too_large
from shared.bus.partitioner import place
from shared.bus.seam import BATCH_BYTES, Ends, Outgoing, Partition, Record, TopicSpec
from shared.bus.topics import count_differs, is_stamped_on_arrival, no_such_topic
from shared.errors import Misconfigured

APPEND_RECORDS = 1000
"""Records that are appended at once; the heads of their logs are locked meanwhile."""

COUNT = text("select partitions from bus.topics where topic = :topic")

# Its heads come with it, so a topic is there as a whole or not at all.
CREATE = text(
    """
    with made as (
        insert into bus.topics (topic, partitions, retention, append_time)
        values (:topic, :partitions, make_interval(secs => :retention), :append_time)
        on conflict do nothing returning topic, partitions
    ),
    heads as (
        insert into bus.heads (topic, partition) select topic, generate_series(0, partitions - 1) from made returning 1
    )
    select (select count(*) from made) = 1
    """
)


class EmbeddedBus:
    """See `seam.Bus`. Takes connections of its own out of the engine's pool, and opens them when they are needed.

    `session`: seconds of silence after which a member is dead to the others; `beat`: seconds between its heartbeats;
    `look`: seconds between two looks at all logs, should a notification have been lost.
    """

    def __init__(
        self, engine: AsyncEngine, *, session: float = SESSION, beat: float = BEAT, look: float = LOOK
    ) -> None:
        self._engine = engine
        self._session = Session(engine)
        self._watch = Watch(engine, session=session, beat=beat, look=look)
        self._counts: dict[str, int] = {}

    async def start(self) -> None:
        """Nothing to do: sessions are opened on first use."""

    async def stop(self) -> None:
        await self._watch.stop()
        self._session.drop()

    async def publish(self, records: Sequence[Outgoing]) -> None:
        refuse_any_too_large(records)
        for some in _portions(await self._place(records)):
            async with self._session.use() as connection:
                await embedded_log.append(connection, some)

    async def _place(self, records: Sequence[Outgoing]) -> list[tuple[Partition, Outgoing]]:
        for topic in {record.topic for record in records} - self._counts.keys():
            await self.partitions(topic)
        return place(records, self._counts)

    async def move(self, connection: AsyncConnection, schema: str, limit: int) -> int:
        looked_at, moved, _ = (await connection.execute(embedded_log.move_statement(schema), {"limit": limit})).one()
        if looked_at and not moved:
            raise Misconfigured(
                f"{schema}.outbox holds rows for topics or partitions that are not on this bus: run `amends topics ensure`"
            )
        return int(moved)

    async def ensure(self, topics: Mapping[str, TopicSpec]) -> list[str]:
        created = [topic for topic, spec in topics.items() if await self._create(topic, spec)]
        for topic, spec in topics.items():
            if (found := await self.partitions(topic)) != spec.partitions:
                raise count_differs(topic, found, spec.partitions)
        return created

    async def _create(self, topic: str, spec: TopicSpec) -> bool:
        asked = {
            "topic": topic,
            "partitions": spec.partitions,
            "retention": spec.retention,
            "append_time": is_stamped_on_arrival(topic),
        }
        async with self._session.use() as connection:
            return bool(await connection.scalar(CREATE, asked))

    async def partitions(self, topic: str) -> int:
        async with self._session.use() as connection:
            count = await connection.scalar(COUNT, {"topic": topic})
        if count is None:
            raise no_such_topic(topic)
        self._counts[topic] = int(count)
        return int(count)

    async def ends(self, partitions: Iterable[Partition]) -> dict[Partition, Ends]:
        async with self._session.use() as connection:
            return await embedded_log.ends(connection, partitions)

    async def read(self, positions: Mapping[Partition, int], limit: int) -> list[Record]:
        async with self._session.use() as connection:
            found = await embedded_log.read(connection, positions, limit)
        return [record for _, records in found for record in records]

    def subscribe(self, group: str, topics: Sequence[str]) -> EmbeddedSubscription:
        return EmbeddedSubscription(self._engine, self._watch, group, topics)


def _portions(placed: Sequence[tuple[Partition, Outgoing]]) -> Iterator[Sequence[tuple[Partition, Outgoing]]]:
    """Not too many records nor bytes at once, in order."""
    start = size = 0
    for n, (_, record) in enumerate(placed):
        size += len(record.value)
        if n + 1 - start == APPEND_RECORDS or size >= BATCH_BYTES:
            yield placed[start : n + 1]
            start, size = n + 1, 0
    if start < len(placed):
        yield placed[start:]
