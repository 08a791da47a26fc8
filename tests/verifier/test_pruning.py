"""What nobody rests on any more is forgotten, and what an open complaint rests on never is."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.records.pruning import Pruning, age_of, prune
from shared.runtime.inbox import KEPT_FOR
from tests.runtime.barrier import Barrier, running, until
from tests.telling import NOON, Listener, passed_on, rows
from tests.verifier.conftest import JUDGING, KEEPING, POLICY
from tests.verifier.words import incident, letter, measurement, taken_back

AGE = age_of(POLICY)
DAY = timedelta(days=1)
LINE = {"kind": "line", "id": "L-9"}


async def later(engine: AsyncEngine, by: timedelta) -> None:
    """The house's clock stands still from now on, so much later."""
    async with engine.begin() as tx:
        now: datetime = (await tx.execute(text("select clock.now()"))).scalar_one()
        await tx.execute(text("delete from clock.manual"))
        await tx.execute(text("insert into clock.manual values (:instant)"), {"instant": now + by})


async def known(engine: AsyncEngine) -> set[str]:
    return {subject for (subject,) in await rows(engine, "select subject from verifier.facts")}


async def count(engine: AsyncEngine, table: str) -> int:
    ((found,),) = await rows(engine, f"select count(*) from verifier.{table}")
    return int(found)


def test_nothing_goes_before_the_last_complaint_about_it_is_history_and_nobody_sends_it_again() -> None:
    assert max(POLICY.intake.horizon, POLICY.evidence.improve_within) + KEPT_FOR == AGE


async def test_what_came_long_ago_and_rests_on_nothing_goes(keeper: Listener, engine: AsyncEngine) -> None:
    await keeper.hear(measurement("m-1", "old"), taken_back("m-9", "w-1"))
    await later(engine, AGE - DAY)
    await keeper.hear(measurement("m-2", "young"))
    await prune(engine, AGE)
    assert await known(engine) == {"old", "young"}
    await later(engine, 2 * DAY)
    await prune(engine, AGE)
    assert await known(engine) == {"young"}
    assert await count(engine, "withdrawals") == 0


async def test_what_is_still_measured_stays_whole(keeper: Listener, engine: AsyncEngine) -> None:
    await keeper.hear(measurement("m-1", "o-1", "2018-02-01T10:00:00Z", promised_on="2018-02-05"))
    await later(engine, AGE + DAY)
    await keeper.hear(measurement("m-2", "o-1", "2018-02-02T10:00:00Z", status="delivered"))
    await prune(engine, AGE)
    assert await count(engine, "facts") == 2


async def test_what_a_complaint_rests_on_stays_as_long_as_the_complaint_may_be_judged_again(
    keeper: Listener, judge: Listener, engine: AsyncEngine
) -> None:
    await keeper.hear(measurement())
    await later(engine, AGE + DAY)
    await judge.hear(letter())
    await prune(engine, AGE)
    assert await known(engine) == {"53cdb2fc"}
    await later(engine, AGE + DAY)
    await prune(engine, AGE)
    assert (await known(engine), await count(engine, "interests")) == (set(), 0)


@pytest.mark.parametrize(
    ("of_its_time", "resolved", "stays"), [(True, True, True), (False, True, False), (False, False, True)]
)
async def test_an_incident_stays_while_a_complaint_may_speak_of_it(
    keeper: Listener, judge: Listener, engine: AsyncEngine, of_its_time: bool, resolved: bool, stays: bool
) -> None:
    """One that speaks of the incident's time, or any as long as the incident goes on."""
    ((began,),) = await rows(engine, "select clock.now()")
    await keeper.hear(incident(affects=[LINE]))
    await later(engine, 2 * DAY)
    await keeper.hear(
        incident(updated_at=(began + DAY).isoformat(), resolved_at=began.isoformat() if resolved else None)
    )
    await later(engine, AGE + DAY)
    ((now,),) = await rows(engine, "select clock.now()")
    speaks_of = began + DAY if of_its_time else now
    await judge.hear(letter("cust-1", "C-1", "L-9", "line", received_at=now, occurred_at=speaks_of))
    before = await count(engine, "facts")
    await prune(engine, AGE)
    assert await count(engine, "facts") == (before if stays else 0)
    assert await count(engine, "incident_subjects") == (2 if stays else 0)


async def test_what_waits_no_more_is_forgotten(keeper: Listener, judge: Listener, engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text("insert into clock.manual values (:instant)"), {"instant": NOON})
    await judge.hear(letter(), letter("cust-2", "C-2", "another"))
    woken = await keeper.hear(measurement())
    await judge.hear(*passed_on(woken.rows, "verifier"))
    await prune(engine, AGE)
    assert await rows(engine, "select complaint from verifier.awaited") == [("C-2",)]


async def test_a_letter_that_is_being_judged_keeps_what_it_rests_on(engine: AsyncEngine) -> None:
    """The judge holds the subject: whoever prunes waits, looks again, and finds that a complaint rests on it."""
    await Listener(engine, KEEPING).hear(measurement())
    await later(engine, AGE + DAY)
    barrier = Barrier("written")
    judging = asyncio.create_task(Listener(engine, JUDGING, barrier).hear(letter()))
    await barrier.reached()
    pruning = asyncio.create_task(prune(engine, AGE))
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    await until(lambda: rows(engine, waiting))
    barrier.open()
    await judging
    await pruning
    assert await known(engine) == {"53cdb2fc"}


async def test_it_goes_on_by_itself_while_the_service_runs(keeper: Listener, engine: AsyncEngine) -> None:
    await keeper.hear(measurement())
    await later(engine, AGE + DAY)
    async with running(Pruning(engine, AGE, every=0.05)):

        async def forgotten() -> bool:
            return not await known(engine)

        await until(forgotten)
