"""One hop three ways in one run, in turn, so that a noisy machine is noisy for all of them."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from statistics import median
from typing import Any

import msgspec
from msgspec import Struct

from bench import letters
from bench.measured import Measured
from bench.servers import Servers, environment, fresh
from shared.bus.kafka import KafkaBus

CONTENDERS = {
    "amends": ("bench.hop",),
    "faststream": ("bench.faststream_hop", "parsed"),
    "faststream bare": ("bench.faststream_hop", "bare"),
    "naive": ("bench.naive",),
}
NAIVE_SHARE = 20
"""The naive one gets so many times fewer events: its rate does not depend on how many there are."""


class Run(Struct, frozen=True):
    """One contender once: events a second, and microseconds of CPU an event of Python, broker and PostgreSQL."""

    contender: str
    rate: float
    python: float
    broker: float
    postgres: float


def compare(servers: Servers, count: int, runs: int, say: Callable[[str], None]) -> list[Run]:
    """Each contender `runs` times with `count` events, interleaved."""
    done = []
    for number in range(runs):
        for contender in CONTENDERS:
            events = max(500, count // NAIVE_SHARE) if contender == "naive" else count
            done.append(_one(servers, contender, events))
            say(f"run {number + 1}: {contender} {done[-1].rate:,.0f} events/s")
    return done


def ratios(runs: list[Run], against: str) -> list[float]:
    """Our rate as a multiple of the other's, run by run."""
    ours = [run.rate for run in runs if run.contender == "amends"]
    theirs = [run.rate for run in runs if run.contender == against]
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def middle(runs: list[Run], contender: str) -> Run:
    """The median of each figure of a contender."""
    found = [run for run in runs if run.contender == contender]
    fields = {name: median(getattr(run, name) for run in found) for name in ("rate", "python", "broker", "postgres")}
    return Run(contender, **fields)


def _one(servers: Servers, contender: str, count: int) -> Run:
    url = asyncio.run(_ready(servers, count))
    before = servers.cpu()
    module, *how = CONTENDERS[contender]
    command = [sys.executable, "-P", "-m", module, servers.kafka, url, str(count), *how]
    done = subprocess.run(command, env=environment(servers, url), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{contender} failed:\n{done.stderr[-2000:]}")
    spent: dict[str, Any] = {name: (after - before[name]) / count * 1e6 for name, after in servers.cpu().items()}
    measured = msgspec.json.decode(done.stdout.splitlines()[-1], type=Measured)
    if measured.count != count:
        raise RuntimeError(f"{contender}: {measured.count} answers for {count} events")
    return Run(contender, measured.rate, measured.cpu / count * 1e6, **spent)


async def _ready(servers: Servers, count: int) -> str:
    url = await fresh(servers, "bench_hop")
    bus = KafkaBus(servers.kafka)
    try:
        await bus.publish(list(letters.accepted(count)))
    finally:
        await bus.stop()
    return url
