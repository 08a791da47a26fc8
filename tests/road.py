"""The whole road under test: the services as real processes, over a bus and a database that they share.

A test starts some of them, sends what others would send, waits until nothing is left to do, and looks at what came of it.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import codec
from shared.bus.seam import Bus, Outgoing, Partition, Record
from shared.errors import Unavailable
from shared.host.connections import make_bus
from shared.host.database import make_engine
from shared.host.keys import with_keys
from shared.host.postgres_files import place_in
from shared.host.settings import CHECKOUT, Settings
from tests.broker import free_ports
from tests.waiting import FLOWS, PATIENCE, left_to_do, until

SERVICES = ("intake", "verifier", "offer", "notifier")
KEYS = {"admin_key": "for-staff", "intake_key": "for-the-crm", "secret": "for-the-links-of-the-tests"}


@dataclass
class Running:
    """One process of the road, and what it says."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it in order; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(25)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    async def died(self, seconds: float = PATIENCE) -> None:
        """Wait until it has killed itself at its fail point."""
        await until(lambda: self.process.poll() is not None, f"{self.name} dies", seconds)
        assert self.process.returncode == -signal.SIGKILL, self.told()

    def told(self, lines: int = 30) -> str:
        """The end of its log."""
        return f"--- {self.name}\n" + "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    error: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Road:
    """One house: its home, its settings (by their names without the prefix), its processes.

    Without `database_url` and `kafka` it is the house of somebody who has configured nothing but AMENDS_HOME.
    """

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self._given = settings | (KEYS if settings.get("database_url") else {})
        self._ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        self.running: list[Running] = []
        self.said_last: dict[str, str] = {}
        self._engine: AsyncEngine | None = None
        self._bus: Bus | None = None

    def set(self, **settings: str) -> None:
        """Tell it more, before anything of it has started."""
        assert not self.running
        self._given |= settings

    # ── processes ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def environment(self) -> dict[str, str]:
        """Ours without what it says to Amends, and with what this house is told."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        ports = {f"AMENDS_{name.upper()}_PORT": str(port) for name, port in self._ports.items()}
        given = {f"AMENDS_{name.upper()}": value for name, value in self._given.items()}
        return kept | ports | given | {"AMENDS_HOME": str(self.home), "PYTHONUNBUFFERED": "1"}

    def start(self, *services: str, fail: str = "") -> Running:
        """One process with these services; none: with all of them. `fail`: the point at which it kills itself."""
        assert len(services) <= 1, "a process has one service, or all"
        module = f"services.{services[0]}" if services else "services"
        return self.run([sys.executable, "-P", "-m", module], services[0] if services else "all", fail)

    def run(self, command: list[str], name: str, fail: str = "") -> Running:
        """Any command that stays, in this house's environment."""
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home.parent / f"{self.home.name}-{name}-{len(self.running)}.log"
        environment = self.environment | ({"AMENDS_FAILPOINT": fail} if fail else {})
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=CHECKOUT, env=environment
            )
        self.running.append(Running(name, process, log))
        return self.running[-1]

    async def up(self, *services: str) -> list[Running]:
        """Start all services in one process, or those named in one process each, and wait until they are ready."""
        started = [self.start(name) for name in services] if services else [self.start()]
        await self.ready(*services)
        return started

    async def ready(self, *services: str) -> None:
        """Wait until these services, or all, say that they are well in every part."""
        async with httpx.AsyncClient() as client:
            for name in services or SERVICES:
                await until(partial(self._is_ready, client, name), f"{name} is ready", told=self.told)

    async def _is_ready(self, client: httpx.AsyncClient, name: str) -> bool:
        with contextlib.suppress(httpx.TransportError):
            answer = await client.get(f"{self.address(name)}/readyz")
            self.said_last[name] = answer.text
            return answer.status_code == 200 and answer.json()["status"] == "ok"
        return False

    def address(self, service: str) -> str:
        """Where its HTTP port is."""
        return f"http://127.0.0.1:{self._ports[service]}"

    def amends(self, *words: str, given: bytes = b"") -> Done:
        """Run a command as a user does."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "services.cli", *words],
            input=given, capture_output=True, cwd=CHECKOUT, env=self.environment, timeout=PATIENCE, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def told(self) -> str:
        """The ends of all logs, and what each service said last of how it is."""
        standing = (f"--- {name} is\n{said}" for name, said in self.said_last.items())
        return "\n".join((*(each.told() for each in self.running), *standing))

    async def close(self) -> None:
        """End everything, and remove what lies outside the test's own folder."""
        if self._bus is not None:
            await self._bus.stop()
        if self._engine is not None:
            await self._engine.dispose()
        await asyncio.gather(*(asyncio.to_thread(each.stop) for each in self.running))
        place = place_in(self.home)
        for folder in (place.folder, place.sockets):
            shutil.rmtree(folder, ignore_errors=True)

    # ── what is shared ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def settings(self) -> Settings:
        """As the processes read them."""
        wanted: dict[str, Any] = {f"{name}_port": port for name, port in self._ports.items()}
        plain: dict[str, Any] = {"database_url": "", "kafka": "", "home": self.home}
        return with_keys(Settings(**(plain | wanted | self._given)))

    @property
    def engine(self) -> AsyncEngine:
        """The database, given or embedded; the latter is there once a service was ready."""
        if self._engine is None:
            url = self.settings.database_url or (self.home / "postgres.url").read_text()
            self._engine = make_engine(url, "tests of the road")
        return self._engine

    @property
    def bus(self) -> Bus:
        if self._bus is None:
            self._bus = make_bus(self.settings, self.engine)
        return self._bus

    async def rows(self, statement: str, **parameters: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(text(statement), parameters)).all())

    async def publish(self, topic: str, *values: Mapping[str, Any] | bytes) -> None:
        """Put these on a topic as `amends publish` would, again where the bus was away; bytes go as they are."""
        records = [outgoing(topic, value) for value in values]

        async def published() -> bool:
            with contextlib.suppress(Unavailable):
                await self.bus.publish(records)
                return True
            return False

        await until(published, f"{topic} takes records", told=self.told)

    async def send(self, value: Mapping[str, Any] | bytes, **headers: str) -> httpx.Response:
        """Hand in a complaint over HTTP."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        key = {"Authorization": f"Bearer {self.settings.intake_key}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(timeout=30) as client:
            return await client.post(f"{self.address('intake')}/complaints", content=body, headers=key | headers)

    async def ask(self, service: str, path: str, key: str = "intake_key") -> httpx.Response:
        """GET from one of the services, with one of the house's keys."""
        bearer = {"Authorization": f"Bearer {getattr(self.settings, key)}"}
        async with httpx.AsyncClient(timeout=30) as client:
            return await client.get(f"{self.address(service)}{path}", headers=bearer)

    async def read(self, *topics: str) -> list[Record]:
        """All that is on these topics, partition by partition."""
        counts = {topic: await self.bus.partitions(topic) for topic in topics}
        parts = [Partition(topic, number) for topic in topics for number in range(counts[topic])]
        ends = await self.bus.ends(parts)
        at = {part: ends[part].begin for part in parts}
        found: list[Record] = []
        while behind := {part: offset for part, offset in at.items() if offset < ends[part].end}:
            records = await self.bus.read(behind, 5_000)
            assert records, f"nothing is read at {behind}"
            found += records
            at |= {record.partition: record.offset + 1 for record in records}
        return sorted(found, key=lambda record: (record.partition, record.offset))

    # ── waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def settled(self, *flows: str, seconds: float = PATIENCE) -> None:
        """Wait until nothing is left to do for these flows, or for all of them, and for their services."""
        await until(lambda: self._has_settled(flows or tuple(FLOWS)), "all is done", seconds, told=self.told)

    async def _has_settled(self, flows: Iterable[str]) -> bool:
        with contextlib.suppress(Unavailable, OSError):
            return not await left_to_do(self.engine, self.bus, flows)
        return False


def outgoing(topic: str, value: Mapping[str, Any] | bytes) -> Outgoing:
    """A record as it is sent by others."""
    if isinstance(value, bytes):
        return Outgoing(topic, None, value[:20], value, (), None)
    return codec.parse_line(topic, json.dumps(value).encode())


@contextlib.asynccontextmanager
async def road(home: Path, **settings: str) -> AsyncIterator[Road]:
    """A house that is gone afterwards."""
    made = Road(home, **settings)
    try:
        yield made
    finally:
        await made.close()
