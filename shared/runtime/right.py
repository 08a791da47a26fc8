"""A right that one process at a time holds: it lies on a connection of its own, and losing that is losing the right."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Self, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.runtime.failures import named

T = TypeVar("T")

# A plan made while a table was empty would stay, so the planner gets no choice. A frozen process loses the lock.
SETTINGS = """
set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off; set idle_session_timeout = '5s'
"""
BEAT = 1.0
"""Seconds between two heartbeats while something else takes its time; far below `idle_session_timeout`."""
TAKE = text("select pg_try_advisory_lock(hashtext('amends right'), hashtext(:name))")
RELEASE = text("select pg_advisory_unlock(hashtext('amends right'), hashtext(:name))")
TELL = text("select pg_notify(:channel, '')")
HEARTBEAT = text("select 1")


class Right:
    """One connection outside the pool, on which each statement commits by itself, and perhaps the right with it."""

    def __init__(self, name: str, connection: AsyncConnection, driver: Any) -> None:
        self.connection = connection
        self._name, self._driver = name, driver
        self._channel = f"amends_{name}"

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, name: str, engine: AsyncEngine) -> AsyncIterator[Self]:
        """Opens the connection, and cuts it at the end without waiting for a goodbye. Raises Unavailable."""
        driver: Any = None
        try:
            with named():
                connection = await engine.execution_options(isolation_level="AUTOCOMMIT").connect()
                driver = (await connection.get_raw_connection()).driver_connection
                # Out of the pool, which would hand it to others with these settings.
                await connection.run_sync(lambda sync: sync.detach())
                await driver.execute(SETTINGS)
                yield cls(name, connection, driver)
        finally:
            if driver is not None:
                driver.terminate()

    async def take(self) -> bool:
        """Whether the right is ours now."""
        return bool(await self.connection.scalar(TAKE, {"name": self._name}))

    async def listen(self, ring: Callable[[], None]) -> None:
        """Call `ring` when another process says that there is something to do."""
        await self._driver.add_listener(self._channel, lambda *_: ring())

    async def tell(self) -> None:
        """Say so to the process that holds the right. One word a batch: it takes a lock of the whole database."""
        await self.connection.execute(TELL, {"channel": self._channel})

    async def kept_while(self, work: Coroutine[Any, Any, T]) -> T:
        """Do work that leaves the connection alone, and go on showing the server that we are not frozen.

        When the right is lost meanwhile, the work is given up. Raises Unavailable then, and whatever `work` raises.
        """
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait((task,), timeout=BEAT))[0]:
                with named():
                    await self.connection.execute(HEARTBEAT)
            return task.result()
        finally:
            task.cancel()

    async def release(self) -> None:
        """Give the right back."""
        await self.connection.execute(RELEASE, {"name": self._name})
