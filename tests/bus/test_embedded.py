"""What only the bus inside the database can do, and what could only go wrong there."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.bus import embedded_log
from shared.bus.codec import headers
from shared.bus.embedded import EmbeddedBus
from shared.bus.embedded_watch import Watch
from shared.bus.partitioner import partition_of
from shared.bus.seam import Ends, MovingBus, Partition, TopicSpec
from shared.errors import Misconfigured
from tests.contract.buses import Road, batch_of, number, outgoing, placed, records_of, until

CASES = "amends.cases.v1"


@pytest.fixture
async def road(database_url: str) -> AsyncIterator[Road]:
    road = Road("embedded", database_url)
    yield road
    await road.close()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(database_url)
    yield engine
    await engine.dispose()


# ── writers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_no_record_is_passed_over_when_writers_commit_out_of_order(road: Road, engine: AsyncEngine) -> None:
    bus = await road.topic_of(2)
    reader = await road.member()
    await placed(reader, 2)
    async with engine.begin() as slow:
        await embedded_log.append(slow, [(road.part(0), outgoing(road.part(0), 1))])
        quick = asyncio.create_task(bus.publish([outgoing(road.part(0), 2)]))
        await until(lambda: waits_for_a_lock(engine), "the second writer waits for the first one")
        await road.bus().publish([outgoing(road.part(1), 3)])  # another log is not held up
        assert [number(record) for record in await records_of(reader, 1)] == [3]
        assert await reader.take(0, 0.3) is None
    await quick
    assert [(record.offset, number(record)) for record in await records_of(reader, 2)] == [(0, 1), (1, 2)]


async def test_a_writer_that_fails_leaves_no_gap(road: Road, engine: AsyncEngine) -> None:
    bus = await road.topic_of(1)
    with contextlib.suppress(ZeroDivisionError):
        async with engine.begin() as broken:
            await embedded_log.append(broken, [(road.part(), outgoing(road.part(), 1))])
            raise ZeroDivisionError
    await bus.publish([outgoing(road.part(), 2)])
    assert [(record.offset, number(record)) for record in await bus.read({road.part(): 0}, 9)] == [(0, 2)]


async def test_many_writers_at_once_leave_whole_logs_that_a_reader_follows_record_by_record(road: Road) -> None:
    await road.topic_of(4)
    reader = await road.member()
    await placed(reader)

    async def write(writer: int) -> None:
        bus = road.bus()
        for n in range(20):
            parts = [(writer + n + step) % 4 for step in (0, 2, 1)]
            await bus.publish([outgoing(road.part(part), writer * 1000 + n) for part in parts])

    writers = asyncio.gather(*(write(writer) for writer in range(6)))
    found = await records_of(reader, 6 * 20 * 3)
    await writers
    logs = defaultdict(list)
    order = defaultdict(list)
    for record in found:
        logs[record.partition].append(record.offset)
        order[record.partition, number(record) // 1000].append(number(record))
    assert all(offsets == list(range(len(offsets))) for offsets in logs.values())
    assert all(seen == sorted(seen) for seen in order.values())


async def test_a_reader_that_reads_past_what_it_has_heard_of_goes_on_from_there(
    road: Road, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "_hear_of_records", lambda *_: None)  # its notifications come late
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), 1)])
    seldom_looks = EmbeddedBus(engine, look=60.0)
    reader = await road.member(seldom_looks)
    await placed(reader, 1)
    await bus.publish([outgoing(road.part(), 2)])
    assert [number(record) for record in await records_of(reader, 2)] == [1, 2]
    assert await reader.take(0, 0.0) is None
    assert (await reader.unplaced())[1] == {}, "it stands still, though nothing is wrong"
    await reader.stop()
    await seldom_looks.stop()


async def waits_for_a_lock(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        waiting = "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())"
        return bool(await connection.scalar(text(waiting)))


# ── the relay's short way ───────────────────────────────────────────────────────────────────────────────────────────


async def wait_in_outbox(connection: AsyncConnection, rows: list[tuple[str, int | None, bytes, bytes, UUID]]) -> None:
    for topic, part, key, value, event in rows:
        await connection.execute(
            text(
                "insert into offer.outbox (topic, partition, key, value, event, type, at) values "
                "(:topic, :part, :key, :value, :event, 'amends.case-expired.v1', '2026-03-02T10:00:00.000123Z')"
            ),
            {"topic": topic, "part": part, "key": key, "value": value, "event": event},
        )


async def outbox_holds(engine: AsyncEngine) -> list[bytes]:
    async with engine.connect() as connection:
        return list((await connection.execute(text("select value from offer.outbox order by id"))).scalars())


@pytest.fixture
async def moving(road: Road) -> MovingBus:
    """A bus with the cases' topic on it."""
    bus = road.bus()
    await bus.ensure({CASES: TopicSpec(4, 1000)})
    assert isinstance(bus, MovingBus)
    return bus


async def test_what_waits_in_an_outbox_moves_to_the_log_in_order_as_if_it_had_been_published(
    moving: MovingBus, engine: AsyncEngine
) -> None:
    events = [uuid4() for _ in range(7)]
    async with engine.begin() as tx:
        await wait_in_outbox(tx, [(CASES, n % 2, b"k", b"%d" % n, event) for n, event in enumerate(events[:6])])
        await wait_in_outbox(tx, [(CASES, None, b"cust-77", b"6", events[6])])
    async with engine.begin() as tx:
        assert await moving.move(tx, "offer", 4) == 4
        assert await moving.move(tx, "offer", 4) == 3
        assert await moving.move(tx, "offer", 4) == 0
    found = await moving.read({Partition(CASES, number): 0 for number in range(4)}, 99)
    by_value = {record.value: record for record in found}
    assert [record.value for record in found if record.partition.number == 0 and record.key == b"k"] == [
        b"0",
        b"2",
        b"4",
    ]
    assert [record.value for record in found if record.partition.number == 1 and record.key == b"k"] == [
        b"1",
        b"3",
        b"5",
    ]
    assert by_value[b"6"].partition.number == partition_of(b"cust-77", 4)
    assert by_value[b"3"].headers == headers(events[3], "amends.case-expired.v1", "amends/offer", by_value[b"3"].at)
    assert by_value[b"3"].at.isoformat() == "2026-03-02T10:00:00.000123+00:00"
    assert await outbox_holds(engine) == []


async def test_a_move_that_does_not_commit_has_not_happened(moving: MovingBus, engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await wait_in_outbox(tx, [(CASES, 0, b"k", b"1", uuid4())])
    async with engine.connect() as connection:
        assert await moving.move(connection, "offer", 10) == 1
        await connection.rollback()
    assert await outbox_holds(engine) == [b"1"]
    assert await moving.ends([Partition(CASES, 0)]) == {Partition(CASES, 0): Ends(0, 0)}


async def test_what_has_no_topic_stays_in_the_outbox_and_what_is_behind_it_goes_on(
    moving: MovingBus, engine: AsyncEngine
) -> None:
    lost = [
        ("amends.nowhere.v1", 0, b"k", b"1", uuid4()),
        (CASES, 4, b"k", b"2", uuid4()),
        (CASES, -1, b"k", b"3", uuid4()),
    ]
    async with engine.begin() as tx:
        await wait_in_outbox(tx, [*lost, (CASES, 0, b"k", b"4", uuid4())])
    async with engine.begin() as tx:
        assert await moving.move(tx, "offer", 10) == 1
    async with engine.begin() as tx:
        with pytest.raises(Misconfigured, match="amends topics ensure"):
            await moving.move(tx, "offer", 10)
    assert await outbox_holds(engine) == [b"1", b"2", b"3"]


@pytest.mark.parametrize("way", ["moved", "published"])
async def test_a_reader_hears_of_news_and_does_not_have_to_look_for_it(
    moving: MovingBus, road: Road, engine: AsyncEngine, way: str
) -> None:
    bus = EmbeddedBus(engine, look=600)
    reader = bus.subscribe(road.group, [CASES])
    await reader.start()
    await placed(reader)
    waiting = asyncio.create_task(reader.take(0, 10))
    await asyncio.sleep(0.05)
    async with engine.begin() as tx:
        if way == "moved":
            await wait_in_outbox(tx, [(CASES, 0, b"k", b"1", uuid4())])
            await moving.move(tx, "offer", 10)
        else:
            await embedded_log.append(tx, [(Partition(CASES, 0), outgoing(Partition(CASES, 0), 1))])
    batch = await waiting
    assert batch is not None
    assert batch.records == 1
    await reader.stop()
    await bus.stop()


async def test_a_reader_finds_news_that_it_was_not_told_of(road: Road, engine: AsyncEngine) -> None:
    """A notification can be lost, e.g. while the session that listens is made anew."""
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), n) for n in range(3)])
    async with engine.begin() as tx:
        await tx.execute(text("update bus.heads set next = 0"))
    reader = await road.member()
    await placed(reader, 1)
    assert await reader.take(0, 0.1) is None
    async with engine.begin() as tx:
        await tx.execute(text("update bus.heads set next = 3"))
    assert (await batch_of(reader, seconds=2)).records == 3


# ── retention ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_older_than_its_topic_keeps_goes_from_the_begin_of_the_log(
    road: Road, engine: AsyncEngine
) -> None:
    bus = await road.topic_of(2)
    await bus.publish([outgoing(road.part(n % 2), n) for n in range(20)])
    async with engine.begin() as tx:
        age = "update bus.log set kept_since = kept_since - interval '8 days' where partition = 0 and \"offset\" < 7"
        await tx.execute(text(age))
        gone = [await embedded_log.trim(tx, 4) for _ in range(3)]
    assert gone == [4, 3, 0]
    assert await bus.ends([road.part(0), road.part(1)]) == {road.part(0): Ends(7, 10), road.part(1): Ends(0, 10)}
    assert [record.offset for record in await bus.read({road.part(0): 7}, 99)] == [7, 8, 9]


async def test_a_reader_that_retention_has_overtaken_stands_still_and_passes_nothing_over(
    road: Road, engine: AsyncEngine
) -> None:
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), n) for n in range(10)])
    reader = await road.member()
    await placed(reader, 1, position=2)
    async with engine.begin() as tx:
        await tx.execute(text("update bus.log set kept_since = kept_since - interval '8 days' where \"offset\" < 5"))
        assert await embedded_log.trim(tx, 100) == 5

    async def shown() -> Any:
        assert await reader.take(0, 0.1) is None
        return (await reader.unplaced())[1]

    assert await until(shown, "the partition stands still") == {road.part(): Ends(5, 10)}


async def test_a_clock_that_is_set_ahead_takes_nothing_away_that_nobody_has_read(
    road: Road, engine: AsyncEngine
) -> None:
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), 1)])
    async with engine.begin() as tx:
        await tx.execute(text("insert into clock.manual values (now() + interval '8 weeks')"))
    async with engine.begin() as tx:
        assert await embedded_log.trim(tx, 100) == 0
