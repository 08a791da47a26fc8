"""A letter's link: made anew it is the same, nobody can guess it, and it leads on for as long as its round is in hand."""

import base64

import httpx

from services.notifier.page import tokens
from services.notifier.page.tokens import Links, Written, digest_of
from tests.core.notifier_stories import Complaint
from tests.notifier.bureau import SECRET, Bureau, PostBox
from tests.notifier.customer import Customer
from tests.notifier.test_page import OPEN

ANA = Complaint()


def test_a_token_has_256_bits_and_is_the_same_whenever_it_is_made() -> None:
    token = Links(SECRET).token(ANA.case, 1)
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert token == Links(SECRET).token(ANA.case, 1)
    assert len({token, Links(SECRET).token(ANA.case, 2), Links("other").token(ANA.case, 1)}) == 3
    assert ANA.case not in token


def test_while_the_secret_is_changed_both_are_known_and_the_first_makes_the_links() -> None:
    both = Links("new, old")
    assert both.token("case", 1) == Links("new").token("case", 1)
    assert both.digests("case", 1) == [digest_of(Links(secret).token("case", 1)) for secret in ("new", "old")]


async def test_a_letter_opens_its_page_before_it_is_sent_and_only_its_digest_is_stored(
    bureau: Bureau, browser: httpx.AsyncClient
) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    await bureau.forget_pages()
    assert (await browser.get(bureau.page_of(ANA.case))).status_code == 404
    await bureau.deliver(PostBox())
    assert (await browser.get(bureau.page_of(ANA.case))).status_code == 200
    ((digest, stored),) = await bureau.rows("select digest, cast(t as text) from notifier.tokens t")
    token = Links(SECRET).token(ANA.case, 1)
    assert digest == digest_of(token)
    assert token not in stored


async def test_a_letter_of_a_later_round_closes_the_links_before_it(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    first = ana.at
    await bureau.hear(ANA.options(2, **OPEN))
    closed, unknown = await ana.browser.get(first), await ana.browser.get("/c/unknown")
    assert (closed.status_code, closed.text) == (unknown.status_code, unknown.text) == (404, unknown.text)
    assert "open the link in the newest letter" in closed.text
    assert "care@nimbus.example" in closed.text
    assert ana.at != first
    assert "option-accepted/call" in await ana.look()


async def test_whoever_has_just_answered_is_led_on_by_the_link_they_have(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    first = ana.at
    await ana.confirm("options-rejected")
    await bureau.hear(ANA.options(2, **OPEN))
    assert "option-accepted/call" in (await ana.browser.get(first)).text
    await bureau.change("update notifier.tokens set revoked_at = revoked_at - interval '2 hours'")
    assert (await ana.browser.get(first)).status_code == 404
    assert "option-accepted/call" in await ana.look()


async def test_a_link_is_never_made_from_what_a_request_says_about_its_host(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
    for page in (
        await ana.browser.get(ana.at, headers=forged),
        await ana.browser.post(f"{ana.at}/review", data=ana.form("apology-accepted", "", 1), headers=forged),
        await ana.browser.post(f"{ana.at}/answer", data=ana.form("apology-accepted", "", 1), headers=forged),
    ):
        assert "evil" not in page.text + str(page.headers)


async def test_the_links_of_one_batch_are_kept_whichever_comes_first(bureau: Bureau) -> None:
    async with bureau.engine.begin() as tx:
        await tokens.keep(tx, Links("new,old"), [Written("a", 2), Written("b", 1), Written("a", 1), Written("a", 2)])
    rows = await bureau.rows('select "case", round, count(*) from notifier.tokens group by 1, 2 order by 1, 2')
    assert rows == [("a", 1, 2), ("a", 2, 2), ("b", 1, 2)]
