"""What the services stand on goes away and comes back; and a service that is told to end does so in order."""

import subprocess
from typing import Any

import pytest

from shared.events import CRM, TELEMETRY
from shared.host.postgres_files import place_in
from tests.broker import Broker
from tests.houses import Open, ensure, plain
from tests.oracle import proved
from tests.people import letter, measured
from tests.road import SERVICES, Road
from tests.waiting import until

pytestmark = pytest.mark.faults
LETTERS = 60


async def test_when_who_owns_the_embedded_database_is_killed_another_process_starts_it_again(homes: Open) -> None:
    house = homes()
    processes = await house.up(*SERVICES)
    await house.publish(TELEMETRY, *(measured(f"o-{n}", 5) for n in range(LETTERS)))
    await house.publish(CRM, *letters("C", LETTERS))
    owner = next(each for each in processes if each.process.pid == owner_of_the_server(house))
    owner.kill()
    await house.ready(*(each.name for each in processes if each is not owner))
    house.start(owner.name)
    await house.ready(*SERVICES)
    assert owner_of_the_server(house) != owner.process.pid
    await house.publish(CRM, *letters("D", 5))
    await house.settled()
    await proved(house, {each["id"] for each in (*letters("C", LETTERS), *letters("D", 5))})


@pytest.mark.kafka
async def test_while_the_broker_is_away_http_takes_letters_and_all_goes_on_when_it_is_back(
    homes: Open, broker: Broker, database_url: str
) -> None:
    house = homes(database_url=plain(database_url), kafka=broker.bootstrap)
    await ensure(house.bus)
    await house.up()
    await house.publish(TELEMETRY, *(measured(f"o-{n}", 5) for n in range(LETTERS)))
    await house.publish(CRM, *letters("C", LETTERS))
    broker.kill()
    await until(lambda: is_degraded(house), "intake says that the bus is away", told=house.told)
    sent = [await house.send(each) for each in letters("D", 5)]
    assert {answer.status_code for answer in sent} == {202}
    broker.start()
    await house.ready()
    await house.settled()
    await proved(house, {each["id"] for each in (*letters("C", LETTERS), *letters("D", 5))})


async def is_degraded(house: Road) -> bool:
    answer = await house.ask("intake", "/readyz")
    return answer.status_code == 200 and answer.json()["status"] == "degraded"


async def test_told_to_end_in_the_middle_of_work_it_ends_in_order_and_the_next_start_goes_on(lasting: Road) -> None:
    (process,) = await lasting.up()
    await lasting.publish(TELEMETRY, *(measured(f"o-{n}", 5) for n in range(LETTERS)))
    await lasting.publish(CRM, *letters("C", LETTERS))
    assert process.stop() == 0, process.told()
    await lasting.publish(CRM, *letters("D", 5))
    await lasting.up()
    await lasting.settled()
    await proved(lasting, {each["id"] for each in (*letters("C", LETTERS), *letters("D", 5))})


def owner_of_the_server(house: Road) -> int:
    """The process that the embedded PostgreSQL is a child of."""
    (file,) = place_in(house.home).folder.glob("pg*/postmaster.pid")
    server = file.read_text().split("\n", 1)[0]
    return int(subprocess.run(["ps", "-o", "ppid=", "-p", server], capture_output=True, check=True).stdout)


def letters(series: str, count: int) -> list[dict[str, Any]]:
    """One of each customer, two series about the same orders."""
    return [letter(f"{series}-{n}", f"cust-{series}-{n}", f"o-{n}") for n in range(count)]
