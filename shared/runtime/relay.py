"""Publishes what a service has decided: what is unsent, in order, and only then forgets it.

One process leads per service; the others wait for its place. A relay that was overtaken can repeat what it had in hand
and nothing else, and a repeated event is dropped by whoever has heard it.
"""

import time

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.seam import Bus
from shared.runtime import inbox, timers
from shared.runtime.hop import At, straight_on
from shared.runtime.leader import LOOK, Leader
from shared.runtime.right import Right
from shared.runtime.sending import Sending

CLEANING = 60.0
"""Seconds between two looks for rows of the inbox that are old enough to go."""


class Relay:
    """The relay of one service in this process."""

    def __init__(
        self, service: str, bus: Bus, engine: AsyncEngine, *, at: At = straight_on, look: float = LOOK
    ) -> None:
        """`look`: seconds between two looks at what waits when nobody calls. `at` is awaited at named places, for tests."""
        self.service = service
        self._engine, self._look = engine, look
        self._sending = Sending(service, bus, engine, at)
        self._leader = Leader(f"{service}_outbox", engine, self._turn, look)
        self._looked = self._cleaned = time.monotonic()

    @property
    def leads(self) -> bool:
        """Whether this process publishes for the service now."""
        return self._leader.leads

    def wake(self) -> None:
        """Something waits in the outbox: called after each commit."""
        self._leader.wake()

    async def run(self) -> None:
        """Publish until `stop`, or wait for the place. Bad days of the world are waited out."""
        await self._leader.run()

    async def stop(self) -> None:
        """Publish what is left, within seconds, and give the place to the next one."""
        await self._leader.stop()

    async def _turn(self, right: Right) -> bool:
        """More may be waiting only where something came to its limit: whoever commits meanwhile rings the bell."""
        fired = await self._fire(right)
        more = await self._sending.send(right)
        if more or fired == timers.FIRED_AT_ONCE:
            return True
        await self._clean()
        return False

    async def _fire(self, right: Right) -> int:
        """Move timers whose moment has come to the outbox; looks for them a few times a second."""
        if time.monotonic() - self._looked < self._look:
            return 0
        fired = 0
        if await timers.any_due(right.connection, self.service):
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
