"""The database that comes along: a PostgreSQL of our own, so that one command on a bare machine keeps everything safe.

Whoever gets the lock of the home starts the server and owns it. Every other process joins it and waits for the lock: when
the owner goes, however it goes, the next one starts the server again under the same address.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Self
from urllib.parse import unquote

import structlog

from shared.host.postgres_files import SCRATCH, NoDatabase, Place, place_in, scratch_place
from shared.host.postgres_server import Server

JOIN_SECONDS = 150.0
"""How long a joiner waits for the owner's server: the owner may be recovering from a crash."""
LOOK_SECONDS = 0.1
"""How often the lock and the server are looked at: so long goes by, at most, before the next one takes over."""
AFTER_FAILURE_SECONDS = 1.0

log = structlog.get_logger()


class EmbeddedPostgres:
    """A database for as long as a `with` (or `async with`) lasts; after it the server is stopped if we own it.

    `home` is AMENDS_HOME; `settings` are PostgreSQL's own (`shared_buffers="64MB"`), used by whoever owns the server.
    Entering takes a second the first time and 0.1 s later, and raises NoDatabase (a Misconfigured) in one sentence.
    While no owner is there, connections fail for about half a second: that is `Unavailable`, and the next try works.
    """

    def __init__(self, home: Path, **settings: str) -> None:
        self.url = ""
        """SQLAlchemy's address of the database: the same for owner and joiner, and over restarts."""
        self.owns = False
        """Whether the server is ours now; may turn true later, never false before the end."""
        self._home = home
        self._place: Place | None = None
        self._settings = settings
        self._closing = threading.Event()
        self._up: Future[str] = Future()
        # One thread for all of it, since a server ends with the thread that started it. A daemon: Python, when it
        # ends, must not wait for who was never told to stop.
        self._keeper = threading.Thread(target=self._keep, name="embedded-postgres", daemon=True)

    @classmethod
    @contextlib.contextmanager
    def scratch(cls, **settings: str) -> Iterator[Self]:
        """A server for tests: nothing is written through to the disk, and its folder goes at the end."""
        quick = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum_naptime": "5s"}
        sweep_scratch()
        place = scratch_place()
        database = cls(place.folder, **(quick | settings))
        database._place = place
        try:
            with database:
                yield database
        finally:
            shutil.rmtree(place.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self._keeper.start()
        try:
            self.url = self._up.result()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._keeper.join()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.__exit__)

    def _keep(self) -> None:
        """The keeper's life: own the server when the lock is free, else see that somebody does."""
        try:
            with self._open_lock() as lock:
                self._watch(lock)
        except NoDatabase as error:
            self._up.set_exception(error)
        except OSError as error:
            self._up.set_exception(NoDatabase(str(error)))

    def _open_lock(self) -> IO[str]:
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._place = self._place or place_in(self._home)
        return (self._home / "postgres.lock").open("a+")

    def _watch(self, lock: IO[str]) -> None:
        deadline = time.monotonic() + JOIN_SECONDS
        while not self._closing.wait(LOOK_SECONDS if self._up.done() else 0.02):
            if has_locked(lock):
                self._own(lock)
            elif self._up.done():
                continue
            elif answers(url := self._address().read_text() if self._address().exists() else ""):
                self._up.set_result(url)
            elif time.monotonic() > deadline:
                raise NoDatabase(f"process {holder(lock)} holds {lock.name}, and its server does not answer")

    def _own(self, lock: IO[str]) -> None:
        """Run the server until the end, or until it cannot be started again: then the lock is free for others."""
        assert self._place
        server = Server(self._place, self._settings)
        try:
            sign(lock)
            server.start()
            self._announce(self._place.url)
            while not self._closing.wait(LOOK_SECONDS):
                if server.died():
                    log.warning("database.died", log=str(self._place.log))
                    server.start()
        except (NoDatabase, OSError) as error:
            if not self._up.done():
                raise
            log.error("database.not_started", error=str(error))  # noqa: TRY400 - the text says it all
            self._closing.wait(AFTER_FAILURE_SECONDS)
        finally:
            server.stop()
            self.owns = False
            fcntl.flock(lock, fcntl.LOCK_UN)

    def _announce(self, url: str) -> None:
        part = self._address().with_suffix(".part")
        part.write_text(url)
        part.replace(self._address())
        self.owns = True
        if self._up.done():
            log.info("database.taken_over", url=url)
        else:
            self._up.set_result(url)

    def _address(self) -> Path:
        return self._home / "postgres.url"


def has_locked(lock: IO[str]) -> bool:
    """Take the lock if it is free; it goes with the process, even one that is killed."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sweep_scratch() -> None:
    """Remove the folders of scratch servers whose process was killed: a minute old, and nobody holds their lock."""
    for path in SCRATCH.parent.glob(f"{SCRATCH.name}*/postgres.lock"):
        with contextlib.suppress(OSError), path.open("a+") as lock:
            if path.stat().st_mtime < time.time() - 60 and has_locked(lock):
                shutil.rmtree(path.parent, ignore_errors=True)


def sign(lock: IO[str]) -> None:
    """Leave our number in the lock file, for whoever asks who holds it."""
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def holder(lock: IO[str]) -> str:
    """The number that the holder of the lock has left."""
    lock.seek(0)
    return lock.read().strip() or "unknown"


def answers(url: str) -> bool:
    """Whether a server listens on the socket of this address."""
    folder = unquote(url.partition("?host=")[2])
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(f"{folder}/.s.PGSQL.5432")
        return bool(folder)
    return False
