"""`python -m bench.storm [COUNT]`: every service is killed while thousands of letters pass, and every customer is told once.

Apache Kafka and a PostgreSQL that writes through to the disk, four services as processes, the input published by
`amends publish`; each service is killed without warning in the middle of its own work and started again. At the end
all that is on the topics, in the tables and in the mailbox is held to the oracle of the tests.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench import letters
from bench.servers import Servers, fresh, held, plain, servers
from services.notifier.sending import mailbox
from shared import events as e
from shared.bus.seam import Outgoing
from tests.oracle import Seen, proved
from tests.road import SERVICES, Road
from tests.waiting import until

REMEDY = Decimal("17.50")
"""What the telemetry of the bench makes each complaint worth: the freight of a parcel that came nine days late."""
SAYS = dict(zip(SERVICES, (e.COMPLAINTS, e.VERDICTS, e.CASES, e.NOTICES), strict=True))
"""Where each service's work shows: it is killed when a third of that is there, and so in the midst of it."""
LIMIT = 600.0
"""Seconds after which it has failed: ten times what a quiet machine takes for ten thousand."""
LOOK = 0.25


def main() -> None:
    """Run the storm and print what came of it. Exit code 1 where anything was lost or came twice, or time ran out."""
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=10_000, help="how many complaints (10000)")
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory(prefix="amends-storm-") as folder, servers() as running:
        try:
            print(_table(asyncio.run(storm(running, Path(folder), count))))
        except* (AssertionError, TimeoutError) as broken:
            sys.exit("\n".join(f"{type(each).__name__}: {each}" for each in broken.exceptions))


class House(Road):
    """Tens of thousands of rows take longer to read than a session may stand idle in a transaction: so none is open."""

    async def rows(self, statement: str, **parameters: Any) -> list[Any]:
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            return list((await connection.execute(text(statement), parameters)).all())


async def storm(running: Servers, folder: Path, count: int) -> dict[str, str]:
    """What was counted. Raises AssertionError with each difference, TimeoutError when it does not come to an end."""
    _write(folder / "telemetry.jsonl", letters.telemetry(count))
    _write(folder / "complaints.jsonl", letters.complaints(count))
    url = await fresh(running, "bench_storm")
    house = House(folder / "house", database_url=plain(url), kafka=running.kafka)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(house.close)
        await house.up(*SERVICES)
        began = time.monotonic()
        async with asyncio.timeout(LIMIT):
            await _publish(house, e.TELEMETRY, folder / "telemetry.jsonl")
            _say(f"telemetry is published after {time.monotonic() - began:.1f} s")
            killed = await _amidst_deaths(house, folder / "complaints.jsonl", count)
            await _until_holds(house, e.NOTICES, count)
            await house.ready(*SERVICES)
            await house.settled(seconds=LIMIT)
        seconds = time.monotonic() - began
        _say(f"all is done after {seconds:.1f} s; looking at what is there")
        seen = await proved(house, {f"C-{number}" for number in range(count)})
        return _counted(seen, count, killed, seconds)


def _write(file: Path, records: Iterable[Outgoing]) -> None:
    with file.open("wb") as out:
        out.writelines(record.value + b"\n" for record in records)


async def _amidst_deaths(house: Road, complaints: Path, count: int) -> dict[str, str]:
    """Publish the complaints while each service dies once; says where each did."""
    async with asyncio.TaskGroup() as group:
        deaths = {service: group.create_task(_kill_amidst(house, service, count)) for service in SERVICES}
        await _publish(house, e.CRM, complaints)
    return {service: death.result() for service, death in deaths.items()}


async def _publish(house: Road, topic: str, file: Path) -> None:
    """As an operator does."""
    publisher = house.run([sys.executable, "-P", "-m", "services.cli", "publish", topic, str(file)], "publish")
    await until(lambda: publisher.process.poll() is not None, f"{file} is published", LIMIT)
    assert publisher.process.returncode == 0, publisher.told()


async def _kill_amidst(house: Road, service: str, count: int) -> str:
    """Kill it when a third of its work is on its topic, and start it again; says where that was."""
    there = await _until_holds(house, SAYS[service], max(1, count // 3))
    next(each for each in house.running if each.name == service).kill()
    _say(f"{service} is killed, with {there:,} records on {SAYS[service]}")
    house.start(service)
    return f"at {there:,}"


async def _until_holds(house: Road, topic: str, wanted: int) -> int:
    while True:
        there = await held(house.bus, topic)
        if there >= wanted:
            return there
        await asyncio.sleep(LOOK)


def _counted(seen: Seen, count: int, killed: Mapping[str, str], seconds: float) -> dict[str, str]:
    """The figures. Raises AssertionError where they are not what the input makes them."""
    payouts = Counter(due.key for due in seen.all(e.PayoutDue))
    paid = sum((due.amount.amount for due in seen.all(e.PayoutDue) if due.amount), Decimal(0))
    verdicts = {verdict.complaint for verdict in seen.all(e.VerdictReached)}
    found = {
        "complaints accepted": len(seen.all(e.ComplaintAccepted)),
        "complaints with a verdict": len(verdicts),
        "cases opened": len(seen.all(e.CaseOpened)),
        "payouts by key": len(payouts),
        "first words to the customer": sum(
            event.round == 1 for event in seen.all((e.ApologyOffered, e.OptionsOffered, e.ClaimDeclined))
        ),
    }
    wrong = [f"{name}: {number:,}, not {count:,}" for name, number in found.items() if number != count]
    if paid != REMEDY * count:
        wrong.append(f"{paid} became due, not {REMEDY * count}")
    if dead := seen.all(e.DeadLetterAdded):
        wrong.append(f"{len(dead)} dead letters, the first: {dead[0].reason}")
    assert not wrong, "\n".join(wrong)
    mail = len(list(mailbox.list_letters(seen.road.home / "mail")))
    more = {
        "verdicts": len(seen.all(e.VerdictReached)),
        "letters in the mailbox": mail,
        "notices": len(seen.all(e.NoticeSent)),
        "repeats on the wire": seen.repeats,
    }
    figures = {name: f"{number:,}" for name, number in (found | more).items()}
    due = {"became due": f"{paid:,}"}
    lost = {"lost, doubled, out of order": "none"}
    return (
        figures
        | due
        | {f"{name} killed": where for name, where in killed.items()}
        | lost
        | {"seconds": f"{seconds:.1f}"}
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _table(found: Mapping[str, str]) -> str:
    return "\n".join(["| storm | |", "|---|---|", *(f"| {name} | {figure} |" for name, figure in found.items())])


if __name__ == "__main__":
    main()
