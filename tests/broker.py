"""An Apache Kafka of the tests' own: one broker on free ports, with a folder that goes when it goes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from shared.host import attached

SCRIPT = Path(__file__).resolve().parents[1] / "deploy" / "kafka" / "kafka.sh"
READY_SECONDS = 120


def missing() -> str:
    """What this machine lacks for a broker, as a sentence; empty when it can run one."""
    lacks = [name for name, program in (("Java", "java"), ("Maven", "mvn")) if not shutil.which(program)]
    return f"needs {' and '.join(lacks)} for Apache Kafka, or AMENDS_TEST_KAFKA" if lacks else ""


class Broker:
    """One broker; `bootstrap` (host:port) stays the same when it is killed and started again with its data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._controller_port = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        self.bootstrap = f"127.0.0.1:{self._port}"

    @classmethod
    @contextmanager
    def temporary(cls) -> Iterator[Self]:
        """A started broker with a folder of its own."""
        subprocess.run([SCRIPT, "fetch"], check=True)
        with tempfile.TemporaryDirectory(prefix="amends-kafka-", ignore_cleanup_errors=True) as folder:
            broker = cls(Path(folder))
            try:
                broker.start()
                yield broker
            finally:
                broker.stop()

    def start(self) -> None:
        """Start it and wait until it takes clients. It ends with this process, even if this one is killed."""
        settings = {"KAFKA_DATA": str(self._folder), "KAFKA_HEAP": "384m"}
        ports = {"KAFKA_PORT": str(self._port), "KAFKA_CONTROLLER_PORT": str(self._controller_port)}
        launcher = [
            sys.executable,
            "-I",
            "-S",
            attached.__file__,
            str(os.getpid()),
            str(os.geteuid()),
            str(os.getegid()),
        ]
        with (self._folder / "out.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*launcher, str(SCRIPT), "run"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=os.environ | settings | ports, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + READY_SECONDS
        while not listens(self._port):
            assert self._process.poll() is None, f"the broker ended:\n{self._log()}"
            assert time.monotonic() < deadline, f"the broker does not answer:\n{self._log()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order; does nothing when it is not running."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _log(self) -> str:
        return "\n".join((self._folder / "out.log").read_text(errors="replace").splitlines()[-15:])


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
