"""A complaint and its evidence come on different partitions, at once: whichever is first, they meet."""

import asyncio
from datetime import timedelta
from itertools import permutations, product
from typing import Any
from uuid import uuid5

from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.records import awaited, evidence, incidents, interests, similar
from shared.events import WIRE, TimerFired, case_id
from shared.runtime.outbox import row_of
from shared.runtime.tables import Statement
from tests.runtime.barrier import Barrier, until
from tests.runtime.desk import NAMES
from tests.telling import NOON, Listener, events_of, generic_plan, passed_on, rows
from tests.verifier.conftest import JUDGING, KEEPING
from tests.verifier.words import SOURCE, letter, measurement, names, taken_back


async def test_telemetry_first_is_judged_at_once(keeper: Listener, judge: Listener) -> None:
    assert names(await keeper.hear(measurement())) == []
    (verdict,) = events_of((await judge.hear(letter())).rows)
    assert (verdict.outcome, str(verdict.remedy.amount), verdict.clauses[0].evidence) == ("owed", "17.50", ("m-1",))


async def test_the_letter_first_is_judged_when_its_telemetry_comes(keeper: Listener, judge: Listener) -> None:
    assert names(await judge.hear(letter())) == ["EvidenceAwaited"]
    woken = await keeper.hear(measurement())
    (row,) = woken.rows
    assert (row.topic, row.key) == ("amends.evidence.v1", b"cust-77")
    assert names(await judge.hear(*passed_on(woken.rows, "verifier"))) == ["VerdictReached"]


async def test_without_telemetry_the_end_of_the_wait_brings_the_verdict(judge: Listener) -> None:
    await judge.hear(letter())
    ((case, due),) = await rows(judge.engine, "select \"case\", due from verifier.timers where flow = 'verifier'")
    assert (case, due) == (case_id(SOURCE, "C-1001"), NOON + timedelta(days=3))
    fired = TimerFired(customer="cust-77", flow="verifier", case=case, name="evidence", due=due, at=due)
    (record,) = passed_on([row_of(fired, uuid5(NAMES, "timer"))], "verifier", due)
    (verdict,) = events_of((await judge.hear(record)).rows)
    assert (verdict.outcome, verdict.missing) == ("cannot_tell", ("promised_on",))


async def test_a_letter_being_judged_makes_its_telemetry_wait_and_is_woken_by_it(engine: AsyncEngine) -> None:
    barrier = Barrier("written")
    judging = asyncio.create_task(Listener(engine, JUDGING, barrier).hear(letter()))
    await barrier.reached()  # it has looked, found nothing, and not yet committed
    storing = asyncio.create_task(Listener(engine, KEEPING).hear(measurement()))
    await waits_for_a_lock(engine)
    barrier.open()
    assert names(await judging) == ["EvidenceAwaited"]
    assert names(await storing) == ["EvidenceArrived"]


async def test_telemetry_being_stored_makes_its_letter_wait_and_is_seen_by_it(engine: AsyncEngine) -> None:
    barrier = Barrier("written")
    storing = asyncio.create_task(Listener(engine, KEEPING, barrier).hear(measurement()))
    await barrier.reached()
    judging = asyncio.create_task(Listener(engine, JUDGING).hear(letter()))
    await waits_for_a_lock(engine)
    barrier.open()
    assert names(await storing) == []
    assert names(await judging) == ["VerdictReached"]


async def test_a_letter_being_judged_makes_a_withdrawal_wait_and_is_woken_by_it(engine: AsyncEngine) -> None:
    await Listener(engine, KEEPING).hear(measurement())
    barrier = Barrier("written")
    judging = asyncio.create_task(Listener(engine, JUDGING, barrier).hear(letter()))
    await barrier.reached()  # it has judged by what is being taken back, and not yet committed
    taking_back = asyncio.create_task(Listener(engine, KEEPING).hear(taken_back()))
    await waits_for_a_lock(engine)
    barrier.open()
    assert names(await judging) == ["VerdictReached"]
    assert names(await taking_back) == ["EvidenceArrived"]


async def test_a_withdrawal_being_stored_makes_its_letter_wait_and_is_seen_by_it(engine: AsyncEngine) -> None:
    await Listener(engine, KEEPING).hear(measurement())
    barrier = Barrier("written")
    taking_back = asyncio.create_task(Listener(engine, KEEPING, barrier).hear(taken_back()))
    await barrier.reached()
    judging = asyncio.create_task(Listener(engine, JUDGING).hear(letter()))
    await waits_for_a_lock(engine)
    barrier.open()
    assert names(await taking_back) == []
    assert names(await judging) == ["EvidenceAwaited"]


async def test_two_who_judge_by_the_same_subject_do_not_wait_for_each_other(engine: AsyncEngine) -> None:
    await Listener(engine, KEEPING).hear(measurement())
    barrier = Barrier("written")
    first = asyncio.create_task(Listener(engine, JUDGING, barrier).hear(letter("cust-77", "C-1")))
    await barrier.reached()
    async with asyncio.timeout(10):
        assert names(await Listener(engine, JUDGING).hear(letter("cust-78", "C-2"))) == ["VerdictReached"]
    barrier.open()
    await first


async def waits_for_a_lock(engine: AsyncEngine) -> None:
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    await until(lambda: rows(engine, waiting))


async def test_all_who_rest_on_a_subject_are_woken_and_nobody_else(keeper: Listener, judge: Listener) -> None:
    await judge.hear(letter("cust-1", "C-1"), letter("cust-2", "C-2"), letter("cust-3", "C-3", order="another"))
    woken = events_of((await keeper.hear(measurement())).rows)
    assert [(event.customer, event.complaint, event.record) for event in woken] == [
        ("cust-1", "C-1", "m-1"),
        ("cust-2", "C-2", "m-1"),
    ]


async def test_what_says_nothing_new_wakes_nobody(keeper: Listener, judge: Listener) -> None:
    await judge.hear(letter())
    await keeper.hear(measurement())
    same_later = measurement("m-2", taken="2018-02-10T10:00:00Z")
    outdated = measurement("m-3", taken="2018-02-01T10:00:00Z", status="shipped")
    assert names(await keeper.hear(same_later, outdated)) == []


async def test_the_facts_that_stand_do_not_depend_on_the_order_or_the_batches(
    keeper: Listener, engine: AsyncEngine
) -> None:
    told = [
        measurement("m-1", taken="2018-02-01T10:00:00Z", status="ordered", promised_on="2018-02-05"),
        measurement("m-2", taken="2018-02-02T10:00:00Z", status="shipped", weight=1.50),
        measurement("m-4", taken="2018-02-03T10:00:00Z", status="returned"),
        measurement("m-3", taken="2018-02-03T07:00:00-03:00", status="delivered", items=["a", 2, None]),
    ]
    for size, order in product((1, 3), permutations(told)):
        await keeper.hear_in_batches(order, size)
        kept = await rows(engine, "select fact, cast(value as text), record from verifier.facts order by 1")
        assert kept == [
            ("items", '["a", 2, null]', "m-3"),
            ("promised_on", '"2018-02-05"', "m-1"),
            ("status", '"returned"', "m-4"),
            ("weight", "1.5", "m-2"),
        ]
        async with engine.begin() as tx:
            await tx.exec_driver_sql("truncate verifier.facts, verifier.inbox")


async def test_how_the_stream_is_cut_into_batches_cannot_be_seen(
    keeper: Listener, judge: Listener, engine: AsyncEngine
) -> None:
    said = []
    for size in (1, 2, 7, 100):
        measured = [measurement(f"m-{n}", f"o-{n % 5}", f"2018-02-09T1{n % 7}:00:00Z") for n in range(12)]
        letters = [letter(f"cust-{n % 3}", f"C-{n}", f"o-{n % 6}") for n in range(9)]
        await keeper.hear_in_batches(measured, size)
        said.append([event_essence(event) for event in await judge.hear_in_batches(letters, size)])
        async with engine.begin() as tx:
            tables = ("facts", "subjects", "interests", "documents", "inbox", "timers")
            await tx.exec_driver_sql(f"truncate {', '.join(f'verifier.{table}' for table in tables)}")
    assert all(one == said[0] for one in said)
    assert len(said[0]) == 9


def event_essence(event: Any) -> tuple[Any, ...]:
    return WIRE[type(event)][0], event.complaint, getattr(event, "outcome", None), getattr(event, "facts", None)


async def test_no_plan_made_on_the_empty_tables_reads_all_of_them_later(engine: AsyncEngine) -> None:
    tables = (awaited, evidence, incidents, interests, similar)
    statements = [
        value.on("verifier") for table in tables for value in vars(table).values() if isinstance(value, Statement)
    ]
    assert len(statements) > 18
    for statement in statements:
        assert "Seq Scan" not in await generic_plan(engine, statement), statement.text
