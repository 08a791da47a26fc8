"""Runs a command's work with the settings read and the connections open."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.host.connections import Connections, connect
from shared.host.settings import read_settings

T = TypeVar("T")


def connected(work: Callable[[Connections], Awaitable[T]]) -> T:
    """What `work` gives; on embedded defaults a server that is already up is joined, else one runs meanwhile."""

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a command says itself, in one line, what is away

    async def run() -> T:
        async with connect(read_settings(), "amends command") as connections:
            return await work(connections)

    return asyncio.run(run())


def with_bus(work: Callable[[Connections], Awaitable[T]]) -> T:
    """The same, with the bus started."""

    async def run(connections: Connections) -> T:
        await connections.bus.start()
        try:
            return await work(connections)
        finally:
            await connections.bus.stop()

    return connected(run)
