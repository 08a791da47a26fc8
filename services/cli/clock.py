"""`amends clock`: the one clock of the road, and how to let eight weeks pass before a go-live."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import text

from services.cli.connected import connected
from services.cli.output import Json, print_json
from shared.errors import Misconfigured
from shared.host.connections import Connections

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def register(app: typer.Typer) -> None:
    """Add `clock show` and `clock set`."""
    clock = typer.Typer(help="The road's clock (AMENDS_CLOCK=manual lets you set it).", no_args_is_help=True)
    app.add_typer(clock, name="clock")

    @clock.command()
    def show(json: Json = False) -> None:
        """Print what time it is on the road."""
        _print(connected(_now), as_json=json)

    @clock.command(name="set")
    def set_(
        to: Annotated[str, typer.Argument(help="An instant with a zone, 2026-03-01T09:00:00Z, or +8w, +14d, +90s.")],
        json: Json = False,
    ) -> None:
        """Move the manual clock; every timer that is due by then fires within a second."""

        async def move(connections: Connections) -> datetime:
            moment = parse(to, await _now(connections))
            async with connections.engine.begin() as tx:
                moved = await tx.execute(text("update clock.manual set instant = :moment"), {"moment": moment})
            if not moved.rowcount:
                raise Misconfigured("the clock runs by itself: start the services with AMENDS_CLOCK=manual to set it")
            return moment

        _print(connected(move), as_json=json)


def parse(given: str, now: datetime) -> datetime:
    """The instant that was asked for. Raises Misconfigured for a form that is none, or a step back in time."""
    if step := re.fullmatch(r"\+(\d{1,6})([smhdw])", given):
        return now + timedelta(**{UNITS[step[2]]: int(step[1])})
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise Misconfigured(f"{given!r} is no time: give 2026-03-01T09:00:00Z, or +8w, +14d, +3h, +10m, +90s") from None
    if moment.tzinfo is None:
        raise Misconfigured(f"{given} has no zone: write {given}Z for UTC, or an offset such as +01:00")
    if moment < now:
        raise Misconfigured(f"{given} is before the road's time, {now.isoformat()}: the clock only goes forward")
    return moment


async def _now(connections: Connections) -> datetime:
    async with connections.engine.connect() as connection:
        moment: datetime = (await connection.execute(text("select clock.now()"))).scalar_one()
        return moment


def _print(moment: datetime, *, as_json: bool) -> None:
    print_json({"now": moment}) if as_json else typer.echo(moment.isoformat())
