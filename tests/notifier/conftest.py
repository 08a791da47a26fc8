"""The notifier of each test, with a database of its own."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.notifier.page.routes import routes
from shared.host.database import make_engine
from tests.core.notifier_stories import POLICY, Complaint
from tests.notifier.bureau import Bureau
from tests.notifier.customer import Customer


@pytest.fixture
async def bureau(database_url: str) -> AsyncIterator[Bureau]:
    engine = make_engine(database_url, "tests of the notifier")
    yield Bureau(engine)
    await engine.dispose()


@pytest.fixture
async def browser(bureau: Bureau) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(routes(bureau.engine, POLICY, lambda: None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://nimbus.example") as browser:
        yield browser


@pytest.fixture
def ana(browser: httpx.AsyncClient, bureau: Bureau) -> Customer:
    return Customer(browser, bureau, Complaint().case)
