"""Where letters go: to a mail server, or into a folder. Both say for each letter what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.notifier.message import Message


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


Result = Sent | Later | Refused | Away


Took = Callable[[Sequence[tuple[Message, Result]]], Awaitable[bool]]
"""Writes down what became of these letters; says whether to go on with the next ones."""


class Mail(Protocol):
    """One way to deliver letters. The same letter may be given twice; it is known by its notice."""

    async def send(self, messages: Sequence[Message], took: Took) -> None:
        """Try each, those of one customer in the order given, and say to `took` what became of it.

        On one line the next letter goes out only when the last one is written down: a crash repeats at most that one.
        Raises only what `took` raises.
        """

    async def stop(self) -> None:
        """Say goodbye to whoever is on the other side, within a second."""
