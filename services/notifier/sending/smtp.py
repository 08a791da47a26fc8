"""Letters by SMTP: a few connections that stay open, and an honest reading of what the server says to each letter."""

import asyncio
import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from aiosmtplib.response import SMTPResponse

from services.notifier.sending.mail import Away, Later, Refused, Result, Sent, Took, along_lines
from services.notifier.sending.message import Message
from shared.errors import Misconfigured

CONNECTIONS = 4
ANSWER_SECONDS = 20.0
GOODBYE_SECONDS = 1.0
CLOSING = 421
"""The server is about to hang up, whatever we were saying: that is about the line, not about the letter."""
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


class Gone(Exception):
    """The line is dead, or the server would not speak with us at all."""


class Unanswered(Exception):
    """The letter was on its way when the line died: perhaps it was taken, so it is not sent again at once."""


class Line(SMTP):
    """A connection that tells a letter without an answer from one that never left."""

    async def data(self, *message: Any, **options: Any) -> SMTPResponse:
        try:
            return await super().data(*message, **options)
        except (SMTPServerDisconnected, SMTPTimeoutError) as lost:
            raise Unanswered from lost


class SmtpMail:
    """Sends through the server at `url`: smtp[s]://[user:password@]host[:port]. Raises Misconfigured for another form.

    STARTTLS is used where the server offers it, and insisted on before a password leaves this machine. A customer's
    letters all take one of the connections, so they go in order.
    """

    def __init__(self, url: str, answer_seconds: float = ANSWER_SECONDS) -> None:
        """`answer_seconds`: how long the server may take for each answer."""
        self._server = server_at(url) | {"timeout": answer_seconds}
        self._lines: list[SMTP | None] = [None] * CONNECTIONS

    async def send(self, messages: Sequence[Message], took: Took) -> None:
        await along_lines(messages, CONNECTIONS, self._one, took)

    async def stop(self) -> None:
        open_lines = [line for line in self._lines if line is not None]
        self._lines = [None] * CONNECTIONS
        await asyncio.gather(*map(_goodbye, open_lines))

    async def _one(self, line: int, message: Message) -> Result:
        """An open line may have died unnoticed, so a dead one is replaced once."""
        tries = 2 if self._lines[line] is not None else 1
        reason = ""
        for _ in range(tries):
            try:
                return await self._say(await self._line(line), message)
            except Gone as gone:
                self._hang_up(line)
                reason = str(gone)
        return Away(reason)

    async def _line(self, line: int) -> SMTP:
        """The open connection, or a new one: a client that has failed is never used again."""
        client = self._lines[line]
        if client is None or not client.is_connected:
            client = Line(**self._server)
            try:
                await client.connect()
            except (SMTPException, OSError) as error:
                client.close()
                raise Gone(_why(error)) from error
            self._lines[line] = client
        return client

    def _hang_up(self, line: int) -> None:
        client, self._lines[line] = self._lines[line], None
        if client is not None:
            client.close()

    async def _say(self, client: SMTP, message: Message) -> Result:
        """What the server says to the recipient or to the letter is about the letter; all else is about us."""
        try:
            await client.sendmail(message.sender, [message.to], message.data)
        except SMTPRecipientsRefused as refused:
            return _said(refused.recipients[0].code, refused.recipients[0].message)
        except SMTPDataError as refused:
            return _said(refused.code, refused.message)
        except Unanswered:
            client.close()
            return Later("no_answer")
        except (SMTPException, OSError) as error:
            raise Gone(_why(error)) from error
        return Sent()


def server_at(url: str) -> dict[str, Any]:
    """What the client needs to know of the server. Raises Misconfigured without repeating the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _unusable() from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise _unusable()
    secret = parts.password is not None and not _is_here(parts.hostname)
    return {
        "hostname": parts.hostname,
        "port": port or (465 if parts.scheme == "smtps" else 25),
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "use_tls": parts.scheme == "smtps",
        "start_tls": True if secret and parts.scheme == "smtp" else None,
        "timeout": ANSWER_SECONDS,
    }


def _unusable() -> Misconfigured:
    return Misconfigured("AMENDS_SMTP_URL must look like smtp://host:25 or smtps://user:password@host:465")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(error: Exception) -> str:
    """A reason for the log: never the server's own words, which tend to repeat what it was told."""
    if isinstance(error, SMTPAuthenticationError):
        return "the login was refused"
    code = f" ({error.code})" if isinstance(error, SMTPResponseException) else ""
    return f"{type(error).__name__}{code}"


def _said(code: int, text: str) -> Result:
    """The server's verdict on one letter. Only its numbers are kept: the words tend to repeat the address."""
    if code == CLOSING:
        raise Gone(str(code))
    found = ENHANCED.search(text)
    reason = f"smtp_{code}" + (f"_{found[0]}" if found else "")
    return Refused(reason) if 500 <= code < 600 else Later(reason)


async def _goodbye(client: SMTP) -> None:
    try:
        async with asyncio.timeout(GOODBYE_SECONDS):
            await client.quit()
    except (SMTPException, OSError):
        pass  # the server has gone first
    finally:
        client.close()
