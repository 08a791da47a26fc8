"""A database with a session for every test of the runtime, and the bus inside it with a few topics."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import TopicSpec
from shared.events import TOPICS
from shared.host.database import make_engine

PARTITIONS = 4


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database_url, "tests of the runtime")
    yield made
    await made.dispose()


@pytest.fixture
async def bus(engine: AsyncEngine) -> AsyncIterator[EmbeddedBus]:
    made = EmbeddedBus(engine)
    await made.start()
    await made.ensure({topic: TopicSpec(PARTITIONS, 86_400.0) for topic in TOPICS})
    yield made
    await made.stop()
