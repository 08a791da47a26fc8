"""Which verdicts wait for what: for people who can find it, until the verdict is said."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.records import awaited
from services.verifier.records.awaited import Waiting
from shared.events import ComplaintWithdrawn, Subject
from tests.telling import NOON, Listener, passed_on
from tests.verifier.words import SOURCE, letter, measurement, told


async def waiting(engine: AsyncEngine) -> list[Waiting]:
    async with engine.connect() as connection:
        return await awaited.waiting(connection)


async def test_a_verdict_that_waits_names_subject_facts_and_date(judge: Listener, engine: AsyncEngine) -> None:
    await judge.hear(letter())
    (one,) = await waiting(engine)
    assert (one.complaint, one.source, one.customer) == ("C-1001", SOURCE, "cust-77")
    assert (one.subject, one.facts) == (Subject("order", "53cdb2fc"), ("promised_on",))
    assert (one.since, one.until) == (NOON, NOON + timedelta(days=3))


async def test_the_one_whose_time_ends_first_is_at_the_top(judge: Listener, engine: AsyncEngine) -> None:
    day = timedelta(days=1)
    await judge.hear(
        letter("ana", "C-1", "o-1", received_at=NOON), letter("bruno", "C-2", "o-2", received_at=NOON - day)
    )
    assert [one.complaint for one in await waiting(engine)] == ["C-2", "C-1"]


async def test_it_waits_no_more_once_the_verdict_is_said(
    keeper: Listener, judge: Listener, engine: AsyncEngine
) -> None:
    await judge.hear(letter(), letter("cust-78", "C-2", "another"))
    woken = await keeper.hear(measurement())
    await judge.hear(*passed_on(woken.rows, "verifier"))
    assert [one.complaint for one in await waiting(engine)] == ["C-2"]


async def test_it_waits_no_more_when_the_complaint_is_taken_back(judge: Listener, engine: AsyncEngine) -> None:
    await judge.hear(letter())
    withdrawn = ComplaintWithdrawn(customer="cust-77", complaint="C-1001", source=SOURCE, at=NOON)
    await judge.hear(told(withdrawn, "withdrawn"))
    assert await waiting(engine) == []


async def test_what_comes_and_is_judged_in_one_batch_never_waits(
    keeper: Listener, judge: Listener, engine: AsyncEngine
) -> None:
    await keeper.hear(measurement())
    await judge.hear(letter(), letter("cust-78", "C-2", "another"))
    assert [one.complaint for one in await waiting(engine)] == ["C-2"]
