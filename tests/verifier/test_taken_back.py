"""What operations measured and take back is unknown again, whichever of the two comes first."""

from itertools import permutations, product
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.seam import Record
from tests.telling import Listener, events_of, passed_on, rows
from tests.verifier.words import letter, measurement, names, taken_back


async def test_those_who_rest_on_it_are_judged_again(keeper: Listener, judge: Listener) -> None:
    await keeper.hear(measurement())
    await judge.hear(letter())
    woken = await keeper.hear(taken_back())
    ((said),) = events_of(woken.rows)
    assert (said.complaint, said.record) == ("C-1001", "w-1")
    assert not (await judge.hear(*passed_on(woken.rows, "verifier"))).letters


async def test_it_touches_no_other_measurement_and_no_other_subject(
    keeper: Listener, judge: Listener, engine: AsyncEngine
) -> None:
    await keeper.hear(measurement("m-1"), measurement("m-1", "another"), measurement("m-2", "third"))
    await judge.hear(letter())
    nothing = await keeper.hear(
        taken_back("m-9"), taken_back("m-1", "w-2", "nobody"), taken_back("m-1", "w-3", "third")
    )
    assert names(nothing) == []
    known = await rows(engine, "select count(*) from verifier.facts where value <> 'null'")
    assert known == [(10,)], "the second m-1 is known with other content, and the first one stands"


async def test_a_measurement_that_comes_after_its_withdrawal_says_nothing(
    keeper: Listener, engine: AsyncEngine
) -> None:
    await keeper.hear(taken_back())
    await keeper.hear(measurement())
    assert {value for (value,) in await rows(engine, "select cast(value as text) from verifier.facts")} == {"null"}


async def test_the_end_is_the_same_in_any_order_and_however_the_stream_is_cut(
    keeper: Listener, engine: AsyncEngine
) -> None:
    told: list[Record] = [
        measurement("m-1", taken="2018-02-01T10:00:00Z", status="ordered", promised_on="2018-02-05"),
        measurement("m-3", taken="2018-02-02T10:00:00Z", status="lost", weight=1.5),
        measurement("m-2", taken="2018-02-02T07:00:00-03:00", status="delivered", weight=2, price="9.90"),
        taken_back("m-3", "w-1"),
        taken_back("m-2", "w-2"),
    ]
    for size, order in product((1, 2, 5), permutations(told)):
        await keeper.hear_in_batches(order, size)
        kept: Any = await rows(engine, "select fact, cast(value as text), record from verifier.facts order by 1")
        assert kept == [
            ("price", "null", "m-2"),
            ("promised_on", '"2018-02-05"', "m-1"),
            ("status", "null", "m-3"),
            ("weight", "null", "m-3"),
        ]
        async with engine.begin() as tx:
            await tx.exec_driver_sql("truncate verifier.facts, verifier.inbox, verifier.withdrawals")


async def test_what_a_later_measurement_says_anew_stands(keeper: Listener, engine: AsyncEngine) -> None:
    told = [
        measurement("m-1", taken="2018-02-01T10:00:00Z", status="lost"),
        taken_back("m-1"),
        measurement("m-0", taken="2018-02-01T11:00:00Z", status="delivered"),
    ]
    for order in permutations(told):
        await keeper.hear_in_batches(order, 1)
        assert await rows(engine, "select cast(value as text), record from verifier.facts") == [('"delivered"', "m-0")]
        async with engine.begin() as tx:
            await tx.exec_driver_sql("truncate verifier.facts, verifier.inbox, verifier.withdrawals")
