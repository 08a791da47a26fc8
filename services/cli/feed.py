"""`amends feed`: what this house hears from status pages and monitors, and how to start listening."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from services.cli.connected import connected, with_bus
from services.cli.output import Json, print_rows
from services.feeds.catalogue import Entry, load_feeds
from services.feeds.cursors import Standing, standings
from services.feeds.fetch import Fetcher
from services.feeds.runner import Desk, Polled, keep_polling, poll_once
from shared.errors import Misconfigured
from shared.host.connections import Connections
from shared.host.settings import CHECKOUT
from shared.policy.tree import nearest

File = Annotated[Path, typer.Option("--file", help="Which feeds there are, and what each is about.")]
FEEDS = CHECKOUT / "deploy" / "feeds.yaml"


def register(app: typer.Typer) -> None:
    """Add `feed list` and `feed run`."""
    group = typer.Typer(help="Status pages and monitors that write to ops.telemetry.", no_args_is_help=True)
    app.add_typer(group, name="feed")

    @group.command(name="list")
    def list_(file: File = FEEDS, json: Json = False) -> None:
        """Each feed of the file: how often it is asked, when it last answered, and what is wrong with it."""
        entries = load_feeds(file)
        known = connected(lambda connections: standings(connections.engine, [entry.name for entry in entries]))
        rows = [_row(entry, known.get(entry.name, Standing())) for entry in entries]
        columns = ("name", "kind", "every", "polled_at", "problem", "url")
        print_rows(rows, columns, as_json=json, empty=f"no feed is named in {file}: it shows what one looks like")

    @group.command()
    def run(
        names: Annotated[
            list[str] | None, typer.Argument(help="Only these feeds; all of the file without any.")
        ] = None,
        file: File = FEEDS,
        once: Annotated[bool, typer.Option("--once", help="Ask each once and end; exit code 1 if one failed.")] = False,
        json: Annotated[bool, typer.Option("--json", help="One JSON object a poll, a line each.")] = False,
    ) -> None:
        """Ask the feeds, as often as the file says, and publish what is new to ops.telemetry, until Ctrl-C."""
        logging.getLogger("httpx").setLevel(logging.WARNING)  # which would tell every address that is asked
        entries = _named(load_feeds(file), names or [], file)
        tokens = {entry.name: _token(entry) for entry in entries if entry.poll.token_from}
        polled = with_bus(lambda connections: _run(connections, entries, tokens, once=once, json=json))
        if any(one.problem for one in polled):
            sys.exit(1)


async def _run(
    connections: Connections, entries: list[Entry], tokens: dict[str, str], *, once: bool, json: bool
) -> list[Polled]:
    async with Fetcher() as fetcher:
        desk = Desk(connections.engine, connections.bus, fetcher, tokens)
        if not once:
            await _until_told(keep_polling(desk, entries, lambda polled: _say(polled, json=json, quiet=True)))
            return []
        polled = await poll_once(desk, entries)
        for one in polled:
            _say(one, json=json, quiet=False)
        return polled


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Go on until Ctrl-C or SIGTERM, and end in order then."""
    working = asyncio.create_task(work)
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working


def _say(polled: Polled, *, json: bool, quiet: bool) -> None:
    """One line: for programs every poll, for people those that are worth a line."""
    if json:
        typer.echo(msgspec.json.encode(polled._asdict()).decode())
    elif polled.problem:
        typer.echo(f"{polled.feed}: {polled.problem}", err=True)
    elif polled.events or not quiet:
        typer.echo(f"{polled.feed}: {polled.events} event{'s' * (polled.events != 1)}")


def _named(entries: tuple[Entry, ...], names: list[str], file: Path) -> list[Entry]:
    """The feeds of these names. Raises Misconfigured."""
    known = {entry.name: entry for entry in entries}
    for name in names:
        if name not in known:
            raise Misconfigured(f"{file} has no feed `{name}`: {nearest(name, known) if known else 'it names none'}")
    if not known:
        raise Misconfigured(f"{file} names no feed: add one under `feeds`, the file shows how")
    return [known[name] for name in dict.fromkeys(names)] or list(entries)


def _token(entry: Entry) -> str:
    """The feed's token. Raises Misconfigured if its variable is not set."""
    if token := os.environ.get(entry.poll.token_from, "").strip():
        return token
    raise Misconfigured(
        f"the environment variable {entry.poll.token_from} is not set: it is the token of `{entry.name}`"
    )


def _row(entry: Entry, standing: Standing) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "every": f"{entry.poll.every.total_seconds():g} s",
        "polled_at": standing.polled_at,
        "problem": standing.problem or None,
        "failed_at": standing.failed_at,
        "url": entry.feed.url,
    }
