"""`amends case`: how a case stands, what happened to it, and why."""

from typing import Annotated, Any

import typer

from services.cli.connected import connected
from services.cli.output import Json, print_json, print_rows
from services.offer import cases
from shared.errors import Misconfigured
from shared.host.connections import Connections


def register(app: typer.Typer) -> None:
    """Add `case list` and `case show`."""
    case = typer.Typer(help="Cases: what a customer was owed and offered, and how it ended.", no_args_is_help=True)
    app.add_typer(case, name="case")

    @case.command(name="list")
    def list_(
        waiting: Annotated[bool, typer.Option(help="Only those that wait for a person.")] = False, json: Json = False
    ) -> None:
        """The cases, latest first."""

        async def work(connections: Connections) -> Any:
            async with connections.engine.connect() as connection:
                return await cases.list_cases(connection, waiting=waiting)

        columns = ("complaint", "state", "round", "severity", "subject", "why", "opened_at", "case")
        print_rows(connected(work), columns, as_json=json, empty="no cases wait" if waiting else "no cases yet")

    @case.command()
    def show(
        wanted: Annotated[str, typer.Argument(metavar="ID", help="The case, or the CRM's number of the complaint.")], json: Json = False
    ) -> None:
        """One case whole: its state, its timeline, what was paid, what is still in reserve."""

        async def work(connections: Connections) -> Any:
            async with connections.engine.connect() as connection:
                return await cases.show_case(connection, wanted)

        found = connected(work)
        if found is None:
            raise Misconfigured(f"there is no case and no complaint {wanted!r}: `amends case list` shows what there is")
        print_json(found) if json else _print(found)


def _print(found: Any) -> None:
    raise NotImplementedError
