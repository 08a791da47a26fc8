"""`amends demo`: from a bare checkout to the whole road at work, with a story that everybody has lived through."""

import asyncio
import shutil
import sys
import time
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from services.__main__ import ALL
from services.cli.customer import Customers
from services.cli.stage import Stage
from services.cli.story import Moment, Story, load_story, moments
from services.cli.tail import follow
from shared.bus import codec
from shared.bus.seam import Outgoing
from shared.events import ANSWERS, CASES, COMPLAINTS, CRM, DEAD_LETTERS, NOTICES, PAYOUTS, TELEMETRY, VERDICTS
from shared.host.connections import Connections
from shared.host.run import serve_here
from shared.host.settings import CHECKOUT, Settings

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
        console = Console(highlight=False)
        stage = Stage(load_story(CHECKOUT / "deploy" / "demo" / "story.yaml"), console)
        settings = demo_settings()
        shutil.rmtree(settings.home / "mail", ignore_errors=True)
        serve_here(list(ALL.values()), settings, lambda connections: play(connections, stage, stays(stay)), empty=True)
        sys.exit(0 if stage.ended() else 1)


def demo_settings() -> Settings:
    """Embedded defaults whatever the environment says, with the clocks of the story and free choice of ports."""
    given = Settings(database_url="", kafka="", smtp_url="", clock="system", mode="live", log_format="json")
    home = CHECKOUT / ".amends" / "demo"
    return given.model_copy(update={"home": home, "policy": CHECKOUT / "deploy" / "demo" / "policy", "base_url": ""})
