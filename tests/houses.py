"""Houses for tests of the whole road: with nothing configured, with a database of their own, and on Apache Kafka."""

import fcntl
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from shared.bus.kafka import KafkaBus
from shared.bus.seam import Bus, Partition
from shared.bus.topics import ensure_topics
from shared.events import TOPICS
from shared.host.settings import CHECKOUT
from tests.road import Road

SHIPPED = CHECKOUT / "deploy" / "policy"
Open = Callable[..., Road]
"""Opens one more house of the kind, with further settings by their names without the prefix."""
ON_KAFKA = pytest.param("kafka", marks=pytest.mark.kafka)


def undone_within(folder: Path, time: str) -> str:
    """The shipped policy, under which a choice may be taken back for another time, such as "1 h"."""
    copy = shutil.copytree(SHIPPED, folder / "policy")
    file = copy / "policy.yaml"
    named, found = re.subn(r"(?m)^  undo_within: .*$", f"  undo_within: {time}", file.read_text())
    assert found == 1
    file.write_text(named)
    return str(copy)


@pytest.fixture
async def homes(tmp_path: Path) -> AsyncIterator[Open]:
    """Houses with nothing configured but AMENDS_HOME, and what a test adds to that."""
    async with AsyncExitStack() as stack:
        made: list[Road] = []

        def open_house(**settings: str) -> Road:
            made.append(Road(tmp_path / f"home{len(made)}", **settings))
            stack.push_async_callback(made[-1].close)
            return made[-1]

        yield open_house


@pytest.fixture
async def given(homes: Open, database_url: str) -> Road:
    """A house with a database of its own and the bus in it: quick to start, and there when every service is dead."""
    return await _given(homes, database_url)


@pytest.fixture(params=["embedded", ON_KAFKA])
async def house(request: pytest.FixtureRequest, homes: Open) -> Road:
    """The same journey on both buses: with nothing configured, and on Apache Kafka with a database of its own."""
    return await _house(request, homes)


@pytest.fixture(params=["embedded", ON_KAFKA])
async def quick_house(request: pytest.FixtureRequest, homes: Open) -> Road:
    """The same with the clocks of the demo, where a customer has seconds to answer."""
    return await _house(request, homes, policy=str(CHECKOUT / "deploy" / "demo" / "policy"))


@pytest.fixture(params=["bus in the database", ON_KAFKA])
async def lasting(request: pytest.FixtureRequest, homes: Open) -> Road:
    """A house whose database and bus stay when its services are killed, on both buses."""
    if request.param == "kafka":
        return await _house(request, homes)
    return await _given(homes, request.getfixturevalue("database_url"))


async def _given(homes: Open, database_url: str) -> Road:
    made = homes(database_url=plain(database_url))
    await ensure(made.bus)
    return made


async def _house(request: pytest.FixtureRequest, homes: Open, **settings: str) -> Road:
    if request.param != "kafka":
        return homes(**settings)
    return await on_kafka(request, homes, request.getfixturevalue("kafka"), **settings)


async def on_kafka(request: pytest.FixtureRequest, homes: Open, bootstrap: str, **settings: str) -> Road:
    """A house on that broker, whose topics are as if new; nobody else's house is on it until the test has ended."""
    path = Path(tempfile.gettempdir()) / f"amends-tests-{bootstrap.replace(':', '-')}.lock"
    lock = path.open("w")
    request.addfinalizer(lock.close)
    fcntl.flock(lock, fcntl.LOCK_EX)
    await empty_topics(bootstrap)
    if "database_url" not in settings:
        settings["database_url"] = plain(request.getfixturevalue("database_url"))
    return homes(kafka=bootstrap, **settings)


def plain(url: str) -> str:
    """The address as a user writes it."""
    return url.replace("+asyncpg", "")


async def ensure(bus: Bus) -> None:
    """Make the road's topics where they are missing."""
    await ensure_topics(bus, CHECKOUT / "deploy" / "topics.yaml")


async def empty_topics(bootstrap: str) -> None:
    """Make the topics, and cut off what earlier tests have left there: a house that is new begins where a log begins."""
    bus = KafkaBus(bootstrap)
    try:
        await ensure(bus)
        parts = [Partition(topic, number) for topic in TOPICS for number in range(await bus.partitions(topic))]
        ends = await bus.ends(parts)
    finally:
        await bus.stop()
    full: dict[Any, Any] = {
        TopicPartition(*part): RecordsToDelete(log.end) for part, log in ends.items() if log.end > log.begin
    }
    if full:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        try:
            await admin.delete_records(full, timeout_ms=20_000)
        finally:
            await admin.close()
