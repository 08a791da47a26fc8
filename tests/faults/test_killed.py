"""Whatever service is killed, wherever it stands: every complaint is decided once, and every customer hears of it once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import pytest

from shared.bus import codec
from shared.events import COMPLAINTS, CRM, TELEMETRY
from shared.runtime.failpoints import Place
from tests.faults import lives
from tests.faults.lives import ANA, BO, CLEO, DAN, EVE, FINN, Lives
from tests.oracle import proved
from tests.people import letter, measured
from tests.road import Road, Running
from tests.waiting import until

pytestmark = pytest.mark.faults
LETTERS = 300
PLACES: dict[str, Place] = {
    "intake": "commit-sent-answer-not-read",
    "verifier": "after-publish-before-delete",
    "offer": "after-commit-before-publish",
    "notifier": "mid-batch",
}
"""Each service once, each at another place (between assignment and seek there is nothing yet to lose)."""


@pytest.mark.parametrize("place", get_args(Place))
async def test_one_flow_killed_at_any_place_loses_nothing_and_does_nothing_twice(lasting: Road, place: Place) -> None:
    await lasting.publish(CRM, *letters())
    await lasting.start("intake", fail=place).died()
    await lasting.up("intake")
    await lasting.settled("intake")
    accepted = [codec.decode(record) for record in await lasting.read(COMPLAINTS)]
    once = {each.id: each.event for each in accepted}
    assert sorted(event.complaint for event in once.values()) == sorted(str(each["id"]) for each in letters())
    for customer in {event.customer for event in once.values()}:
        numbers = [int(event.complaint[2:]) for event in once.values() if event.customer == customer]
        assert numbers == sorted(numbers), f"{customer} was answered in another order than they wrote"
    assert (await lasting.rows("select count(*) from intake.outbox"))[0].count == 0


@pytest.mark.timeout(400)
async def test_the_road_with_each_service_killed_once_tells_every_customer_once(lasting: Road, tmp_path: Path) -> None:
    """First while the letters come; then those who have rounds, approvals, promises and payouts go on while it dies again."""
    lasting.set(policy=lives.quick_policy(tmp_path))
    orders = (measured(f"o-{n}", days_late=n % 20 - 3) for n in range(LETTERS))
    await lasting.publish(TELEMETRY, *orders, *lives.figures())
    dying = [lasting.start(name, fail=f"{place}:2") for name, place in PLACES.items()]
    await lasting.publish(CRM, *letters(), *lives.letters())
    for process in dying:
        await trickle_until_it_dies(lasting, process)
        lasting.start(process.name)
    await lasting.ready()
    await six_lives_in_which_it_dies_again(lasting)
    await lasting.settled()
    seen = await proved(lasting, {each["id"] for each in (*letters(), *lives.letters())})
    lives.ended_well(seen)
    if lasting.settings.kafka:  # in the database, publishing and forgetting are one statement
        assert seen.repeats > 0, "the verifier died between publishing and forgetting, and nothing came twice"


async def six_lives_in_which_it_dies_again(road: Road) -> None:
    """The offer with their answers, their choices and billing's word in its hands, the notifier with what is said to them."""
    they = Lives(road)
    async with dying(road, "offer", "commit-sent-answer-not-read"):
        await they.wish_and_refuse()
    await they.is_so("asked for", "approval-requested", 1, ANA, BO)
    await they.is_so("refused", "options-offered", 1, CLEO, DAN, EVE, FINN)
    async with dying(road, "notifier", "commit-sent-answer-not-read"):
        await they.have_their_wishes_decided()
    await they.is_promised_a_call()
    async with dying(road, "offer", "mid-batch"):
        await they.choose()
    await they.wait_for_nothing()
    await they.is_so("no longer to be undone", "payout-due", 2, ANA, BO, CLEO, DAN, FINN)
    async with dying(road, "offer", "after-commit-before-publish"):
        await they.is_not_paid()
    await they.is_so("not kept", "promise-missed", 1, EVE)
    await they.is_so("late", "payment-delayed", 1, FINN)
    await they.is_due_again_and_paid()


@contextlib.asynccontextmanager
async def dying(road: Road, service: str, place: Place) -> AsyncIterator[None]:
    """Its power is cut; who takes over dies at that place with the first thing that happens meanwhile, and the third lives."""
    next(each for each in road.running if each.name == service and each.process.poll() is None).kill()
    doomed = road.start(service, fail=place)
    await road.ready(service)
    third = asyncio.create_task(after(road, doomed))
    yield
    await third


async def after(road: Road, doomed: Running) -> None:
    await doomed.died()
    road.start(doomed.name)
    await road.ready(doomed.name)


async def trickle_until_it_dies(road: Road, process: Running) -> None:
    """A service that is done has nothing left to die of: letters go on coming until it has."""
    count = 0

    async def gone() -> bool:
        nonlocal count
        if process.process.poll() is None:
            count += 1
            await road.publish(CRM, letter(f"{process.name}-{count}", f"late-{process.name}-{count}", None))
        return process.process.poll() is not None

    await until(gone, f"{process.name} dies", told=road.told)
    await process.died()


def letters() -> list[dict[str, Any]]:
    """Three of each customer on average, each about another order."""
    return [letter(f"C-{n}", f"cust-{n % (LETTERS // 3)}", f"o-{n}") for n in range(LETTERS)]
