"""A process: some services over one set of connections, from start to orderly end."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from shared.bus.topics import ensure_topics
from shared.errors import AmendsError, Misconfigured
from shared.host.connections import Connections, connect, set_clock_mode
from shared.host.logs import set_up_logs
from shared.host.service import Build
from shared.host.settings import CHECKOUT, Settings, read_settings
from shared.host.unit import Unit
from shared.policy.load import load_policy
from shared.runtime.visitors import Visitors

Act = Callable[[Connections], Coroutine[Any, Any, None]]
"""Something to do once every service answers; when it ends, so does the process."""

GARBAGE = 50_000
"""New objects after which Python looks for cycles among them."""

log = structlog.get_logger()


def main(**builds: Build) -> None:
    """Run these services, by name, in this process until SIGTERM or Ctrl-C. What is wrong is one line and exit code 1."""
    try:
        settings = read_settings()
        set_up_logs(settings.log_format)
        run(serve(builds, settings))
    except AmendsError as wrong:
        sys.exit(f"amends: {wrong}")


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end on the fastest loop that this platform has.

    A batch makes some ten thousand objects that live as long as it does. Python would look through all that is loaded
    dozens of times a batch to find that none of them is garbage, and take a third of the time for it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)
    try:
        from uvloop import new_event_loop
    except ImportError:
        asyncio.run(work)
    else:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(work)


async def serve(builds: Mapping[str, Build], settings: Settings, act: Act | None = None) -> None:
    """Open the connections and run the services until told to stop, or until `act` ends.

    Topics are made where that is ours to do: on the embedded bus. Raises Misconfigured or Unavailable.
    """
    policy = load_policy(settings.policy)
    async with connect(settings, "amends") as connections:
        if settings.embedded_database:
            await set_clock_mode(connections.engine, settings)
        if not settings.kafka and settings.embedded_database:
            await ensure_topics(connections.bus, CHECKOUT / "deploy" / "topics.yaml")
        log.info("starting", policy=policy.version, digest=policy.digest[:12], services=list(builds))
        await connections.bus.start()
        visitors = Visitors()
        units = [Unit(name, build, connections, policy, visitors) for name, build in builds.items()]
        try:
            await _run(units, connections, act)
        finally:
            await connections.bus.stop()


async def _run(units: Sequence[Unit], connections: Connections, act: Act | None) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    serving = [asyncio.create_task(unit.serve()) for unit in units]
    acting: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait())]
    try:
        await _until_started(units, serving)
        log.info("started", ports={unit.name: unit.server.config.port for unit in units})
        acting += [asyncio.create_task(act(connections))] if act else []
        done, _ = await asyncio.wait((*acting, *serving), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        log.info("stopping")
        for unit in units:
            unit.server.should_exit = True
        for task in acting:
            task.cancel()
        await asyncio.gather(*serving, *acting, return_exceptions=True)


async def _until_started(units: Sequence[Unit], serving: Sequence[asyncio.Task[None]]) -> None:
    while not all(unit.server.started for unit in units):
        for task in serving:
            if task.done():
                task.result()
                raise Misconfigured("a service ended while it started; the lines above say why")
        await asyncio.sleep(0.01)
