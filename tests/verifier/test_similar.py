"""Who says the same of one service at about the same time: the judge sees them, and operations are told once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.records import similar
from services.verifier.records.about import About, Similar
from services.verifier.records.similar import around
from shared.events import ComplaintWithdrawn, Subject
from shared.runtime.flow import Heard
from shared.runtime.reading import read
from tests.telling import NOON, Listener, rows
from tests.verifier.conftest import JUDGING
from tests.verifier.words import SOURCE, joined, letter, told

FIBRE = Subject("service", "fibre-north")
MINUTE = timedelta(minutes=1)


def about_fibre(customer: str, minutes: float = 0, text: str = "It came late.", **usual: Any) -> Any:
    return letter(
        customer, f"of {customer}", FIBRE.id, FIBRE.kind, received_at=NOON + minutes * MINUTE, text=text, **usual
    )


async def seen(engine: AsyncEngine, *records: Any) -> list[About]:
    """What the judge has before them for each of these letters, when they come in one batch."""
    heard: tuple[Heard, ...] = read(JUDGING, records).heard
    async with engine.begin() as tx:
        known = await JUDGING.look_up(tx, heard, {})
    return [one.get(FIBRE, About()) for one in known]


async def test_the_judge_sees_what_others_say_of_the_service_within_the_hour(
    judge: Listener, engine: AsyncEngine
) -> None:
    await judge.hear(
        about_fibre("early", -61), about_fibre("ana", -60), about_fibre("bruno", 60), about_fibre("late", 61)
    )
    (about,) = await seen(engine, about_fibre("carla"))
    assert about.similar == (
        Similar(NOON - 60 * MINUTE, "crm.complaints.v1", "of ana", "ana", ("late",)),
        Similar(NOON + 60 * MINUTE, "crm.complaints.v1", "of bruno", "bruno", ("late",)),
    )


async def test_those_of_one_batch_see_each_other_and_nobody_counts_their_own(engine: AsyncEngine) -> None:
    ana, bruno = await seen(engine, about_fibre("ana"), about_fibre("bruno", 1, "Never arrived."))
    assert [(one.customer, one.claims) for one in ana.similar] == [("bruno", ("not-received",))]
    assert [(one.customer, one.claims) for one in bruno.similar] == [("ana", ("late",))]


async def test_similar_parcels_prove_nothing(judge: Listener, engine: AsyncEngine) -> None:
    await judge.hear(letter("ana", "C-1", "o-1"), letter("bruno", "C-2", "o-1"))
    (heard,) = read(JUDGING, [letter("carla", "C-3", "o-1")]).heard
    async with engine.begin() as tx:
        (known,) = await JUDGING.look_up(tx, [heard], {})
    assert Subject("order", "o-1") not in known


async def test_a_further_letter_adds_its_claims(judge: Listener, engine: AsyncEngine) -> None:
    await judge.hear(about_fibre("ana"))
    await judge.hear(joined("ana", "of ana", "It is broken."))
    ((claims, received_at),) = await rows(engine, "select claims, received_at from verifier.interests")
    assert (claims, received_at) == (["damaged", "late"], NOON)


async def test_a_complaint_speaks_of_when_it_happened_or_else_of_when_it_came(
    judge: Listener, engine: AsyncEngine
) -> None:
    await judge.hear(about_fibre("ana", occurred_at=NOON - 90 * MINUTE), about_fibre("bruno"))
    found = await rows(engine, "select customer, speaks_of from verifier.interests order by 1")
    assert found == [("ana", NOON - 90 * MINUTE), ("bruno", NOON)]


async def test_operations_are_told_by_the_last_of_a_batch_that_says_so_and_not_again_within_the_hour(
    engine: AsyncEngine,
) -> None:
    told = [about.suspected for about in await seen(engine, *(about_fibre(f"cust-{n}", n) for n in range(5)))]
    assert told == [True, True, True, True, False]
    async with engine.begin() as tx:
        await similar.suspect(tx, [(FIBRE, NOON)])
    near, far = (await seen(engine, about_fibre("near", 60)))[0], (await seen(engine, about_fibre("far", 61)))[0]
    assert (near.suspected, far.suspected) == (True, False)


async def test_of_very_many_the_nearest_are_looked_at(judge: Listener, engine: AsyncEngine) -> None:
    side = similar.ON_EACH_SIDE
    many = [about_fibre(f"cust-{n}", n / 10) for n in range(-side - 5, side + 5)]
    await judge.hear_in_batches(many, 500)
    (about,) = await seen(engine, about_fibre("carla"))
    others = [one for one in about.similar if one.customer != "carla"]
    assert (others[0].received_at, others[-1].received_at, len(others)) == (
        NOON - (side - 1) / 10 * MINUTE,
        NOON + (side) / 10 * MINUTE,
        2 * side,
    )


@pytest.mark.parametrize(
    ("minutes", "bundles"), [([0], 1), ([0, 60], 1), ([0, 61], 2), ([0, 30, 61, 62], 2), ([0, 50, 100, 150], 2)]
)
def test_moments_close_together_are_looked_up_together(minutes: list[int], bundles: int) -> None:
    times = list(around({FIBRE: {NOON + n * MINUTE for n in minutes}}, 60 * MINUTE))
    assert len(times) == bundles
    for n in minutes:
        moment = NOON + n * MINUTE
        assert any(one.since <= moment - 60 * MINUTE and moment + 60 * MINUTE <= one.until for one in times)


async def test_a_further_letter_is_looked_up_with_its_claims_and_the_time_that_it_names(engine: AsyncEngine) -> None:
    further = joined("ana", "of ana", "It is broken.", occurred_at=NOON - 90 * MINUTE)
    (_, _, bruno) = await seen(engine, about_fibre("ana"), further, about_fibre("bruno"))
    assert [one.claims for one in bruno.similar] == [("damaged", "late")]


async def test_one_of_another_week_tells_operations_nothing_and_keeps_nobody_from_telling_them(
    engine: AsyncEngine,
) -> None:
    some = [about_fibre(f"cust-{n}", n) for n in range(5)]
    old = about_fibre("old", -9 * 24 * 60)
    told = [about.suspected for about in await seen(engine, *some, old)]
    assert told == [True, True, True, True, False, False]


async def test_of_one_batch_none_tells_that_was_taken_back_in_it(engine: AsyncEngine) -> None:
    some = [about_fibre(f"cust-{n}", n) for n in range(6)]
    back = ComplaintWithdrawn(customer="cust-5", complaint="of cust-5", source=SOURCE, at=NOON)
    seen_by = await seen(engine, *some, told(back, "back"))
    assert [about.suspected for about in seen_by[:6]] == [True, True, True, True, False, True]


async def test_who_took_a_complaint_back_says_nothing_any_more_and_a_further_letter_is_the_latest(
    judge: Listener, engine: AsyncEngine
) -> None:
    await judge.hear(about_fibre("ana"), about_fibre("bruno", 1))
    await judge.hear(joined("ana", "of ana", "It is broken.", received_at=NOON + 30 * MINUTE))
    back = ComplaintWithdrawn(customer="bruno", complaint="of bruno", source=SOURCE, at=NOON)
    await judge.hear(told(back, "back"))
    (about,) = await seen(engine, about_fibre("carla"))
    assert [(one.customer, one.received_at) for one in about.similar] == [("ana", NOON + 30 * MINUTE)]


async def test_who_speaks_of_more_than_an_hour_apart_tells_operations_too(engine: AsyncEngine) -> None:
    about = await seen(engine, *(about_fibre(f"cust-{n}", n) for n in (0, 50, 52, 54, 56, 58, 61, 62)))
    assert [one.suspected for one in about] == [False, *[True] * 6, False]
