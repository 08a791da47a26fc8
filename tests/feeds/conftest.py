"""A source that can be told what to answer, and a topic on either bus to find it on."""

import asyncio
import fcntl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.feeds.fetch import Fetcher
from services.feeds.runner import Desk
from shared.bus import codec
from shared.bus.embedded import EmbeddedBus
from shared.bus.kafka import KafkaBus
from shared.bus.seam import Bus, Partition
from shared.bus.topics import ensure_topics
from shared.events import TELEMETRY
from shared.host.settings import CHECKOUT

TOPICS = CHECKOUT / "deploy" / "topics.yaml"
HANG = b""
"""Instead of an answer: the connection stays open, and nothing comes."""


def http(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """An answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Source:
    """A server on this machine that gives `answers` in turn, the last of them again and again."""

    port: int = 0
    answers: list[bytes] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == HANG:
            await reader.read()  # until the other side gives up
        writer.write(answer)
        await writer.drain()


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A server on this machine, by its port; when it ends every connection has been closed."""
    under_way: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # who has read enough hangs up
            await serve(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.create_task(one(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.gather(*under_way)


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    source = Source()
    async with listening(source.serve) as source.port:
        yield source


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def embedded(engine: AsyncEngine) -> AsyncIterator[EmbeddedBus]:
    """The road's topics on the bus inside the database."""
    bus = EmbeddedBus(engine)
    await bus.start()
    await ensure_topics(bus, TOPICS)
    yield bus
    await bus.stop()


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
async def bus(request: pytest.FixtureRequest, embedded: EmbeddedBus) -> AsyncIterator[Bus]:
    """The road's topics, on the bus inside the database or on Apache Kafka."""
    if request.param == "embedded":
        yield embedded
        return
    bootstrap = request.getfixturevalue("kafka")
    path = Path(tempfile.gettempdir()) / f"amends-tests-{bootstrap.replace(':', '-')}.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # nobody else writes there meanwhile
        bus = KafkaBus(bootstrap)
        await bus.start()
        await ensure_topics(bus, TOPICS)
        yield bus
        await bus.stop()


@pytest.fixture
async def desk(engine: AsyncEngine, bus: Bus) -> AsyncIterator[Desk]:
    async with Fetcher(read_seconds=0.3, whole_seconds=2.0) as fetcher:
        yield Desk(engine, bus, fetcher, {})


Telemetry = Callable[[], Awaitable[list[codec.Decoded]]]


@pytest.fixture
async def telemetry(bus: Bus) -> Telemetry:
    """All that has come onto the topic since the test began, as the verifier reads it."""
    parts = [Partition(TELEMETRY, number) for number in range(await bus.partitions(TELEMETRY))]
    begun = await bus.ends(parts)

    async def found() -> list[codec.Decoded]:
        ends = await bus.ends(parts)
        return [read for part in parts async for read in between(bus, part, begun[part].end, ends[part].end)]

    return found


async def between(bus: Bus, part: Partition, position: int, end: int) -> AsyncIterator[codec.Decoded]:
    while position < end:
        records = await bus.read({part: position}, 500)
        position = records[-1].offset + 1
        for record in records:
            yield codec.decode(record)
