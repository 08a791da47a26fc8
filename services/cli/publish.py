"""`amends publish`: put events from a file onto a topic, acknowledged before it returns."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.cli.connected import with_bus
from services.cli.output import Json, print_json
from services.cli.tail import wire_name
from shared.bus import codec
from shared.bus.seam import Outgoing
from shared.errors import Malformed, Misconfigured, TooLarge
from shared.host.connections import Connections

AT_ONCE = 500


def register(app: typer.Typer) -> None:
    """Add `publish`."""

    @app.command()
    def publish(
        topic: Annotated[str, typer.Argument(help="crm.complaints, ops.telemetry, …")],
        file: Annotated[
            str, typer.Argument(help="One JSON event a line (CloudEvents structured, or plain); - is standard input.")
        ],
        unchecked: Annotated[
            bool, typer.Option(help="Publish lines that no flow can read as they are, e.g. to try dead letters.")
        ] = False,
        json: Json = False,
    ) -> None:
        """Publish each line, keyed by customer, subject or service as the topic wants.

        A line that is no event stops it before that line is sent, and says which one and why.
        """
        count = with_bus(lambda connections: _publish(connections, wire_name(topic), file, unchecked))
        print_json({"published": count}) if json else typer.echo(told(count, wire_name(topic)))


def told(count: int, topic: str) -> str:
    """What was done, as a sentence."""
    return f"1 event is on {topic}" if count == 1 else f"{count} events are on {topic}"


async def _publish(connections: Connections, topic: str, file: str, unchecked: bool) -> int:
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} events"), TimeElapsedColumn())
    with Progress(*columns, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("publishing", total=None)
        count = 0
        for chunk, wrong in _chunks(topic, _lines(file), unchecked):
            await connections.bus.publish(chunk)
            count += len(chunk)
            progress.update(task, completed=count)
            if wrong:
                raise Misconfigured(f"{wrong} ({count} before it went out)")
    return count


def _chunks(topic: str, lines: Iterable[bytes], unchecked: bool) -> Iterator[tuple[list[Outgoing], str]]:
    """What to publish at once; with the last chunk, what is wrong with the line after it, if one is."""
    chunk: list[Outgoing] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            chunk.append(codec.parse_line(topic, line, unchecked=unchecked))
        except (Malformed, TooLarge) as wrong:
            yield chunk, f"line {number}: {wrong}"
            return
        if len(chunk) == AT_ONCE:
            yield chunk, ""
            chunk = []
    yield chunk, ""


def _lines(file: str) -> Iterator[bytes]:
    if file == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as source:
            yield from source
    except OSError as wrong:
        raise Misconfigured(f"cannot read {file}: {wrong.strerror}") from None
