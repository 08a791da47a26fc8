"""One switch stops all sending, everywhere; what is written meanwhile waits, and goes on in order."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest
from fastapi import FastAPI

from services.notifier.admin import mail_part, mail_routes
from services.notifier.sending import switches
from services.notifier.sending.mail import Later, Sent, Took
from services.notifier.sending.message import Message
from services.notifier.sending.register import list_entries, show_entry
from shared.errors import Misconfigured
from shared.host.http import build_app
from tests.core.notifier_stories import Complaint
from tests.notifier.bureau import AT_ONCE, Bureau, PostBox, until

ANA, BEN = Complaint(), Complaint("cust-78", "C-1002")


async def test_while_it_is_stopped_nothing_goes_out_and_then_all_of_it_in_order(bureau: Bureau) -> None:
    box = PostBox()
    await switches.pause(bureau.engine, "mara", "a wrong sum in the letters")
    await bureau.hear(ANA.accepted(), ANA.apology(), ANA.options())
    async with bureau.delivering(box) as delivery:
        delivery.wake()
        await asyncio.sleep(0.6)  # two looks of the delivery: that it does nothing is what this is about
        assert box.tried == []
        assert [entry.state for entry in await list_entries(bureau.engine)] == ["paused", "paused"]
        await switches.resume(bureau.engine, "mara")
        await until(bureau.nothing_waits)
    assert [letter.notice.split("/")[2] for letter in box.taken] == ["apology", "options"]


class Line(PostBox):
    """Takes one letter after the other, and lets staff stop it after the first."""

    def __init__(self, bureau: Bureau) -> None:
        super().__init__()
        self.bureau = bureau

    async def send(self, messages: Sequence[Message], took: Took) -> None:
        for message in messages:
            self.taken.append(message)
            if len(self.taken) == 1:
                await switches.pause(self.bureau.engine, "mara", "stop", "email")
            if not await took([(message, Sent())]):
                return


async def test_a_batch_that_is_under_way_ends_with_the_letter_in_hand(bureau: Bureau) -> None:
    line = Line(bureau)
    await bureau.hear(ANA.accepted(), ANA.apology(), BEN.accepted(), BEN.apology())
    async with bureau.delivering(line):
        await until(lambda: stopped(bureau))
        await until(lambda: sent(bureau, 1))
        assert len(line.taken) == 1
        await switches.resume(bureau.engine, "mara", "email")
        await until(bureau.nothing_waits)
    assert len(line.taken) == 2


async def stopped(bureau: Bureau) -> bool:
    return bool(await switches.stopped(bureau.engine))


async def sent(bureau: Bureau, count: int) -> bool:
    return await bureau.rows("select count(*) from notifier.letters where state = 'sent'") == [(count,)]


async def test_one_channel_is_stopped_and_another_is_not(bureau: Bureau) -> None:
    await switches.pause(bureau.engine, "mara", "", "webhook")
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(PostBox())
    assert await bureau.states() == {"1/apology": "sent"}


async def test_the_time_in_which_a_letter_could_not_go_does_not_count_against_it(bureau: Bureau) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology())
    box = PostBox(Later("smtp_450"), Later("smtp_450"))
    async with bureau.delivering(box):
        await until(lambda: tried(box, 1))
    await switches.pause(bureau.engine, "mara", "the provider moves house")
    week = "update notifier.switches set since = since - interval '7 days'"
    await bureau.now(f"{week}")
    await bureau.now("update notifier.letters set first_at = first_at - interval '7 days', next_at = clock.now()")
    await switches.resume(bureau.engine, "mara")
    await bureau.deliver(box, policy=AT_ONCE)
    assert await bureau.states() == {"1/apology": "sent"}


async def tried(box: PostBox, count: int) -> bool:
    return len(box.tried) == count


async def test_who_stops_what_stands_already_leaves_the_first_word(bureau: Bureau) -> None:
    await switches.pause(bureau.engine, "mara", "first")
    (one,) = await switches.pause(bureau.engine, "ben", "second")
    assert (one.by, one.reason) == ("mara", "first")
    assert "`amends mail resume`" in switches.sentence(one)


@pytest.fixture
async def staff(bureau: Bureau) -> httpx.AsyncClient:
    app: FastAPI = build_app(
        "notifier", lambda: {"ok": True}, {"mail": mail_part(bureau.engine)}, (), (mail_routes(bureau.engine),), "key"
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://notifier", headers={"Authorization": "Bearer key"}
    )


async def test_staff_stop_it_over_http_and_readiness_says_so(staff: httpx.AsyncClient) -> None:
    assert (await staff.get("/readyz")).json()["status"] == "ok"
    (switch,) = (await staff.post("/admin/mail/pause", json={"reason": "a wrong sum"})).json()
    assert (switch["channel"], switch["paused"], switch["reason"]) == ("all", True, "a wrong sum")
    ready = await staff.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert "a wrong sum" in ready.json()["parts"]["mail"]["reason"]
    assert (await staff.post("/admin/mail/resume", json={})).json()[0]["paused"] is False
    assert (await staff.get("/readyz")).json()["status"] == "ok"
    assert (await staff.get("/admin/mail")).json()[0]["by"] == "admin"


async def test_a_channel_that_is_none_is_refused_and_a_stranger_is_too(staff: httpx.AsyncClient) -> None:
    wrong = await staff.post("/admin/mail/pause", json={"channel": "pigeon"})
    assert (wrong.status_code, "email" in wrong.json()["detail"]) == (422, True)
    assert (await staff.post("/admin/mail/pause", json={}, headers={"Authorization": ""})).status_code == 401


async def test_the_register_shows_what_became_of_each_letter(bureau: Bureau) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(), BEN.accepted(email=None), BEN.options())
    first, second = await list_entries(bureau.engine)
    assert (first.state, first.text, first.id) == ("queued", None, f"{ANA.case}.1.apology")
    assert (second.state, second.reason, second.to) == ("failed", "no_address", None)
    await bureau.deliver(PostBox())
    shown = await show_entry(bureau.engine, first.id)
    assert shown == await show_entry(bureau.engine, first.notice)
    assert (shown.state, shown.to, shown.attempts) == ("sent", "ana@example.org", 1)
    assert "State: sent\n" in shown.as_text()
    assert "We are sorry." in shown.as_text()
    with pytest.raises(Misconfigured, match="amends mail list"):
        await show_entry(bureau.engine, "../x")
