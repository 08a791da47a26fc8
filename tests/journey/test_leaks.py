"""Whatever goes right or wrong: nobody's name, address, words or link is in a log, a figure or what is open to everyone."""

import json
import re
from typing import Any

import httpx

from services.notifier.sending import mailbox
from shared.events import COMPLAINTS, CRM, TELEMETRY
from shared.host.postgres_files import place_in
from tests.houses import Open
from tests.notifier.post_office import PostOffice, id_of, opened
from tests.page import answer, link_in
from tests.people import YESTERDAY, letter, measured
from tests.road import SERVICES, Road
from tests.waiting import until

CANARY = "zwitschervogel"
NAME, EMAIL, WORDS = f"Ana {CANARY.title()}", f"ana.{CANARY}@example.org", f"My parcel was late, says the {CANARY}."
FORGED = 'late\n{"event": "forged", "level": "error"}\r\n2026-01-01 forged line'
PERSON = {"id": "cust-1", "name": NAME, "email": EMAIL, "language": "en"}
OPEN_TOPICS = (
    "amends.verdicts.v1",
    "amends.cases.v1",
    "amends.payouts.v1",
    "amends.notices.v1",
    "amends.dead-letters.v1",
)
"""What dashboards, billing and analysts read."""


class Gossip:
    """A mail server that repeats what it is told: once it wants another try, and it never knows one customer."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, verb: str, line: bytes) -> str | None:
        if verb != "RCPT":
            return None
        self.asked += 1
        if b"nobody" in line:
            return f"550 5.1.1 no such user {line.decode().strip()}"
        return "421 4.3.2 not now, " + line.decode().strip() if self.asked == 1 else None


def good() -> list[dict[str, Any]]:
    """Letters that find their way, or their mail server's no."""
    person = PERSON | {"contact": {"form_of_address": f"Dr. {CANARY}"}}
    return [
        letter("C-1", "cust-1", "o-1", WORDS, customer=person),
        letter("C-2", "cust-2", "o-2", f"{WORDS} {FORGED}", customer=PERSON | {"id": "cust-2", "name": f"{NAME}\n{FORGED}"}),
        letter("C-3", "cust-3", "o-3", WORDS, customer=PERSON | {"id": "cust-3", "email": f"nobody.{CANARY}@example.org"}),
        letter("C-4", "cust-4", "o-4", WORDS, customer=PERSON | {"id": "cust-4", "email": f"{EMAIL}\r\nBcc: all@example.org"}),
        letter("C-5", "cust-5", "o-5", WORDS, customer=PERSON | {"id": "cust-5", "contact": {"channel": CANARY}}),
        letter("C-6", "cust-6", "o-6", f"I will sue, says my lawyer, the {CANARY}.", customer=PERSON | {"id": "cust-6"}),
    ]  # fmt: skip


def bad() -> list[dict[str, Any] | bytes]:
    """What cannot be read, each in its own way, with the canary where it hurts."""
    whole = letter("B-0", "cust-9", "o-9", WORDS, customer=PERSON | {"id": "cust-9"})
    text = json.dumps(whole)
    return [
        text[:-20].encode(),
        text.encode("utf-16"),
        json.dumps(whole | {"id": "B-1", "received_at": f"when the {CANARY} sang"}).encode(),
        json.dumps(whole | {"id": "B-2", "received_at": f"{YESTERDAY[:-1]}+00:00 {CANARY}"}).encode(),
        json.dumps(whole | {"id": "B-3", "paid": {"amount": CANARY, "currency": "EUR"}}).encode(),
        json.dumps(whole | {"id": "B-4", "paid": {"amount": "1.00", "currency": CANARY}}).encode(),
        json.dumps(whole | {"id": "B-5", "customer": {"name": NAME, "email": EMAIL}}).encode(),
        json.dumps(whole | {"id": "B-6", "customer": NAME}).encode()[:-1] + b', "text": 7}',
        json.dumps(whole | {"id": "B-7", "text": f"{WORDS}\u0000{CANARY}"}).encode(),
        json.dumps(whole | {"id": "C-1", "text": f"Another story of the {CANARY}."}).encode(),
    ]


async def test_a_persons_name_address_words_and_link_are_in_no_log_no_figure_and_no_open_topic(homes: Open) -> None:
    async with opened(PostOffice(Gossip())) as office:
        house = homes(smtp_url=f"smtp://127.0.0.1:{office.port}", log_format="json")
        await house.up()
        await house.publish(TELEMETRY, *(measured(f"o-{n}", days_late=5) for n in range(1, 7)))
        await house.publish(CRM, *good())
        await house.settled("intake")
        await house.publish(CRM, *bad())
        refused = [await house.send(each if isinstance(each, bytes) else json.dumps(each).encode()) for each in bad()]
        refused += [
            await house.send(b"{" + WORDS.encode() * 60_000),
            await house.send(b"{}", Authorization=f"Bearer {CANARY}"),
        ]
        assert {answer.status_code for answer in refused} >= {401, 413, 422}
        link = await first_link(house, office)
        await on_the_page(house, link)
        await house.settled()
        spoken = await everything(house)
        assert CANARY in " ".join(str(row) for row in await house.rows("select body from notifier.letters")).lower()
        assert await words_in(house, COMPLAINTS)
    logs = {each.name: each.log.read_text() for each in house.running}
    logs["postgres"] = place_in(house.home).log.read_text(errors="replace")
    token, secrets = (
        link.rpartition("/")[2],
        (house.settings.secret, house.settings.admin_key, house.settings.intake_key),
    )
    for where, text in (spoken | logs).items():
        for found in (CANARY, token, *secrets):
            hits = [line for line in text.splitlines() if found.lower() in line.lower()]
            assert not hits, f"{found} is in {where}: {hits[0]}"
    lines = [json.loads(line) for line in logs["all"].splitlines()]
    assert "dead_letter" in {line["event"] for line in lines}, "nothing went wrong, so nothing was shown"
    assert not [line for line in lines if line["event"] == "forged"]


async def first_link(house: Road, office: PostOffice) -> str:
    """The link in the letter about C-1, once it is there."""

    async def wanted() -> bytes:
        rows = await house.rows("select message_id from notifier.letters where complaint = 'C-1' and kind = 'apology'")
        name = rows[0].message_id.encode() if rows and rows[0].message_id else b"none"
        return next((letter for letter in office.taken if id_of(letter) == name), b"")

    await until(wanted, "C-1 gets its letter", told=house.told)
    return link_in(mailbox.words_of(await wanted()))


async def on_the_page(house: Road, link: str) -> None:
    """The customer refuses, in their own words; and others try what they can."""
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        for path in ("", "/review", "/nowhere", "?utm=" + CANARY):
            await browser.get(link + path)
        await browser.post(f"{link}/review", content=f"choice={CANARY}&round={CANARY}&text={CANARY}".encode())
        await browser.post(f"{link}/answer", data={"round": "1", "choice": CANARY, "text": FORGED})
        await browser.get(f"{house.address('notifier')}/c/{CANARY}")
        await browser.get(f"{house.address('intake')}/complaints/{CANARY}")
    await answer(link, "options-rejected", f"No, says the {CANARY}. {FORGED}")


async def everything(house: Road) -> dict[str, str]:
    """What anybody may read: figures, readiness, and the topics without personal data."""
    spoken = {}
    async with httpx.AsyncClient() as client:
        for name in SERVICES:
            for path in ("/metrics", "/readyz", "/livez"):
                spoken[f"{name}{path}"] = (await client.get(f"{house.address(name)}{path}")).text
    for topic in OPEN_TOPICS:
        records = await house.read(topic)
        assert records, topic
        spoken[topic] = "\n".join(f"{record.headers} {(record.value or b'').decode()}" for record in records)
    return spoken


async def words_in(house: Road, topic: str) -> bool:
    """Whether the canary is where it may be."""
    return any(re.search(CANARY.encode(), record.value or b"", re.IGNORECASE) for record in await house.read(topic))
