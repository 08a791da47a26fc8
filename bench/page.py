"""`python -m bench.page`: two hundred customers on the page at once, each asks once a second for a minute, on embedded defaults.

Each looks, chooses, checks, confirms, and looks again, and all the other services do their work meanwhile. Exit code 1 where
the aim is missed: 99 of 100 answers within 100 ms, and nothing lost.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import httpx

from shared.events import ANSWERS, CRM, TELEMETRY
from tests.page import ROUND, link_in
from tests.people import letter, measured
from tests.road import Road, road
from tests.waiting import until

AIM = 0.1
"""Seconds within which 99 of 100 requests are answered."""
LETTERS = "select body from notifier.letters where kind = 'apology' and state = 'sent'"


IDLE = 4.0
"""Seconds after which a line is not used again: the services hang up after five, perhaps just as somebody asks."""


LOOKS, CHOOSES, CONFIRMS = "looks", "chooses", "confirms"
PATHS = {CHOOSES: "review", CONFIRMS: "answer"}
FIRST, LAST = 2, 4
"""Nobody chooses before this second, nor in so many at the end, so that each sees afterwards what they chose."""


class Customer:
    """Somebody with a link, who comes to the page by a line of their own.

    A client of their own, too: one for all looks through all its lines for every request, which took more of a core than
    the pages did, and then it was the client that was measured.
    """

    def __init__(self, link: str, number: int, chooses: int) -> None:
        """`chooses`: in which second they choose; in the next one they confirm."""
        self.link, self.round, self.chooses = link, "", chooses
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE)
        self.client = httpx.AsyncClient(limits=limits, timeout=30, verify=False, trust_env=False)
        self.address = {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"}
        self.took: dict[str, list[float]] = {LOOKS: [], CHOOSES: [], CONFIRMS: []}
        self.statuses: Counter[int] = Counter()

    async def ask(self, step: int) -> None:
        """One request: a choice, its confirmation, and all others look."""
        form = {"round": self.round, "choice": "apology-accepted", "text": ""}
        does = {self.chooses: CHOOSES, self.chooses + 1: CONFIRMS}.get(step, LOOKS)
        began = time.perf_counter()
        if does == LOOKS:
            answer = await self.client.get(self.link, headers=self.address)
        else:
            answer = await self.client.post(f"{self.link}/{PATHS[does]}", data=form, headers=self.address)
        self.took[does].append(time.perf_counter() - began)
        self.statuses[answer.status_code] += 1
        self.round = self.round or next(iter(ROUND.findall(answer.text)), "")

    async def stay(self, seconds: int, begins: float) -> None:
        """Ask once a second, whether or not the last one was quick."""
        async with self.client:
            for step in range(seconds):
                await asyncio.sleep(max(0.0, begins + step - time.perf_counter()))
                await self.ask(step)


def main() -> None:
    """Measure, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--customers", type=int, default=200, help="how many at once (200)")
    parser.add_argument("--seconds", type=int, default=60, help="for how long (60)")
    parser.add_argument(
        "--together", action="store_true", help="all of them choose in the same second, and not in one of their own"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amends-bench-") as folder:
        missed = asyncio.run(_measure(Path(folder) / "home", asked.customers, max(asked.seconds, 10), asked.together))
    if missed:
        sys.exit(missed)


async def _measure(home: Path, count: int, seconds: int, together: bool) -> str:
    chance = Random(count)
    async with road(home) as house:
        await house.up()
        customers = [
            Customer(link, n, FIRST if together else chance.randrange(FIRST, seconds - LAST))
            for n, link in enumerate(await _links(house, count))
        ]
        begins = time.perf_counter() + 0.5
        await asyncio.gather(*(one.stay(seconds, begins + n / count) for n, one in enumerate(customers)))
        await house.settled()
        given = len(await house.read(ANSWERS))
        settled = (await house.rows("select count(*) as n from offer.cases where state in ('settled', 'agreed')"))[0].n
        return _told(customers, seconds, given, settled)


async def _links(house: Road, count: int) -> list[str]:
    """The links of so many letters."""
    await house.publish(TELEMETRY, *(measured(f"o-{n}", 3) for n in range(count)))
    await house.publish(CRM, *(letter(f"C-{n}", f"cust-{n}", f"o-{n}") for n in range(count)))

    async def sent() -> bool:
        return len(await house.rows(LETTERS)) >= count

    await until(sent, f"{count} letters are sent", seconds=300, told=house.told)
    await house.settled(seconds=300)
    return [link_in(row.body) for row in await house.rows(LETTERS)]


def _told(customers: list[Customer], seconds: int, given: int, settled: int) -> str:
    """Print the figures; what is missed of the aim, or nothing."""
    took = _sorted(customers, LOOKS, CHOOSES, CONFIRMS)
    statuses = sum((customer.statuses for customer in customers), Counter[int]())
    p99 = _at(took, 0.99)
    count = len(customers)
    print(f"{count} customers, {seconds} s, {len(took):,} requests: {dict(sorted(statuses.items()))}")
    for does, some in (("all", took), *((does, _sorted(customers, does)) for does in (LOOKS, CHOOSES, CONFIRMS))):
        p50, most = _at(some, 0.5), some[-1]
        print(f"{does:<9} p50 {p50 * 1000:.1f} ms, p99 {_at(some, 0.99) * 1000:.1f} ms, longest {most * 1000:.0f} ms")
    print(f"{given} answers stored of {count}, {settled} cases settled by them")
    lost = given != count or settled != count or set(statuses) - {200, 303}
    return "something was lost" if lost else f"p99 is over {AIM * 1000:.0f} ms" if p99 > AIM else ""


def _sorted(customers: list[Customer], *does: str) -> list[float]:
    return sorted(one for customer in customers for kind in does for one in customer.took[kind])


def _at(took: list[float], share: float) -> float:
    return took[min(int(len(took) * share), len(took) - 1)]


if __name__ == "__main__":
    main()
