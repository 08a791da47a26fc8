"""Sends what was written: each letter once, in the order in which a customer is to read them, with patience where the
other side cannot take it now, and with a word to the house of what became of it.

One process delivers at a time, by right of a lock on its own connection. Nothing is held open in the database while a
letter goes out; a process that dies between the sending and the mark is the one case in which a letter goes out again,
and then under the same Message-ID.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifier import letters
from services.notifier.letters import Mark, Waiting
from services.notifier.mail import Away, Later, Mail, Refused, Result, Sent
from services.notifier.message import BadAddress, Message, UnsafeHeader, compose
from services.notifier.tokens import Links
from services.notifier.voice import Voices
from services.notifier.wording import write
from shared.errors import Unavailable
from shared.events import NoticeFailed, NoticeSent
from shared.policy.policy import Policy
from shared.runtime import outbox
from shared.runtime.failures import named
from shared.runtime.leader import Leader
from shared.runtime.right import Right

SERVICE = "notifier"
RIGHT = "notifier_letters"
"""The name of the right to deliver, which one session at a time holds."""
BATCH = 200
PROBE = 4
"""Letters with which to ask whether a server that was away is back."""
BREATH = 10
"""Letters composed in one go before the flows of this process get their turn."""

ABOUT = ("customer", "complaint", "source", "case", "round", "severity", "notice", "kind", "channel", "language")
LETTERS = Counter("amends_letters", "Letters by what became of them.", ("state",))
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a letter is tried that the other side cannot take now: the waits double, each with jitter."""

    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    give_up: timedelta = timedelta(days=2)

    def wait(self, attempts: int) -> float:
        """Seconds until the next try after so many."""
        wait = min(self.first * 2.0 ** min(attempts, 30), self.longest)
        return wait.total_seconds() * random.uniform(0.5, 1.5)


class Delivery:
    """The worker beside the notifier's flow. `mode` "shadow": letters are written down and never sent."""

    def __init__(
        self,
        engine: AsyncEngine,
        mail: Mail,
        policy: Policy,
        base_url: str,
        secret: str,
        *,
        mode: Literal["live", "shadow"] = "live",
        wake: Callable[[], None] = lambda: None,
        patience: Patience | None = None,
    ) -> None:
        """`wake` tells the relay that something waits in the outbox. `base_url`: where customers reach the page."""
        self._engine, self._mail, self._voices, self._links = engine, mail, Voices(policy), Links(secret, base_url)
        self._shadow, self._wake_relay, self._patience = mode == "shadow", wake, patience or Patience()
        self._leader = Leader(RIGHT, engine, self._turn)
        self._limit = BATCH

    def wake(self) -> None:
        """Letters were written: called after each commit of the flow."""
        self._leader.wake()

    async def run(self) -> None:
        """Deliver until `stop`, or wait for the right to. Bad days of the world are waited out."""
        try:
            await self._leader.run()
        finally:
            await self._mail.stop()

    async def stop(self) -> None:
        """Finish the letters in hand, within seconds, and leave the rest to the next process."""
        await self._leader.stop()

    async def _turn(self, right: Right) -> bool:
        """Deliver what waits now, at most a batch; is there more? Raises Unavailable when nobody takes letters."""
        found = [] if self._leader.stops else await letters.waiting(right.connection, self._limit)
        if not found:
            return False
        marks: list[Mark] = []
        messages: list[tuple[Waiting, Message]] = []
        for n, letter in enumerate(found):
            if n % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            made = self._composed(letter)
            if isinstance(made, Message):
                messages.append((letter, made))
            else:
                marks += self._marks(letter, None, made)
        results = await self._send(right, [message for _, message in messages])
        for (letter, message), result in zip(messages, results, strict=True):
            marks += self._marks(letter, message, result)
        await self._write_down(found, marks)
        away = next((result for result in results if isinstance(result, Away)), None)
        self._limit = PROBE if away else BATCH
        if away:
            raise Unavailable(f"mail: {away.reason}")
        return len(found) == BATCH

    def _composed(self, letter: Waiting) -> Message | Refused | Later:
        try:
            says = write(letter.written, self._voices, self._links.link(letter.case))
            house = (self._voices.house.name, self._voices.house.sender)
            return compose(letter.notice, letter.customer, house, letter.recipient, says.subject, says.body, letter.now)
        except BadAddress:
            return Refused("bad_address")
        except UnsafeHeader:
            return Refused("unsafe_header")
        except Exception:
            log.exception("letter_not_written", notice=letter.notice)
            return Later("not_written")

    async def _send(self, right: Right, messages: Sequence[Message]) -> Sequence[Result]:
        """Outside any transaction, with a sign of life to the server meanwhile, so that the right stays ours."""
        if self._shadow or not messages:
            return [Sent()] * len(messages)
        return await right.kept_while(self._mail.send(messages))

    def _marks(self, letter: Waiting, message: Message | None, result: Result) -> tuple[Mark, ...]:
        """What is written down of this try; that nobody was there to ask is none, unless it has been so for too long."""
        match result:
            case Sent():
                assert message is not None
                state = "shadow" if self._shadow else "sent"
                return (Mark(letter.notice, state, None, 0.0, message.subject, message.body, message.digest),)
            case Refused(reason):
                return (Mark(letter.notice, "failed", reason),)
            case Later(reason) if not self._too_long(letter):
                return (Mark(letter.notice, "waiting", reason, self._patience.wait(letter.attempts)),)
            case Later(reason):
                return (Mark(letter.notice, "failed", reason),)
            case Away():
                return (Mark(letter.notice, "failed", "no_server"),) if self._too_long(letter) else ()

    def _too_long(self, letter: Waiting) -> bool:
        return letter.now - letter.at >= self._patience.give_up

    async def _write_down(self, found: Sequence[Waiting], marks: Sequence[Mark]) -> None:
        """In one transaction: what became of each letter, and the word to the house. A repeat finds nothing to mark."""
        if not marks:
            return
        by_notice = {letter.notice: letter for letter in found}
        with named():
            async with self._engine.begin() as tx:
                marked = await letters.mark(tx, marks)
                told = [mark for mark in marks if mark.notice in marked and mark.state in ("sent", "failed")]
                await self._tell(tx, [(by_notice[mark.notice], mark) for mark in told])
        for mark in marks:
            LETTERS.labels(mark.state).inc()
        if told:
            self._wake_relay()

    async def _tell(self, tx: AsyncConnection, told: Sequence[tuple[Waiting, Mark]]) -> None:
        if not self._shadow:
            rows = [outbox.row_of(word(letter, mark), word_id(mark)) for letter, mark in told]
            await outbox.append(tx, SERVICE, rows)


def word(letter: Waiting, mark: Mark) -> NoticeSent | NoticeFailed:
    """What the house hears of a letter: that it has gone, or why it could not."""
    about: dict[str, Any] = {name: getattr(letter, name) for name in ABOUT} | {"at": letter.now}
    return NoticeSent(**about) if mark.state == "sent" else NoticeFailed(**about, reason=mark.reason or "")


def word_id(mark: Mark) -> UUID:
    """Derived from the letter's key, so that the same word said twice has one name."""
    return uuid5(NAMESPACE_URL, f"amends:{mark.state}:{mark.notice}")
