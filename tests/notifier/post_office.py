"""A mail server that speaks SMTP as badly as it is told: it refuses, is slow, hangs up, or takes a letter and never says so."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DROP = "drop"
"""Hang up instead of an answer."""
KEEP_AND_DROP = "keep and drop"
"""After DATA: the letter is taken, and the answer never comes."""
MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)\r$", re.MULTILINE)
GOOD = {"CONNECT": "220 post.example", "EHLO": "250 post.example", "END": "250 taken", "DATA": "354 go on"}

Manners = Callable[[str, bytes], str | None]
"""What it answers to a verb (CONNECT, EHLO, MAIL, RCPT, DATA, END, RSET, QUIT) with what stands behind it; none: all is well."""


@dataclass
class PostOffice:
    """Listens on a port of its own. `taken`: what lies in mailboxes; `lost`: by Message-ID, answers that never came."""

    manners: Manners = lambda _, __: None
    delay: float = 0.0
    taken: list[bytes] = field(default_factory=list)
    lost: Counter[bytes] = field(default_factory=Counter)
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side has had enough."""
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side hung up
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        going = await self._answer(writer, "CONNECT", b"")
        while going and (line := await reader.readuntil(b"\r\n")):
            verb = line[:4].decode().upper().strip()
            going = await self._answer(writer, verb, line)
            if verb == "DATA" and going == "354 go on":
                going = await self._take(writer, await reader.readuntil(b"\r\n.\r\n"))
            going = going if verb != "QUIT" else ""

    async def _take(self, writer: asyncio.StreamWriter, raw: bytes) -> str:
        letter = raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        said = self.manners("END", letter) or GOOD["END"]
        if said in (KEEP_AND_DROP, GOOD["END"]):
            self.taken.append(letter)
        if said in (KEEP_AND_DROP, DROP):
            self.lost[id_of(letter)] += 1
            return ""
        return await self._say(writer, said)

    async def _answer(self, writer: asyncio.StreamWriter, verb: str, line: bytes) -> str:
        said = self.manners(verb, line) or GOOD.get(verb, "250 OK")
        return "" if said == DROP else await self._say(writer, said)

    async def _say(self, writer: asyncio.StreamWriter, said: str) -> str:
        if self.delay:
            await asyncio.sleep(self.delay)
        writer.write(f"{said}\r\n".encode())
        await writer.drain()
        return "" if said.startswith("421") else said


def id_of(letter: bytes) -> bytes:
    """Its Message-ID."""
    found = MESSAGE_ID.search(letter)
    assert found
    return found[1]


@asynccontextmanager
async def opened(office: PostOffice) -> AsyncIterator[PostOffice]:
    """The office on a free port."""
    server = await asyncio.start_server(office.talk, "127.0.0.1", office.port)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
