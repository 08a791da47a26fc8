"""Who waits for a page goes first; what the flows have to do is done all the same."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.embedded import EmbeddedBus
from shared.runtime.loop import Member
from shared.runtime.visitors import IN_ONE_GO, Visitors
from tests.runtime.barrier import running, until
from tests.runtime.desk import desk
from tests.runtime.letters import has_answered, in_order, publish


class Doors:
    """Counts the transactions of a member."""

    def __init__(self) -> None:
        self.opened = 0

    async def __call__(self, place: str) -> None:
        self.opened += place == "advanced"


async def test_while_somebody_is_served_little_is_done_in_one_go_and_yet_all_of_it(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    visitors, doors = Visitors(), Doors()
    await publish(bus, 0, 120)
    with visitors.served():  # and never goes
        async with running(Member(desk(), bus, engine, at=doors, visitors=visitors)):
            await until(has_answered(engine, 120))
    assert await in_order(engine)
    assert doors.opened >= 120 / IN_ONE_GO


async def test_with_nobody_there_a_batch_is_done_in_one_go(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    doors = Doors()
    await publish(bus, 0, 120)
    async with running(Member(desk(), bus, engine, at=doors, visitors=Visitors())):
        await until(has_answered(engine, 120))
    assert doors.opened < 120 / IN_ONE_GO


async def test_a_flow_waits_until_the_last_visitor_has_gone() -> None:
    visitors = Visitors()
    with visitors.served():
        with visitors.served():
            waits = asyncio.create_task(visitors.let_pass())
        await asyncio.sleep(0)
        assert not waits.done()
    await waits
    assert not visitors.here
