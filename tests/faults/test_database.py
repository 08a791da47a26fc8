"""PostgreSQL itself dies in the middle of work and comes back: nobody restarts a service, and nothing is missing."""

import os
import signal
from pathlib import Path

import pytest

from shared.events import CRM, TELEMETRY
from shared.host.migrate import migrate
from shared.host.postgres import EmbeddedPostgres
from shared.host.postgres_files import place_in
from tests.houses import Open, on_kafka, plain
from tests.oracle import proved
from tests.people import letter, measured
from tests.road import Road
from tests.waiting import until

pytestmark = pytest.mark.faults
LETTERS = 60


async def test_the_embedded_database_is_killed_and_its_owner_starts_it_again(homes: Open) -> None:
    house = homes()
    await house.up()
    await goes_on(house, place_in(house.home).folder)


@pytest.mark.kafka
async def test_a_database_of_ones_own_is_killed_and_comes_back_while_the_bus_was_there_all_the_time(
    request: pytest.FixtureRequest, homes: Open, kafka: str
) -> None:
    # what it has said to be committed must be so: only then is a kill a crash, and not a restore of an older state
    with EmbeddedPostgres.scratch(synchronous_commit="on") as server:
        await migrate(server.url)
        house = await on_kafka(request, homes, kafka, database_url=plain(server.url))
        await house.up()
        await goes_on(house, Path(server.url.partition("?host=")[2]))
        await house.close()


async def goes_on(house: Road, folder: Path) -> None:
    """Kill the server twice, each time with letters on their way; whoever keeps it starts it again."""
    await house.publish(TELEMETRY, *(measured(f"o-{n}", 5) for n in range(LETTERS)))
    sent: list[str] = []
    for half in range(2):
        numbers = [f"C-{half}-{n}" for n in range(LETTERS)]
        await house.publish(CRM, *(letter(number, f"cust-{number}", f"o-{n}") for n, number in enumerate(numbers)))
        sent += numbers
        await until(lambda: house.rows("select complaint from intake.complaints limit 1"), "work has begun")
        await kill(house, folder)
        await house.engine.dispose()  # our own connections went with it
        await house.ready()
    await house.settled()
    await proved(house, sent)


async def kill(house: Road, folder: Path) -> None:
    """End the server as a crash would, and wait until somebody has started another."""
    before = postmaster(folder)
    os.kill(before, signal.SIGKILL)
    await until(lambda: postmaster(folder) not in (before, 0), "another server is up", told=house.told)


def postmaster(folder: Path) -> int:
    """The server's process; 0 while there is none."""
    lines = [file.read_text().splitlines() for file in folder.glob("pg*/postmaster.pid")]
    return int(lines[0][0]) if lines and lines[0] else 0
