"""Intake in a database of each test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake.flows import flows
from shared.host.database import make_engine
from shared.policy.load import load_policy
from tests.telling import Listener

POLICY = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database_url, "tests of intake")
    yield made
    await made.dispose()


@pytest.fixture
def intake(engine: AsyncEngine) -> Listener:
    return Listener(engine, flows(POLICY)[0])
