"""`amends payouts`: what was granted and is not with the customer yet, and who sees to it."""

from typing import Annotated, Any

import typer

from services.cli.connected import connected
from services.cli.output import Json, print_rows
from services.offer.console import payouts
from shared.host.connections import Connections


def register(app: typer.Typer) -> None:
    """Add `payouts list`."""
    group = typer.Typer(help="What was granted, money or not, until it has arrived.", no_args_is_help=True)
    app.add_typer(group, name="payouts")

    @group.command(name="list")
    def list_(
        late: Annotated[bool, typer.Option("--late", help="Only what should be there by now.")] = False,
        json: Json = False,
    ) -> None:
        """What has not arrived, longest due first."""

        async def work(connections: Connections) -> Any:
            async with connections.engine.connect() as connection:
                return await payouts.list_open(connection, late)

        columns = ("complaint", "ledger", "form", "amount", "state", "due", "owner", "key")
        empty = "nothing is late" if late else "everything has arrived"
        print_rows(connected(work), columns, as_json=json, empty=empty)
