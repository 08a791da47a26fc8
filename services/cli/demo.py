"""`amends demo`: from a bare checkout to the whole road at work, with a story that everybody has lived through."""

import asyncio
import shutil
import sys
import time
from datetime import date
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from services.__main__ import ALL
from services.cli.customer import Customers
from services.cli.stage import Stage
from services.cli.story import Moment, load_story, moments
from services.cli.tail import follow
from shared.bus import codec
from shared.bus.seam import Outgoing
from shared.errors import Malformed
from shared.events import ANSWERS, CASES, COMPLAINTS, DEAD_LETTERS, NOTICES, PAYOUTS, VERDICTS, PayoutDue
from shared.host.connections import Connections
from shared.host.logs import set_up_logs
from shared.host.postgres import EmbeddedPostgres
from shared.host.run import run, serve
from shared.host.settings import CHECKOUT, Settings, read_settings

TOLD = (COMPLAINTS, VERDICTS, CASES, PAYOUTS, ANSWERS, NOTICES, DEAD_LETTERS)
LONGEST = 90.0
"""Seconds after which the story is over, whether or not it came out."""


def register(app: typer.Typer) -> None:
    """Add `demo`."""

    @app.command()
    def demo(
        stay: Annotated[
            bool | None, typer.Option(help="Stay up after the story; by default on a terminal, and not without one.")
        ] = None,
    ) -> None:
        """Play a story of a dozen complaints on embedded defaults, and show how each case ends.

        It uses a home of its own, emptied at each run, and nothing outside this machine. Exit code 0 only if every
        case ended as the story says.
        """
        settings = demo_settings()
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (settings.home / "log").open("w") as log:
            set_up_logs("json", log)
            _run(settings, stays=sys.stdout.isatty() if stay is None else stay)


def _run(settings: Settings, *, stays: bool) -> None:
    stage = Stage(load_story(CHECKOUT / "deploy" / "demo" / "story.yaml"), Console(highlight=False))
    run(_demo(settings, stage, stays=stays))
    if not stage.ended():
        sys.exit(f"amends: the story did not come out; {settings.home / 'log'} says what the services met")


def demo_settings() -> Settings:
    """Embedded defaults whatever the environment says, with the clocks of the story; ports and keys stay as given."""
    plain = {"database_url": "", "kafka": "", "smtp_url": "", "base_url": "", "clock": "system", "mode": "live"}
    here = {"home": CHECKOUT / ".amends" / "demo", "policy": CHECKOUT / "deploy" / "demo" / "policy"}
    return read_settings().model_copy(update=plain | here)


async def _demo(settings: Settings, stage: Stage, *, stays: bool) -> None:
    stage.console.print("Starting the database, the bus and the four services …", style="dim")
    with EmbeddedPostgres(settings.home) as server:
        await _empty(server.url)
        shutil.rmtree(settings.home / "mail", ignore_errors=True)
        await serve(ALL, settings, lambda connections: _play(connections, stage, stays=stays))


async def _empty(url: str) -> None:
    """Drop all that an earlier run has left; `serve` migrates anew."""
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        named = "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema)'"
        for schema in (await connection.execute(text(named))).scalars().all():
            await connection.execute(text(f'drop schema "{schema}" cascade'))
        await connection.execute(text("create schema public"))
    await engine.dispose()


async def _play(connections: Connections, stage: Stage, *, stays: bool) -> None:
    began = time.monotonic()
    customers = Customers(stage.story, connections.settings)
    tasks = [
        asyncio.create_task(work)
        for work in (_send(connections, stage, began), _watch(connections, stage, customers), customers.run())
    ]
    try:
        while not stage.ended() and time.monotonic() - began < LONGEST:
            _raise_from(tasks)
            await asyncio.sleep(0.1)
        stage.console.print("\nHow each case ended\n", style="bold")
        for line in stage.summary():
            stage.console.print(line, soft_wrap=True)
        stage.console.print(f"\n{_verdict(stage)} in {time.monotonic() - began:.0f} s.", style="bold")
        if stays:
            stage.console.print(_addresses(connections.settings))
            await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _raise_from(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        if task.done():
            task.result()


async def _send(connections: Connections, stage: Stage, began: float) -> None:
    """What the CRM and operations put on the inbound topics, when the story says."""
    today = await _today(connections)
    for moment in moments(stage.story, today):
        await asyncio.sleep(max(0.0, began + moment.at - time.monotonic()))
        await connections.bus.publish([_outgoing(moment)])
    await asyncio.Event().wait()


async def _watch(connections: Connections, stage: Stage, customers: Customers) -> None:
    """Everything that is said on the road, for the eye; and billing, which pays what is due."""
    async for record in follow(connections.bus, TOLD, from_start=True):
        event = codec.decode(record).event
        stage.hear(event, record.at)
        customers.hear(event)
        if isinstance(event, PayoutDue):
            await connections.bus.publish([_paid(event)])


def _paid(due: PayoutDue) -> Outgoing:
    """Billing's answer: the sum is on its way."""
    answer = {
        "specversion": "1.0",
        "type": "billing.payout-completed.v1",
        "source": "billing",
        "id": due.key,
        "data": {"key": due.key, "customer": due.customer, "amount": due.amount},
    }
    return codec.parse_line(PAYOUTS, msgspec.json.encode(answer))


def _outgoing(moment: Moment) -> Outgoing:
    """As `amends publish` would send it; what is no event goes as it is."""
    try:
        return codec.parse_line(moment.topic, moment.value)
    except Malformed:
        return codec.parse_line(moment.topic, moment.value, unchecked=True)


async def _today(connections: Connections) -> date:
    async with connections.engine.connect() as connection:
        today: date = (await connection.execute(text("select (clock.now() at time zone 'UTC')::date"))).scalar_one()
        return today


def _verdict(stage: Stage) -> str:
    wrong = sum(bool(stage.wrong(tale)) for tale in stage.story.tales)
    if stage.ended():
        return f"Every one of the {len(stage.story.tales)} cases ended as the story says"
    return f"{wrong} of {len(stage.story.tales)} cases did not end as the story says; {stage.dead_letters} dead letters"


def _addresses(settings: Settings) -> str:
    home = f"AMENDS_HOME={settings.home}"
    lines = [
        "",
        "The road stays up until Ctrl-C. Look around from another terminal:",
        f"  {home} ./amends case show C-1005",
        f"  {home} ./amends mail list",
        f"  {home} ./amends dead-letters list",
        f"  {home} ./amends tail amends.cases --from-start --json",
        *(f"  http://{settings.bind}:{settings.port(name)}/docs   {name}" for name in ALL),
    ]
    return "\n".join(lines)
