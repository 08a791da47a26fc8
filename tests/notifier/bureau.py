"""A notifier without a bus: it hears what it is told in a real database, and its letters go to a post box of the test."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifier.core import State
from services.notifier.flows import flows
from services.notifier.page import tokens
from services.notifier.page.tokens import Links
from services.notifier.sending.delivery import Delivery
from services.notifier.sending.mail import Mail, Result, Sent, Took
from services.notifier.sending.message import Message
from shared.bus.seam import Partition, Record
from shared.events import WIRE, AnyEvent
from shared.policy.delivery import Tries
from shared.policy.policy import Policy
from shared.runtime.flow import Flow, Heard
from shared.runtime.hop import Hop
from shared.runtime.reading import Reading
from tests.core.notifier_stories import POLICY

ZERO = timedelta()
SECRET = "a secret of the tests"
BASE = "https://nimbus.example"
PATIENCE = 45.0
"""Seconds: a server that is away is asked again within two, and some tests let it be away again and again."""


def trying(first: timedelta = ZERO, longest: timedelta = ZERO, give_up: timedelta = timedelta(days=2)) -> Policy:
    """The policy of the stories with these waits between tries."""
    return replace(POLICY, delivery=replace(POLICY.delivery, tries=Tries(first, longest, give_up)))


AT_ONCE = trying()
GIVES_UP = trying(give_up=ZERO)


class PostBox:
    """Takes letters as told: `results` are given out first, one a letter; then everything is taken."""

    def __init__(self, *results: Result) -> None:
        self.results = list(results)
        self.tried: list[Message] = []
        self.taken: list[Message] = []
        self.batches: list[int] = []

    async def send(self, messages: Sequence[Message], took: Took) -> None:
        results = [self.results.pop(0) if self.results else Sent() for _ in messages]
        self.tried += messages
        self.taken += [message for message, result in zip(messages, results, strict=True) if isinstance(result, Sent)]
        self.batches.append(len(messages))
        await took(list(zip(messages, results, strict=True)))

    async def stop(self) -> None:
        self.results.clear()


async def sent(mail: Mail, messages: Sequence[Message]) -> list[Result]:
    """Send these and go on whatever is said: what became of each, in order."""
    results: dict[str, Result] = {}

    async def took(said: Sequence[tuple[Message, Result]]) -> bool:
        results.update({message.notice: result for message, result in said})
        return True

    await mail.send(messages, took)
    return [results[message.notice] for message in messages]


class Bureau:
    """Tells events to the flow, each with an id of its own, and looks into the notifier's tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.flow: Flow[State, Any] = flows(POLICY)[0]
        self.hop = Hop(self.flow)
        self.numbers = count(1)
        self.opened: set[tokens.Written] = set()
        self.rounds: dict[str, int] = {}

    def decide_by(self, policy: Policy) -> None:
        """From now on under this policy."""
        self.flow = flows(policy)[0]
        self.hop = Hop(self.flow)

    async def hear(self, *events: AnyEvent) -> None:
        """Hear these in one batch."""
        heard = [self._heard(event) for event in events]
        async with self.engine.begin() as tx:
            folded = await self.hop.run(tx, Reading(tuple(heard), (None,) * len(heard), ()))
            await self._open_pages(tx)
        assert folded.letters == []

    def page_of(self, case: str) -> str:
        """Where the newest letter about this case links to, without the house's address."""
        return f"/c/{Links(SECRET).token(case, self.rounds.get(case, 1))}"

    async def _open_pages(self, tx: AsyncConnection) -> None:
        """As the delivery does before it sends."""
        rows = (await tx.execute(text('select "case", round from notifier.letters order by number'))).all()
        written = [tokens.Written(*row) for row in rows]
        await tokens.keep(tx, Links(SECRET), [letter for letter in written if letter not in self.opened])
        self.opened |= set(written)
        self.rounds = dict(sorted(self.opened))

    async def forget_pages(self) -> None:
        """As if no letter had gone yet."""
        await self.change("delete from notifier.tokens")

    async def change(self, sql: str, **values: Any) -> None:
        async with self.engine.begin() as tx:
            await tx.execute(text(sql), values)

    async def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(sql), values)]

    async def now(self, sql: str, **values: Any) -> None:
        """Change what stands in the tables."""
        async with self.engine.begin() as tx:
            await tx.execute(text(sql), values)

    async def states(self) -> dict[str, str]:
        """The state of each letter by round and kind."""
        rows = await self.rows("select notice, state from notifier.letters order by number")
        return {notice.partition("/")[2]: state for notice, state in rows}

    async def said(self) -> list[tuple[str, UUID]]:
        """Type and id of what waits in the outbox, in order."""
        return [(kind, id_) for kind, id_ in await self.rows("select type, event from notifier.outbox order by id")]

    @asynccontextmanager
    async def delivering(self, mail: Any, policy: Policy = POLICY, **options: Any) -> AsyncIterator[Delivery]:
        """A delivery at work, which is stopped at the end."""
        delivery = Delivery(self.engine, mail, policy, BASE, SECRET, **options)
        running = asyncio.create_task(delivery.run())
        try:
            yield delivery
        finally:
            await delivery.stop()
            await running

    async def deliver(self, mail: Any, **options: Any) -> None:
        """Deliver until no letter waits."""
        async with self.delivering(mail, **options):
            await until(self.nothing_waits)

    async def nothing_waits(self) -> bool:
        return await self.rows("select count(*) from notifier.letters where state = 'waiting'") == [(0,)]

    def _heard(self, event: AnyEvent) -> Heard:
        record = Record(Partition(WIRE[type(event)][1], 0), 0, None, b"", (), event.at)
        return Heard(UUID(int=next(self.numbers)), self.flow.key(event), event, record)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until this holds, with an end to patience."""
    deadline = time.monotonic() + PATIENCE
    while not await true():
        assert time.monotonic() < deadline, "it did not come to that in time"
        await asyncio.sleep(0.01)
