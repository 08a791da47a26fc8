"""Whoever is first, and whoever freezes in the middle: the end is the one that the times and the letters ask for."""

import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake.flows import flows
from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Outgoing
from shared.bus.topics import ensure_topics
from shared.events import CRM, TELEMETRY
from shared.host.database import make_engine
from shared.host.settings import CHECKOUT
from shared.runtime.loop import Member
from tests.core.offer_stories import ANA, ANSWER_WITHIN, START
from tests.houses import Open, ensure, plain
from tests.offer.house import House
from tests.oracle import proved
from tests.people import letter, measured
from tests.road import SERVICES, Road, Running, outgoing
from tests.runtime.barrier import Barrier, running
from tests.telling import rows
from tests.waiting import POLICY, until

pytestmark = pytest.mark.faults
LETTERS = 40
TAKEN_OVER = 10.0
"""Seconds after which others have a frozen process's work: its session ends after three, its share moves after as many."""
BUSY = 20.0
"""What a machine with other work may add."""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database_url, "tests of races")
    yield made
    await made.dispose()


# ── an answer and its expiry ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("late", "state"), [(0, "settled"), (1, "expired")])
async def test_an_answer_counts_by_its_time_whether_the_expiry_was_read_before_it_or_not(
    engine: AsyncEngine, late: int, state: str
) -> None:
    house = House(engine)
    expires = START + ANSWER_WITHIN
    shown = ANA.verdict(severity=4)
    chosen = ANA.chose("refund-50", 1, expires + timedelta(seconds=late))
    ends = []
    for order, batch in product(permutations((chosen, ANA.expiry(expires))), (1, 2)):
        await house.forget()
        await house.hear(shown)
        await house.hear(*order, batch=batch)
        assert (await house.the("C-1001")).state == state
        ends.append(await end_of(house))
    assert all(end == ends[0] for end in ends)
    assert ("goodwill" in {ledger for ledger, _ in ends[0][1]}) == (state == "settled")


async def end_of(house: House) -> list[list[tuple[Any, ...]]]:
    """What is left in the tables when both were read: what is remembered, what is due, and what the customer hears."""
    return [
        await house.rows("select state from offer.documents"),
        await house.rows("select ledger, cast(amount as text) from offer.payouts order by key"),
        await house.rows("select type, count(*) from offer.outbox where type !~ 'case-expired' group by 1 order by 1"),
    ]


# ── one customer on two partitions ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ahead", [0, 1])
async def test_two_letters_of_one_customer_that_two_lanes_read_at_once_both_count(
    engine: AsyncEngine, ahead: int
) -> None:
    bus = EmbeddedBus(engine)
    await bus.start()
    await ensure_topics(bus, CHECKOUT / "deploy" / "topics.yaml")
    barrier = Barrier("written")
    async with running(Member(flows(POLICY)[0], bus, engine, at=barrier)):
        await bus.publish([on_partition(ahead, f"C-{ahead}")])
        await barrier.reached()  # this lane has decided, and not committed
        await bus.publish([on_partition(1 - ahead, f"C-{1 - ahead}")])
        await until(lambda: waits_for_a_lock(engine), "the other lane waits for the customer's document")
        barrier.open()
        await until(lambda: decided(engine, 2), "both are decided")
    await bus.stop()
    found = await rows(engine, "select complaint, state, into_complaint from intake.complaints order by state")
    assert found == [(f"C-{ahead}", "accepted", None), (f"C-{1 - ahead}", "merged", f"C-{ahead}")]
    assert await rows(engine, "select count(*) from intake.outbox") == [(2,)]


def on_partition(number: int, name: str) -> Outgoing:
    """A letter under a key of the CRM's own, and so on any partition."""
    sent = outgoing(CRM, letter(name, "ana", "o-1"))
    return Outgoing(sent.topic, number, sent.key, sent.value, sent.headers, sent.at)


async def waits_for_a_lock(engine: AsyncEngine) -> bool:
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    return bool(await rows(engine, waiting))


async def decided(engine: AsyncEngine, count: int) -> bool:
    return await rows(engine, "select count(*) from intake.complaints where state <> 'received'") == [(count,)]


# ── a process that freezes in the middle of a transaction ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("service", ["intake", "offer"])
async def test_what_a_frozen_process_held_goes_on_without_it_and_nothing_comes_twice_when_it_wakes(
    homes: Open, database_url: str, service: str
) -> None:
    house, beside = homes(database_url=plain(database_url)), homes(database_url=plain(database_url))
    await ensure(house.bus)
    ours, later = letters("C", people=1), letters("D", people=20)  # one customer: one lane, and it is in the middle
    await house.publish(TELEMETRY, *(measured(str(each["subject"]["id"]), 5) for each in (*ours, *later)))
    frozen = house.start(service, fail="mid-batch:1:STOP")
    await house.publish(CRM, *ours)
    await house.up(*(name for name in SERVICES if name != service))
    try:
        await until(lambda: is_frozen(frozen), f"{service} freezes", told=house.told)
        await beside.up(service)
        await beside.settled(seconds=TAKEN_OVER + BUSY)
        assert is_frozen(frozen)
    finally:
        os.kill(frozen.process.pid, signal.SIGCONT)
    await house.ready(service)
    await until(lambda: was_refused(house, service), "the frozen one's batch is refused", told=house.told)
    await house.publish(CRM, *later)
    await house.settled()
    await proved(house, {str(each["id"]) for each in (*ours, *later)})


def is_frozen(process: Running) -> bool:
    status = Path(f"/proc/{process.process.pid}/stat").read_text()
    return status.rpartition(")")[2].split()[0] == "T"


async def was_refused(house: Road, service: str) -> bool:
    """Its session had ended, or the position had moved on: either way what it held was not written."""
    figures = (await house.ask(service, "/metrics")).text.splitlines()
    counted = [
        line.rpartition(" ")[2]
        for line in figures
        if line.startswith((f'amends_unavailable_total{{flow="{service}"', f'amends_fenced_total{{flow="{service}"'))
    ]
    return any(float(count) > 0 for count in counted)


def letters(series: str, people: int) -> list[dict[str, Any]]:
    """Each about an order of its own."""
    return [letter(f"{series}-{n}", f"cust-{n % people}", f"o-{series}-{n}") for n in range(LETTERS)]
