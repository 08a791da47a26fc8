"""A reader of the bus inside the database: takes what has arrived, wakes up when something does."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import embedded_log
from shared.bus.bell import Bell
from shared.bus.embedded_members import MemberRow
from shared.bus.embedded_session import Session
from shared.bus.embedded_watch import Watch
from shared.bus.seam import BATCH_RECORDS, Batch, Ends, Partition
from shared.bus.share import Share
from shared.errors import Unavailable

GOODBYE_SECONDS = 2.0
NOTHING = Ends(0, 0)


class EmbeddedSubscription:
    """One member's share of some topics; see `seam.Subscription`. Reads on a session of its own."""

    def __init__(self, engine: AsyncEngine, watch: Watch, group: str, topics: Sequence[str]) -> None:
        self.row = MemberRow(group, uuid4(), tuple(topics))
        self._watch = watch
        self._session = Session(engine)
        self._share = Share()
        self._assigned: set[Partition] = set()
        self._empty_to: dict[Partition, int] = {}
        """Between a position and this offset there is nothing: holes at a log's end are looked at once."""
        self._bell = Bell()
        self._turn = 0
        self._stopped = False

    async def start(self) -> None:
        await self._watch.join(self)

    async def stop(self) -> None:
        self._stopped = True
        self.assign(set())
        self._bell.ring()
        with contextlib.suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._watch.leave(self)
        self._session.drop()

    def assign(self, share: set[Partition]) -> None:
        """The watch says what is ours."""
        if share != self._assigned:
            self._assigned = share
            self._share.assign(share)
            self._bell.ring()

    def wake(self) -> None:
        """The watch has seen something."""
        self._bell.ring()

    async def unplaced(self) -> tuple[int, Mapping[Partition, Ends]]:
        self._watch.check()
        generation, standing = self._share.generation, set(self._share.standing)
        if not standing:
            return generation, {}
        async with self._session.use() as connection:
            ends = await embedded_log.ends(connection, standing)
        self._watch.see(ends)
        return generation, ends

    def place(self, generation: int, positions: Mapping[Partition, int]) -> None:
        placed = self._share.place(generation, positions)
        for part in placed:
            self._empty_to.pop(part, None)
        if placed:
            self._bell.ring()

    async def take(self, lane: int, wait: float) -> Batch | None:
        deadline = time.monotonic() + wait
        while not self._stopped:
            self._watch.check()
            if grown := self._grown(lane):
                if batch := await self._read(grown):
                    return batch
            elif (left := deadline - time.monotonic()) > 0:
                await self._bell.wait(left)
            else:
                return None
        return None

    def back(self, batch: Batch) -> None:
        self._share.back(batch)

    def committed(self, batch: Batch) -> None:
        self._share.committed(batch)

    async def lag(self) -> int:
        self._watch.check()
        return sum(max(0, self._end(part) - max(done, self._empty(part))) for part, done in self._share.done.items())

    def _grown(self, lane: int) -> dict[Partition, int]:
        """The lane's logs that hold something new, another one first each time: a full log must not hide the rest."""
        positions = {part: self._share.position(part) for part in self._share.lane(lane)}
        outside = [part for part, at in positions.items() if not self._begin(part) <= at <= self._end(part)]
        self._share.halt(outside)
        grown = [part for part, at in positions.items() if self._end(part) > max(at, self._empty(part))]
        inside = [part for part in grown if part not in outside]
        self._turn += 1
        start = self._turn % len(inside) if inside else 0
        return {part: positions[part] for part in inside[start:] + inside[:start]}

    async def _read(self, positions: dict[Partition, int]) -> Batch | None:
        generation, ends = self._share.generation, {part: self._end(part) for part in positions}
        async with self._session.use() as connection:
            drained = await embedded_log.read(connection, positions, BATCH_RECORDS)
        # What was read may be newer than what the watch has heard of; a position past a log's known end would halt it.
        self._watch.see({part: Ends(self._begin(part), records[-1].offset + 1) for part, records in drained if records})
        if generation != self._share.generation:
            return None
        if not any(records for _, records in drained):
            self._empty_to.update(ends)
        return self._share.batch(
            (part, records) for part, records in drained if self._share.stands(part, positions[part])
        )

    def _begin(self, part: Partition) -> int:
        return self._watch.ends.get(part, NOTHING).begin

    def _end(self, part: Partition) -> int:
        return self._watch.ends.get(part, NOTHING).end

    def _empty(self, part: Partition) -> int:
        return self._empty_to.get(part, 0)
