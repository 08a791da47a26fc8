"""What a process is made of: a service is its flows, its routes and its workers, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.seam import Bus
from shared.host.http import Part
from shared.host.settings import Settings
from shared.policy.policy import Policy
from shared.runtime.flow import Flow


class Worker(Protocol):
    """Something that runs beside the flows of a service, e.g. what delivers letters."""

    async def run(self) -> None:
        """Work until `stop`; takes bad days of the world upon itself."""

    async def stop(self) -> None:
        """End within seconds."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process hands to a service: `wake` tells the service's relay that something waits in the outbox."""

    settings: Settings
    policy: Policy
    engine: AsyncEngine
    bus: Bus
    wake: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Service:
    """`public` routes are open to everyone, `admin` routes stand behind the admin key.

    `on_commit` is called after each batch of its flows, e.g. to wake a worker. `parts`: what it can do besides, for
    readiness, by name.
    """

    flows: tuple[Flow[Any, Any], ...]
    public: tuple[APIRouter, ...] = ()
    admin: tuple[APIRouter, ...] = ()
    workers: tuple[Worker, ...] = ()
    on_commit: tuple[Callable[[], None], ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)


Build = Callable[[Parts], Service]
