"""What a customer says twice, takes back, or does not quite mean; and what only looks like a customer."""

import asyncio
import html
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.notifier.page.doubts import only_asks, says_unsolved
from shared import events as e
from tests.core.notifier_stories import START, VOUCHER, Complaint, reais
from tests.notifier.bureau import Bureau
from tests.notifier.customer import Customer, offered, table
from tests.notifier.test_page import OPEN

ANA = Complaint()
FORM = re.compile(r"<form.*?</form>", re.DOTALL)
FIELD = re.compile(r'<input type="(\w+)" name="([^"]+)" value="([^"]*)"')


def noted(**facts: Any) -> e.ChoiceNoted:
    known = {"option": "voucher-20", "gift": VOUCHER, "until": OPEN["expires"]}
    return e.ChoiceNoted(**ANA._about(1, known | facts))


def undone() -> e.ChoiceUndone:
    return e.ChoiceUndone(**ANA._about(2, {"table": "options", "options": (VOUCHER,), **OPEN}))


# ── taken back ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_choice_is_shown_at_once_and_may_be_taken_back_and_made_anew(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    await ana.confirm("option-accepted/voucher-20")
    at_once = await ana.look()
    assert "Thank you, we have your answer" in at_once
    assert "A voucher for R$20.00" in at_once
    await bureau.hear(noted())
    assert offered(await ana.look()) == ["answer-undone", "question-asked", "person-asked-for"]
    assert (await ana.choose("answer-undone")).status_code == 200
    for _ in range(2):
        assert (await ana.confirm("answer-undone")).status_code == 303
    assert "We have taken your choice back" in await ana.look()
    assert "answer-undone" not in offered(await ana.look())
    await bureau.hear(undone())
    await ana.confirm("option-accepted/voucher-20", round_=2)
    assert [(kind, value["round"]) for kind, value in await ana.said()] == [
        ("option-accepted", 1),
        ("answer-undone", 1),
        ("option-accepted", 2),
    ]


async def test_when_the_time_to_think_again_is_over_nothing_is_taken_back(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN), noted(until=START + timedelta(hours=1)))
    assert offered(await ana.look()) == ["question-asked", "person-asked-for"]
    assert (await ana.confirm("answer-undone")).status_code == 409
    assert await ana.said() == []


# ── asked back ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_accepts_and_writes_that_it_is_not_solved_is_asked_which_it_is(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    asked = await ana.confirm("option-accepted/call", "Fine, but it is still not fixed.")
    assert (asked.status_code, offered(asked.text)) == (422, ["option-accepted/call", "options-rejected"])
    assert "write that it is not. Which is it?" in asked.text
    assert await ana.said() == []
    await ana.confirm("option-accepted/call", "Fine, but it is still not fixed.", sure="yes")
    ((kind, value),) = await ana.said()
    assert (kind, value["option"], value["text"]) == ("option-accepted", "call", "Fine, but it is still not fixed.")


async def test_a_no_that_only_asks_is_asked_back_and_may_become_a_question(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    asked = await ana.choose("options-rejected", "Hello. When does the refund come?")
    assert (asked.status_code, offered(asked.text)) == (422, ["options-rejected", "question-asked"])
    await ana.confirm("question-asked", "Hello. When does the refund come?", sure="yes")
    assert "apology-accepted" in offered(await ana.look())
    assert [kind for kind, _ in await ana.said()] == ["question-asked"]


@pytest.mark.parametrize(
    "text",
    [
        "It is still not working.", "It’s not been fixed yet", "das Internet funktioniert immer noch nicht",
        "Es ist noch nicht erledigt.", "Ce n’est toujours pas réglé", "Todavía no está resuelto", "Sigue roto",
        "Ainda não foi resolvido", "o aparelho continua quebrado",
    ],
)  # fmt: skip
def test_words_that_say_it_is_not_solved_are_known_in_every_language(text: str) -> None:
    assert says_unsolved(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you, all is well.",
        "Danke, das ist in Ordnung.",
        "Merci, c’est réglé.",
        "Resuelto, gracias",
        "Tudo certo!",
    ],
)
def test_thanks_are_taken_as_thanks(text: str) -> None:
    assert not says_unsolved(text)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("When?", True), ("Dear team. Where is it? And when?", True), ("¿Cuándo llega?", True), ("", False),
        ("No. It took three whole days and nobody said a word. Why?", False), ("Not enough", False),
    ],
)  # fmt: skip
def test_words_only_ask_where_every_sentence_does(text: str, asks: bool) -> None:
    assert only_asks(text) == asks


async def test_a_question_stops_the_clock_that_has_not_run_out(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    await bureau.hear(ANA.handed_over())
    assert await bureau.rows("select expires from notifier.pages") == [(None,)]
    late = Complaint(complaint="C-2")
    await bureau.hear(late.accepted(), late.options(1, expires=START - timedelta(hours=1)), late.handed_over())
    assert await bureau.rows("select expires < clock.now() from notifier.pages where expires is not null") == [(True,)]


# ── how well we did ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_after_settlement_they_are_asked_once_how_well_it_was_put_right(bureau: Bureau, ana: Customer) -> None:
    ends = ANA.settled("voucher-20", goodwill=reais("20.00"), contacts=2)
    await bureau.hear(ANA.accepted(), ANA.granted("17.50"), ANA.options(1, **OPEN), ends)
    assert [choice for choice in offered(await ana.look()) if "rated" in choice] == [
        f"satisfaction-rated/{score}" for score in range(1, 6)
    ]
    assert (await ana.confirm("satisfaction-rated/6")).status_code == 409
    await ana.confirm("satisfaction-rated/4", "The call was kind.")
    await ana.confirm("satisfaction-rated/1")
    ((kind, value),) = await ana.said()
    assert (kind, value["score"], value["text"], value["contacts"], value["round"]) == (
        "satisfaction-rated",
        4,
        "The call was kind.",
        2,
        1,
    )
    assert (value["remedy"]["amount"], value["goodwill"]["amount"], value["severity"]) == ("17.50", "20.00", 2)
    page = await ana.look()
    assert "Thank you for telling us" in page
    assert offered(page) == ["person-asked-for"]


# ── scanners, crowds and close calls ────────────────────────────────────────────────────────────────────────────────


async def test_a_scanner_that_opens_everything_and_submits_the_first_form_changes_nothing(
    bureau: Bureau, browser: httpx.AsyncClient, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    before = await table(bureau)
    page = await ana.look()
    for _ in range(49):  # a link may be looked at so often in one go
        assert await ana.look() == page
    for link in re.findall(r'href="([^"]*)"', page):
        await browser.get(f"/c/{link}")
    form = FORM.findall(page)[0]
    fields = {name: html.unescape(value) for kind, name, value in FIELD.findall(form) if kind == "hidden"}
    shown = await browser.post(f"{ana.at}/review", data=fields)
    assert "Please choose one of the answers first." in shown.text
    assert await table(bureau) == before


async def test_of_fifty_devices_one_answer_stands_and_the_others_are_told_so_kindly(
    bureau: Bureau, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    wanted = [f"option-accepted/{'call' if n % 2 else 'voucher-20'}" for n in range(50)]
    answers = await asyncio.gather(*(ana.confirm(one) for one in wanted))
    ((_, value),) = await ana.said()
    for one, answer in zip(wanted, answers, strict=True):
        won = one.endswith(value["option"])
        assert answer.status_code == (303 if won else 409)
        assert won or "An answer had been given already, perhaps from another device" in answer.text


@pytest.mark.parametrize(("early", "status"), [(1, 303), (0, 303), (-1, 409)])
async def test_an_answer_counts_up_to_the_very_moment_and_not_a_millisecond_later(
    bureau: Bureau, ana: Customer, early: int, status: int
) -> None:
    now = START + timedelta(days=1)
    await bureau.change("insert into clock.manual values (:now)", now=now)
    await bureau.hear(ANA.accepted(), ANA.options(1, expires=now + timedelta(milliseconds=early)))
    assert (await ana.confirm("option-accepted/call")).status_code == status
    assert [kind for kind, _ in await ana.said()] == ["option-accepted"] * (status == 303)


async def test_what_is_stored_a_moment_too_late_is_not_told_as_taken(bureau: Bureau, ana: Customer) -> None:
    """The page was read in time, and the event would not have been: nothing is stored."""
    now = START + timedelta(days=1)
    await bureau.change("insert into clock.manual values (:now)", now=now)
    await bureau.hear(ANA.accepted(), ANA.options(1, expires=now))
    later = """create function clock.pass() returns trigger language plpgsql as $$ begin
        update clock.manual set instant = instant + interval '1 millisecond'; return new; end $$"""
    await bureau.change(later)
    await bureau.change("create trigger t after insert on notifier.outbox for each row execute function clock.pass()")
    assert (await ana.confirm("option-accepted/call")).status_code == 409
    assert await ana.said() == []
    assert await bureau.rows("select answer from notifier.pages") == [(None,)]


async def test_who_goes_through_addresses_is_asked_to_wait_and_others_are_not(
    bureau: Bureau, browser: httpx.AsyncClient, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    told = [(await browser.get(f"/c/{n}")).status_code for n in range(25)]
    assert told == [404] * 20 + [429] * 5
    waits = await browser.get(ana.at)
    assert (waits.status_code, waits.headers["retry-after"]) == (429, "60")
    assert "Please wait a moment" in waits.text
