"""The offer service of each test, with a database of its own."""

from collections.abc import AsyncIterator

import pytest

from shared.host.database import make_engine
from tests.offer.house import House


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    engine = make_engine(database_url, "tests of the offer")
    yield House(engine)
    await engine.dispose()
