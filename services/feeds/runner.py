"""Asks each source again and again, and puts what it says onto the telemetry topic like anybody else who writes there.

The order: ask, read, publish and wait until the topic has it, then remember how far we are. Whoever dies in between says
the same again the next time, under the same ids.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from services.feeds import cursors
from services.feeds.catalogue import Entry
from services.feeds.fetch import Fetcher
from services.feeds.source import FeedFailed, NoAnswer, Telemetry
from shared.bus import codec
from shared.bus.envelope import Envelope, headers_of, source_of
from shared.bus.seam import BATCH_RECORDS, Bus, Outgoing
from shared.errors import AmendsError, Fenced, Unavailable
from shared.events import TELEMETRY, WIRE

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0
PASSES = (FeedFailed, Fenced, Unavailable)
"""What is tried again."""


class Polled(NamedTuple):
    """What came of one poll: so many events on the topic, or a problem in one line."""

    feed: str
    events: int
    problem: str = ""


class Desk(NamedTuple):
    """What a runner works with; `tokens` are those of the feeds that have one, by name."""

    engine: AsyncEngine
    bus: Bus
    fetcher: Fetcher
    tokens: Mapping[str, str]


async def poll(desk: Desk, entry: Entry) -> int:
    """Ask the feed, page by page, for all that is new; returns how many events are on the topic now.

    Raises FeedFailed, Fenced or Unavailable; what was published before that stays, and is remembered.
    """
    cursor = await cursors.load(desk.engine, entry.name, entry.meaning)
    published = 0
    while asked := entry.ask(cursor.value, await cursors.now(desk.engine)):
        body = await desk.fetcher.fetch(asked, desk.tokens.get(entry.name, ""))
        reading = entry.read(cursor.value, asked, body)
        await _publish(desk.bus, entry.name, reading.events)
        cursor = await cursors.save(
            desk.engine, entry.name, entry.meaning, cursors.Cursor(reading.cursor, cursor.version)
        )
        published += len(reading.events)
        if not asked.more:
            break
    return published


async def poll_once(desk: Desk, entries: Sequence[Entry]) -> list[Polled]:
    """Each feed once, all at the same time, in their order; what is wrong with one does not keep the others."""
    return [polled for polled, _ in await asyncio.gather(*(_attempt(desk, entry) for entry in entries))]


async def keep_polling(desk: Desk, entries: Sequence[Entry], say: Callable[[Polled], None]) -> None:
    """Each feed as often as the file says, until cancelled; after a failure again, ever later, and never all at once.

    Raises Misconfigured for what no later try would mend.
    """
    keeping = [asyncio.create_task(_keep(desk, entry, say)) for entry in entries]
    try:
        await asyncio.gather(*keeping)
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)


async def _keep(desk: Desk, entry: Entry, say: Callable[[Polled], None]) -> None:
    failures = 0
    while True:
        polled, wanted = await _attempt(desk, entry)
        say(polled)
        failures = failures + 1 if polled.problem else 0
        await asyncio.sleep(pause(failures, wanted) if failures else entry.poll.every.total_seconds())


def pause(failures: int, wanted: float) -> float:
    """Seconds until the next try after so many failures in a row; not before the source has `wanted` to be asked."""
    longer = min(FIRST_PAUSE * 2.0 ** min(failures - 1, 30), LONGEST_PAUSE)
    return max(longer, wanted) * random.uniform(1.0, 1.5)


async def _attempt(desk: Desk, entry: Entry) -> tuple[Polled, float]:
    """One poll, and how many seconds the source wants to be left alone for."""
    try:
        return Polled(entry.name, await poll(desk, entry)), 0.0
    except PASSES as failed:
        await _remember(desk.engine, entry.name, failed)
        return Polled(entry.name, 0, str(failed)), failed.retry_after if isinstance(failed, NoAnswer) else 0.0


async def _remember(engine: AsyncEngine, feed: str, failed: AmendsError) -> None:
    with contextlib.suppress(Unavailable):  # then that is the failure, or it will be the next
        await cursors.complain(engine, feed, str(failed))


async def _publish(bus: Bus, feed: str, events: Sequence[Telemetry]) -> None:
    """All are on the topic, in order, when this returns."""
    records = [record(feed, event) for event in events]
    for first in range(0, len(records), BATCH_RECORDS):
        await bus.publish(records[first : first + BATCH_RECORDS])


def record(feed: str, event: Telemetry) -> Outgoing:
    """The event as a CloudEvent of its feed, named by its content: said again it is the same, and changed it is another."""
    source, kind = source_of(f"feeds/{feed}".encode()), WIRE[type(event)][0]
    envelope = Envelope(codec.digest(event).hex().encode(), source, kind.encode(), None)
    return Outgoing(TELEMETRY, None, codec.key_of(event), codec.encode(event), headers_of(envelope), None)
