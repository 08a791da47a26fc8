"""`amends settings`: every setting, what it is now, and what it is for."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer

from services.cli.output import Json, print_rows
from shared.host.settings import CHECKOUT, Settings, read_settings

SECRET = ("key", "secret", "password", "url")
"""Settings whose value nobody should read over a shoulder; a URL may hold a password."""


class Row(msgspec.Struct, frozen=True):
    """One setting: its variable, its default as text, its value now (none where it is the default), its meaning."""

    setting: str
    default: str
    now: str | None
    meaning: str


def register(app: typer.Typer) -> None:
    """Add `settings`."""

    @app.command()
    def settings(json: Json = False) -> None:
        """List the settings, each an environment variable, with the value in force where it is not the default."""
        columns = ("setting", "default", "now", "meaning")
        print_rows(rows(read_settings()), columns, as_json=json, empty="there are no settings")


def rows(settings: Settings | None = None) -> Iterator[Row]:
    """The settings in order; without `settings` only what they are by default."""
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name) if settings else field.default
        hidden = "(set)" if name.endswith(SECRET) else _text(value)
        now = None if value == field.default else hidden
        yield Row(f"AMENDS_{name.upper()}", _text(field.default), now, field.description or "")


def markdown() -> str:
    """The table of the README."""
    lines = [f"| `{row.setting}` | {f'`{row.default}`' if row.default else ''} | {row.meaning} |" for row in rows()]
    return "\n".join(("| variable | default | meaning |", "|---|---|---|", *lines))


def _text(value: object) -> str:
    return (
        str(value.relative_to(CHECKOUT)) if isinstance(value, Path) and value.is_relative_to(CHECKOUT) else str(value)
    )
