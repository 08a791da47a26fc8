"""Sends what was written: each letter once, in the order in which a customer is to read them, with patience where the
other side cannot take it now, and with a word to the house of what became of it.

One process delivers at a time, by right of a lock on its own connection. What goes out is written down before the first
try, and nothing is held open in the database meanwhile; a letter whose answer was lost is the one that goes out again,
and then with the same bytes under the same Message-ID.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifier import letters
from services.notifier.letters import Mark, Prepared, Waiting
from services.notifier.notice import EMAIL
from services.notifier.page import tokens
from services.notifier.page.tokens import Links
from services.notifier.sending import switches
from services.notifier.sending.forms import FORMS
from services.notifier.sending.mail import Away, Closed, Later, Mail, Refused, Result, Sent
from services.notifier.sending.message import BadAddress, Message, UnsafeHeader
from services.notifier.ways import quiet_for
from services.notifier.writing.voice import Voices
from services.notifier.writing.wording import Text, write
from shared.errors import Unavailable
from shared.events import OVERTAKEN, NoticeFailed, NoticeSent
from shared.policy.delivery import Tries
from shared.policy.policy import Policy
from shared.runtime import outbox
from shared.runtime.failures import named
from shared.runtime.leader import Leader
from shared.runtime.right import Right

SERVICE = "notifier"
RIGHT = "notifier_letters"
"""The name of the right to deliver mail; other channels have one each. One session at a time holds it."""
BATCH = 200
PROBE = 4
"""Letters with which to ask whether a server that was away is back."""
BREATH = 10
"""Letters composed in one go before the flows of this process get their turn."""

ABOUT = ("customer", "complaint", "source", "case", "round", "severity", "notice", "kind", "channel", "language")
TOLD = frozenset({"sent", "failed", "overtaken"})
"""What the house hears of; in shadow mode nothing."""
LETTERS = Counter("amends_letters", "Letters by what became of them.", ("state",))
log = structlog.get_logger()


def patience(tries: Tries, attempts: int, after: float = 0.0) -> float:
    """Seconds until the next try after so many, with jitter; not before the other side has said, as far as that is sensible."""
    wait = min(tries.first * 2.0 ** min(attempts, 30), tries.longest)
    jittered = wait.total_seconds() * random.uniform(0.5, 1.5)
    return max(jittered, min(after, tries.longest.total_seconds()))


@dataclass(slots=True)
class Batch:
    """The letters of one turn by their notices, and why nobody took them, where that is so."""

    letters: Mapping[str, Waiting]
    away: str = ""


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
        channel: str = EMAIL,
    ) -> None:
        """`wake` tells the relay that something waits in the outbox. `base_url`: where customers reach the page."""
        self._engine, self._mail, self._voices, self._links = engine, mail, Voices(policy), Links(secret, base_url)
        self._shadow, self._wake_relay, self._policy = mode == "shadow", wake, policy.delivery
        self._channel, self._form = channel, FORMS[channel](policy)
        self._leader = Leader(RIGHT if channel == EMAIL else f"{RIGHT}_{channel}", engine, self._turn)
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
        found = [] if self._leader.stops else await letters.waiting(right.connection, self._channel, self._limit)
        if not found:
            return False
        batch = Batch({letter.notice: letter for letter in found})
        messages = await self._ready(batch)
        if self._shadow:
            await self._took(batch, [(message, Sent()) for message in messages])
        elif messages:
            # outside any transaction, with a sign of life to the server meanwhile, so that the right stays ours
            await right.kept_while(self._mail.send(messages, partial(self._took, batch)))
        self._limit = PROBE if batch.away else BATCH
        if batch.away:
            raise Unavailable(f"mail: {batch.away}")
        return True

    async def _ready(self, batch: Batch) -> list[Message]:
        """The messages to send, each written down; what cannot or need not be sent is marked."""
        marks: list[Mark] = []
        messages: list[Message] = []
        fresh: list[Prepared] = []
        for n, letter in enumerate(batch.letters.values()):
            if n % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            match self._made(letter):
                case Mark() as mark:
                    marks.append(mark)
                case Message() as message:
                    messages.append(message)
                case (Message() as message, Text() as text):
                    messages.append(message)
                    fresh.append(_prepared(message, text))
        await self._write_down(batch, marks)
        if fresh:
            with named():
                async with self._engine.begin() as tx:
                    await letters.prepare(tx, fresh)
                    await self._open_pages(tx, batch, fresh)
        return messages

    async def _open_pages(self, tx: AsyncConnection, batch: Batch, fresh: Sequence[Prepared]) -> None:
        """Before a link is out it leads somewhere, and those of earlier rounds no more."""
        written = [batch.letters[letter.notice] for letter in fresh]
        await tokens.keep(tx, self._links, [tokens.Written(letter.case, letter.round) for letter in written])

    def _made(self, letter: Waiting) -> Message | tuple[Message, Text] | Mark:
        """The message as it was tried before, a new one with its text, or what there is to say instead."""
        if letter.overtaken:
            return Mark(letter.notice, "overtaken", OVERTAKEN, tries=0)
        if quiet := quiet_for(self._policy.quiet, letter.kind, letter.now):
            return Mark(letter.notice, "waiting", "quiet_hours", quiet.total_seconds(), tries=0)
        if letter.message is not None:
            return self._form.again(letter)
        try:
            text = write(letter.written, self._voices, link := self._links.link(letter.case, letter.round))
            return self._form.make(letter, text, link), text
        except BadAddress:
            return Mark(letter.notice, "failed", "bad_address")
        except UnsafeHeader:
            return Mark(letter.notice, "failed", "unsafe_header")
        except Exception:
            log.exception("letter_not_written", notice=letter.notice)
            return self._mark(letter, Later("not_written"))

    async def _took(self, batch: Batch, said: Sequence[tuple[Message, Result]]) -> bool:
        """Write down what became of these; whether to go on with the next ones."""
        marks = []
        for message, result in said:
            if isinstance(result, Away):
                batch.away = result.reason
            if isinstance(result, Closed):
                await switches.pause(self._engine, "the receiver", result.reason, self._channel)
            if not isinstance(result, Away) or self._too_long(batch.letters[message.notice]):
                marks.append(self._mark(batch.letters[message.notice], result))
        return await self._write_down(batch, marks) and not self._leader.stops

    def _mark(self, letter: Waiting, result: Result) -> Mark:
        """What is written down of a try; that nobody was there to ask is none, unless it has been so for too long."""
        match result:
            case Sent():
                return Mark(letter.notice, "shadow" if self._shadow else "sent")
            case Refused(reason):
                return Mark(letter.notice, "failed", reason)
            case Later(reason, after) if not self._too_long(letter):
                return Mark(letter.notice, "waiting", reason, patience(self._policy.tries, letter.attempts, after))
            case Later(reason):
                return Mark(letter.notice, "failed", reason)
            case Closed(reason):
                return Mark(letter.notice, "waiting", reason, tries=0)
            case Away():
                return Mark(letter.notice, "failed", "no_server")

    def _too_long(self, letter: Waiting) -> bool:
        """Since the first try; for one that could never be put into words, since it was due."""
        begun = letter.first_at or (letter.at if letter.attempts else letter.now)
        return letter.now - begun >= self._policy.tries.give_up

    async def _write_down(self, batch: Batch, marks: Sequence[Mark]) -> bool:
        """In one transaction: what became of each letter, and the word to the house. A repeat finds nothing to mark.

        Says whether more may go out.
        """
        if not marks:
            return True
        with named():
            async with self._engine.begin() as tx:
                marked = await letters.mark(tx, marks)
                ended = [mark for mark in marks if mark.notice in marked and mark.state in TOLD]
                words = [outbox.row_of(*word(batch.letters[mark.notice], mark, marked[mark.notice])) for mark in ended]
                if not self._shadow:
                    await outbox.append(tx, SERVICE, words)
                paused = await switches.is_paused(tx, self._channel)
        for mark in marks:
            LETTERS.labels(mark.state).inc()
        if words:
            self._wake_relay()
        return not paused


def _prepared(message: Message, text: Text) -> Prepared:
    return Prepared(message.notice, message.data, message.id, message.digest, text.subject, text.body)


def word(letter: Waiting, mark: Mark, at: datetime) -> tuple[NoticeSent | NoticeFailed, UUID]:
    """What the house hears of a letter: that it has gone, or why not. Its id is derived from the letter's key, so that the
    same word said twice has one name."""
    about: dict[str, Any] = {name: getattr(letter, name) for name in ABOUT} | {"at": at}
    said = NoticeSent(**about) if mark.state == "sent" else NoticeFailed(**about, reason=mark.reason or "")
    again = f":{letter.resent}" if letter.resent else ""
    return said, uuid5(NAMESPACE_URL, f"amends:{mark.state}:{mark.notice}{again}")
