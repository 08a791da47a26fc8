"""Whatever service is killed, wherever it stands: every complaint is decided once, and every customer hears of it once."""

from typing import get_args

import pytest

from shared.events import CRM, TELEMETRY
from shared.runtime.failpoints import Place
from tests.oracle import proved
from tests.people import letter, measured
from tests.road import SERVICES, Road, Running
from tests.waiting import until

pytestmark = pytest.mark.faults
LETTERS = 120
PLACES = dict(zip(SERVICES, get_args(Place), strict=False))
"""Each service once, each at another place."""


@pytest.mark.parametrize("place", get_args(Place))
async def test_one_flow_killed_at_any_place_loses_nothing_and_does_nothing_twice(lasting: Road, place: Place) -> None:
    await lasting.publish(CRM, *letters())
    await lasting.start("intake", fail=place).died()
    await lasting.up("intake")
    await lasting.settled("intake")
    rows = await lasting.rows("select state, count(*) from intake.complaints group by state")
    assert [tuple(row) for row in rows] == [("accepted", LETTERS)]


async def test_the_road_with_each_service_killed_once_tells_every_customer_once(lasting: Road) -> None:
    await lasting.publish(TELEMETRY, *(measured(f"o-{n}", days_late=n % 20 - 3) for n in range(LETTERS)))
    dying = [lasting.start(name, fail=f"{place}:2") for name, place in PLACES.items()]
    await lasting.publish(CRM, *letters())
    for process in dying:
        await trickle_until_it_dies(lasting, process)
        lasting.start(process.name)
    await lasting.ready()
    await lasting.settled()
    seen = await proved(lasting, {each["id"] for each in letters()})
    if lasting.settings.kafka:  # in the database, publishing and forgetting are one statement
        assert seen.repeats > 0, "the verifier died between publishing and forgetting, and nothing came twice"


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


def letters() -> list[dict[str, object]]:
    """Three of each customer on average, each about another order."""
    return [letter(f"C-{n}", f"cust-{n % (LETTERS // 3)}", f"o-{n}") for n in range(LETTERS)]
