"""A line to the database that a test can cut, silence, or keep up when the other side has long hung up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

SOCKET = ".s.PGSQL.5432"
SECONDS = 10.0


class Line:
    """Passes on what a client and the server at `address` (…?host=FOLDER) say to each other; `far` is its own address."""

    def __init__(self, folder: Path, address: str) -> None:
        where, _, real = address.partition("?host=")
        self.far = f"{where}?host={folder}"
        self._near, self._real = folder / SOCKET, Path(unquote(real)) / SOCKET
        self._flows = asyncio.Event()
        self._flows.set()
        self._words = b""
        self._held = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._connect, self._near)

    async def cut(self) -> None:
        """Nobody answers any more."""
        assert self._server
        self._server.close()
        for writer in self._writers:
            writer.close()

    def die(self) -> None:
        """Nothing comes through, and nobody says so."""
        self._flows.clear()

    def hold_after(self, words: bytes) -> None:
        """Who says these words next hears the answer when the server has ended the session, and at once with its goodbye."""
        self._words = words
        self._held.clear()

    async def held(self) -> None:
        """Until an answer is held back."""
        await asyncio.wait_for(self._held.wait(), SECONDS)

    async def close(self) -> None:
        await self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self._real)
        self._writers |= {writer, to_server}
        holding = asyncio.Event()
        self._tasks.add(asyncio.create_task(self._ask(reader, to_server, holding)))
        self._tasks.add(asyncio.create_task(self._answer(from_server, writer, holding)))

    async def _ask(self, client: asyncio.StreamReader, server: asyncio.StreamWriter, holding: asyncio.Event) -> None:
        async for some in _chunks(client):
            await self._flows.wait()
            if self._words and self._words in some:
                self._words = b""
                holding.set()
            server.write(some)
        server.close()

    async def _answer(self, server: asyncio.StreamReader, client: asyncio.StreamWriter, holding: asyncio.Event) -> None:
        held = b""
        async for some in _chunks(server):
            await self._flows.wait()
            if holding.is_set():
                held += some
                self._held.set()
            else:
                client.write(some)
        client.write(held)
        client.close()


async def _chunks(source: asyncio.StreamReader) -> AsyncIterator[bytes]:
    with contextlib.suppress(OSError):
        while some := await source.read(65536):
            yield some


@contextlib.asynccontextmanager
async def opened(folder: Path, address: str) -> AsyncIterator[Line]:
    """A line in that folder, for as long as this lasts."""
    line = Line(folder, address)
    await line.open()
    try:
        yield line
    finally:
        await line.close()
