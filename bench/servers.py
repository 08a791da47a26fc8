"""The servers that are measured against: a real Apache Kafka and a durable PostgreSQL, of this run alone."""

import asyncio
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from sqlalchemy.engine import make_url

from shared.bus.kafka import KafkaBus
from shared.bus.seam import Bus, Partition
from shared.bus.topics import ensure_topics, load_topics
from shared.host.migrate import migrate
from shared.host.postgres import EmbeddedPostgres
from shared.host.settings import CHECKOUT
from tests.broker import Broker

TOPICS = CHECKOUT / "deploy" / "topics.yaml"


@dataclass(frozen=True, slots=True)
class Servers:
    """`kafka` is host:port, `url` the server's address; a run takes a database of its own from it."""

    kafka: str
    url: str
    home: Path

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU so far, of each server. PostgreSQL counts sessions that have ended under its first process."""
        return {"broker": _seconds("kafka.Kafka"), "postgres": _seconds("postgres")}


@contextmanager
def servers() -> Iterator[Servers]:
    """Both, on free ports and in a folder that goes at the end. PostgreSQL writes through to the disk, as in earnest."""
    with tempfile.TemporaryDirectory(prefix="amends-bench-") as folder, Broker.temporary() as broker:
        home = Path(folder) / "home"
        with EmbeddedPostgres(home, shared_buffers="256MB", max_wal_size="4GB") as postgres:
            asyncio.run(_warm(broker.bootstrap))
            yield Servers(broker.bootstrap, postgres.url, home)


async def _warm(kafka: str) -> None:
    """The topics, and a first group: on a fresh broker that one waits for the topic of the groups to be made."""
    bus = KafkaBus(kafka)
    try:
        await ensure_topics(bus, TOPICS)
    finally:
        await bus.stop()
    consumer = AIOKafkaConsumer("amends.timers.v1", bootstrap_servers=kafka, group_id="warm")
    await consumer.start()
    await consumer.stop()


async def fresh(servers: Servers, name: str) -> str:
    """A migrated database `name`, and the road's topics emptied; returns the database's address."""
    connection = await asyncpg.connect(plain(servers.url))
    try:
        await connection.execute(f"drop database if exists {name} with (force)")
        await connection.execute(f"create database {name}")
    finally:
        await connection.close()
    url = make_url(servers.url).set(database=name).render_as_string(hide_password=False)
    await migrate(url)
    await _empty(servers.kafka)
    return url


async def _empty(kafka: str) -> None:
    """Emptied and not made anew: a topic that is deleted goes on being there for a while."""
    parts = [
        Partition(topic, number) for topic, spec in load_topics(TOPICS).items() for number in range(spec.partitions)
    ]
    bus, admin = KafkaBus(kafka), AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        ends = await bus.ends(parts)
        cut = {part: end.end for part, end in ends.items() if end.end > end.begin}
        if cut:
            await admin.delete_records({TopicPartition(*part): RecordsToDelete(end) for part, end in cut.items()})
    finally:
        await admin.close()
        await bus.stop()


async def held(bus: Bus, topic: str) -> int:
    """How many records the topic holds."""
    ends = await bus.ends([Partition(topic, number) for number in range(await bus.partitions(topic))])
    return sum(end.end - end.begin for end in ends.values())


def plain(url: str) -> str:
    """The address as a database driver takes it."""
    return url.replace("+asyncpg", "")


def environment(servers: Servers, url: str) -> Mapping[str, str]:
    """For processes of the product that use these servers."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    return outside | {
        "AMENDS_KAFKA": servers.kafka,
        "AMENDS_DATABASE_URL": plain(url),
        "AMENDS_HOME": str(servers.home),
        "AMENDS_ADMIN_KEY": "bench",
        "AMENDS_INTAKE_KEY": "bench",
        "AMENDS_SECRET": "for the bench and nothing else",
    }


def _seconds(word: str) -> float:
    """CPU seconds of our descendants whose command has `word` in it, and of their own ended children (Linux)."""
    parents = {int(path.name): _stat(path) for path in Path("/proc").glob("[0-9]*")}
    ours = {os.getpid()}
    while more := {pid for pid, stat in parents.items() if stat and stat[0] in ours} - ours:
        ours |= more
    found = (pid for pid in ours if word in _command(pid))
    return sum(sum(stat[1:]) for pid in found if (stat := parents.get(pid))) / os.sysconf("SC_CLK_TCK")


def _stat(process: Path) -> tuple[int, ...]:
    """Parent, then user, system, children's user and children's system ticks; nothing for one that has just ended."""
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ()
    return tuple(int(fields[n]) for n in (1, 11, 12, 13, 14))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
