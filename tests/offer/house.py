"""An offer service without a bus: it hears what it is told, batch by batch, in a real database."""

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.offer.case import Customer
from services.offer.console.cases import CaseRow, ShownCase, list_cases, show_case
from services.offer.flows import flows
from shared.bus.seam import Partition, Record
from shared.events import WIRE, AnyEvent
from shared.policy.policy import Policy
from shared.runtime.flow import Flow, Heard
from shared.runtime.fold import Folded
from shared.runtime.hop import Hop
from shared.runtime.reading import Reading
from tests.core.offer_stories import POLICY


class House:
    """Tells events to the flow; the same event, told again, has the same id."""

    def __init__(self, engine: AsyncEngine, policy: Policy = POLICY) -> None:
        self.engine, self.policy = engine, policy
        self.flow: Flow[Customer, Any] = flows(policy)[0]
        self.hop = Hop(self.flow)
        self.numbers = count(1)
        self.told: dict[int, tuple[UUID, AnyEvent]] = {}
        """By the object's address, which is its own only as long as the object is kept."""

    async def hear(self, *events: AnyEvent, batch: int = 500) -> list[Folded[Customer]]:
        heard = [self._heard(event) for event in events if self.flow.concerns(event)]
        return [await self._run(heard[start : start + batch]) for start in range(0, len(heard), batch)]

    async def listed(self, waiting: bool = False) -> Sequence[CaseRow]:
        async with self.engine.connect() as connection:
            return await list_cases(connection, waiting)

    async def show(self, name: str) -> ShownCase | None:
        async with self.engine.connect() as connection:
            return await show_case(connection, name, self.policy)

    async def the(self, name: str) -> ShownCase:
        shown = await self.show(name)
        assert shown is not None
        return shown

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(sql))]

    async def picture(self) -> list[list[tuple[Any, ...]]]:
        """Every row that the service keeps, but for the numbers that are drawn."""
        return [
            await self.rows("select *, cast(sums as text) from offer.cases order by 1"),
            await self.rows('select "case", id, at, cast(moments as text) from offer.timeline order by "case", n'),
            await self.rows("select * from offer.payouts order by 1"),
            await self.rows("select id, level, due, late, ended, cast(yes as text) from offer.approvals order by 1"),
            await self.rows("select key, state from offer.documents order by 1"),
            await self.rows("select customer, name, due from offer.timers order by 1, 2"),
            await self.rows("select convert_from(key, 'utf8') as k, type, event from offer.outbox order by k, id"),
        ]

    async def forget(self) -> None:
        """Empty every table that hearing fills."""
        async with self.engine.begin() as tx:
            tables = ("cases", "approvals", "timeline", "payouts", "documents", "timers", "outbox", "inbox")
            await tx.execute(text(f"truncate {', '.join(f'offer.{name}' for name in tables)}"))

    def _heard(self, event: AnyEvent) -> Heard:
        id_, _ = self.told.setdefault(id(event), (UUID(int=next(self.numbers)), event))
        record = Record(Partition(WIRE[type(event)][1], 0), 0, None, b"", (), event.at)
        return Heard(id_, self.flow.key(event), event, record)

    async def _run(self, heard: Sequence[Heard]) -> Folded[Customer]:
        async with self.engine.begin() as tx:
            return await self.hop.run(tx, Reading(tuple(heard), (None,) * len(heard), ()))
