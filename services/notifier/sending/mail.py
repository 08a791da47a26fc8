"""Where letters go: to a mail server, or into a folder. Both say for each letter what became of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

from services.notifier.sending.message import Message


@dataclass(frozen=True, slots=True)
class Sent:
    """It is there, or with a server that has taken it upon itself."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not this time (a full mailbox, greylisting), or nobody knows: the answer was lost, and it may have been taken.

    `reason` is a short code without addresses; `after`: seconds for which the other side asks not to be asked again.
    """

    reason: str
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """Never, says the other side; `reason` is a short code without addresses."""

    reason: str


@dataclass(frozen=True, slots=True)
class Away:
    """Nobody there to ask, which says nothing about the letter; `reason` is for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The other side wants nothing any more, until somebody has spoken with them: letters wait; `reason` is a short code."""

    reason: str


Result = Sent | Later | Refused | Away | Closed


Took = Callable[[Sequence[tuple[Message, Result]]], Awaitable[bool]]
"""Writes down what became of these letters; says whether to go on with the next ones."""
One = Callable[[int, Message], Awaitable[Result]]
"""Tries one letter on the line of that number."""


class Mail(Protocol):
    """One way to deliver letters. The same letter may be given twice; it is known by its notice."""

    async def send(self, messages: Sequence[Message], took: Took) -> None:
        """Try each, those of one customer in the order given, and say to `took` what became of it.

        On one line the next letter goes out only when the last one is written down: a crash repeats at most that one.
        Raises only what `took` raises.
        """

    async def stop(self) -> None:
        """Say goodbye to whoever is on the other side, within a second."""


async def along_lines(messages: Sequence[Message], count: int, one: One, took: Took) -> None:
    """Send on `count` lines at once: a customer's letters take the same one, each after the last is written down.

    Raises what `took` raises; the other lines end with the letter in hand.
    """
    by_line: dict[int, list[Message]] = {}
    for message in messages:
        by_line.setdefault(crc32(message.customer.encode()) % count, []).append(message)
    sent = (_along(line, given, one, took) for line, given in by_line.items())
    for raised in await asyncio.gather(*sent, return_exceptions=True):
        if raised is not None:
            raise raised


async def _along(line: int, messages: Sequence[Message], one: One, took: Took) -> None:
    for n, message in enumerate(messages):
        result = await one(line, message)
        over = isinstance(result, Away | Closed)
        about = messages[n:] if over else [message]
        if not await took([(each, result) for each in about]) or over:
            return
