"""`amends migrate`: bring the database's schemas to what this version needs."""

import asyncio

import typer

from services.cli.output import Json, print_json
from shared.host.connections import connect
from shared.host.migrate import migrate
from shared.host.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add `migrate`."""

    @app.command(name="migrate")
    def command(json: Json = False) -> None:
        """Create or upgrade the schemas. Safe to repeat, and for several at once; waits for locks a few seconds."""
        revision = asyncio.run(_migrate())
        print_json({"revision": revision}) if json else typer.echo(f"the database is at revision {revision}")


async def _migrate() -> str:
    async with connect(read_settings(), "amends migrate") as connections:
        return await migrate(connections.url)
