"""What a process holds open: the database, embedded or given, and the bus on it or on Apache Kafka."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.embedded import EmbeddedBus
from shared.bus.kafka import KafkaBus
from shared.bus.seam import Bus
from shared.host.database import make_engine
from shared.host.keys import with_keys
from shared.host.migrate import migrate
from shared.host.postgres import EmbeddedPostgres
from shared.host.settings import Settings


@dataclass(frozen=True, slots=True)
class Connections:
    """`settings` with every key filled, the database's URL, an engine for this process, and the bus (not started)."""

    settings: Settings
    url: str
    engine: AsyncEngine
    bus: Bus


@asynccontextmanager
async def connect(settings: Settings, name: str) -> AsyncIterator[Connections]:
    """Open what the settings name; on embedded defaults start or join the server of the home and migrate it.

    `name` is what the database's list of sessions shows. Everything is closed on the way out, the server last.
    Raises Misconfigured or Unavailable with the setting and the fix.
    """
    if settings.embedded_database:
        with EmbeddedPostgres(settings.home) as server:
            await migrate(server.url)
            async with _connected(with_keys(settings), server.url, name) as connections:
                yield connections
    else:
        async with _connected(settings, settings.database_url, name) as connections:
            yield connections


@asynccontextmanager
async def _connected(settings: Settings, url: str, name: str) -> AsyncIterator[Connections]:
    engine = make_engine(url, name)
    try:
        yield Connections(settings, url, engine, make_bus(settings, engine))
    finally:
        await engine.dispose()


def make_bus(settings: Settings, engine: AsyncEngine) -> Bus:
    """Apache Kafka where `AMENDS_KAFKA` names it, else the bus inside the database."""
    if not settings.kafka:
        return EmbeddedBus(engine)
    return KafkaBus(
        settings.kafka,
        security=settings.kafka_security,
        mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_sasl_username,
        password=settings.kafka_sasl_password,
    )


async def set_clock_mode(engine: AsyncEngine, settings: Settings) -> None:
    """`manual`: time stands at the moment of the first start; `system`: it runs. Both are the function clock.now().

    For services only: a command that looks in must not set the clock going.
    """
    start = "insert into clock.manual (instant) select clock_timestamp() where not exists (select from clock.manual)"
    async with engine.begin() as tx:
        await tx.execute(text(start if settings.clock == "manual" else "delete from clock.manual"))
