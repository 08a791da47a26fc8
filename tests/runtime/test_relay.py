"""What a service has decided reaches the bus: all of it, in order per customer, and forgotten only when it is there."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.bus import codec
from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Bus, MovingBus, Outgoing, Partition, Record
from shared.errors import TooLarge, Unavailable
from shared.events import CASES, DEAD_LETTERS, TIMERS, CaseOpened
from shared.runtime import inbox, outbox, timers
from shared.runtime.relay import Relay
from shared.runtime.retries import requeue
from shared.runtime.right import Right
from shared.runtime.timers import Key, Setting
from tests.runtime.barrier import Barrier, running, until
from tests.runtime.conftest import PARTITIONS
from tests.runtime.desk import NOON, rows

RIGHTS = """pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())"""
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


class PlainBus:
    """The bus in the database behind no more than the seam: it publishes, as Kafka does, and cannot move rows.

    `refuses` names a customer whose records it will never take; while `away` it takes none.
    """

    def __init__(self, bus: EmbeddedBus, refuses: bytes = b"") -> None:
        self._bus, self._refuses = bus, refuses
        self.away = False
        self.tries = 0
        self.published: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        if name == "move":
            raise AttributeError(name)
        return getattr(self._bus, name)

    async def publish(self, records: Sequence[Outgoing]) -> None:
        if self.away:
            self.tries += 1
            raise Unavailable("the bus is away")
        if any(record.key == self._refuses for record in records):
            raise TooLarge("the broker's limit is lower")
        await self._bus.publish(records)
        self.published += [record.value for record in records]


@pytest.fixture(params=["moves", "publishes"])
def either_bus(request: pytest.FixtureRequest, bus: EmbeddedBus) -> Bus:
    chosen: Any = bus if request.param == "moves" else PlainBus(bus)
    assert isinstance(chosen, MovingBus) == (request.param == "moves")
    return cast(Bus, chosen)


def opened(customer: str, number: int) -> tuple[CaseOpened, UUID]:
    return CaseOpened(customer=customer, complaint=f"C-{number}", source="-", case=f"{number}", at=NOON), uuid4()


async def append(tx: AsyncConnection, *events: tuple[CaseOpened, UUID]) -> None:
    await outbox.append(tx, "offer", [outbox.row_of(event, event_id) for event, event_id in events])


async def queue(engine: AsyncEngine, *events: tuple[CaseOpened, UUID]) -> None:
    async with engine.begin() as tx:
        await append(tx, *events)


async def on_the_log(bus: Any, topic: str = CASES) -> list[Record]:
    parts = {Partition(topic, number): 0 for number in range(PARTITIONS)}
    found: list[Record] = await bus.read(parts, 10_000)
    return found


async def is_empty(engine: AsyncEngine) -> bool:
    return await rows(engine, "select count(*) from offer.outbox") == [(0,)]


def cases(records: Sequence[Record], customer: str) -> list[str]:
    """The numbers that this customer's cases have, in order, each at its first appearance."""
    found = [codec.decode(record).event.case for record in records if record.key == customer.encode()]
    return list(dict.fromkeys(found))


async def test_what_waits_is_published_in_order_with_its_name_and_its_time(
    engine: AsyncEngine, either_bus: Bus
) -> None:
    events = [opened(("ana", "bo")[n % 2], n) for n in range(40)]
    await queue(engine, *events)
    ats = dict(await rows(engine, "select event, at from offer.outbox"))
    async with running(Relay("offer", either_bus, engine)):
        await until(lambda: is_empty(engine))
    records = await on_the_log(either_bus)
    assert cases(records, "ana") == [f"{n}" for n in range(0, 40, 2)]
    for record in records:
        headers = dict(record.headers)
        assert headers["ce_source"] == b"amends/offer"
        assert headers["ce_type"] == b"amends.case-opened.v1"
        assert record.at == ats[UUID(headers["ce_id"].decode())]


async def test_a_commit_that_comes_late_is_not_passed_over(engine: AsyncEngine, either_bus: Bus) -> None:
    async with running(Relay("offer", either_bus, engine)), engine.connect() as late:
        tx = await late.begin()
        await append(late, opened("ana", 1))
        await queue(engine, opened("bo", 2))
        await until(lambda: holds(either_bus, "bo", ["2"]))
        await tx.commit()
        await until(lambda: holds(either_bus, "ana", ["1"]))


async def test_a_call_from_this_process_or_another_is_heard_without_a_look(
    engine: AsyncEngine, either_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads, waits = Relay("offer", either_bus, engine, look=3_600.0), Relay("offer", either_bus, engine)
    async with running(leads):
        await until(lambda: leads.leads)
        async with running(waits):
            for relay in (waits, leads, waits):
                await queue(engine, opened("ana", 1))
                relay.wake()
                await until(lambda: is_empty(engine))
            assert not waits.leads


async def test_when_the_leader_goes_the_next_one_publishes(engine: AsyncEngine, either_bus: Bus) -> None:
    first, second = Relay("offer", either_bus, engine), Relay("offer", either_bus, engine)
    async with running(second):
        await until(lambda: second.leads)
        async with running(first):
            await second.stop()
            await until(lambda: first.leads)
            await queue(engine, opened("ana", 1))
            await until(lambda: holds(either_bus, "ana", ["1"]))


async def test_an_overtaken_relay_repeats_what_it_had_in_hand_and_loses_nothing(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    barrier = Barrier("published")
    plain: Any = PlainBus(bus)
    overtaken, next_one = Relay("offer", plain, engine, at=barrier), Relay("offer", plain, engine)
    await queue(engine, *(opened("ana", n) for n in range(5)))
    async with running(overtaken):
        await barrier.reached()
        await rows(engine, f"select pg_terminate_backend(pid) from {RIGHTS}")
        async with running(next_one):
            await until(lambda: is_empty(engine))
            await queue(engine, *(opened("ana", n) for n in range(5, 8)))
            barrier.open()
            await until(lambda: is_empty(engine))
    records = await on_the_log(bus)
    assert cases(records, "ana") == [f"{n}" for n in range(8)]
    assert len(records) == 13, "five were said twice, and the reader drops the second"


async def test_a_frozen_leader_loses_its_place_within_seconds(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    barrier = Barrier("read")
    plain: Any = PlainBus(bus)
    frozen, next_one = Relay("offer", plain, engine, at=barrier), Relay("offer", plain, engine)
    await queue(engine, opened("ana", 0))
    async with running(frozen):
        await barrier.reached()
        async with running(next_one):
            await until(lambda: next_one.leads, seconds=8)
            await until(lambda: is_empty(engine))
            barrier.open()
            await until(lambda: not frozen.leads)
    assert cases(await on_the_log(bus), "ana") == ["0"]


async def test_while_the_bus_is_away_nothing_is_lost_and_nothing_is_buried(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    plain: Any = PlainBus(bus)
    plain.away = True
    await queue(engine, *(opened("ana", n) for n in range(3)))
    async with running(Relay("offer", plain, engine)):
        await until(lambda: plain.tries >= 2)
        plain.away = False
        await until(lambda: is_empty(engine))
    assert cases(await on_the_log(bus), "ana") == ["0", "1", "2"]
    assert await rows(engine, "select count(*) from offer.dead_letters") == [(0,)]


async def test_what_the_bus_will_never_take_becomes_a_dead_letter_and_those_behind_it_go_on(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    plain: Any = PlainBus(bus, refuses=b"eve")
    await queue(engine, *(opened("eve" if n == 3 else "ana", n) for n in range(8)))
    async with running(Relay("offer", plain, engine)):
        await until(lambda: is_empty(engine))
        await until(lambda: announced(bus))
    assert cases(await on_the_log(bus), "ana") == [f"{n}" for n in range(8) if n != 3]
    ((flow, kind, topic, key),) = await rows(engine, "select flow, kind, topic, key from offer.dead_letters")
    assert (flow, kind, topic, key) == ("offer-relay", "refused", CASES, b"eve")
    ((number,),) = await rows(engine, "select number from offer.dead_letters")
    for _ in range(2):
        requeued = await requeue(engine, "offer", number, "mia")
        assert requeued is not None
        assert (requeued.id, requeued.state) == (f"offer-relay-{number}", "retried")
    async with running(Relay("offer", bus, engine)):
        await until(lambda: is_empty(engine))
    assert cases(await on_the_log(bus), "eve") == ["3"]


async def test_what_was_queued_before_the_end_still_goes_out(engine: AsyncEngine, either_bus: Bus) -> None:
    relay = Relay("offer", either_bus, engine)
    async with running(relay):
        await until(lambda: relay.leads)
        await queue(engine, *(opened("ana", n) for n in range(50)))
        await relay.stop()
    assert len(await on_the_log(either_bus)) == 50


class LateBus:
    """The bus in the database; once, when it has found nothing to move, it does something before it says so."""

    def __init__(self, bus: EmbeddedBus, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._bus, self._meanwhile = bus, [meanwhile]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    async def move(self, connection: AsyncConnection, schema: str, limit: int) -> int:
        moved = await self._bus.move(connection, schema, limit)
        if not moved and self._meanwhile:
            await self._meanwhile.pop()()
        return moved


async def test_what_comes_in_the_very_moment_of_the_end_still_goes_out(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    stops: list[asyncio.Task[None]] = []

    async def queue_and_stop() -> None:
        await queue(engine, opened("ana", 0))
        stops.append(asyncio.create_task(relay.stop()))
        await asyncio.sleep(0)

    late: Any = LateBus(bus, queue_and_stop)
    relay = Relay("offer", late, engine)
    await relay.run()
    await stops[0]
    assert cases(await on_the_log(bus), "ana") == ["0"]


# ── timers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def set_timer(engine: AsyncEngine, name: str, seconds: float) -> UUID:
    """Due so many seconds from the road's now."""
    event = uuid4()
    ((now,),) = await rows(engine, "select clock.now()")
    async with engine.begin() as tx:
        await timers.set_all(
            tx, "offer", "desk", {Key("ana", "case", name): Setting(now + timedelta(seconds=seconds), event)}
        )
    return event


async def test_a_timer_whose_moment_has_come_travels_the_road_under_its_own_name(
    engine: AsyncEngine, bus: EmbeddedBus
) -> None:
    event = await set_timer(engine, "expiry", -1)
    await set_timer(engine, "later", 3_600)
    async with running(Relay("offer", bus, engine)):
        await until(lambda: holds_any(bus, TIMERS))
    (record,) = await on_the_log(bus, TIMERS)
    fired = codec.decode(record).event
    assert (fired.customer, fired.flow, fired.case, fired.name) == ("ana", "desk", "case", "expiry")
    assert dict(record.headers)["ce_id"] == str(event).encode()
    assert await rows(engine, "select name from offer.timers") == [("later",)]


async def test_setting_a_timer_again_moves_it(engine: AsyncEngine) -> None:
    await set_timer(engine, "expiry", -1)
    moved = await set_timer(engine, "expiry", 3_600)
    async with engine.begin() as tx:
        assert await timers.fire(tx, "offer") == 0
    assert await rows(engine, "select event from offer.timers") == [(moved,)]


async def cancel_timer(engine: AsyncEngine, *names: str) -> None:
    async with engine.begin() as tx:
        await timers.set_all(tx, "offer", "desk", dict.fromkeys(Key("ana", "case", name) for name in names))


async def test_a_timer_that_is_cancelled_never_rings_and_others_do(engine: AsyncEngine) -> None:
    await set_timer(engine, "expiry", -1)
    await set_timer(engine, "choice", -1)
    await cancel_timer(engine, "expiry", "of which nobody has heard")
    await cancel_timer(engine, "expiry")
    async with engine.begin() as tx:
        assert await timers.fire(tx, "offer") == 1
    again = await set_timer(engine, "expiry", 3_600)
    assert await rows(engine, "select event from offer.timers") == [(again,)]


async def test_a_timer_that_fires_while_it_is_cancelled_comes_all_the_same(engine: AsyncEngine) -> None:
    await set_timer(engine, "expiry", -1)
    async with engine.begin() as firing:
        assert await timers.fire(firing, "offer") == 1
        cancelling = asyncio.create_task(cancel_timer(engine, "expiry"))
        await until(lambda: count_is(engine, WAITING, 1))
    await cancelling
    assert await rows(engine, "select count(*) from offer.outbox") == [(1,)]
    assert await rows(engine, "select count(*) from offer.timers") == [(0,)]


async def test_a_timer_that_somebody_is_moving_waits_for_the_next_look(engine: AsyncEngine) -> None:
    await set_timer(engine, "expiry", -1)
    async with engine.begin() as moving, engine.begin() as firing:
        await moving.execute(text("update offer.timers set due = due"))
        assert await timers.fire(firing, "offer") == 0


async def test_many_timers_go_oldest_first_some_at_a_time(engine: AsyncEngine, bus: EmbeddedBus) -> None:
    ((now,),) = await rows(engine, "select clock.now()")
    many = {Key("ana", "case", f"{n}"): Setting(now - timedelta(seconds=2_000 - n), uuid4()) for n in range(1_200)}
    async with engine.begin() as tx:
        await timers.set_all(tx, "offer", "desk", many)
    async with running(Relay("offer", bus, engine)):
        await until(lambda: count_is(engine, "select count(*) from offer.timers", 0))
        await until(lambda: is_empty(engine))
    names = [codec.decode(record).event.name for record in await on_the_log(bus, TIMERS)]
    assert names == [f"{n}" for n in range(1_200)]


# ── the inbox's old rows ────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_inbox_forgets_what_is_older_than_any_topic_remembers(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await inbox.claim(tx, "offer", "desk", {uuid4(): None, uuid4(): None, uuid4(): None})
        old = "update offer.inbox set at = clock.now() - interval '61 days' where id = any (select id from offer.inbox limit 2)"
        await tx.execute(text(old))
    async with engine.begin() as tx:
        assert await inbox.forget(tx, "offer") == 2
    assert await rows(engine, "select count(*) from offer.inbox") == [(1,)]


async def test_the_connection_of_a_right_is_cut_without_going_back_to_the_pool(engine: AsyncEngine) -> None:
    async with Right.opened("offer", engine) as right:
        assert await right.take()
    await until(lambda: count_is(engine, f"select count(*) from {RIGHTS}", 0))
    assert await rows(engine, "show enable_seqscan") == [("on",)]


async def holds(bus: Any, customer: str, numbers: list[str]) -> bool:
    return cases(await on_the_log(bus), customer) == numbers


async def holds_any(bus: Any, topic: str) -> bool:
    return bool(await on_the_log(bus, topic))


async def announced(bus: Any) -> bool:
    return await holds_any(bus, DEAD_LETTERS)


async def count_is(engine: AsyncEngine, statement: str, count: int) -> bool:
    return await rows(engine, statement) == [(count,)]
