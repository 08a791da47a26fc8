"""What every bus promises the road, held against both of them."""

import asyncio
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.bus.partitioner import partition_of
from shared.bus.seam import BATCH_BYTES, BATCH_RECORDS, RECORD_LIMIT, Ends, Outgoing, Partition, TopicSpec
from shared.errors import Misconfigured, TooLarge
from tests.contract.buses import SHORT, WEEK, Road, assigned, batch_of, number, outgoing, placed, records_of, until

ON_KAFKA = pytest.param("kafka", marks=pytest.mark.kafka)


@pytest.fixture(params=["embedded", ON_KAFKA])
async def road(request: pytest.FixtureRequest) -> AsyncIterator[Road]:
    fixture = "kafka" if request.param == "kafka" else "database_url"
    road = Road(request.param, request.getfixturevalue(fixture))
    yield road
    await road.close()


# ── publishing ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_concerns_one_customer_is_read_in_the_order_in_which_it_was_written(road: Road) -> None:
    bus = await road.topic_of()
    keys = [b"cust-%d" % n for n in range(10)]
    for start in range(0, 3000, 1000):
        await bus.publish(
            [Outgoing(road.topic, None, keys[n % 10], b"%d" % n, (), None) for n in range(start, start + 1000)]
        )
    reader = await road.member()
    await placed(reader)
    seen = defaultdict(list)
    for record in await records_of(reader, 3000):
        assert record.partition.number == partition_of(record.key or b"", 4)
        seen[record.key].append(number(record))
    assert seen == {key: list(range(n, 3000, 10)) for n, key in enumerate(keys)}


async def test_what_publish_has_acknowledged_is_on_the_log(road: Road) -> None:
    bus = await road.topic_of(1)
    at = datetime(2026, 3, 2, 10, 0, 0, 123_000, UTC)
    await bus.publish([Outgoing(road.topic, 0, b"key", b"value", (("ce_id", b"\xff1"),), at)])
    assert await bus.ends([road.part()]) == {road.part(): Ends(0, 1)}
    (record,) = await road.bus().read({road.part(): 0}, 10)
    assert (record.partition, record.offset, record.key, record.value) == (road.part(), 0, b"key", b"value")
    assert (record.headers, record.at) == ((("ce_id", b"\xff1"),), at)


async def test_what_is_read_without_a_group_is_all_there_is_from_a_position_on(road: Road) -> None:
    bus = await road.topic_of(2)
    await bus.publish([outgoing(road.part(n % 2), n) for n in range(20)])
    found = await bus.read({road.part(0): 4, road.part(1): 9}, 100)
    assert sorted(number(record) for record in found) == [8, 10, 12, 14, 16, 18, 19]
    assert [record.offset for record in await bus.read({road.part(0): 4}, 3)] == [4, 5, 6]
    assert await bus.read({road.part(0): 10, road.part(1): 10}, 100) == []


async def test_a_record_of_exactly_the_limit_passes_and_one_byte_more_is_refused_by_name(road: Road) -> None:
    bus = await road.topic_of(1)
    largest = Outgoing(road.topic, 0, b"k" * 200, b"x" * RECORD_LIMIT, (("ce_source", b"s" * 200),), None)
    await bus.publish([outgoing(road.part(), 1), largest, outgoing(road.part(), 2)])
    with pytest.raises(TooLarge, match="1,048,576 bytes"):
        await bus.publish([outgoing(road.part(), 3), outgoing(road.part(), 4, size=RECORD_LIMIT + 1)])
    reader = await road.member()
    await placed(reader, 1)
    assert [len(record.value or b"") for record in await records_of(reader, 3)] == [1, RECORD_LIMIT, 1]
    assert await bus.ends([road.part()]) == {road.part(): Ends(0, 3)}


async def test_our_topics_keep_the_time_that_a_record_brings_and_inbound_ones_give_it_theirs(road: Road) -> None:
    bus = await road.topic_of(1)
    inbound = f"crm.{road.topic}"
    await bus.ensure({inbound: TopicSpec(1, WEEK)})
    long_ago = datetime(2026, 1, 2, tzinfo=UTC)
    for topic in (road.topic, inbound):
        await bus.publish([Outgoing(topic, 0, b"k", b"v", (), long_ago), Outgoing(topic, 0, b"k", b"v", (), None)])
    ours, theirs = [await bus.read({Partition(topic, 0): 0}, 9) for topic in (road.topic, inbound)]
    assert ours[0].at == long_ago
    assert min(record.at for record in (ours[1], *theirs)) > long_ago + timedelta(days=1)


async def test_topics_are_made_once_and_another_count_is_refused(road: Road) -> None:
    bus = road.bus()
    with pytest.raises(Misconfigured, match="amends topics ensure"):
        await bus.publish([outgoing(road.part(), 1)])
    assert await bus.ensure({road.topic: TopicSpec(3, WEEK)}) == [road.topic]
    assert await bus.ensure({road.topic: TopicSpec(3, WEEK)}) == []
    assert await bus.partitions(road.topic) == 3
    with pytest.raises(Misconfigured, match=r"has 3 partitions and deploy/topics.yaml says 4"):
        await bus.ensure({road.topic: TopicSpec(4, WEEK)})
    with pytest.raises(Misconfigured, match="none with number 3"):
        await bus.publish([outgoing(road.part(3), 1)])


# ── batches ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_batch_is_what_has_arrived_up_to_its_number_of_records(road: Road) -> None:
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), n) for n in range(BATCH_RECORDS + 100)])
    reader = await road.member()
    await placed(reader, 1)
    sizes, end = [], 0
    while end < BATCH_RECORDS + 100:
        batch = await batch_of(reader)
        (part,) = batch.slices
        assert (part.begin, part.end) == (end, end + batch.records)
        sizes.append(batch.records)
        end = part.end
    assert max(sizes) <= BATCH_RECORDS
    assert len(sizes) <= 4


async def test_a_batch_holds_no_more_bytes_than_fit(road: Road) -> None:
    bus = await road.topic_of(4)
    wide = [outgoing(road.part(n % 4), n, size=1_000_000) for n in range(24)]
    for record in wide:
        await bus.publish([record])
    reader = await road.member()
    await placed(reader)
    seen: dict[Partition, list[int]] = defaultdict(list)
    while sum(map(len, seen.values())) < 24:
        for lane in (0, 1):
            if not (batch := await reader.take(lane, 0.1)):
                continue
            assert sum(len(record.value or b"") for part in batch.slices for record in part.records) <= BATCH_BYTES
            for part in batch.slices:
                assert part.begin == len(seen[part.partition])
                seen[part.partition] += [number(record) for record in part.records]
    assert seen == {road.part(n): list(range(n, 24, 4)) for n in range(4)}


async def test_when_all_is_quiet_one_record_is_a_batch_at_once(road: Road) -> None:
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), 0)])
    reader = await road.member()
    await placed(reader, 1)
    await batch_of(reader)
    waiting = asyncio.create_task(reader.take(0, 10.0))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await bus.publish([outgoing(road.part(), 1)])
    batch = await waiting
    assert batch is not None
    assert batch.records == 1
    assert time.monotonic() - started < 0.5


async def test_when_nothing_comes_take_gives_up_after_its_wait(road: Road) -> None:
    await road.topic_of(1)
    reader = await road.member()
    await placed(reader, 1)
    started = time.monotonic()
    assert await reader.take(0, 0.3) is None
    assert await reader.take(1, 0.0) is None
    assert 0.29 < time.monotonic() - started < 0.8


async def test_a_lane_reads_its_own_partitions_and_no_others(road: Road) -> None:
    bus = await road.topic_of()
    await bus.publish([outgoing(road.part(n), n) for n in range(4)])
    reader = await road.member()
    await placed(reader)
    lanes = [set[int](), set[int]()]
    while sum(map(len, lanes)) < 4:
        for lane, seen in enumerate(lanes):
            if batch := await reader.take(lane, 0.1):
                seen.update(part.partition.number for part in batch.slices)
    assert lanes == [{0, 2}, {1, 3}]


# ── positions ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_reading_goes_on_from_the_position_that_it_is_told(road: Road) -> None:
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), n) for n in range(10)])
    reader = await road.member()
    generation, standing = await assigned(reader, 1)
    assert standing == {road.part(): Ends(0, 10)}
    assert await reader.take(0, 0.2) is None
    reader.place(generation, {road.part(): 6})
    (part,) = (await batch_of(reader)).slices
    assert (part.begin, part.end, [number(record) for record in part.records]) == (6, 10, [6, 7, 8, 9])


async def test_a_batch_begins_where_the_reader_stood_and_not_at_its_first_record(road: Road) -> None:
    bus = await road.topic_of(1)
    await road.make_hole()
    reader = await road.member()
    await placed(reader, 1)
    found = await records_of(reader, 2)
    assert [record.offset for record in found] == [0, 2]
    await bus.publish([outgoing(road.part(), 9)])
    (part,) = (await batch_of(reader)).slices
    assert (part.begin, part.records[0].offset, part.end) == (3, 4, 5)


async def test_a_hole_at_the_end_of_a_log_is_no_lag(road: Road) -> None:
    await road.topic_of(1)
    await road.make_hole()
    reader = await road.member()
    await placed(reader, 1)
    await records_of(reader, 2)
    assert await bus_end(road) == 4
    assert await reader.take(0, 0.3) is None

    async def caught_up() -> bool:
        return await reader.lag() == 0

    await until(caught_up, "no lag")


async def bus_end(road: Road) -> int:
    return (await road.bus().ends([road.part()]))[road.part()].end


async def test_lag_is_what_has_not_been_committed(road: Road) -> None:
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), n) for n in range(10)])
    reader = await road.member()
    await placed(reader, 1, position=2)
    batch = await batch_of(reader)
    assert (batch.records, await reader.lag()) == (8, 8)
    reader.committed(batch)
    assert await reader.lag() == 0


async def test_a_batch_that_went_back_stands_still_until_it_is_placed_and_comes_again(road: Road) -> None:
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), n) for n in range(10)])
    reader = await road.member()
    await placed(reader, 1)
    first = await batch_of(reader)
    reader.back(first)
    await bus.publish([outgoing(road.part(), 10)])
    assert await reader.take(0, 0.3) is None
    generation, standing = await reader.unplaced()
    assert set(standing) == {road.part()}
    reader.place(generation, {road.part(): 0})
    assert [number(record) for record in await records_of(reader, 11)] == list(range(11))


async def test_the_next_batch_begins_where_the_last_one_ended_even_if_nobody_said_that_it_committed(road: Road) -> None:
    bus = await road.topic_of(1)
    reader = await road.member()
    await bus.publish([outgoing(road.part(), 0)])
    await placed(reader, 1)
    first = await batch_of(reader)
    await bus.publish([outgoing(road.part(), 1)])
    second = await batch_of(reader)
    assert (first.slices[0].end, second.slices[0].begin) == (1, 1)


@pytest.mark.parametrize("position", [7, 10_000])
async def test_a_position_outside_the_log_is_shown_with_the_logs_ends(road: Road, position: int) -> None:
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), n) for n in range(5)])
    reader = await road.member()
    await placed(reader, 1, position=position)
    batch = await reader.take(0, 0.1)

    async def shown() -> Any:
        assert await reader.take(0, 0.1) is None
        return (await reader.unplaced())[1]

    assert batch is None
    assert await until(shown, "the partition stands still") == {road.part(): Ends(0, 5)}


async def test_no_record_comes_out_of_turn_while_the_look_up_of_a_position_is_slow(road: Road) -> None:
    """Kafka knows where this group has been, and would begin there by itself; so would a client that remembers."""
    bus = await road.topic_of(1)
    await bus.publish([outgoing(road.part(), n) for n in range(10)])
    before = await road.member()
    await placed(before, 1)
    before.committed(await batch_of(before))
    await asyncio.sleep(1.2 if road.kind == "kafka" else 0)  # lag tools are told once a second
    await before.stop()
    await bus.publish([outgoing(road.part(), n) for n in range(10, 15)])
    reader = await road.member()
    generation, _ = await assigned(reader, 1)
    assert await reader.take(0, 0.7) is None
    reader.place(generation, {road.part(): 3})
    assert [number(record) for record in await records_of(reader, 12)] == list(range(3, 15))


# ── members ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_members_share_the_partitions_in_runs_and_those_of_one_number_meet(road: Road) -> None:
    bus = await road.topic_of()
    other = road.topic.replace("test", "other")
    await bus.ensure({other: TopicSpec(4, WEEK)})
    members = [road.bus().subscribe(road.group, [road.topic, other]) for _ in range(2)]
    for member in members:
        await member.start()
    try:
        shares = [sorted((await assigned(member, 4))[1]) for member in members]
        numbers = sorted([part.number for part in share] for share in shares)
        assert numbers == [[0, 1, 0, 1], [2, 3, 2, 3]]
    finally:
        for member in members:
            await member.stop()


async def test_a_rebalance_forgets_what_was_placed(road: Road) -> None:
    bus = await road.topic_of()
    first = await road.member()
    await placed(first)
    old, _ = await first.unplaced()
    second = await road.member()
    generation, standing = await assigned(first, 2)
    await bus.publish([outgoing(road.part(n), n) for n in range(4)])
    assert generation > old
    assert await first.take(0, 0.2) is None
    first.place(old, dict.fromkeys(standing, 0))
    assert set((await first.unplaced())[1]) == set(standing)
    first.place(generation, dict.fromkeys(standing, 0))
    await placed(second, 2)
    assert len(await records_of(first, 2)) == len(await records_of(second, 2)) == 2


async def test_what_is_said_about_an_older_generation_changes_nothing(road: Road) -> None:
    bus = await road.topic_of()
    await bus.publish([outgoing(road.part(n), n) for n in range(4)])
    first = await road.member()
    await placed(first)
    batch = await batch_of(first)
    await road.member()
    await placed(first, 2)
    first.back(batch)
    first.committed(batch)
    assert not (await first.unplaced())[1]
    assert len(await records_of(first, 2)) == 2


async def test_what_a_member_had_goes_to_the_others_when_it_leaves(road: Road) -> None:
    road.session = SHORT
    await road.topic_of()
    first, second = await road.member(), await road.member()
    await assigned(first, 2)
    await assigned(second, 2)
    await first.stop()
    started = time.monotonic()
    await assigned(second, 4)
    assert time.monotonic() - started < 0.8 * road.session


async def test_what_a_member_had_goes_to_the_others_when_it_is_killed(road: Road) -> None:
    road.session = SHORT
    bus = await road.topic_of()
    await bus.publish([outgoing(road.part(n), n) for n in range(4)])
    async with process(road) as member:
        await heard(member, lambda said: said.get("records"))
        reader = await road.member()
        await assigned(reader, 2)
        member.kill()
        started = time.monotonic()
        await placed(reader, 4)
        assert time.monotonic() - started < road.session + 2.0
        assert len(await records_of(reader, 4)) == 4


async def test_a_member_that_was_frozen_starts_over_when_it_wakes_up(road: Road) -> None:
    """Even if it gets the same share again: others have had it meanwhile."""
    road.session = SHORT
    bus = await road.topic_of()
    await bus.publish([outgoing(road.part(n), n) for n in range(4)])
    async with process(road) as member:
        first = await heard(member, lambda said: said.get("share") == [0, 1, 2, 3])
        await heard(member, lambda said: said.get("records"))
        os.kill(member.pid, signal.SIGSTOP)
        reader = await road.member()
        await assigned(reader, 4)
        await reader.stop()
        os.kill(member.pid, signal.SIGCONT)
        again = await heard(member, lambda said: said.get("share") == [0, 1, 2, 3])
        assert again["generation"] > first["generation"]


@asynccontextmanager
async def process(road: Road) -> AsyncIterator[asyncio.subprocess.Process]:
    """A reader of the road's topic in a process of its own."""
    command = ("-m", "tests.contract.member", road.kind, road.address, road.group, road.topic, str(road.session))
    member = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    try:
        yield member
    finally:
        if member.returncode is None:
            member.kill()
        await member.communicate()


async def heard(member: asyncio.subprocess.Process, wanted: Any) -> dict[str, Any]:
    """What the process says, once it says what is wanted."""
    assert member.stdout
    async with asyncio.timeout(20):
        while line := await member.stdout.readline():
            said: dict[str, Any] = json.loads(line)
            if wanted(said):
                return said
    raise AssertionError("the member has ended")


async def test_stopping_ends_a_take_that_waits(road: Road) -> None:
    await road.topic_of(1)
    reader = await road.member()
    await placed(reader, 1)
    waiting = asyncio.create_task(reader.take(0, 30.0))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await reader.stop()
    assert await waiting is None
    assert time.monotonic() - started < 3.0
