"""One of a member's two lanes: it takes what has arrived on its partitions, one batch at a time, and sees it through.

Whatever did not surely commit goes back: the next batch begins where the rows say, never where the client stands.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.seam import LANES, Batch, Bus, Subscription
from shared.errors import Fenced, FlowStopped, Misconfigured, OutsideLog, Unavailable
from shared.runtime import failpoints, metrics, positions
from shared.runtime.backoff import Backoff
from shared.runtime.cuts import cut
from shared.runtime.failures import named
from shared.runtime.flow import Flow
from shared.runtime.hop import At
from shared.runtime.passage import Passage
from shared.runtime.pause import pause
from shared.runtime.standing import Standing
from shared.runtime.visitors import IN_ONE_GO, Visitors
from shared.runtime.watchdog import Watchdog

WAIT = 0.25
"""Seconds that a lane waits for a first record, and a stopped one for a word, before it looks around."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lane:
    """Lane `number` of a member; it serves the partitions whose number modulo LANES is its own."""

    number: int
    flow: Flow[Any, Any]
    engine: AsyncEngine
    bus: Bus
    subscription: Subscription
    passage: Passage[Any, Any]
    standing: Standing
    watchdog: Watchdog
    committed: Callable[[], None]
    stopping: asyncio.Event
    at: At
    visitors: Visitors
    backoff: Backoff = field(default_factory=Backoff)

    async def run(self) -> None:
        """Go round until told to stop; what goes wrong on the way is named, waited out and tried again."""
        while not self.stopping.is_set():
            self.watchdog.turn(self.number)
            try:
                await self._turn()
            except Fenced as fenced:
                metrics.FENCED.labels(self.flow.name).inc()
                log.info("fenced", flow=self.flow.name, reason=str(fenced))
            except (Unavailable, Misconfigured) as away:
                self.watchdog.progress()  # waiting for the world is no hanging
                await self._wait_out(str(away))
            except Exception as unforeseen:
                log.exception("lane_failed", flow=self.flow.name, lane=self.number)
                await self._wait_out(f"unforeseen: {unforeseen}")
            else:
                self.standing.well(self._name)
                self.backoff.reset()

    async def _turn(self) -> None:
        if not self.standing.runs:
            self.watchdog.progress()
            await pause(self.stopping, WAIT)
            return
        try:
            await self._place()
            await self._take()
        except FlowStopped as why:
            log.warning("flow_stopped", flow=self.flow.name, reason=str(why))
            await self.standing.look()

    async def _place(self) -> None:
        """Put this lane's share where its rows say: after a start, a rebalance and a batch that went back alike."""
        generation, standing_still = await self.subscription.unplaced()
        logs = {part: ends for part, ends in standing_still.items() if part.number % LANES == self.number}
        self.standing.placing(self.number, bool(logs))
        if not logs:
            return
        with named():
            async with self.engine.begin() as tx:
                found = await positions.find(tx, self.flow.service, self.flow.name, logs)
        await self.at("found")
        if outside := positions.outside(found, logs):
            now = await self.bus.ends(outside)  # the rows may be younger than the ends that we were told
            if outside := positions.outside(outside, now):
                reason = positions.described(outside, now)
                if await self.standing.stop_outside(outside, reason):
                    raise OutsideLog(reason)
                return
        failpoints.reach("after-assignment-before-seek")
        self.subscription.place(generation, found)
        self.standing.placing(self.number, False)

    async def _take(self) -> None:
        batch = await self.subscription.take(self.number, WAIT)
        if batch is None:
            return
        await self.visitors.let_pass()
        if not self.standing.runs:  # stopped while we waited
            self.subscription.back(batch)
            return
        try:
            await self._see_through(batch)
        except BaseException:
            self.subscription.back(batch)
            raise
        self.subscription.committed(batch)
        self.watchdog.progress()
        self.committed()

    async def _see_through(self, batch: Batch) -> None:
        """In one transaction; while somebody is being served, in several small ones, and they go first each time."""
        while self.visitors.here and batch.records > IN_ONE_GO:
            first, batch = cut(batch, IN_ONE_GO)
            await self.passage.take(first)
            await self.visitors.let_pass()
        await self.passage.take(batch)

    async def _wait_out(self, reason: str) -> None:
        metrics.UNAVAILABLE.labels(self.flow.name).inc()
        self.standing.trouble(self._name, reason)
        await pause(self.stopping, self.backoff.seconds())

    @property
    def _name(self) -> str:
        return f"lane {self.number}"
