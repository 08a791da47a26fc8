"""The database goes away under the running road and comes back: nobody dies of it, and no letter is lost or told twice."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from shared.events import CRM, TELEMETRY
from shared.host.migrate import migrate
from shared.host.postgres_files import Place, scratch_place
from shared.host.postgres_server import Server
from tests.houses import Open, ensure, on_kafka, plain
from tests.oracle import proved
from tests.people import letter, measured
from tests.road import SERVICES, Road
from tests.waiting import until

pytestmark = pytest.mark.faults
LETTERS = 200
AWAY = 4.0
"""Seconds without a database: longer than any session's patience (three)."""


class Postgres:
    """A server that is stopped and started again at the same address."""

    def __init__(self, place: Place, keeper: ThreadPoolExecutor) -> None:
        self.url = plain(place.url)
        # A server ends with the thread that started it: one that lasts as long as the test.
        self._keeper = keeper
        self._server = Server(place, {"fsync": "off", "full_page_writes": "off"})

    async def start(self) -> None:
        await self._does(self._server.start)

    async def stop(self) -> None:
        await self._does(self._server.stop)

    async def _does(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._keeper, work)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    place = scratch_place()
    with ThreadPoolExecutor(1) as keeper:
        made = Postgres(place, keeper)
        try:
            yield made
        finally:
            keeper.submit(made._server.stop).result()
            shutil.rmtree(place.folder, ignore_errors=True)
            shutil.rmtree(place.sockets, ignore_errors=True)


@pytest.fixture(params=["bus in the database", pytest.param("kafka", marks=pytest.mark.kafka)])
async def house(request: pytest.FixtureRequest, homes: Open, postgres: Postgres) -> Road:
    """A house on that server, with the bus in it too, or on Apache Kafka."""
    await postgres.start()
    await migrate(postgres.url.replace("postgresql", "postgresql+asyncpg"))
    if request.param == "kafka":
        made = await on_kafka(request, homes, request.getfixturevalue("kafka"))
        made.set(database_url=postgres.url)
        return made
    made = homes(database_url=postgres.url)
    await ensure(made.bus)
    return made


async def test_while_the_database_is_away_all_wait_and_say_so_and_afterwards_nothing_is_lost_or_told_twice(
    house: Road, postgres: Postgres
) -> None:
    await house.publish(TELEMETRY, *(measured(f"o-{n}", 5) for n in range(LETTERS)))
    processes = await house.up(*SERVICES)
    await house.publish(CRM, *letters("C", LETTERS))
    await until(lambda: some_are_decided(house), "the road is in the midst of its work", told=house.told)
    await postgres.stop()
    if house.settings.kafka:
        await house.publish(CRM, *letters("D", LETTERS))
    await all_wait(house, letter("E-1", "cust-e", "o-1"))
    await postgres.start()
    await house.engine.dispose()  # our own sessions ended with the server
    await house.ready(*SERVICES)
    assert all(each.process.poll() is None for each in processes), house.told()
    answer = await house.send(letter("E-1", "cust-e", "o-1"))
    assert answer.status_code == 202, answer.text
    await house.settled()
    sent = {"E-1", *(str(each["id"]) for each in letters("C", LETTERS))}
    await proved(house, sent | ({str(each["id"]) for each in letters("D", LETTERS)} if house.settings.kafka else set()))


async def some_are_decided(house: Road) -> bool:
    return bool(await house.rows("select 1 from intake.complaints where state <> 'received' limit 1"))


async def all_wait(house: Road, sent: dict[str, Any]) -> None:
    """For as long as it is away: alive, unready, and whoever brings a letter is told to come again."""
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=10) as client:
        while time.monotonic() - began < AWAY:
            for service in SERVICES:
                alive = await client.get(f"{house.address(service)}/livez")
                assert alive.status_code == 200, f"{service}: {alive.text}"
                ready = await client.get(f"{house.address(service)}/readyz")
                assert ready.status_code == 503, f"{service}: {ready.text}"
            refused = await house.send(sent)
            assert refused.status_code == 503, refused.text
            assert int(refused.headers["Retry-After"]) > 0
            await asyncio.sleep(0.2)


def letters(series: str, count: int) -> list[dict[str, Any]]:
    """Of many customers, each about an order of its own."""
    return [letter(f"{series}-{n}", f"cust-{series}-{n % 70}", f"o-{n}") for n in range(count)]
