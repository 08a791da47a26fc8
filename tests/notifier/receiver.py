"""A CRM that takes webhooks, over HTTP or HTTPS, and answers as it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

PEM = Path(__file__).with_name("hooks.example.pem")
HOST = "hooks.example"
DROP = b""
"""Hang up without an answer."""
SLOWLY = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"
"""A body that never ends."""


def answer(status: int, *headers: str) -> bytes:
    """A whole answer without a body."""
    return "\r\n".join((f"HTTP/1.1 {status} So", *headers, "Content-Length: 0", "", "")).encode()


@dataclass
class Call:
    """One request as it came in."""

    first: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are given one a call; then all is well. `name`: whom the caller asked for in the TLS handshake."""

    answers: list[bytes] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    sent: int = 0
    silent: bool = False
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                self.calls.append(await _read(reader))
                if self.silent:
                    await reader.read()
                said = self.answers.pop(0) if self.answers else answer(204)
                if said == DROP:
                    break
                writer.write(said)
                while said == SLOWLY:
                    writer.write(b"x" * 65_536)
                    await writer.drain()
                    self.sent += 65_536
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the caller hung up
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Call:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    headers = dict(_header(line) for line in lines if line)
    return Call(first, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.lower(), value


@asynccontextmanager
async def listening(receiver: Receiver, *, tls: bool = False) -> AsyncIterator[Receiver]:
    """The receiver on a free port of this machine."""
    server = await asyncio.start_server(receiver.talk, "127.0.0.1", 0, ssl=_served(receiver) if tls else None)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


def _served(receiver: Receiver) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    context.sni_callback = lambda _, name, __: receiver.names.append(name)
    return context


def trusted() -> ssl.SSLContext:
    """What trusts that receiver's certificate, and no other."""
    return ssl.create_default_context(cafile=str(PEM))
