"""Killed without warning at any named place, a process loses nothing and does nothing twice."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Outgoing, Partition
from shared.events import CASES, COMPLAINTS
from shared.runtime.failpoints import Place
from shared.runtime.loop import Member
from shared.runtime.relay import Relay
from tests.runtime.barrier import running, until
from tests.runtime.desk import desk, letter, record, rows

LETTERS = 60
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("place", get_args(Place))
async def test_a_process_that_is_killed_there_loses_nothing_and_does_nothing_twice(
    place: str, engine: AsyncEngine, bus: EmbeddedBus, database_url: str
) -> None:
    await bus.publish([outgoing(n) for n in range(LETTERS)])
    assert await killed_at(place, database_url) == -signal.SIGKILL
    relay = Relay("offer", bus, engine)
    async with running(Member(desk(), bus, engine, wake=(relay.wake,)), relay):
        await until(lambda: cases_are(bus, LETTERS), seconds=20)
    letters = await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents order by key")
    assert letters == [([f"C-{n}" for n in range(first, LETTERS, 3)],) for first in range(3)]
    assert await rows(engine, "select count(*) from offer.outbox") == [(0,)]


def outgoing(number: int) -> Outgoing:
    written = record(letter(f"customer {number % 3}", f"C-{number}"), number)
    return Outgoing(COMPLAINTS, None, written.key or b"", written.value or b"", written.headers, written.at)


async def killed_at(place: str, url: str) -> int:
    """Run the desk in a process that dies there; returns how it ended."""
    environment = os.environ | {"AMENDS_FAILPOINT": place}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.runtime.doomed", url, env=environment, cwd=CHECKOUT
    )
    try:
        return await asyncio.wait_for(process.wait(), 20)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def cases_are(bus: EmbeddedBus, count: int) -> bool:
    ends = await bus.ends([Partition(CASES, number) for number in range(4)])
    return sum(end.end for end in ends.values()) == count
