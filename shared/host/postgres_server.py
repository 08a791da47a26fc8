"""One PostgreSQL server: made from nothing, started, watched and stopped, by a thread that lives as long as it is wanted."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from shared.host import attached
from shared.host.postgres_files import Binaries, NoDatabase, Place, binaries_for, rights

START_SECONDS = 120.0
"""Recovery after a crash reads what was written since the last checkpoint, and may take this long."""
STOP_SECONDS = 20.0
START_TRIES = 3
LOG_LIMIT = 10_000_000
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "log_checkpoints": "off",
}


class Server:
    """A server on the files of `place`. Not for two at a time: the caller holds the lock of the home."""

    def __init__(self, place: Place, settings: dict[str, str]) -> None:
        self._place = place
        self._options = OPTIONS | {"unix_socket_directories": str(place.sockets)} | settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers, after making its files if there are none.

        It ends with the thread that calls this. Raises NoDatabase with the end of the server's log.
        """
        binaries = binaries_for(self._place.account)
        self._place.make()
        cluster = self._place.folder / f"pg{binaries.major}"
        if not cluster.exists():
            refuse_other_versions(self._place.folder, cluster)
            create_cluster(binaries, cluster, self._place, durable=self._options.get("fsync") != "off")
        end_orphan(cluster)
        for _ in range(START_TRIES - 1):
            with contextlib.suppress(NoDatabase):
                self._start(binaries, cluster)
                return
            time.sleep(0.3)  # what a killed server has left in memory may need a moment to go
        self._start(binaries, cluster)

    def _start(self, binaries: Binaries, cluster: Path) -> None:
        options = [f"--{name}={value}" for name, value in self._options.items()]
        command = [str(binaries.folder / "postgres"), "-D", str(cluster), *options]
        launcher = [sys.executable, "-I", "-S", attached.__file__, str(os.getpid()), *map(str, self._place.account)]
        rotate(self._place.log)
        with self._place.log.open("ab") as log:
            # a session of its own, so that Ctrl-C reaches us alone: we end first, the database last
            process = self._process = subprocess.Popen(
                [*launcher, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, cwd="/", env=environment(),
            )  # fmt: skip
        pidfile = cluster / "postmaster.pid"
        if not wait_until(lambda: self.died() or is_ready(pidfile, process.pid), START_SECONDS) or self.died():
            self.stop()
            lines = self._place.log.read_text(errors="replace").splitlines()[-8:]
            raise NoDatabase(f"it did not start; the end of {self._place.log}:\n" + "\n".join(lines))

    def died(self) -> bool:
        """Whether it has ended without having been told to."""
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """End it: clients are cut off, everything is written. Returns when it is gone."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)  # the next start recovers
            self._process.wait()
        self._process = None


def create_cluster(binaries: Binaries, cluster: Path, place: Place, *, durable: bool) -> None:
    """Make the files of an empty cluster with the database `amends`, all or nothing: the folder's name comes last.

    Text sorts bytewise (C.UTF-8), so one order holds on every machine and in Python. Raises NoDatabase.
    """
    for unfinished in place.folder.glob("part-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=place.folder))
    os.chown(part, *place.account)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
    options = ["-U", "amends", "-A", "trust", "-E", "UTF8", "--no-locale", *locale, "--no-instructions"]
    run([binaries.folder / "initdb", "-D", part, *options, *([] if durable else ["--no-sync"])], place)
    run([binaries.folder / "postgres", "--single", "-D", part, "template1"], place, "create database amends\n")
    part.rename(cluster)


def run(command: list[str | Path], place: Place, text: str = "") -> None:
    """Run one of PostgreSQL's programs to its end. Raises NoDatabase with what it said."""
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, cwd="/", env=environment(),
        start_new_session=True, check=False, **rights(place.account),
    )  # fmt: skip
    if done.returncode:
        raise NoDatabase(f"{Path(command[0]).name} failed: {done.stderr.strip()}")


def refuse_other_versions(folder: Path, wanted: Path) -> None:
    """Never begin an empty database beside a full one: raises NoDatabase when another version's files are here."""
    for other in folder.glob("pg[0-9]*"):
        raise NoDatabase(
            f"{other} was made by another version of PostgreSQL than {wanted.name.removeprefix('pg')}; "
            "dump it with the old version and load it with the new one, or move the folder away"
        )


def end_orphan(cluster: Path) -> None:
    """End a server that has outlived its owner: ours is the lock, so nobody wants it any more."""
    pidfile = cluster / "postmaster.pid"
    pid = pid_in(pidfile)
    if pid is None:
        return
    for how, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, STOP_SECONDS)):
        if not serves(pid, cluster):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        wait_until(lambda: not serves(pid, cluster), patience)
    if is_alive(pid) and not serves(pid, cluster):  # after a power cut the number may be another program's by now
        pidfile.unlink(missing_ok=True)  # in no other case: PostgreSQL reads in it what a killed server left in memory


def serves(pid: int, cluster: Path) -> bool:
    """Whether this process is the server of that cluster, and not some other that has got its number."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        words = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False).stdout
    return os.fsencode(cluster) in words


def is_alive(pid: int) -> bool:
    """Whether any process has that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def pid_in(pidfile: Path) -> int | None:
    """The first line of postmaster.pid, if there is one."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(pidfile.read_text().splitlines()[0])
    return None


def is_ready(pidfile: Path, pid: int) -> bool:
    """Whether the server with this process id says in its postmaster.pid that it takes connections."""
    with contextlib.suppress(OSError):
        lines = pidfile.read_text().splitlines()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"
    return False


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Look every 20 ms until it holds; whether it did within that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def rotate(log: Path) -> None:
    """Keep the last log and this one, so that a house of years does not fill its disk with them."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))


def environment() -> dict[str, str]:
    """Ours without what would steer PostgreSQL or its language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}
