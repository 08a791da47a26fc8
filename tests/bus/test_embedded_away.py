"""The database goes away under the bus inside it: everything says so, nothing hangs, and later it goes on."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Bus, Outgoing, Subscription
from shared.errors import Unavailable
from tests.contract.buses import Road, batch_of, number, outgoing, placed, until
from tests.contract.buses import opened as connected
from tests.contract.line import Line, opened

END_ALL_OTHERS = """
select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()
"""


@pytest.fixture
async def road(database_url: str) -> AsyncIterator[Road]:
    road = Road("embedded", database_url)
    yield road
    await road.close()


@pytest.fixture
async def line(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with opened(tmp_path_factory.mktemp("l"), database_url) as line:
        yield line


@pytest.fixture
async def far_road(road: Road, line: Line) -> Road:
    """A road whose buses speak with the database by way of the line."""
    await road.topic_of(1)
    return Road("embedded", line.far, topic=road.topic, group=road.group)


async def test_leaving_takes_seconds_at_most_when_the_database_says_nothing_any_more(
    far_road: Road, line: Line
) -> None:
    bus = far_road.bus()
    reader = await far_road.member(bus)
    await placed(reader, 1)
    waiting = asyncio.create_task(reader.take(0, 30))
    await asyncio.sleep(0.1)
    line.die()
    started = time.monotonic()
    await reader.stop()
    await bus.stop()
    assert time.monotonic() - started < 3
    assert await waiting is None


async def test_while_the_database_is_away_everything_says_so_and_later_goes_on(far_road: Road, line: Line) -> None:
    bus = far_road.bus()
    reader = await far_road.member(bus)
    await placed(reader, 1)
    await bus.publish([outgoing(far_road.part(), 1)])
    reader.committed(await batch_of(reader))
    await line.cut()
    with pytest.raises(Unavailable, match="the database does not answer"):
        await bus.publish([outgoing(far_road.part(), 2)])

    async def noticed() -> bool:
        try:
            return bool(await reader.take(0, 0.1))
        except Unavailable:
            return True

    await until(noticed, "the reader sees that the database is away")
    with pytest.raises(Unavailable):
        await reader.lag()
    await line.open()
    await goes_on(far_road, bus, reader, 1)
    await far_road.close()


async def test_a_session_that_is_ended_while_it_is_being_opened_holds_nobody_up_for_ever(
    road: Road, far_road: Road, line: Line
) -> None:
    bus = far_road.bus()
    reader = await far_road.member(bus)
    await placed(reader, 1)
    line.hold_after(b"set enable_seqscan")
    await end_all_sessions(road)
    await line.held()
    await end_all_sessions(road)
    await goes_on(far_road, bus, reader, 0)
    await far_road.close()


async def end_all_sessions(road: Road) -> None:
    async with connected(road.address) as near, near.connect() as connection:
        await connection.execute(text(END_ALL_OTHERS))


async def goes_on(road: Road, bus: Bus, reader: Subscription, position: int) -> None:
    """Whoever asks often enough can publish again, and what is published is read."""
    await until(lambda: succeeds(bus.publish([outgoing(road.part(), 3)])), "publishing works again")

    async def heard() -> Any:
        with contextlib.suppress(Unavailable):
            generation, standing = await reader.unplaced()
            reader.place(generation, dict.fromkeys(standing, position))
            return await reader.take(0, 0.1)

    batch = await until(heard, "reading works again")
    assert [number(record) for record in batch.slices[0].records] == [3]


async def succeeds(work: Any) -> bool:
    try:
        await work
    except Unavailable:
        return False
    return True


async def test_without_tables_the_bus_is_unavailable_and_names_the_reason(empty_database_url: str) -> None:
    engine = create_async_engine(empty_database_url)
    bus = EmbeddedBus(engine)
    with pytest.raises(Unavailable, match=r'relation "bus\.\w+" does not exist'):
        await bus.publish([Outgoing("amends.cases.v1", 0, b"k", b"v", (), None)])
    with pytest.raises(Unavailable):
        await bus.subscribe("group", ["amends.cases.v1"]).start()
    await bus.stop()
    await engine.dispose()
