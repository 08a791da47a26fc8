"""A process: its services with their flows, relays and workers, each on its own port, from start to orderly end."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.topics import ensure_topics
from shared.errors import AmendsError, Misconfigured
from shared.host.admin import flow_routes, policy_routes
from shared.host.connections import Connections, connect, set_clock_mode
from shared.host.database import make_engine
from shared.host.http import build_app
from shared.host.logs import set_up_logs
from shared.host.readiness import bus_part, database_part, flow_parts
from shared.host.service import Build, Parts, Service
from shared.host.settings import CHECKOUT, Settings, read_settings
from shared.policy.load import load_policy
from shared.runtime.loop import Member
from shared.runtime.relay import Relay

STOP_SECONDS = 3.0
"""The batch in hand ends or rolls back in this time."""

log = structlog.get_logger()


def main(*builds: Build) -> None:
    """Run these services in this process until SIGTERM or Ctrl-C. Exit code 2 and one line on a wrong setting."""
    try:
        settings = read_settings()
        set_up_logs(settings.log_format)
        runner = _loop_runner()
        with runner:
            runner.run(serve(builds, settings))
    except AmendsError as wrong:
        sys.exit(f"amends: {wrong}")


async def serve(
    builds: Sequence[Build], settings: Settings, started: Callable[[Connections], Awaitable[None]] | None = None
) -> None:
    """Open the connections and run until told to stop; `started` is called once every service answers."""
    policy = load_policy(settings.policy)
    async with connect(settings, "amends") as connections:
        if settings.embedded_database:
            await set_clock_mode(connections.engine, settings)
            await ensure_topics(connections.bus, CHECKOUT / "deploy" / "topics.yaml")
        log.info("starting", database="embedded" if settings.embedded_database else "given", policy=policy.version)
        units = [await _unit(build, connections, policy) for build in builds]
        await _run_units(units, connections, started)


class Unit:
    """One service of this process while it runs: its members, its relay, its workers and its HTTP server."""

    def __init__(self, service: Service, relay: Relay, engine: AsyncEngine, connections: Connections, policy: Any) -> None:
        settings = connections.settings
        self.service, self.relay, self.engine = service, relay, engine
        self.members = [
            Member(flow, connections.bus, engine, wake=(relay.wake, *service.on_commit)) for flow in service.flows
        ]
        self.stopping = False
        app = build_app(
            service.name,
            self.alive,
            {"database": database_part(engine), "bus": bus_part(connections.bus)} | flow_parts(self.members),
            service.public,
            (*service.admin, flow_routes(service.name, engine, self.members, connections.bus), policy_routes(policy)),
            settings.admin_key,
            self.lifespan,
        )
        config = uvicorn.Config(
            app, settings.bind, settings.port(service.name), log_config=None, access_log=False, timeout_graceful_shutdown=3
        )
        self.server = Server(config)

    def alive(self) -> Mapping[str, Any]:
        """Whether every loop turns; a flow that waits for the database or was stopped on purpose is alive."""
        stuck = [member.flow.name for member in self.members if not member.alive()]
        return {"ok": not stuck, "stuck": stuck}

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """The consumers live as long as the app: started before it answers, ended before it is gone."""
        running = [asyncio.create_task(part.run()) for part in (*self.members, self.relay, *self.service.workers)]
        for task in running:
            task.add_done_callback(_report)
        try:
            yield
        finally:
            await asyncio.gather(*(member.stop() for member in self.members))
            await asyncio.gather(*(worker.stop() for worker in self.service.workers))
            await self.relay.stop()
            await _ended(running, STOP_SECONDS)
            await self.engine.dispose()


class Server(uvicorn.Server):
    """uvicorn without its own signal handling: several run in one process, and they stop together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


async def _unit(build: Build, connections: Connections, policy: Any) -> Unit:
    engine = make_engine(connections.url, "amends")
    holder: list[Relay] = []
    parts = Parts(connections.settings, policy, engine, connections.bus, lambda: holder[0].wake())
    service = build(parts)
    holder.append(Relay(service.name, connections.bus, engine))
    return Unit(service, holder[0], engine, connections, policy)


async def _run_units(
    units: Sequence[Unit], connections: Connections, started: Callable[[Connections], Awaitable[None]] | None
) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    servers = [asyncio.create_task(_serve(unit)) for unit in units]
    try:
        await _until_started(units, servers)
        log.info("started", services={unit.service.name: unit.server.config.port for unit in units})
        act = asyncio.create_task(started(connections)) if started else None
        waiting = [asyncio.create_task(stop.wait()), *servers, *([act] if act else [])]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        log.info("stopping")
        for unit in units:
            unit.server.should_exit = True
        await asyncio.gather(*servers, return_exceptions=True)
        await connections.bus.stop()


async def _serve(unit: Unit) -> None:
    try:
        await unit.server.serve()
    except SystemExit:
        config = unit.server.config
        raise Misconfigured(
            f"port {config.port} on {config.host} is taken: end what listens there, "
            f"or set AMENDS_{unit.service.name.upper()}_PORT"
        ) from None


async def _until_started(units: Sequence[Unit], servers: Sequence[asyncio.Task[None]]) -> None:
    while not all(unit.server.started for unit in units):
        for task in servers:
            if task.done():
                task.result()
                raise Misconfigured("a service ended while it started; the lines above say why")
        await asyncio.sleep(0.01)


async def _ended(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (raised := task.exception()):
        log.error("task_died", exc_info=raised)


def _loop_runner() -> asyncio.Runner:
    try:
        import uvloop
    except ImportError:  # not made for this platform
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)
