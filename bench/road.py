"""The whole road: four services as processes of their own, from the CRM's topic to the letter and the word of it."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import asyncpg
import httpx
from msgspec import Struct

from bench import letters
from bench.measured import wait_for
from bench.servers import Servers, environment, fresh, held, plain
from shared.bus import codec
from shared.bus.kafka import KafkaBus
from shared.bus.seam import Outgoing, Partition
from shared.events import CRM, NOTICES, TELEMETRY
from tests.broker import free_ports

MEMORY = Path("/dev/shm")
"""Making a file takes longer on some disks than all of us take for the letter in it."""
SERVICES = ("intake", "verifier", "offer", "notifier")
READY_SECONDS = 60
CHUNK = 2_000
WARM = 50
"""Complaints before those whose latency counts."""


class Throughput(Struct, frozen=True):
    """Complaints a second, and microseconds of CPU a complaint: of each service, the broker and PostgreSQL."""

    complaints: int
    rate: float
    cpu: dict[str, float]


class Latency(Struct, frozen=True):
    """Milliseconds from publishing a complaint to reading the notice of its letter, at so many complaints a second.

    `cpu`: what that takes of one core, all processes and servers together; where other programs leave less, it queues.
    """

    rate: float
    p50: float
    p99: float
    cpu: float


def load(servers: Servers, count: int, say: Callable[[str], None]) -> Throughput:
    """As fast as it goes, once everything is warm: `count` complaints at once, with their telemetry already there.

    The clock runs from the first one published to the word that the last letter has gone; publishing runs beside it.
    """
    url = asyncio.run(fresh(servers, "bench_road"))
    warm = count // 5
    asyncio.run(_publish(servers, list(letters.telemetry(count + warm))))
    with _road(servers, url) as processes:
        asyncio.run(_until_read(servers, url))
        say(f"{count + warm:,} measurements are on file")
        asyncio.run(_publish(servers, list(letters.complaints(warm))))
        asyncio.run(_until_told(servers, warm, say))
        records = list(letters.complaints(count, first=warm))
        before, began = servers.cpu() | _cpu(processes), time.monotonic()
        asyncio.run(_publish(servers, records))
        asyncio.run(_until_told(servers, warm + count, say))
        seconds = time.monotonic() - began
        after = servers.cpu() | _cpu(processes)
    spent = {name: (after[name] - before[name]) / count * 1e6 for name in after}
    return Throughput(count, count / seconds, spent)


def idle(servers: Servers, rate: float, seconds: float, say: Callable[[str], None]) -> Latency:
    """At a pace at which nothing queues: each complaint by itself, evenly spread."""
    url = asyncio.run(fresh(servers, "bench_idle"))
    count = int(rate * seconds)
    asyncio.run(_publish(servers, list(letters.telemetry(count + WARM))))
    with _road(servers, url) as processes:
        asyncio.run(_until_read(servers, url))
        say(f"{count:,} complaints, {rate:.0f} a second")
        before, began = servers.cpu() | _cpu(processes), time.monotonic()
        waits = asyncio.run(_paced(servers, rate, count))
        seconds = time.monotonic() - began
        spent = sum((servers.cpu() | _cpu(processes)).values()) - sum(before.values())
    cuts = quantiles(waits, n=100)
    return Latency(rate, cuts[49] * 1000, cuts[98] * 1000, spent / seconds)


async def _paced(servers: Servers, rate: float, count: int) -> list[float]:
    """Seconds from the broker's stamp on each complaint to the moment at which its letter was out, after some to warm up.

    Both are read off the records afterwards (one clock, that of this machine), so that nobody watches meanwhile.
    """
    bus = KafkaBus(servers.kafka)
    began = time.monotonic()
    for n, letter in enumerate(letters.complaints(count + WARM)):
        await asyncio.sleep(max(0.0, began + n / rate - time.monotonic()))
        await bus.publish([letter])
    await _until_told(servers, count + WARM, lambda _: None)
    sent = {event.id: event.at for event in await _read(bus, CRM)}
    told = {event.complaint: event.at for event in await _read(bus, NOTICES)}
    await bus.stop()
    return [(told[f"C-{n}"] - sent[f"C-{n}"]).total_seconds() for n in range(WARM, count + WARM)]


async def _read(bus: KafkaBus, topic: str) -> list[Any]:
    """All events of a topic."""
    positions = {part: end.begin for part, end in (await bus.ends(_partitions(topic))).items()}
    events: list[Any] = []
    while records := await bus.read(positions, 1_000):
        positions |= {record.partition: record.offset + 1 for record in records}
        events += [codec.decode(record).event for record in records]
    return events


@contextmanager
def _road(servers: Servers, url: str) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Four processes, ready. Their letters go into a folder in memory, which stands for a mail server elsewhere."""
    with tempfile.TemporaryDirectory(prefix="amends-mail-", dir=MEMORY if MEMORY.is_dir() else None) as home:
        ports = free_ports(len(SERVICES))
        settings = {f"AMENDS_{name.upper()}_PORT": str(port) for name, port in zip(SERVICES, ports, strict=True)}
        env = {**environment(servers, url), **settings, "AMENDS_HOME": home}
        with (Path(home) / "log").open("wb") as log:
            processes = {name: _start(name, env, log.fileno()) for name in SERVICES}
            try:
                for port in ports:
                    _until_ready(port)
                yield processes
            finally:
                for process in processes.values():
                    process.send_signal(signal.SIGTERM)
                for process in processes.values():
                    process.wait(20)


def _start(name: str, env: Mapping[str, str], log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-P", "-m", f"services.{name}"], env=dict(env), stdout=log, stderr=log)


def _until_ready(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").json()["status"] == "ok":
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"the service on port {port} did not become ready")


async def _publish(servers: Servers, records: Sequence[Outgoing]) -> None:
    bus = KafkaBus(servers.kafka)
    for start in range(0, len(records), CHUNK):
        await bus.publish(records[start : start + CHUNK])
    await bus.stop()


async def _until_read(servers: Servers, url: str) -> None:
    """Until the verifier has taken in all telemetry."""
    bus = KafkaBus(servers.kafka)
    ends = await bus.ends(_partitions(TELEMETRY))
    connection = await asyncpg.connect(plain(url))
    read = "select coalesce(sum(next), 0)::bigint from verifier.positions where flow = 'evidence' and topic = $1"

    async def count() -> int:
        return int(await connection.fetchval(read, TELEMETRY))

    await wait_for(count, sum(end.end for end in ends.values()), 0.1)
    await connection.close()
    await bus.stop()


async def _until_told(servers: Servers, count: int, say: Callable[[str], None]) -> None:
    bus = KafkaBus(servers.kafka)
    said = time.monotonic()

    async def told() -> int:
        nonlocal said
        found = await held(bus, NOTICES)
        if time.monotonic() - said > 5:
            said = time.monotonic()
            say(f"{found:,} of {count:,} letters are out")
        return found

    await wait_for(told, count, 0.1)
    await bus.stop()


def _partitions(topic: str) -> list[Partition]:
    return [Partition(topic, number) for number in range(4)]


def _cpu(processes: Mapping[str, subprocess.Popen[bytes]]) -> dict[str, float]:
    ticks = os.sysconf("SC_CLK_TCK")
    spent = {}
    for name, process in processes.items():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        spent[name] = (int(fields[11]) + int(fields[12])) / ticks
    return spent
