"""The relay's own connection: it holds the right to publish for a service, and losing it is losing that right."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.runtime.failures import named

# A plan made while the outbox was empty would stay, so the planner gets no choice. A frozen process loses the lock.
SETTINGS = """
set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off; set idle_session_timeout = '5s'
"""
TRY = text("select pg_try_advisory_lock(hashtext('amends relay'), hashtext(:service))")
RELEASE = text("select pg_advisory_unlock(hashtext('amends relay'), hashtext(:service))")
TELL = text("select pg_notify(:channel, '')")
HEARTBEAT = text("select 1")


class RelaySession:
    """One connection outside the pool, on which each statement commits by itself."""

    def __init__(self, service: str, connection: AsyncConnection, driver: Any) -> None:
        self.connection = connection
        self._service, self._driver = service, driver
        self._channel = f"amends_{service}_outbox"

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, service: str, engine: AsyncEngine) -> AsyncIterator[Self]:
        """Opens it, and cuts it at the end without waiting for a goodbye. Raises Unavailable."""
        driver: Any = None
        try:
            with named():
                connection = await engine.execution_options(isolation_level="AUTOCOMMIT").connect()
                driver = (await connection.get_raw_connection()).driver_connection
                # Out of the pool, which would hand it to others with these settings.
                await connection.run_sync(lambda sync: sync.detach())
                await driver.execute(SETTINGS)
                yield cls(service, connection, driver)
        finally:
            if driver is not None:
                driver.terminate()

    async def try_to_lead(self) -> bool:
        """Whether the right is ours now."""
        return bool(await self.connection.scalar(TRY, {"service": self._service}))

    async def listen(self, ring: Callable[[], None]) -> None:
        """Call `ring` when another process says that something waits."""
        await self._driver.add_listener(self._channel, lambda *_: ring())

    async def tell(self) -> None:
        """Say to the process that leads that something waits. One word a batch: it takes a lock of the whole database."""
        await self.connection.execute(TELL, {"channel": self._channel})

    async def heartbeat(self) -> None:
        """Show the server that we are not frozen; raises when the right is gone."""
        await self.connection.execute(HEARTBEAT)

    async def release(self) -> None:
        """Give the right back."""
        await self.connection.execute(RELEASE, {"service": self._service})
