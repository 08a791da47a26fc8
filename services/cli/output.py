"""How commands speak: a table for people, JSON with `--json` for programs."""

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="JSON for programs instead of a table for people.")]

WIDE = 220
"""Columns when the output is no terminal: lines that a program can take apart are not folded."""


def paper(width: int | None = None) -> Console:
    """Where a command writes its lines: what is put there is text, and brackets in it are no markup."""
    return Console(highlight=False, soft_wrap=True, markup=False, width=width)


def harmless(text: str) -> str:
    """The text without what steers a terminal: customers' words are read there too."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(char) else char for char in text)


def _steers(char: str) -> bool:
    return unicodedata.category(char) == "Cc" and char not in "\n\t"


def print_json(value: Any) -> None:
    """One JSON document; times are RFC 3339, sums are decimal strings."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def print_rows(rows: Iterable[Any], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """A listing. `rows` are structs or mappings; `columns` the fields that people see; `empty` is said for none."""
    plain = [msgspec.to_builtins(row, builtin_types=(datetime,)) for row in rows]
    if as_json:
        print_json(plain)
        return
    if not plain:
        typer.echo(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for n, name in enumerate(columns):
        table.add_column(name.replace("_", " "), no_wrap=not n)  # the first is what the next command is called with
    for row in plain:
        table.add_row(*(Text(harmless(_cell(row.get(name)))) for name in columns))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


def _cell(value: Any) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case {"amount": amount, "currency": currency, **more} if not more:
            return f"{currency} {amount}"
        case dict():
            return ", ".join(f"{name} {_cell(part)}" for name, part in value.items())
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        case list() | tuple():
            return ", ".join(map(_cell, value))
        case _:
            return str(value)
