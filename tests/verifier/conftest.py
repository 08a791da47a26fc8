"""The verifier's two flows in a database of each test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.flows import flows
from shared.host.database import make_engine
from shared.policy.load import load_policy
from tests.telling import Listener

POLICY = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")
KEEPING, JUDGING = flows(POLICY)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database_url, "tests of the verifier")
    yield made
    await made.dispose()


@pytest.fixture
def keeper(engine: AsyncEngine) -> Listener:
    """The flow that keeps what operations measured."""
    return Listener(engine, KEEPING)


@pytest.fixture
def judge(engine: AsyncEngine) -> Listener:
    """The flow that judges."""
    return Listener(engine, JUDGING)
