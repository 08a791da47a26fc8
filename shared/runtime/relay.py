"""Publishes what a service has decided: what is unsent, in order, and only then forgets it.

One process leads per service; the others wait for its place. A relay that was overtaken can repeat what it had in hand
and nothing else, and a repeated event is dropped by whoever has heard it.
"""

import asyncio
import contextlib
import time
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.seam import Bus
from shared.errors import Misconfigured, Unavailable
from shared.runtime import inbox, metrics, timers
from shared.runtime.backoff import Backoff
from shared.runtime.failures import named
from shared.runtime.hop import At, straight_on
from shared.runtime.relay_session import RelaySession
from shared.runtime.sending import Sending

LOOK = 0.25
"""Seconds between two looks at the outbox and at the timers when nobody calls."""
STAND_BY = 0.5
"""Seconds between two tries to lead."""
DRAIN = 3.0
"""Seconds in which the rest goes out when the relay is told to stop."""
CLEANING = 60.0
"""Seconds between two looks for rows of the inbox that are old enough to go."""

log = structlog.get_logger()


class Relay:
    """The relay of one service in this process."""

    def __init__(
        self, service: str, bus: Bus, engine: AsyncEngine, *, at: At = straight_on, look: float = LOOK
    ) -> None:
        """`look`: seconds between two looks at what waits when nobody calls. `at` is awaited at named places, for tests."""
        self.service = service
        self.leads = False
        """Whether this process publishes for the service now."""
        self._engine, self._look = engine, look
        self._sending = Sending(service, bus, engine, at)
        self._bell, self._stopping, self._idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._looked = self._cleaned = time.monotonic()
        self._task: asyncio.Task[Any] | None = None

    def wake(self) -> None:
        """Something waits in the outbox: called after each commit, here or, by way of the database, in another process."""
        self._bell.set()

    async def run(self) -> None:
        """Publish until `stop`, or wait for the place. Bad days of the world are waited out."""
        self._idle.clear()
        self._task = asyncio.current_task()
        backoff = Backoff()
        try:
            while not self._stopping.is_set():
                try:
                    async with RelaySession.opened(self.service, self._engine) as session:
                        await self._serve(session, backoff)
                except (Unavailable, Misconfigured) as away:
                    log.warning("relay_waits", service=self.service, reason=str(away))
                    await self._sleep(backoff.seconds())
                except Exception:
                    log.exception("relay_failed", service=self.service)
                    await self._sleep(backoff.seconds())
        finally:
            self._idle.set()

    async def stop(self) -> None:
        """Publish what is left, within seconds, and give the place to the next one."""
        self._stopping.set()
        self._bell.set()
        try:
            await asyncio.wait_for(self._idle.wait(), DRAIN)
        except TimeoutError:
            if self._task is not None:
                self._task.cancel()

    async def _serve(self, session: RelaySession, backoff: Backoff) -> None:
        with named():
            await self._stand_by(session)
            if self._stopping.is_set():
                return
            try:
                self._lead_from_now(True)
                await session.listen(self._bell.set)
                await self._lead(session, backoff)
                await session.release()
            finally:
                self._lead_from_now(False)

    async def _stand_by(self, session: RelaySession) -> None:
        """Until the place is free. What this process has to say is passed on to the one that leads."""
        while not self._stopping.is_set() and not await session.try_to_lead():
            if self._bell.is_set():
                self._bell.clear()
                await session.tell()
            await self._rest(STAND_BY)

    async def _lead(self, session: RelaySession, backoff: Backoff) -> None:
        while True:
            stopping = self._stopping.is_set()  # asked first: what came before it still goes out
            self._bell.clear()
            fired = await self._fire(session)
            sent = await self._sending.send(session)
            backoff.reset()
            if sent or fired:
                continue
            if stopping:
                return
            await self._clean()
            await self._rest(self._look)

    async def _fire(self, session: RelaySession) -> int:
        """Move timers whose moment has come to the outbox; looks for them a few times a second."""
        if time.monotonic() - self._looked < self._look:
            return 0
        fired = 0
        if await timers.any_due(session.connection, self.service):
            async with self._engine.begin() as tx:
                fired = await timers.fire(tx, self.service)
        if fired < timers.FIRED_AT_ONCE:
            self._looked = time.monotonic()
        return fired

    async def _clean(self) -> None:
        """Once in a while let the inbox forget what nobody will ever send again."""
        if time.monotonic() - self._cleaned < CLEANING:
            return
        async with self._engine.begin() as tx:
            gone = await inbox.forget(tx, self.service)
        if gone < inbox.DELETED_AT_ONCE:
            self._cleaned = time.monotonic()

    def _lead_from_now(self, leads: bool) -> None:
        self.leads = leads
        metrics.LEADING.labels(self.service).set(leads)

    async def _rest(self, seconds: float) -> None:
        """Until the bell rings, or so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), seconds)

    async def _sleep(self, seconds: float) -> None:
        """Until told to stop, or so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
