"""Brings the database's schemas to what this code needs: one chain of revisions for all services.

Revisions are numbers, in order, and name their files (`deploy/migrations/versions/0001_clock.py`). They expand, and
contract a release later, so that code which is one release older goes on working while the new one starts.
"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from shared.bus.postgres_errors import SAID_NO
from shared.errors import Misconfigured, Unavailable

MIGRATIONS = Path(__file__).resolve().parents[2] / "deploy" / "migrations"
ADVISORY_LOCK = 0x616D656E6473
"""One migration at a time: the word `amends` as a number."""
TURN_SECONDS = 60
"""How long to wait for another migration to end."""
LOCK_SECONDS = 5
"""How long a statement may wait for a table; all who read that table wait behind it."""
LOCK_NOT_AVAILABLE = "55P03"
AWAY = {"08", "40", "53", "57", "58"}
"""SQLSTATE classes: no connection, rolled back, no resources, shutting down, system error."""
REFUSED = {"28", "3D"}
"""SQLSTATE classes: not with this user or password, no such database."""


async def migrate(url: str, *, turn_seconds: int = TURN_SECONDS) -> str:
    """Upgrade the database at `url` (postgresql+asyncpg://…) to the newest revision, all or nothing; returns its number.

    Raises Unavailable when the database cannot be reached or a lock is not to be had, Misconfigured when it is newer than
    this code.
    """
    async with _connection(url) as connection:
        await _refuse_newer(connection)
        await connection.execute(text(f"set local lock_timeout = '{turn_seconds}s'"))
        await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        await connection.execute(text(f"set local lock_timeout = '{LOCK_SECONDS}s'"))
        await connection.run_sync(_upgrade)
        await connection.commit()
    return head_revision()


async def current_revision(where: str | AsyncEngine) -> str | None:
    """The database's revision, such as "0003"; None before the first migration. Raises as `migrate`."""
    async with _connection(where) as connection:
        return await _revision(connection)


async def schema_is_current(where: str | AsyncEngine) -> bool:
    """Whether the database has all that this code needs; it may have more, while a newer release comes in. Raises as `migrate`."""
    return (await current_revision(where) or "") >= head_revision()


def head_revision() -> str:
    """The newest revision that this code knows: the number of the last file."""
    return max(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def run_script(script: str) -> None:
    """For revisions: run several statements at once, in the migration's transaction (`op.execute` takes one at a time)."""
    from alembic import op

    op.get_bind().connection.dbapi_connection.run_async(lambda driver: driver.execute(script))  # type: ignore[union-attr]


async def _refuse_newer(connection: AsyncConnection) -> None:
    found = await _revision(connection) or ""
    if found > head_revision():
        raise Misconfigured(
            f"the database has revision {found} and this code knows {head_revision()}: migrate with the newer release"
        )


async def _revision(connection: AsyncConnection) -> str | None:
    if not await connection.scalar(text("select to_regclass('alembic_version')")):
        return None
    found: str | None = await connection.scalar(text("select max(version_num) from alembic_version"))
    return found


@contextlib.asynccontextmanager
async def _connection(where: str | AsyncEngine) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(where, poolclass=NullPool) if isinstance(where, str) else where
    try:
        async with engine.connect() as connection:
            yield connection
    except SAID_NO as error:
        if named := _named(error):
            raise named from error
        raise
    finally:
        if engine is not where:
            await engine.dispose()


def _named(error: Exception) -> Exception | None:
    """What the failure is called here; None for a wrong statement, which is a bug."""
    driver = error.driver_exception if isinstance(error, DBAPIError) else error
    state = str(getattr(driver, "sqlstate", None) or "08000")  # without a state there was no server to give one
    first_line = str(driver).partition("\n")[0]
    if state == LOCK_NOT_AVAILABLE:
        return Unavailable("another session holds a lock that the migration needs: end it, or run the migration again")
    if state[:2] in AWAY:
        return Unavailable(f"the database does not answer: {first_line}")
    if state[:2] in REFUSED:
        return Misconfigured(f"the database refuses us: {first_line}: correct AMENDS_DATABASE_URL")
    return None


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
