"""One pair of eyes for all readers of a process: what has come in, and who of the other readers still lives."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.bus import embedded_log, embedded_members
from shared.bus.embedded_members import MemberRow
from shared.bus.embedded_session import Session
from shared.bus.seam import Ends, Partition
from shared.errors import Unavailable

LOOK = 0.25
"""Seconds between two looks at all heads, should a notification have been lost."""
TRIM_EVERY = 60.0
TRIM_RECORDS = 1000

log = structlog.get_logger()


class Reader(Protocol):
    """What the watch must know of a reader."""

    row: MemberRow

    def assign(self, share: set[Partition]) -> None:
        """Told after each heartbeat; the same share again changes nothing."""

    def wake(self) -> None:
        """Something has happened that a waiting reader may want to see."""


class Watch:
    """Runs while there are readers; `check` says what is wrong while the database cannot be seen."""

    def __init__(self, engine: AsyncEngine, *, session: float, beat: float, look: float) -> None:
        self.ends: dict[Partition, Ends] = {}
        self._session_seconds, self._beat_seconds, self._look_seconds = session, beat, look
        self._session = Session(engine, self._listen)
        self._readers: list[Reader] = []
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._away: Unavailable | None = None
        self._look_at = self._beat_at = self._trim_at = self._beaten = 0.0

    async def join(self, reader: Reader) -> None:
        """Make the reader a member of its group, and keep it one. Raises Unavailable."""
        async with self._session.use() as connection:
            await embedded_members.beat(connection, [reader.row], self._session_seconds)
            await embedded_members.arrive(connection, reader.row)
        self._readers.append(reader)
        self._beat_soon()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="bus watch")

    async def leave(self, reader: Reader) -> None:
        """Its row goes, so that others take over at once. On the watch's own session: no heartbeat can come after it."""
        if reader not in self._readers:
            return
        self._readers.remove(reader)
        async with self._session.use() as connection:
            await embedded_members.leave(connection, reader.row)

    def check(self) -> None:
        """Raises Unavailable while nothing can be seen."""
        if self._away is not None:
            raise Unavailable(str(self._away))

    async def stop(self) -> None:
        """End at once."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._session.drop()

    async def _run(self) -> None:
        while True:
            try:
                async with self._session.use() as connection:
                    await self._look(connection)
                self._say(None)
                await self._rest(min(self._look_at, self._beat_at) - time.monotonic())
            except Unavailable as away:
                await self._wait_out(away)
            except Exception as unforeseen:  # without a watch every reader would stand still for ever
                log.exception("watch_failed")
                await self._wait_out(Unavailable(f"unforeseen: {unforeseen}"))

    async def _wait_out(self, away: Unavailable) -> None:
        self._say(away)
        self._look_at = 0.0
        self._beat_soon()
        await asyncio.sleep(LOOK)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        self._wanted.clear()

    def _say(self, away: Unavailable | None) -> None:
        if (self._away is None) != (away is None):
            self._wake(self._readers)
        self._away = away

    async def _look(self, connection: AsyncConnection) -> None:
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + self._look_seconds
            self.see(await embedded_log.all_ends(connection))
        if now >= self._beat_at:
            self._beat_at = now + self._beat_seconds
            await self._beat(connection)
        if now >= self._trim_at:
            full = await embedded_log.trim(connection, TRIM_RECORDS) >= TRIM_RECORDS
            self._trim_at = now + (LOOK if full else TRIM_EVERY)

    async def _beat(self, connection: AsyncConnection) -> None:
        """One heartbeat for all readers. After a silence that was too long, others have had their shares meanwhile."""
        mine = [reader.row for reader in self._readers]
        if not mine:
            return
        living = await embedded_members.beat(connection, mine, self._session_seconds)
        counts = Counter(part.topic for part in self.ends)
        late = time.monotonic() - self._beaten > self._session_seconds
        self._beaten = time.monotonic()
        for reader in self._readers:
            if late:
                reader.assign(set())
            if reader.row in living:
                reader.assign(embedded_members.share_of(reader.row, living, counts))

    def _beat_soon(self) -> None:
        self._beat_at = 0.0
        self._wanted.set()

    def see(self, ends: Mapping[Partition, Ends]) -> None:
        """Ends never go back: what is told may be older than a notification that came while it was asked for."""
        changed: set[str] = set()
        for part, told in ends.items():
            known = self.ends.get(part, told)
            newest = Ends(max(known.begin, told.begin), max(known.end, told.end))
            if self.ends.get(part) != newest:
                self.ends[part] = newest
                changed.add(part.topic)
        self._wake(reader for reader in self._readers if not changed.isdisjoint(reader.row.topics))

    @staticmethod
    def _wake(readers: Iterable[Reader]) -> None:
        for reader in readers:
            reader.wake()

    async def _listen(self, driver: Any) -> None:
        await driver.add_listener(embedded_log.CHANNEL, self._hear_of_records)
        await driver.add_listener(embedded_members.CHANNEL, self._hear_of_members)

    def _hear_of_records(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        grown = {part: end for part, end in embedded_log.grown(payload).items() if part in self.ends}
        if grown:
            self.see({part: Ends(self.ends[part].begin, end) for part, end in grown.items()})
        else:  # more logs than a notification can name, or a new one
            self._look_at = 0.0
            self._wanted.set()

    def _hear_of_members(self, _connection: Any, _pid: int, _channel: str, group: str) -> None:
        if any(reader.row.group == group for reader in self._readers):
            self._beat_soon()
