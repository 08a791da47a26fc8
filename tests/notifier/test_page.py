"""The customer's page: looking changes nothing, and an answer is one event, when it is confirmed."""

import asyncio
import hashlib
import re
from base64 import b64encode
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.notifier.page.tokens import Links
from shared.events import ClaimJudged, Option, Subject
from tests.core.notifier_stories import CALL, LATE, START, Complaint
from tests.notifier.bureau import SECRET, Bureau
from tests.notifier.customer import Customer, offered, table

ANA = Complaint()
EVER = timedelta(days=40_000)
OPEN: dict[str, Any] = {"expires": START + EVER}


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_page_shows_what_happened_what_is_owed_and_what_may_be_answered(
    bureau: Bureau, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(language="en-GB"), ANA.apology(**OPEN))
    page = await ana.look()
    assert "Your order order-of-C-1001 was promised for 10 February 2018. It arrived on 19 February 2018" in page
    assert "We owe you R$17.50 for this." in page
    assert offered(page) == [
        "apology-accepted",
        "options-rejected",
        "counter-offered",
        "question-asked",
        "person-asked-for",
    ]
    assert "You can answer until" in page


async def test_of_several_claims_each_has_a_line_of_its_own(bureau: Bureau, ana: Customer) -> None:
    late = ClaimJudged(
        claims=("late",), outcome="owed", promise="broken", severity=2, schedule="parcel-promise", clauses=(LATE,)
    )
    wrapping = ClaimJudged(
        claims=("gift-wrap",),
        outcome="not_owed",
        promise="unknown",
        severity=1,
        schedule="none",
        reasons=("not-provided",),
    )
    await bureau.hear(ANA.accepted(), ANA.apology(claims=(late, wrapping), **OPEN))
    page = await ana.look()
    assert "<p>That it took long: Your order order-of-C-1001 was promised for" in page
    assert "<p>Gift wrap: that is not among the things that we promise" in page
    assert page.count("R$17.50") == 2, "what is owed is said once: as a figure, and in its sentence"


async def test_before_anything_was_judged_the_page_does_not_say_that_we_found_nothing(
    bureau: Bureau, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.opened(), ANA.handed_over(0))
    page = await ana.look()
    assert "We are looking into what happened." in page
    assert "A person has taken over" in page


async def test_nothing_is_chosen_in_advance_and_nothing_needs_a_script(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    page = await ana.look()
    assert offered(page)[:2] == ["option-accepted/voucher-20", "option-accepted/call"]
    assert not re.search(r"checked>|checked=|<script|\son\w+=|style=|<img|https?://", page)


async def test_looking_changes_nothing(bureau: Bureau, browser: httpx.AsyncClient, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    before = await table(bureau)
    await ana.look()
    for path in (ana.at, f"{ana.at}/review", f"{ana.at}/answer"):
        await browser.get(path, params=ana.form("option-accepted/call", "", 1))
        await browser.head(path)
    assert await table(bureau) == before


async def test_choosing_alone_changes_nothing_and_shows_the_answer_again(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    before = await table(bureau)
    page = await ana.choose("option-accepted/voucher-20", "thank you & <b>bye</b>")
    assert page.status_code == 200
    assert "A voucher for R$20.00" in page.text
    assert "At once" in page.text
    assert "thank you &amp; &lt;b&gt;bye&lt;/b&gt;" in page.text
    assert await table(bureau) == before


async def test_a_step_that_is_opened_again_leads_back_to_the_page(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    for step in ("review", "answer"):
        page = await ana.browser.get(f"{ana.at}/{step}", follow_redirects=True)
        assert (page.status_code, page.url.path) == (200, ana.at)


async def test_the_page_keeps_itself_to_itself(bureau: Bureau, browser: httpx.AsyncClient, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    pages = [await browser.get(ana.at), await browser.get("/c/none"), await ana.choose("apology-accepted")]
    pages.append(await ana.confirm("apology-accepted"))
    assert [page.status_code for page in pages] == [200, 404, 200, 303]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert "script" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-robots-tag"] == "noindex, nofollow"
        assert page.headers["cache-control"] == "no-store"


async def test_the_style_is_the_one_that_the_policy_names(bureau: Bureau, browser: httpx.AsyncClient) -> None:
    page = await browser.get("/c/none")
    (style,) = re.findall(r"<style>(.*)</style>", page.text, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("tag", "lang", "words"),
    [("pt-BR", "pt-BR", "O que aconteceu"), ("de", "de", "Was geschehen ist"), ("en", "en", "What happened")],
)
async def test_the_page_speaks_the_customer_s_language(
    bureau: Bureau, ana: Customer, tag: str, lang: str, words: str
) -> None:
    await bureau.hear(ANA.accepted(language=tag), ANA.apology(**OPEN))
    page = await ana.look()
    assert f'<html lang="{lang}" dir="ltr">' in page
    assert words in page


async def test_a_sum_stays_on_one_line_whichever_side_its_currency_is_on(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(language="de"), ANA.options(1, **OPEN))
    page = await ana.look()
    assert "Ein Gutschein über 20,00\u00a0R$" in page
    assert '<p class="figure">17,50\u00a0R$</p>' in page


async def test_what_others_wrote_is_text_and_nothing_else(bureau: Bureau, ana: Customer) -> None:
    evil = "<script>alert(1)</script>"
    option = Option(id='x"><script>', form="<img src=x>", conditions=evil)
    await bureau.hear(ANA.accepted(), ANA.options(1, subject=Subject("order", evil), options=(option, CALL), **OPEN))
    page = await ana.look()
    assert "<script" not in page
    assert "<img" not in page
    assert offered(page)[0] == f"option-accepted/{option.id}"


# ── answering ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_confirmed_answer_is_one_event_and_the_page_says_that_we_have_it(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    done = await ana.confirm("apology-accepted")
    assert (done.status_code, done.headers["location"]) == (303, f"..{ana.at.removeprefix('/c')}")
    ((kind, value),) = await ana.said()
    assert kind == "apology-accepted"
    assert (value["customer"], value["complaint"], value["case"]) == ("cust-77", "C-1001", ANA.case)
    assert (value["round"], value["source"]) == (1, "crm.complaints.v1")
    page = await ana.look()
    assert "Thank you, we have your answer" in page
    assert offered(page) == ["person-asked-for"]


async def test_confirming_twice_is_one_event(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    answers = [await ana.confirm("option-accepted/call") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert [(kind, value["option"]) for kind, value in await ana.said()] == [("option-accepted", "call")]


async def test_two_clicks_at_once_are_one_event(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    clicks = await asyncio.gather(*(ana.confirm(f"option-accepted/{one}") for one in ("call", "voucher-20", "call")))
    assert len(await ana.said()) == 1
    assert sorted({click.status_code for click in clicks}) == [303, 409]


async def test_the_event_of_an_answer_has_a_name_of_its_own_that_never_changes(bureau: Bureau, ana: Customer) -> None:
    names: set[UUID] = set()
    for round_, choice in ((1, "options-rejected"), (2, "options-rejected")):
        await bureau.hear(ANA.accepted(), ANA.options(round_, **OPEN))
        await ana.confirm(choice, round_=round_)
        names |= {name for _, name in await bureau.said()}
    assert len(names) == 2


async def test_a_second_thought_after_the_answer_is_told_how_things_stand(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    await ana.confirm("option-accepted/call")
    again = await ana.confirm("options-rejected")
    assert again.status_code == 409
    assert "Here is how things stand now" in again.text
    assert len(await ana.said()) == 1


@pytest.mark.parametrize(
    "choice", ["option-accepted/refund-500", "option-accepted", "option-accepted/", "settled", "x" * 999]
)
async def test_only_what_lies_on_the_table_can_be_chosen(bureau: Bureau, ana: Customer, choice: str) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    for answer in (await ana.choose(choice), await ana.confirm(choice)):
        assert answer.status_code == 409
    assert await ana.said() == []


async def test_an_empty_form_asks_for_a_choice_and_an_empty_question_for_words(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    assert "Please choose one of the answers first." in (await ana.choose("")).text
    for choice in ("question-asked", "counter-offered"):
        assert "in your own words first" in (await ana.confirm(choice, " \n ")).text
    assert await ana.said() == []


async def test_a_refusal_carries_the_customer_s_own_words(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    await ana.confirm("options-rejected", "Não basta.\r\nTrês dias!\0")
    ((kind, value),) = await ana.said()
    assert (kind, value["reason"]) == ("options-rejected", "Não basta.\nTrês dias!")


async def test_what_would_put_it_right_can_be_said_in_every_open_round(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    await ana.confirm("counter-offered", "The 40 reais for the taxi.")
    assert [(kind, value["text"]) for kind, value in await ana.said()] == [
        ("counter-offered", "The 40 reais for the taxi.")
    ]


async def test_a_sum_may_be_named_with_or_without_words_and_is_shown_once_more(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.input(currency="BRL", **OPEN))
    assert "If a sum would put it right, how much? (in BRL, if you like)" in await ana.look()
    review = (await ana.choose("counter-offered", round_=3, amount="40,50")).text
    assert "The sum you name: R$40.50" in review
    assert 'name="amount" value="40,50"' in review
    for _ in range(2):
        await ana.confirm("counter-offered", round_=3, amount="40,50")
    ((kind, value),) = await ana.said()
    assert (kind, value["amount"]) == ("counter-offered", {"amount": "40.50", "currency": "BRL"})


@pytest.mark.parametrize("amount", ["forty", "-5", "0", "1.234", "10.005", "9" * 12])
async def test_what_is_no_sum_is_said_so(bureau: Bureau, ana: Customer, amount: str) -> None:
    await bureau.hear(ANA.accepted(), ANA.input(currency="BRL", **OPEN))
    for answer in (
        await ana.choose("counter-offered", "This.", 3, amount=amount),
        await ana.confirm("counter-offered", "This.", 3, amount=amount),
    ):
        assert (answer.status_code, "That is no sum." in answer.text) == (422, True)
    assert await ana.said() == []


async def test_a_sum_beside_another_answer_counts_for_nothing_and_without_a_currency_none_is_asked_for(
    bureau: Bureau, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(remedy=None, **OPEN))
    assert 'name="amount"' not in await ana.look()
    await ana.confirm("options-rejected", amount="forty")
    assert [kind for kind, _ in await ana.said()] == ["options-rejected"]


async def test_a_question_is_no_refusal_and_leaves_the_choice_open(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    for words in ("Where is it?", "Where is it?", "And when?"):
        await ana.confirm("question-asked", words)
    page = await ana.look()
    assert "Your message has reached us, and a person answers it." in page
    assert "apology-accepted" in offered(page)
    await ana.confirm("apology-accepted")
    assert [kind for kind, _ in await ana.said()] == ["question-asked", "question-asked", "apology-accepted"]


async def test_an_answer_to_an_earlier_round_meets_the_page_as_it_is_now(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    await bureau.hear(ANA.options(2, **OPEN))
    late = await ana.confirm("apology-accepted", round_=1)
    assert late.status_code == 409
    assert "option-accepted/call" in offered(late.text)
    assert await ana.said() == []


# ── ends ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_after_its_time_a_round_is_closed_kindly_and_a_person_is_still_to_be_had(
    bureau: Bureau, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(expires=START))
    page = await ana.look()
    assert "The time for this answer has passed" in page
    assert offered(page) == ["person-asked-for"]
    assert (await ana.confirm("apology-accepted")).status_code == 409
    assert (await ana.confirm("person-asked-for", "Please call me.")).status_code == 303
    assert [kind for kind, _ in await ana.said()] == ["person-asked-for"]
    assert "A person has taken over" in await ana.look()


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (ANA.declined(), "We kept what we had promised"),
        (ANA.expired(), "The time for this answer has passed"),
        (ANA.withdrawn(), "You took your complaint back"),
    ],
)
async def test_a_closed_case_says_how_it_ended(bureau: Bureau, ana: Customer, ends: Any, words: str) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN), ends)
    page = await ana.look()
    assert words in page
    assert offered(page) == ["person-asked-for"]


async def test_the_final_say_leaves_a_door_open(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN), ANA.final_say(**OPEN))
    page = await ana.look()
    assert "We could not make it right" in page
    assert offered(page) == ["apology-accepted", "question-asked", "person-asked-for"]


async def test_a_person_who_took_over_is_said_so_while_what_was_offered_still_stands(
    bureau: Bureau, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.options(1, **OPEN))
    await bureau.hear(ANA.handed_over())
    page = await ana.look()
    assert "A person has taken over" in page
    assert offered(page) == [
        "option-accepted/voucher-20",
        "option-accepted/call",
        "options-rejected",
        "counter-offered",
        "question-asked",
    ]


async def test_a_later_payment_changes_the_sum_and_not_what_is_on_the_table(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.granted("17.50"), ANA.options(1, **OPEN))
    await bureau.hear(ANA.granted("2.50", part=2))
    page = await ana.look()
    assert "We owe you R$20.00" in page
    assert "option-accepted/voucher-20" in offered(page)


# ── what is no answer ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_wrong_token_is_a_page_that_is_not_there(
    bureau: Bureau, browser: httpx.AsyncClient, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    good = ana.at.removeprefix("/c/")
    other = Links("another secret").token(ANA.case, 1)
    unknown = Links(SECRET).token("a case of nobody", 1)
    for token in (good[:-1], good[1:] + "A", other, unknown, ANA.case, "x" * 9_000, "%00", "%F0%9F%98%80"):
        for answer in (
            await browser.get(f"/c/{token}"),
            await browser.post(f"/c/{token}/answer", data=ana.form("apology-accepted", "", 1)),
        ):
            assert answer.status_code == 404
            assert "This link leads no further" in answer.text
    assert await ana.said() == []


async def test_a_flood_of_words_is_turned_away_unread(
    bureau: Bureau, browser: httpx.AsyncClient, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    assert (await ana.confirm("options-rejected", "x" * 5_000)).status_code == 413
    assert (await ana.confirm("options-rejected", "é" * 200_000)).status_code == 413
    assert (await ana.confirm("options-rejected", "é" * 4_000)).status_code == 303


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"choice=%ff%fe&round=1",
        b"&" * 500,
        b"choice=apology-accepted",
        b'{"choice": "apology-accepted"}',
    ],
)
async def test_what_is_no_form_is_no_answer(
    bureau: Bureau, browser: httpx.AsyncClient, ana: Customer, body: bytes
) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    for path in ("review", "answer"):
        assert (await browser.post(f"{ana.at}/{path}", content=body)).status_code == 409
    assert await ana.said() == []


async def test_while_the_database_is_away_the_page_asks_for_patience(bureau: Bureau, ana: Customer) -> None:
    async with bureau.engine.begin() as tx:
        await tx.execute(text("alter table notifier.pages rename to gone"))
    page = await ana.browser.get(ana.at)
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "Please try again in a moment" in page.text


async def test_a_full_outbox_is_said_before_anything_is_taken(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    async with bureau.engine.begin() as tx:
        fill = """insert into notifier.outbox (topic, key, value, event, type, at)
            select 't', 'k', 'v', gen_random_uuid(), 'x', clock.now() from generate_series(1, 100000)"""
        await tx.execute(text(fill))
    assert (await ana.confirm("apology-accepted")).status_code == 503
    assert await bureau.rows("select count(*) from notifier.outbox") == [(100_000,)]
