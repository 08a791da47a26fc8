"""One transaction per batch: the position, the states, the answers and the dead letters, all of it or nothing."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as replaced
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.bus.seam import Batch, Partition, Record
from shared.errors import Fenced, Flooded, Unavailable
from shared.events import COMPLAINTS
from shared.runtime import flows
from shared.runtime.cuts import cut
from shared.runtime.flow import Flow
from shared.runtime.passage import Passage
from tests.runtime.barrier import Barrier, until
from tests.runtime.desk import batch_of, batches_of, desk, letter, measurement, place, plain, raw, record, rows, scales

IDLE_IN_TRANSACTION = "from pg_stat_activity where state = 'idle in transaction' and datname = current_database()"
TROUBLE = {2: "bug in decide", 5: "what PostgreSQL refuses", 6: "too much to answer", 9: "bug in evolve"}


def stream(length: int = 24) -> list[Record]:
    """Letters of three customers with every kind of trouble among them, and three that come again."""
    fine = [record(letter(("ana", "bo", "cem")[n % 3], f"C-{n}", TROUBLE.get(n, "late")), n) for n in range(length)]
    again = [replaced(fine[n], offset=length + place) for place, n in enumerate((0, 2, 7))]
    return [*fine, *again, raw(b"{", length + 3)]


async def take_all(engine: AsyncEngine, flow: Flow[Any, Any], batches: list[Batch]) -> None:
    await place(engine, flow, {part.partition for batch in batches for part in batch.slices})
    passage = Passage(flow, engine)
    for batch in batches:
        await passage.take(batch)


async def held(engine: AsyncEngine) -> list[Any]:
    """Everything that a stream led to, without what the clock and the counters give."""
    return [
        await rows(engine, "select flow, topic, partition, next from offer.positions order by 1, 2, 3"),
        await rows(engine, "select flow, id from offer.inbox order by id"),
        await rows(
            engine, "select key, version, cast(state as text) from offer.documents where state is not null order by key"
        ),
        await rows(
            engine, "select event, partition, key, value, type from offer.outbox where topic like '%cases%' order by id"
        ),
        await rows(engine, "select customer, name, due, event from offer.timers order by 1"),
        await rows(
            engine, 'select kind, "offset", digest, split_part(reason, chr(10), 1) from offer.dead_letters order by 2'
        ),
    ]


@pytest.fixture
async def whole(engine: AsyncEngine) -> list[Any]:
    """What the stream comes to in one batch; the tables are empty again."""
    await take_all(engine, desk(), [batch_of(stream())])
    found = await held(engine)
    tables = ("positions", "inbox", "documents", "outbox", "timers", "dead_letters", "flows")
    async with engine.begin() as tx:
        await tx.execute(text("truncate " + ", ".join(f"offer.{table}" for table in tables)))
    return found


@pytest.mark.parametrize("size", [1, 2, 7])
async def test_the_cut_into_batches_cannot_be_seen_in_the_database(
    engine: AsyncEngine, whole: list[Any], size: int
) -> None:
    await take_all(engine, desk(), batches_of(stream(), size))
    assert await held(engine) == whole


async def test_what_cannot_be_read_decided_or_stored_becomes_a_dead_letter_and_the_rest_goes_on(
    engine: AsyncEngine,
) -> None:
    await take_all(engine, desk(), [batch_of(stream())])
    letters = await rows(engine, 'select "offset", kind from offer.dead_letters order by number')
    assert dict(letters) == {2: "bug", 5: "refused", 6: "bug", 9: "bug", 25: "bug", 27: "malformed"}
    (memory,) = await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents where key = 'cem'")
    assert memory[0] == [f"C-{n}" for n in range(24) if n % 3 == 2 and n not in TROUBLE]


async def test_the_announcement_of_a_dead_letter_carries_where_and_why_but_no_bytes(engine: AsyncEngine) -> None:
    await take_all(engine, desk(), [batch_of([record(letter("ana", "C-0", "bug in decide"), 0)])])
    ((key, value),) = await rows(engine, "select key, value from offer.outbox")
    assert key == b"amends.complaints.v1/0/0"
    assert b"ZeroDivisionError" in value
    assert b"ana" not in value


async def test_a_record_over_the_limit_leaves_its_size_and_digest_behind(engine: AsyncEngine) -> None:
    await take_all(engine, desk(), [batch_of([raw(b"x" * 1_048_577, 0)])])
    ((kind, size, value, reason),) = await rows(engine, "select kind, size, value, reason from offer.dead_letters")
    assert (kind, size, value) == ("too_large", 1_048_577, None)
    assert "1,048,576" in reason


async def test_a_known_id_with_other_content_is_a_conflict_and_the_first_stands(engine: AsyncEngine) -> None:
    records = [plain(measurement("o-1", "m-1", weight=weight), n) for n, weight in enumerate((5, 5, 6))]
    await take_all(engine, scales(), batches_of(records, 1))
    assert await rows(engine, 'select kind, "offset" from offer.dead_letters') == [("conflict", 2)]
    assert await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents") == [(["5"],)]


async def test_of_two_contents_in_one_batch_the_second_is_the_conflict(engine: AsyncEngine) -> None:
    records = [plain(measurement("o-1", "m-1", weight=weight), n) for n, weight in enumerate((5, 5, 6))]
    await take_all(engine, scales(), [batch_of(records)])
    assert await rows(engine, 'select kind, "offset" from offer.dead_letters') == [("conflict", 2)]


async def test_after_a_bug_the_content_that_could_be_answered_is_the_one_that_counts(engine: AsyncEngine) -> None:
    told = [measurement("o-1", "m-1", weight=5, falls=True), measurement("o-1", "m-1", weight=6)]
    again = measurement("o-1", "m-1", weight=6)
    await take_all(
        engine, scales(), [batch_of([plain(each, n) for n, each in enumerate(told)]), batch_of([plain(again, 2)])]
    )
    assert await rows(engine, 'select kind, "offset" from offer.dead_letters') == [("bug", 0)]


async def test_a_batch_that_begins_elsewhere_is_fenced_and_leaves_nothing(engine: AsyncEngine) -> None:
    flow, records = desk(), [record(letter("ana", f"C-{n}"), n) for n in range(4)]
    await take_all(engine, flow, [batch_of(records[:2])])
    with pytest.raises(Fenced):
        await Passage(flow, engine).take(batch_of(records[1:]))
    assert await rows(engine, "select count(*) from offer.inbox") == [(2,)]


async def test_a_hole_in_the_log_is_passed_with_the_records_around_it(engine: AsyncEngine) -> None:
    flow = desk()
    batch = batch_of([record(letter("ana", "C-0"), 2), record(letter("ana", "C-1", "bug in decide"), 5)])
    batch = replace(batch, slices=(replace(batch.slices[0], begin=0, end=9),))
    await take_all(engine, flow, [batch])
    assert await rows(engine, "select next from offer.positions") == [(9,)]


def test_a_cut_passes_over_no_offset() -> None:
    batch = batch_of([record(letter("ana", f"C-{n}"), offset) for n, offset in enumerate((3, 5, 9))])
    batch = replace(batch, slices=(replace(batch.slices[0], begin=1, end=12),))
    first, rest = cut(batch, 2)
    assert [(part.begin, part.end, len(part.records)) for part in (*first.slices, *rest.slices)] == [
        (1, 6, 2),
        (6, 12, 1),
    ]


async def test_of_two_members_on_one_partition_one_commits_and_the_other_is_fenced(engine: AsyncEngine) -> None:
    flow, batch = desk(), batch_of([record(letter("ana", f"C-{n}"), n) for n in range(3)])
    await place(engine, flow, [Partition(COMPLAINTS, 0)])
    barrier = Barrier("written")
    first = asyncio.create_task(Passage(flow, engine, barrier).take(batch))
    await barrier.reached()
    second = asyncio.create_task(Passage(flow, engine).take(batch))
    barrier.open()
    await first
    with pytest.raises(Fenced):
        await second
    assert await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents") == [
        (["C-0", "C-1", "C-2"],)
    ]


async def test_two_first_letters_of_a_customer_from_two_partitions_both_count(engine: AsyncEngine) -> None:
    flow = desk()
    await place(engine, flow, [Partition(COMPLAINTS, 0), Partition(COMPLAINTS, 1)])
    barrier = Barrier("locked")
    first = asyncio.create_task(
        Passage(flow, engine, barrier).take(batch_of([record(letter("ana", "C-0"), 0, number=0)]))
    )
    await barrier.reached()
    second = asyncio.create_task(Passage(flow, engine).take(batch_of([record(letter("ana", "C-1"), 0, number=1)])))
    await waits_for_a_lock(engine)
    barrier.open()
    await asyncio.gather(first, second)
    assert await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents") == [(["C-0", "C-1"],)]


async def test_two_letters_of_a_known_customer_from_two_partitions_both_count(engine: AsyncEngine) -> None:
    flow = desk()
    await take_all(engine, flow, [batch_of([record(letter("ana", "C-0"), 0, number=2)])])
    await place(engine, flow, [Partition(COMPLAINTS, 0), Partition(COMPLAINTS, 1)])
    barrier = Barrier("locked")
    first = asyncio.create_task(
        Passage(flow, engine, barrier).take(batch_of([record(letter("ana", "C-1"), 0, number=0)]))
    )
    await barrier.reached()
    second = asyncio.create_task(Passage(flow, engine).take(batch_of([record(letter("ana", "C-2"), 0, number=1)])))
    await waits_for_a_lock(engine)
    barrier.open()
    await asyncio.gather(first, second)
    assert await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents") == [
        (["C-0", "C-1", "C-2"],)
    ]


async def test_one_event_on_two_partitions_at_once_is_answered_once(engine: AsyncEngine) -> None:
    flow = desk()
    await place(engine, flow, [Partition(COMPLAINTS, 0), Partition(COMPLAINTS, 1)])
    barrier = Barrier("claimed")
    copies = [batch_of([record(letter("ana", "C-0"), 0, number=number, name="the same")]) for number in range(2)]
    first = asyncio.create_task(Passage(flow, engine, barrier).take(copies[0]))
    await barrier.reached()
    second = asyncio.create_task(Passage(flow, engine).take(copies[1]))
    await waits_for_a_lock(engine)
    barrier.open()
    await asyncio.gather(first, second)
    assert await rows(engine, "select count(*) from offer.outbox") == [(1,)]


async def test_a_member_frozen_inside_a_transaction_holds_the_next_one_up_for_seconds_only(engine: AsyncEngine) -> None:
    flow = desk()
    batch = batch_of([record(letter("ana", "C-0"), 0)])
    await place(engine, flow, [Partition(COMPLAINTS, 0)])
    barrier = Barrier("written")
    frozen = asyncio.create_task(Passage(flow, engine, barrier).take(batch))
    await barrier.reached()
    async with asyncio.timeout(6):
        await until_taken(Passage(flow, engine), batch)
    barrier.open()
    with pytest.raises(Unavailable):
        await frozen
    assert await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents") == [(["C-0"],)]


async def test_a_session_that_the_server_ends_is_a_bad_day_and_no_dead_letter(engine: AsyncEngine) -> None:
    flow, batch = desk(), batch_of([record(letter("ana", "C-0"), 0)])
    await place(engine, flow, [Partition(COMPLAINTS, 0)])
    barrier = Barrier("locked")
    held_up = asyncio.create_task(Passage(flow, engine, barrier).take(batch))
    await barrier.reached()
    await rows(engine, f"select pg_terminate_backend(pid) {IDLE_IN_TRANSACTION}")
    barrier.open()
    with pytest.raises(Unavailable):
        await held_up
    await Passage(flow, engine).take(batch)
    assert await rows(engine, "select count(*) from offer.dead_letters") == [(0,)]
    assert await rows(engine, "select count(*) from offer.outbox") == [(1,)]


async def test_a_missing_table_is_waited_for_since_no_record_is_to_blame(engine: AsyncEngine) -> None:
    async def look_into_nothing(connection: AsyncConnection, heard: Any, _: Any) -> list[None]:
        await connection.execute(text("select * from offer.not_migrated_yet"))
        return [None] * len(heard)

    with pytest.raises(Unavailable, match="not_migrated_yet"):
        await take_all(engine, desk(look_up=look_into_nothing), [batch_of([record(letter("ana", "C-0"), 0)])])


async def test_a_bug_around_the_decider_is_halved_down_to_the_one_record(engine: AsyncEngine) -> None:
    async def keep(_: AsyncConnection, outcome: Any) -> None:
        if any(answer.to.event.complaint == "C-3" for answer in outcome.answers):
            raise LookupError("nobody foresaw this")

    await take_all(engine, desk(keep=keep), [batch_of([record(letter("ana", f"C-{n}"), n) for n in range(8)])])
    assert await rows(engine, 'select kind, "offset" from offer.dead_letters') == [("bug", 3)]
    assert await rows(engine, "select jsonb_array_length(cast(state as jsonb) -> 'letters') from offer.documents") == [
        (7,)
    ]


async def test_an_event_that_names_no_customer_is_given_the_one_that_is_known_for_it(engine: AsyncEngine) -> None:
    async def find_keys(_: AsyncConnection, heard: Any) -> list[str | None]:
        return ["ana" if event.event.complaint == "C-0" else None for event in heard]

    flow = desk(key=lambda event: "" if event.complaint != "C-2" else event.customer, find_keys=find_keys)
    await take_all(engine, flow, [batch_of([record(letter("bo", f"C-{n}"), n) for n in range(3)])])
    assert await rows(engine, "select key from offer.documents order by key") == [("ana",), ("bo",)]
    assert await rows(engine, 'select kind, "offset" from offer.dead_letters') == [("malformed", 1)]
    assert await rows(engine, "select count(*) from offer.inbox") == [(2,)]


async def test_a_document_of_a_newer_release_is_not_written_again(engine: AsyncEngine) -> None:
    await take_all(engine, desk(version=2), [batch_of([record(letter("ana", "C-0"), 0)])])
    with pytest.raises(Unavailable, match="newer release"):
        await Passage(desk(), engine).take(batch_of([record(letter("ana", "C-1"), 1)]))


async def test_a_document_that_has_gone_is_made_again(engine: AsyncEngine) -> None:
    flow = desk()
    await place(engine, flow, [Partition(COMPLAINTS, 0)])
    passage = Passage(flow, engine)
    await passage.take(batch_of([record(letter("ana", "C-0"), 0)]))
    async with engine.begin() as tx:
        await tx.execute(text("delete from offer.documents"))
    await passage.take(batch_of([record(letter("ana", "C-1"), 1)]))
    assert await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents") == [(["C-1"],)]


# ── floods ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def flooded(length: int, every: int = 1, first: int = 0) -> list[Record]:
    words = dict.fromkeys(range(first, first + length, every), "bug in decide")
    return [record(letter("ana", f"C-{n}", words.get(n, "late")), n) for n in range(first, first + length)]


@pytest.mark.parametrize("size", [1, 7, 500])
async def test_a_flood_stops_the_flow_right_behind_the_letter_that_made_it_one(engine: AsyncEngine, size: int) -> None:
    with pytest.raises(Flooded):
        await take_all(engine, desk(), batches_of(flooded(500, every=2), size))
    assert await rows(engine, 'select count(*), max("offset") from offer.dead_letters') == [(100, 198)]
    assert await rows(engine, "select next from offer.positions") == [(199,)]
    ((state, reason),) = await rows(engine, "select state, reason from offer.flows")
    assert state == "flooded"
    assert "100 dead letters" in reason


async def test_letters_far_apart_are_no_flood(engine: AsyncEngine) -> None:
    await take_all(engine, desk(), batches_of(flooded(1_400, every=11), 500))
    assert await rows(engine, "select state from offer.flows") == [("running",)]


async def test_bytes_that_nobody_can_read_are_no_flood(engine: AsyncEngine) -> None:
    await take_all(engine, desk(), [batch_of([raw(b"{", n) for n in range(300)])])
    assert await rows(engine, "select state from offer.flows") == [("running",)]


async def test_resuming_forgives_what_was_counted_and_the_flow_goes_on(engine: AsyncEngine) -> None:
    flow, records = desk(), flooded(150)
    with pytest.raises(Flooded):
        await take_all(engine, flow, [batch_of(records)])
    resumed = await flows.resume(engine, "offer", "desk", "mia")
    assert resumed is not None
    assert (resumed.state, resumed.by) == ("running", "mia")
    await Passage(flow, engine).take(batch_of(records[100:]))
    assert await rows(engine, "select count(*) from offer.dead_letters") == [(150,)]


async def waits_for_a_lock(engine: AsyncEngine) -> None:
    waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    await until(lambda: rows(engine, waiting))


async def until_taken(passage: Passage[Any, Any], batch: Batch) -> None:
    while True:
        try:
            await passage.take(batch)
            return
        except Unavailable:
            await asyncio.sleep(0.05)
