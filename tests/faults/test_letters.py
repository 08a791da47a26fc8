"""The notifier is killed while a mail server has a letter in its hand: it goes out again as it was, and nothing is owed twice."""

import os
import signal
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from services.notifier.sending.smtp import CONNECTIONS
from shared.bus import codec
from shared.events import CRM, NOTICES, PAYOUTS, TELEMETRY, NoticeSent, PayoutDue
from tests.houses import Open, ensure, plain
from tests.notifier.post_office import KEEP_AND_DROP, PostOffice, id_of, opened
from tests.people import letter, measured
from tests.road import Road

pytestmark = pytest.mark.faults
PEOPLE = 24
KILLED_AT = (3, 11)
"""Which letters are in the server's hand when their sender dies."""


class Assassin:
    """Takes letters, and kills who brings certain ones before it says so."""

    def __init__(self) -> None:
        self.count, self.victim = 0, 0

    def __call__(self, verb: str, _: bytes) -> str | None:
        if verb != "END":
            return None
        self.count += 1
        if self.count not in KILLED_AT:
            return None
        os.kill(self.victim, signal.SIGKILL)
        return KEEP_AND_DROP


async def test_a_sender_killed_between_the_letter_and_its_answer_sends_it_again_and_the_remedy_is_due_once(
    homes: Open, database_url: str
) -> None:
    assassin = Assassin()
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(opened(PostOffice(assassin)))
        house = homes(database_url=plain(database_url), smtp_url=f"smtp://127.0.0.1:{office.port}")
        await ensure(house.bus)
        await house.publish(TELEMETRY, *(measured(f"o-{n}", days_late=5) for n in range(PEOPLE)))
        await house.up("intake", "verifier", "offer")
        await house.settled("evidence")  # or a first letter may say that we wait for it, and be overtaken
        await house.publish(CRM, *(letter(f"C-{n}", f"cust-{n}", f"o-{n}") for n in range(PEOPLE)))
        for _ in KILLED_AT:
            await sender_dies(house, assassin)
        await house.up("notifier")
        await house.settled()
    await nothing_is_lost(house, office)


async def sender_dies(house: Road, assassin: Assassin) -> None:
    process = house.start("notifier")
    assassin.victim = process.process.pid
    await process.died()


async def nothing_is_lost(house: Road, office: PostOffice) -> None:
    rows = await house.rows("select message_id, state from notifier.letters")
    assert {row.state for row in rows} == {"sent"}
    copies = Counter(map(id_of, office.taken))
    assert copies.keys() == {row.message_id.encode() for row in rows}
    assert len(set(office.taken)) == len(copies), "a copy has the bytes of the first"
    more = sum(copies.values()) - len(copies)
    assert len(KILLED_AT) <= more <= len(KILLED_AT) * CONNECTIONS, "each line had at most one letter without an answer"
    due = [event.key for event in await events(house, PAYOUTS) if isinstance(event, PayoutDue)]
    assert len(due) == len(set(due)) == PEOPLE
    told = {event.notice for event in await events(house, NOTICES) if isinstance(event, NoticeSent)}
    assert len(told) == len(rows)


async def events(house: Road, topic: str) -> list[object]:
    return [codec.decode(record).event for record in await house.read(topic)]
