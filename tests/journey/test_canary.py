"""Nobody's words, names, addresses or links are in a log line or a figure, whatever goes wrong on the way."""

import httpx

from shared.events import CRM, TELEMETRY
from tests.houses import Open
from tests.page import letter as letter_about
from tests.page import link_in
from tests.people import letter, measured
from tests.road import SERVICES

CANARY = "kanarienvogel"
WORDS = f"{CANARY}-worte"


async def test_what_a_customer_says_and_who_they_are_is_in_no_log_and_no_figure(homes: Open) -> None:
    house = homes()
    await house.up()
    who = {"id": "cust-1", "name": f"{CANARY}-name", "email": f"{CANARY}@example.org", "language": "en"}
    await house.publish(TELEMETRY, measured("o-1", 3))
    await house.publish(CRM, letter("C-1", "", "o-1", f"{CANARY}-brief: too late", customer=who))
    await house.publish(CRM, f'{{"id": "C-2", "customer": {{"name": "{CANARY}-kaputt"'.encode())
    await house.publish(CRM, letter("C-1", "", "o-1", f"{CANARY}-anders", customer=who))
    link = link_in(await letter_about(house, "C-1", "apology"))
    token = link.rpartition("/")[2]
    async with httpx.AsyncClient() as browser:
        form = {"round": "1", "choice": "question-asked", "text": f"{WORDS}?\r\nERROR forged line"}
        for path in ("review", "answer"):
            await browser.post(f"{link}/{path}", data=form)
        await browser.post(f"{link}/answer", data=form | {"choice": f"{CANARY}-wahl\n", "amount": f"{CANARY}-summe"})
        await browser.post(f"{link}/answer", content=f"{CANARY}-flut".encode() * 20_000)
        await browser.get(f"{link}%0aERROR%20{CANARY}-pfad", headers={"User-Agent": f"{CANARY}-leser"})
        await browser.put(f"{link}?{CANARY}-frage")
        # the database says no in the middle of an answer, and whoever writes that down does so without the words
        await house.settled()
        async with house.engine.begin() as tx:
            await tx.exec_driver_sql(
                "alter table notifier.outbox add constraint full_up check (type !~ 'apology-accepted')"
            )
        broken = await browser.post(f"{link}/answer", data=form | {"choice": "apology-accepted", "text": WORDS})
        assert (broken.status_code, "Please try again in a moment" in broken.text) == (500, True)
        figures = [(await browser.get(f"{house.address(name)}/metrics")).text for name in SERVICES]
    logs = [each.log.read_text() for each in house.running]
    assert any("dead_letter" in log for log in logs), "there was something to write down"
    for told in (*logs, *figures):
        assert CANARY not in told
        assert token not in told
        assert "forged line" not in told
