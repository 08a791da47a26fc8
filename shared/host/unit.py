"""One service while it runs: its flows, its relay, its workers and its HTTP, started and ended together."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from shared.errors import Misconfigured
from shared.host.admin import dead_letter_routes, flow_routes, policy_routes
from shared.host.connections import Connections
from shared.host.counted import Counted
from shared.host.database import make_engine
from shared.host.http import build_app
from shared.host.readiness import bus_part, database_part, flow_parts
from shared.host.service import Build, Parts, Worker
from shared.policy.policy import Policy
from shared.runtime.loop import Member
from shared.runtime.relay import Relay
from shared.runtime.visitors import Visitors

STOP_SECONDS = 3.0
"""What has not ended by then is cut off; its transactions roll back, and the next start goes on from there."""

log = structlog.get_logger()


class Server(uvicorn.Server):
    """uvicorn without signal handling of its own: several run in one process, and they stop together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Unit:
    """The service `name`, made by `build`; not started until its server is. `visitors` are those of the whole process."""

    def __init__(self, name: str, build: Build, connections: Connections, policy: Policy, visitors: Visitors) -> None:
        settings, bus = connections.settings, connections.bus
        self.name = name
        self._engine = make_engine(connections.url, f"amends {name}")
        self._relay = Relay(name, bus, self._engine)
        service = build(Parts(settings, policy, self._engine, bus, self._relay.wake))
        wake = (self._relay.wake, *service.on_commit)
        self._members = [Member(flow, bus, self._engine, wake=wake, visitors=visitors) for flow in service.flows]
        self._workers = service.workers
        app = build_app(
            name,
            self.alive,
            {"database": database_part(self._engine), "bus": bus_part(bus)}
            | flow_parts(self._members)
            | dict(service.parts),
            service.public,
            (
                *service.admin,
                flow_routes(name, self._engine, self._members, bus),
                dead_letter_routes(name, self._engine, self._members),
                policy_routes(policy),
            ),
            settings.admin_key,
            self.lifespan,
        )
        self.server = Server(
            uvicorn.Config(
                Counted(app, visitors),
                host=settings.bind,
                port=settings.port(name),
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=3,
                server_header=False,
            )
        )

    def alive(self) -> Mapping[str, Any]:
        """Whether every loop turns; a flow that waits for the database or was stopped on purpose is alive."""
        stuck = [member.flow.name for member in self._members if not member.alive()]
        return {"ok": not stuck, "stuck": stuck}

    async def serve(self) -> None:
        """Run until `server.should_exit`. Raises Misconfigured when the port is taken, or the address is not ours."""
        try:
            await self.server.serve()
        except SystemExit:
            config = self.server.config
            raise Misconfigured(why_deaf(config.host, config.port, f"AMENDS_{self.name.upper()}_PORT")) from None
        finally:
            await self._engine.dispose()

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """The consumers live as long as the app: started before it answers, ended before it is gone.

        The order of the end: no more fetching, the batch in hand ends; letters in hand go out; the relay drains.
        """
        parts: tuple[Worker, ...] = (*self._members, self._relay, *self._workers)
        running = [_watched(part.run()) for part in parts]
        try:
            yield
        finally:
            await asyncio.gather(*(member.stop() for member in self._members))
            await asyncio.gather(*(worker.stop() for worker in self._workers))
            await self._relay.stop()
            late = (await asyncio.wait(running, timeout=STOP_SECONDS))[1]
            for task in late:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


def _watched(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (raised := task.exception()):
        log.error("task_died", exc_info=raised)


def why_deaf(host: str, port: int, setting: str) -> str:
    """Why nothing can listen there, and the fix; the HTTP server itself has told it to the log alone."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except PermissionError:
        return f"port {port} on {host} is for the system's own: set {setting} to one from 1024 on"
    except OSError as wrong:
        if wrong.errno != errno.EADDRINUSE:
            return f"this machine has no address {host!r}: set AMENDS_BIND to one of its own, such as 127.0.0.1"
    return f"port {port} on {host} is taken: end what listens there, or set {setting}"
