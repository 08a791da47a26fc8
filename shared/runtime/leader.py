"""Work that one process at a time does for all: whoever holds the right to it; the others wait for their turn."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.errors import Misconfigured, Unavailable
from shared.runtime import metrics
from shared.runtime.backoff import Backoff
from shared.runtime.failures import named
from shared.runtime.pause import pause
from shared.runtime.right import Right

LOOK = 0.25
"""Seconds between two looks for something to do when nobody calls."""
STAND_BY = 0.5
"""Seconds between two tries to lead."""
DRAIN = 3.0
"""Seconds in which the rest is done when told to stop."""

Turn = Callable[[Right], Awaitable[bool]]
"""Does some of the work; says whether there may be more to do at once."""

log = structlog.get_logger()


class Leader:
    """Takes turn after turn while this process holds the right `name`."""

    def __init__(self, name: str, engine: AsyncEngine, turn: Turn, look: float = LOOK) -> None:
        """`look`: seconds between two turns when nobody calls."""
        self.leads = False
        """Whether this process holds the right now."""
        self._name, self._engine, self._turn, self._look = name, engine, turn, look
        self._bell, self._stopping, self._idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._backoff = Backoff()
        self._task: asyncio.Task[Any] | None = None

    @property
    def stops(self) -> bool:
        """Whether it has been told to stop."""
        return self._stopping.is_set()

    def wake(self) -> None:
        """There is something to do: here or, by way of the database, in the process that leads."""
        self._bell.set()

    async def run(self) -> None:
        """Lead until `stop`, or wait for the right to. Bad days of the world are waited out."""
        self._idle.clear()
        self._task = asyncio.current_task()
        try:
            while not self.stops:
                await self._try()
        finally:
            self._idle.set()

    async def stop(self) -> None:
        """Do what is left, within seconds, and give the right to the next one."""
        self._stopping.set()
        self._bell.set()
        try:
            await asyncio.wait_for(self._idle.wait(), DRAIN)
        except TimeoutError:
            if self._task is not None:
                self._task.cancel()

    async def _try(self) -> None:
        try:
            async with Right.opened(self._name, self._engine) as right:
                with named():
                    await self._serve(right)
        except (Unavailable, Misconfigured) as away:
            log.warning("leader_waits", right=self._name, reason=str(away))
            await pause(self._stopping, self._backoff.seconds())
        except Exception:  # a bug in one turn must not end all that come after it
            log.exception("leader_failed", right=self._name)
            await pause(self._stopping, self._backoff.seconds())

    async def _serve(self, right: Right) -> None:
        await self._stand_by(right)
        if self.stops:
            return
        try:
            self._lead_from_now(True)
            await right.listen(self._bell.set)
            await self._lead(right)
            await right.release()
        finally:
            self._lead_from_now(False)

    async def _stand_by(self, right: Right) -> None:
        """Until the right is free. What this process has to say is passed on to the one that leads."""
        while not self.stops and not await right.take():
            if self._bell.is_set():
                self._bell.clear()
                await right.tell()
            await pause(self._bell, STAND_BY)

    async def _lead(self, right: Right) -> None:
        while True:
            last = self.stops  # asked first: what came before it is still done
            self._bell.clear()
            more = await self._turn(right)
            self._backoff.reset()
            if more:
                continue
            if last:
                return
            await pause(self._bell, self._look)

    def _lead_from_now(self, leads: bool) -> None:
        self.leads = leads
        metrics.LEADING.labels(self._name).set(leads)
