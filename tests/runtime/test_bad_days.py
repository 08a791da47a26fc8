"""PostgreSQL has a bad day: it ends sessions, or has no tables yet. That costs time, and nothing else."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Partition
from shared.errors import Unavailable
from shared.events import COMPLAINTS
from shared.host.database import make_engine
from shared.runtime.loop import Member
from shared.runtime.passage import Passage
from shared.runtime.relay import Relay
from tests.contract.line import opened
from tests.runtime.barrier import running, until
from tests.runtime.desk import batch_of, desk, letter, place, record, rows
from tests.runtime.letters import OTHERS, has_answered, in_order, publish


async def test_sessions_that_are_ended_again_and_again_cost_nothing_but_time(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    relay = Relay("offer", bus, engine)
    async with running(Member(desk(), bus, engine, wake=(relay.wake,)), relay):
        for first in range(0, 200, 20):
            await publish_whatever_happens(bus, first, first + 20)
            await rows(engine, f"select pg_terminate_backend(pid) {OTHERS}")
        await until(has_answered(engine, 200), seconds=20)
        await until(lambda: nothing_waits(engine))
    assert await in_order(engine)
    assert await rows(engine, "select count(*) from offer.dead_letters") == [(0,)]


async def nothing_waits(engine: AsyncEngine) -> bool:
    return await rows(engine, "select count(*) from offer.outbox") == [(0,)]


async def publish_whatever_happens(bus: EmbeddedBus, first: int, last: int) -> None:
    while True:
        try:
            await publish(bus, first, last)
            return
        except Unavailable:
            await asyncio.sleep(0.05)


async def test_without_tables_a_member_waits_and_says_so_and_is_alive(
    empty_database_url: str, bus: EmbeddedBus
) -> None:
    bare = make_engine(empty_database_url, "before the migration")
    member = Member(desk(), bus, bare)
    async with running(member):
        await until(lambda: member.state().name == "unavailable")
        assert "offer" in member.state().reason
        assert member.alive()
    await bare.dispose()


async def test_a_session_that_is_ended_as_it_begins_makes_no_dead_letter(
    engine: AsyncEngine, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    batch = batch_of([record(letter("ana", "C-1"), 0)])
    async with opened(tmp_path_factory.mktemp("l"), database_url) as line:
        far = make_engine(line.far, "far away")
        passage = Passage(desk(), far)
        await place(far, desk(), [Partition(COMPLAINTS, 0)])
        await far.dispose()  # so that the passage opens a session anew
        line.hold_after(b"application_name")
        taking = asyncio.create_task(passage.take(batch))
        await line.held()
        await rows(engine, f"select pg_terminate_backend(pid) {OTHERS}")
        with pytest.raises(Unavailable):
            await taking
        await passage.take(batch)
        await far.dispose()
    assert await rows(engine, "select count(*) from offer.dead_letters") == [(0,)]
    assert await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents") == [(["C-1"],)]
