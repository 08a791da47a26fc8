"""Where letters go: to a mail server, or into a folder. Both say for each letter what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.notifier.message import Message


@dataclass(frozen=True, slots=True)
class Sent:
    """It is there, or with a server that has taken it upon itself."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not this time (a full mailbox, greylisting); `reason` is a short code without addresses."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Never, says the other side; `reason` is a short code without addresses."""

    reason: str


@dataclass(frozen=True, slots=True)
class Away:
    """Nobody there to ask, which says nothing about the letter; `reason` is for the log."""

    reason: str


Result = Sent | Later | Refused | Away


class Mail(Protocol):
    """One way to deliver letters. The same letter may be given twice; it is known by its notice."""

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """What became of each, in order; letters of one customer go in the order given. Raises nothing."""

    async def stop(self) -> None:
        """Say goodbye to whoever is on the other side, within a second."""
