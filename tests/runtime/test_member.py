"""A member runs its flow through bad days: it waits, it goes on where the rows say, and it stops when it is told to."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import LANES, Partition
from shared.errors import Misconfigured
from shared.events import CASES, COMPLAINTS
from shared.runtime import flows
from shared.runtime.loop import Member
from shared.runtime.relay import Relay
from shared.runtime.watchdog import Watchdog
from tests.runtime.barrier import Barrier, running, until
from tests.runtime.desk import desk, rows
from tests.runtime.letters import OTHERS, answered, has_answered, in_order, publish

TAKEN = """
update offer.positions p set next = h.next from bus.heads h where (h.topic, h.partition) = (p.topic, p.partition)
"""


async def test_what_arrives_is_answered_and_goes_out_on_the_same_partitions(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    relay = Relay("offer", bus, engine)
    member = Member(desk(), bus, engine, wake=(relay.wake,))
    async with running(member, relay):
        await publish(bus, 0, 700)
        await until(has_answered(engine, 700))
        assert member.state().name == "running"
        assert member.alive()
        positions = await member.positions()
    assert await in_order(engine)
    logs = await bus.ends([Partition(topic, number) for topic in (COMPLAINTS, CASES) for number in range(4)])
    for number in range(4):
        assert logs[Partition(COMPLAINTS, number)].end == positions[Partition(COMPLAINTS, number)]
        assert logs[Partition(CASES, number)].end == logs[Partition(COMPLAINTS, number)].end


async def test_a_member_goes_on_where_the_last_one_stopped(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    for first in (0, 50):
        await publish(bus, first, first + 50)
        async with running(Member(desk(), bus, engine)):
            await until(has_answered(engine, first + 50))
    assert await in_order(engine)


async def test_two_members_share_the_work_and_each_letter_is_answered_once(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    async with running(Member(desk(), bus, engine), Member(desk(), bus, engine)):
        for first in range(0, 300, 30):
            await publish(bus, first, first + 30)
        await until(has_answered(engine, 300))
    assert await in_order(engine)
    assert await rows(engine, "select count(*) from offer.outbox") == [(300,)]


async def test_a_batch_whose_position_moved_goes_back_to_its_row(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    barrier = Barrier("advanced")
    async with running(Member(desk(), bus, engine, at=barrier)):
        await publish(bus, 0, 1)
        await barrier.reached()
        await rows(engine, f"select pg_terminate_backend(pid) {OTHERS} and state = 'idle in transaction'")
        await pretend_that_another_member_took_it(engine)
        barrier.open()
        await publish(bus, 7, 8)
        await until(has_answered(engine, 1))
    assert await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents") == [(["C-7"],)]


async def pretend_that_another_member_took_it(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text(TAKEN))


async def test_a_batch_that_does_not_end_in_time_rolls_back_when_the_member_stops(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    barrier = Barrier("written")
    member = Member(desk(), bus, engine, at=barrier)
    async with running(member):
        await publish(bus, 0, 1)
        await barrier.reached()
        async with asyncio.timeout(6):
            await member.stop()
    assert await answered(engine) == 0
    async with running(Member(desk(), bus, engine)):
        await until(has_answered(engine, 1))


async def test_stopping_an_idle_member_takes_no_time(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    member = Member(desk(), bus, engine)
    async with running(member):
        await until(lambda: member.state().name == "running")
        async with asyncio.timeout(2):
            await member.stop()


# ── stopped on purpose ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_paused_flow_leaves_its_backlog_alone_until_it_is_resumed(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    places: list[str] = []

    async def at(place: str) -> None:
        places.append(place)

    member = Member(desk(), bus, engine, at=at)
    async with running(member):
        await until(lambda: member.state().name == "running")
        paused = await flows.pause(engine, "offer", "desk", "mia", "a look at the menu")
        assert paused is not None
        await until(lambda: member.state().name == "paused")
        assert member.state().reason == "a look at the menu"
        await publish(bus, 0, 10)
        async with running(second := Member(desk(), bus, engine)):  # a rebalance, which must not set it going
            await until(lambda: second.state().name == "paused")
            await until(lambda: member.lag == 0)
        assert await answered(engine) == 0
        assert places.count("found") <= 2 * LANES, "it does not go round and round either"
        assert member.alive()
        await flows.resume(engine, "offer", "desk", "mia")
        await until(has_answered(engine, 10))


async def test_a_flow_that_was_paused_stays_so_over_a_restart(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    async with running(member := Member(desk(), bus, engine)):
        await until(lambda: member.state().name == "running")
    await flows.pause(engine, "offer", "desk", "mia")
    await publish(bus, 0, 1)
    async with running(again := Member(desk(), bus, engine)):
        await until(lambda: again.state().name == "paused")
    assert await answered(engine) == 0


async def test_a_flow_that_never_ran_can_be_neither_paused_nor_resumed(engine: AsyncEngine) -> None:
    assert await flows.pause(engine, "offer", "nobody", "mia") is None
    assert await flows.resume(engine, "offer", "nobody", "mia") is None


async def test_a_flood_stops_the_flow_and_the_backlog_waits(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    member = Member(desk(), bus, engine)
    async with running(member):
        await publish(bus, 0, 300, words="bug in decide")
        await until(lambda: member.state().name == "flooded")
        assert "100 dead letters" in member.state().reason
        assert await rows(engine, "select count(*) from offer.dead_letters") == [(100,)]
        (listed,) = await flows.list_flows(engine, "offer")
        assert (listed.flow, listed.state) == ("desk", "flooded")
        await flows.resume(engine, "offer", "desk", "mia")
        await until(lambda: letters_are(engine, 200))


async def letters_are(engine: AsyncEngine, count: int) -> bool:
    return await rows(engine, "select count(*) from offer.dead_letters") == [(count,)]


@pytest.mark.parametrize("go_on", ["begin", "end"])
async def test_a_position_outside_the_log_stops_the_flow_by_name(
    engine: AsyncEngine, bus: EmbeddedBus, go_on: Any
) -> None:
    await publish(bus, 0, 60)
    async with engine.begin() as tx:
        for number in range(4):
            parameters = {"number": number, "topic": COMPLAINTS}
            await tx.execute(text("insert into offer.positions values ('desk', :topic, :number, 1000)"), parameters)
    member = Member(desk(), bus, engine)
    async with running(member):
        await until(lambda: member.state().name == "outside_log")
        reason = member.state().reason
        assert "amends.complaints.v1/" in reason
        assert "1000" in reason
        await flows.resume(engine, "offer", "desk", "mia", bus, go_on)
        await until(lambda: member.state().name == "running")
        await publish(bus, 60, 61)
        await until(has_answered(engine, 61 if go_on == "begin" else 1))


async def test_an_end_that_is_older_than_the_row_is_asked_for_again(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    barrier = Barrier("found")
    member = Member(desk(), bus, engine, at=barrier)
    await publish(bus, 0, 1)
    async with running(member):
        await barrier.reached()
        await publish(bus, 1, 20)
        barrier.open()
        await until(has_answered(engine, 20))
        assert member.state().name == "running"


async def test_a_topic_that_does_not_exist_is_waited_for(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    member = Member(desk(topics=("amends.nowhere.v1",)), bus, engine)
    with pytest.raises(Misconfigured):
        await bus.partitions("amends.nowhere.v1")
    async with running(member):
        await until(lambda: member.state().name in {"unavailable", "running"})
        assert member.alive()


# ── the watchdog ────────────────────────────────────────────────────────────────────────────────────────────────────


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_flow_that_is_behind_and_does_nothing_is_not_alive() -> None:
    clock = Clock()
    watchdog = Watchdog(2, 60, clock)
    watchdog.behind(5)
    clock.now += 59
    watchdog.turn(0)
    watchdog.turn(1)
    assert watchdog.alive()
    clock.now += 2
    assert not watchdog.alive()
    watchdog.progress()
    assert watchdog.alive()


def test_a_flow_with_nothing_to_do_is_alive_for_as_long_as_it_turns() -> None:
    clock = Clock()
    watchdog = Watchdog(2, 60, clock)
    for _ in range(10):
        clock.now += 50
        watchdog.behind(0)
        watchdog.turn(0)
        watchdog.turn(1)
        assert watchdog.alive()
    clock.now += 50
    watchdog.turn(0)
    clock.now += 20
    assert not watchdog.alive(), "lane 1 hangs"
