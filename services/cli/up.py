"""`amends up`: run the services in the foreground."""

from typing import Annotated

import typer

from services.__main__ import ALL
from shared.errors import Misconfigured
from shared.host.run import main


def register(app: typer.Typer) -> None:
    """Add `up`."""

    @app.command()
    def up(
        services: Annotated[
            list[str] | None, typer.Argument(help=f"Some of {', '.join(ALL)}; none: all of them.")
        ] = None,
    ) -> None:
        """Run all services, or those named, each on its own port, until Ctrl-C.

        Topics are made first; the embedded database is migrated too. With a database of your own run `amends migrate`
        before; until then the services are unready and say so.
        """
        unknown = [name for name in services or () if name not in ALL]
        if unknown:
            raise Misconfigured(f"there is no service {unknown[0]!r}: choose from {', '.join(ALL)}")
        main(**{name: ALL[name] for name in services or ALL})
