"""`amends tail`: what is on a topic, on either bus."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from services.cli import timeline
from services.cli.connected import with_bus
from services.cli.output import Json
from shared.bus import codec
from shared.bus.seam import Bus, Partition, Record
from shared.errors import Malformed, Misconfigured, TooLarge
from shared.events import TOPICS
from shared.host.connections import Connections

READ = 500
LOOK = 0.05
"""Seconds between two looks at a silent topic."""


def register(app: typer.Typer) -> None:
    """Add `tail`."""

    @app.command()
    def tail(
        topic: Annotated[str, typer.Argument(help="A topic; `amends.cases` means `amends.cases.v1`.")],
        from_start: Annotated[bool, typer.Option(help="Begin with the oldest record instead of new ones.")] = False,
        until_idle: Annotated[
            float | None,
            typer.Option(min=0, help="End when nothing has come for so many seconds; else run until Ctrl-C."),
        ] = None,
        json: Json = False,
    ) -> None:
        """Print records as they come: one line each, or with --json one CloudEvent (structured form) a line."""

        async def work(connections: Connections) -> None:
            async for record in follow(
                connections.bus, (wire_name(topic),), from_start=from_start, until_idle=until_idle
            ):
                _print(record, as_json=json)

        try:
            with_bus(work)
        except KeyboardInterrupt:
            return


def wire_name(topic: str) -> str:
    """The topic's full name. Raises Misconfigured for one that the road does not have."""
    full = topic if topic.endswith(".v1") else f"{topic}.v1"
    if full not in TOPICS:
        raise Misconfigured(f"there is no topic {topic!r}: choose from {', '.join(name[:-3] for name in TOPICS)}")
    return full


async def follow(
    bus: Bus, topics: tuple[str, ...], *, from_start: bool, until_idle: float | None = None
) -> AsyncIterator[Record]:
    """Records of these topics, in order per partition, as they come; ends after `until_idle` seconds of silence."""
    partitions = [Partition(topic, number) for topic in topics for number in range(await bus.partitions(topic))]
    ends = await bus.ends(partitions)
    positions = {part: end.begin if from_start else end.end for part, end in ends.items()}
    heard = time.monotonic()
    while until_idle is None or time.monotonic() - heard < until_idle:
        records = await bus.read(positions, READ)
        for record in by_time(records):
            heard = time.monotonic()
            positions[record.partition] = record.offset + 1
            yield record
        if not records:
            await asyncio.sleep(LOOK)


def by_time(records: Iterable[Record]) -> list[Record]:
    """As they entered the road, without leaving the order of their partitions: two who write to one may overlap."""
    latest: dict[Partition, datetime] = {}
    moments = []
    for record in records:
        latest[record.partition] = max(record.at, latest.get(record.partition, record.at))
        moments.append((latest[record.partition], record))
    return [record for _, record in sorted(moments, key=lambda moment: moment[0])]


def _print(record: Record, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(codec.to_structured(record)))
        return
    where = f"{record.partition.number}/{record.offset}".rjust(8)
    try:
        event = codec.decode(record).event
        line = timeline.line(event, record.at)
        about = getattr(event, "complaint", None) or getattr(event, "id", "") or ""
        Console(soft_wrap=True).print(Text(f"{where}  {about:<12} ", style="dim") + line)
    except (Malformed, TooLarge) as wrong:
        Console(soft_wrap=True).print(Text(f"{where}  {'':<12} unreadable: {wrong}", style="red"))
