"""The database comes to the newest revision, once, and says when it cannot."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from shared.errors import Misconfigured, Unavailable
from shared.host.migrate import ADVISORY_LOCK, MIGRATIONS, current_revision, head_revision, migrate, schema_is_current


async def connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def test_an_empty_database_is_brought_to_the_newest_revision(empty_database_url: str) -> None:
    assert await current_revision(empty_database_url) is None
    assert not await schema_is_current(empty_database_url)
    assert await migrate(empty_database_url) == head_revision()
    assert await current_revision(empty_database_url) == head_revision()
    assert await schema_is_current(empty_database_url)


async def test_two_that_migrate_at_once_take_turns(empty_database_url: str) -> None:
    assert set(await asyncio.gather(*(migrate(empty_database_url) for _ in range(3)))) == {head_revision()}


def test_the_chain_has_one_end_and_it_is_the_last_number() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [head_revision()]


async def test_a_database_that_is_newer_than_the_code_is_ready_but_not_migrated(database_url: str) -> None:
    connection = await connect(database_url)
    await connection.execute("update alembic_version set version_num = '9999'")
    await connection.close()
    assert await schema_is_current(database_url)
    with pytest.raises(Misconfigured, match="9999"):
        await migrate(database_url)


async def test_a_lock_that_is_not_to_be_had_is_a_bad_day_and_changes_nothing(empty_database_url: str) -> None:
    other = await connect(empty_database_url)
    await other.execute(f"select pg_advisory_lock({ADVISORY_LOCK})")
    with pytest.raises(Unavailable, match="lock"):
        await migrate(empty_database_url, turn_seconds=1)
    await other.close()
    assert await current_revision(empty_database_url) is None


async def test_a_database_that_is_away_is_unavailable_and_a_wrong_name_is_misconfigured(
    postgres_server: str, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable):
        await migrate(f"postgresql+asyncpg://amends@/amends?host={tmp_path}")
    with pytest.raises(Misconfigured, match="AMENDS_DATABASE_URL"):
        await migrate(postgres_server.replace("@/amends?", "@/nowhere?"))


async def test_the_clock_goes_with_the_world_until_somebody_holds_it(database_url: str) -> None:
    connection = await connect(database_url)
    real = await connection.fetchval("select clock.now()")
    assert abs(real - datetime.now(UTC)) < timedelta(minutes=1)
    stands = datetime(2018, 2, 10, 9, tzinfo=UTC)
    await connection.execute("insert into clock.manual values ($1)", stands)
    assert await connection.fetchval("select clock.now()") == stands
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("insert into clock.manual values ($1)", stands)
    await connection.close()
