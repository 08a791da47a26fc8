"""The notifier of each test, with a database of its own."""

from collections.abc import AsyncIterator

import pytest

from shared.host.database import make_engine
from tests.notifier.bureau import Bureau


@pytest.fixture
async def bureau(database_url: str) -> AsyncIterator[Bureau]:
    engine = make_engine(database_url, "tests of the notifier")
    yield Bureau(engine)
    await engine.dispose()
