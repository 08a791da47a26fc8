"""One database session of the bus inside the database: opened when it is first needed, and again after it broke."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.bus.postgres_errors import SAID_NO
from shared.errors import Unavailable

PATIENCE = 10.0
"""Seconds that the server may be silent before the session counts as broken."""
SETTINGS = """
    set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off; set plan_cache_mode = force_generic_plan;
    set statement_timeout = '8s'; set lock_timeout = '3s'; set idle_session_timeout = 0
"""
"""A plan that was made while the log was empty stays, so the planner gets no choice: index scans, in index order."""


class Session:
    """A connection of its own, taken out of the engine's pool, one user at a time; each statement commits by itself."""

    def __init__(self, engine: AsyncEngine, opened: Callable[[Any], Any] | None = None) -> None:
        """`opened` gets the driver's connection each time one is made, and is awaited."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._opened = opened
        self._lock = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._driver: Any = None

    @contextlib.asynccontextmanager
    async def use(self) -> AsyncIterator[AsyncConnection]:
        """The connection. Raises Unavailable; whatever goes wrong meanwhile, the next user gets a new one."""
        async with self._lock:
            try:
                async with asyncio.timeout(PATIENCE):
                    yield self._connection or await self._open()
            except SAID_NO as error:
                self.drop()
                raise Unavailable(f"the database does not answer: {first_line(error)}") from error
            except BaseException:
                self.drop()
                raise

    async def _open(self) -> AsyncConnection:
        connection = await self._engine.connect()
        try:
            self._driver = (await connection.get_raw_connection()).driver_connection
            # Out of the pool, which would wait for it at the end and count it among those that come and go.
            await connection.run_sync(lambda sync: sync.detach())
            await self._driver.execute(SETTINGS)
            if self._opened:
                await self._opened(self._driver)
        except BaseException:
            self.drop()
            raise
        self._connection = connection
        return connection

    def drop(self) -> None:
        """Cut the connection without a goodbye, which could wait for a server that is away."""
        if self._driver is not None:
            self._driver.terminate()
        self._connection = self._driver = None


def first_line(error: BaseException) -> str:
    """What the driver said, without SQLAlchemy's statement and parameters."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).partition("\n")[0] or type(error).__name__
