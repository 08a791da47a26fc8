"""`amends fairness`: whether customers of one failure were treated alike, and where not, why."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from services.cli.connected import connected
from services.cli.output import Json, paper, print_json
from services.cli.phrases import words
from services.offer.console.fairness import Cause, Compared, Fairness
from services.offer.console.incident import read_fairness
from shared.errors import Misconfigured
from shared.host.connections import Connections

UNEXPLAINED = 1
"""How the command exits where a difference has no cause."""


def register(app: typer.Typer) -> None:
    """Add `fairness`."""

    @app.command()
    def fairness(
        incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="The incident, as operations call it.")],
        json: Json = False,
    ) -> None:
        """Lay the cases of an incident side by side, and name the cause of every difference."""

        async def work(connections: Connections) -> Any:
            async with connections.engine.connect() as connection:
                return await read_fairness(connection, incident)

        found: Fairness = connected(work)
        if not found.cases:
            raise Misconfigured(f"no case belongs to an incident {incident!r}: `amends case list` shows what there is")
        print_json(found) if json else show(found, paper())
        if found.unexplained:
            raise typer.Exit(UNEXPLAINED)


def show(found: Fairness, console: Console) -> None:
    """One case whole, how many are just so, and each that is not with what makes it so."""
    first, *others = found.cases
    alike = sum(not case.differences for case in others)
    console.print(Text(f"incident {found.incident}: {len(found.cases)} cases", style="bold"))
    for line in _lines(first):
        console.print(line)
    console.print(Text(f"  and {alike} more just so" if alike else "", style="dim"))
    for case in others:
        if case.differences:
            for line in _lines(case):
                console.print(line)
    said = "every difference has a cause" if not found.unexplained else f"{found.unexplained} differences have no cause"
    console.print(Text(f"\n{said}", style="bold green" if not found.unexplained else "bold red"))


def _lines(case: Compared) -> Iterator[Text]:
    yield Text(f"\n{case.complaint}", style="bold") + Text(f"  {words(case.state)}   case {case.case}", style="dim")
    yield Text(f"  owed {case.remedy}; given {case.given}")
    for n, offer in enumerate(case.offers, 1):
        yield Text(f"  options {n}: {offer}")
    for one in case.differences:
        yield Text(f"  {one.what}: {one.here or 'none'}, elsewhere {one.there or 'none'}", style="yellow")
        for cause in one.causes:
            yield Text(f"    because of {_because(cause)}")
        if not one.causes:
            yield Text("    without a cause that we know", style="bold red")


def _because(cause: Cause) -> str:
    return f"{words(cause.code)} ({cause.what}): {cause.here}, elsewhere {cause.there}"
