"""Runs one flow in this process: takes what has arrived, has it answered in one transaction, and goes on from there.

A member runs two lanes, so that Python and PostgreSQL work at the same time. Nothing but being told to ends the loop.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.seam import LANES, Bus, Partition, Subscription
from shared.errors import Misconfigured, Unavailable
from shared.runtime import metrics, positions
from shared.runtime.backoff import Backoff
from shared.runtime.failures import named
from shared.runtime.flow import Flow
from shared.runtime.hop import At, straight_on
from shared.runtime.lane import Lane
from shared.runtime.passage import Passage
from shared.runtime.pause import pause
from shared.runtime.standing import Standing, State
from shared.runtime.visitors import Visitors
from shared.runtime.watchdog import PATIENCE, Watchdog

LOOK = 1.0
"""Seconds between two looks at whether the flow may run, and how far it is behind."""
LAG_SECONDS = 2.0
GRACE = 3.0
"""Seconds in which the batch in hand ends when the member is told to stop; past it the batch rolls back."""

log = structlog.get_logger()


class Member:
    """One process's share of one flow."""

    def __init__(
        self,
        flow: Flow[Any, Any],
        bus: Bus,
        engine: AsyncEngine,
        *,
        wake: Sequence[Callable[[], None]] = (),
        at: At = straight_on,
        patience: float = PATIENCE,
        visitors: Visitors | None = None,
    ) -> None:
        """`wake` is called after every commit, for the relay first of all; `at` is awaited at named places, for tests.

        `patience`: seconds without progress after which the member is no longer alive. `visitors`: whom its batches let
        pass, those of this process.
        """
        self.flow = flow
        self._bus, self._engine, self._wake, self._at = bus, engine, tuple(wake), at
        self._visitors = visitors or Visitors()
        self._passage = Passage(flow, engine, at)
        self._standing = Standing(flow, engine)
        self._watchdog = Watchdog(LANES, patience)
        self._stopping, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()

    async def run(self) -> None:
        """Run the flow until `stop`. Bad days of the world are waited out; nothing but cancellation ends it."""
        self._idle.clear()
        try:
            if subscription := await self._join():
                await self._run(subscription)
        finally:
            self._idle.set()

    async def stop(self) -> None:
        """Fetch nothing more, let the batch in hand end or roll back, and leave; returns when that is done."""
        self._stopping.set()
        await self._idle.wait()

    def state(self) -> State:
        """How the flow stands in this process, and why."""
        return self._standing.state()

    def alive(self) -> bool:
        """Whether its loops turn; one that waits for PostgreSQL, or was stopped on purpose, is alive."""
        return self._watchdog.alive()

    @property
    def lag(self) -> int:
        """Records behind the positions of this member, when last asked (once a second)."""
        return self._watchdog.lag

    async def positions(self) -> dict[Partition, int]:
        """Where the flow stands in each log, over all members. Raises Unavailable."""
        with named():
            async with self._engine.connect() as connection:
                return await positions.read(connection, self.flow.service, self.flow.name)

    async def _join(self) -> Subscription | None:
        """A started subscription; none when told to stop before one could be had."""
        backoff = Backoff()
        while not self._stopping.is_set():
            subscription = self._bus.subscribe(f"amends-{self.flow.name}", self.flow.topics)
            try:
                await subscription.start()
            except (Unavailable, Misconfigured) as away:
                for lane in range(LANES):
                    self._watchdog.turn(lane)
                self._standing.trouble("join", str(away))
                await subscription.stop()
                await pause(self._stopping, backoff.seconds())
            else:
                self._standing.well("join")
                return subscription
        return None

    async def _run(self, subscription: Subscription) -> None:
        lanes = [self._lane(number, subscription) for number in range(LANES)]
        tasks = [asyncio.create_task(work) for work in (self._oversee(subscription), *(lane.run() for lane in lanes))]
        try:
            await self._stopping.wait()
            await asyncio.wait(tasks, timeout=GRACE)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await subscription.stop()

    def _lane(self, number: int, subscription: Subscription) -> Lane:
        return Lane(
            number,
            self.flow,
            self._engine,
            self._bus,
            subscription,
            self._passage,
            self._standing,
            self._watchdog,
            self._committed,
            self._stopping,
            self._at,
            self._visitors,
        )

    def _committed(self) -> None:
        for wake in self._wake:
            wake()

    async def _oversee(self, subscription: Subscription) -> None:
        """Once a second: may the flow run, and how far is it behind?"""
        while not self._stopping.is_set():
            try:
                await self._standing.look()
                self._watchdog.behind(await asyncio.wait_for(subscription.lag(), LAG_SECONDS))
                self._standing.well("look")
            except (Unavailable, Misconfigured, TimeoutError) as away:
                self._standing.trouble("look", str(away) or "the bus does not say how far it is")
            except Exception as unforeseen:
                log.exception("look_failed", flow=self.flow.name)
                self._standing.trouble("look", f"unforeseen: {unforeseen}")
            metrics.LAG.labels(self.flow.name).set(self.lag)
            metrics.STOPPED.labels(self.flow.name).set(not self._standing.runs)
            await pause(self._stopping, LOOK)
