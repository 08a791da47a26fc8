"""What only the customer can know is asked on their page, once; what cannot be read is said so, and nothing is lost."""

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from services.notifier.page.routes import routes
from shared.events import Question
from tests.core.notifier_stories import POLICY, START, WHEN, Complaint
from tests.notifier.bureau import Bureau

ANA = Complaint()
EVER = timedelta(days=40_000)
OPEN: dict[str, Any] = {"expires": START + EVER}
PRICE = Question("price", "what you paid for it", "money")
PIECES = Question("pieces", "how many came", "count")
WEIGHT = Question("weight", "how heavy it was, in kilograms", "number")
COLOUR = Question("colour", "its colour", "word", ("dark_blue", "red"))
OPENED = Question("opened", "whether it was open", "flag", ("yes", "no"))
AT = Question("noticed_at", "when you noticed it", "instant")
SEEN = Question("seen_at", "when you saw the driver", "instant", zone="America/Bahia")
MONTH = Question("bought_in", "the month in which you bought it", "month")
ALL = (WHEN, PRICE, PIECES, WEIGHT, COLOUR, OPENED, AT, SEEN, MONTH)
SAID = {
    "collected_on": "2018-02-10",
    "price": "12,50",
    "pieces": "3",
    "weight": "2,5",
    "colour": "dark_blue",
    "opened": "no",
    "noticed_at": "2018-02-10T14:30",
    "seen_at": "2018-02-10T23:30",
    "bought_in": "2018-01",
}


class Customer:
    """Somebody with a link and a browser, who is asked something."""

    def __init__(self, browser: httpx.AsyncClient, bureau: Bureau) -> None:
        self.browser, self.bureau = browser, bureau

    @property
    def at(self) -> str:
        return self.bureau.page_of(ANA.case)

    async def look(self) -> str:
        page = await self.browser.get(self.at)
        assert page.status_code == 200
        return html.unescape(page.text)

    async def write(self, step: str = "check", /, **said: str) -> httpx.Response:
        return await self.browser.post(f"{self.at}/{step}", data={f"about-{name}": text for name, text in said.items()})

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        rows = await self.bureau.rows("select type, convert_from(value, 'utf8') from notifier.outbox order by id")
        return [(kind, msgspec.json.decode(value)) for kind, value in rows]


@pytest.fixture
async def ana(bureau: Bureau) -> AsyncIterator[Customer]:
    app = FastAPI()
    app.include_router(routes(bureau.engine, POLICY, lambda: None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://nimbus.example") as browser:
        yield Customer(browser, bureau)


def fields(page: str) -> list[str]:
    return re.findall(r'name="about-([^"]*)"', page)


async def test_the_page_asks_each_question_as_its_answer_is_written(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.opened(), ANA.asked(*ALL, **OPEN))
    page = await ana.look()
    assert list(dict.fromkeys(fields(page))) == list(SAID)
    assert 'type="date" name="about-collected_on"' in page
    assert 'inputmode="decimal"' in page
    assert "The day on which you collected it" in page
    assert ">Dark blue<" in page
    assert ">No<" in page
    assert "We are looking into what happened." in page
    assert not re.search(r"checked>|checked=|<script|\son\w+=|style=|<img|https?://", page)


async def test_what_was_written_is_shown_again_and_counts_only_when_it_is_confirmed(
    bureau: Bureau, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.opened(), ANA.asked(*ALL, **OPEN))
    shown = await ana.write(**SAID)
    assert shown.status_code == 200
    assert "Is this what you would like to tell us?" in shown.text
    assert "Dark blue" in shown.text
    assert await ana.told() == []
    hidden = dict(re.findall(r'type="hidden" name="about-([^"]*)" value="([^"]*)"', html.unescape(shown.text)))
    assert (await ana.write("tell", **hidden)).status_code == 303
    ((kind, told),) = await ana.told()
    assert kind == "amends.information-given.v1"
    assert (told["case"], told["complaint"], told["customer"]) == (ANA.case, "C-1001", "cust-77")
    assert told["facts"] == SAID | {
        "price": "12.50",
        "weight": "2.5",
        "noticed_at": "2018-02-10T14:30:00+00:00",
        "seen_at": "2018-02-10T23:30:00-03:00",
    }


async def test_it_is_answered_once_however_often_it_is_confirmed(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.opened(), ANA.asked(**OPEN))
    for _ in range(2):
        assert (await ana.write("tell", collected_on="2018-02-10")).status_code == 303
    other = await ana.write("tell", collected_on="2018-02-11")
    assert other.status_code == 409
    assert "We already have what you told us" in other.text
    assert (await ana.write(collected_on="2018-02-11")).status_code == 409
    assert len(await ana.told()) == 1
    page = await ana.look()
    assert fields(page) == []
    assert "Thank you, we have what you told us" in page


@pytest.mark.parametrize(
    ("question", "written", "says"),
    [
        (WHEN, "10/02/2018", "“10/02/2018” is no date"),
        (WHEN, "2018-02-30", "is no date"),
        (WHEN, "2018-W06-6", "is no date"),
        (WHEN, "", "Please answer this first"),
        (PRICE, "about 12", "“about 12” is no sum"),
        (PRICE, "-3", "is no sum"),
        (PRICE, "1.000,50", "is no sum"),
        (PRICE, "R$ 12", "is no sum"),
        (PIECES, "2.5", "is no whole number"),
        (WEIGHT, "NaN", "is no number"),
        (WEIGHT, "1e9", "is no number"),
        (COLOUR, "green", "Please choose one of the answers"),
        (OPENED, "maybe", "Please choose one of the answers"),
        (AT, "2018-02-10", "is no date with a time"),
        (MONTH, "2018-13", "is no month"),
        (Question("note", "what you saw", "text"), "x" * 201, "in fewer words"),
    ],
)
async def test_what_cannot_be_read_is_said_with_how_to_write_it_and_nothing_is_sent(
    question: Question, written: str, says: str, bureau: Bureau, ana: Customer
) -> None:
    await bureau.hear(ANA.accepted(), ANA.opened(), ANA.asked(question, **OPEN))
    for step in ("check", "tell"):
        wrong = await ana.write(step, **{question.fact: written})
        assert wrong.status_code == 422
        assert says in html.unescape(wrong.text)
        assert question.meaning[1:] in html.unescape(wrong.text)
    assert await ana.told() == []


async def test_what_was_right_need_not_be_written_again(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.opened(), ANA.asked(WHEN, PRICE, **OPEN))
    wrong = await ana.write(collected_on="2018-02-10", price='<b>"lots"')
    assert 'value="2018-02-10"' in wrong.text
    assert "<b>" not in wrong.text


async def test_what_nobody_asked_is_not_passed_on(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.opened(), ANA.asked(**OPEN))
    await ana.write("tell", collected_on="2018-02-10", freight="1000000")
    ((_, told),) = await ana.told()
    assert told["facts"] == {"collected_on": "2018-02-10"}


async def test_after_its_time_the_page_says_so_and_takes_no_answer(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.opened(), ANA.asked(expires=START))
    page = await ana.look()
    assert "The time for our questions has passed" in page
    assert fields(page) == []
    late = await ana.write("tell", collected_on="2018-02-10")
    assert (late.status_code, await ana.told()) == (409, [])


async def test_where_nothing_was_asked_nothing_is_taken(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN))
    assert (await ana.write("tell", collected_on="2018-02-10")).status_code == 409
    assert (await ana.write(collected_on="2018-02-10")).status_code == 409


async def test_questions_stand_beside_the_choices_and_go_with_our_next_answer(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.apology(**OPEN), ANA.asked(**OPEN))
    page = await ana.look()
    assert fields(page) == ["collected_on"]
    assert 'value="apology-accepted"' in page
    await bureau.hear(ANA.options(2, **OPEN))
    page = await ana.look()
    assert fields(page) == []
    assert 'value="option-accepted/call"' in page


async def test_looking_and_checking_change_nothing(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(), ANA.opened(), ANA.asked(**OPEN))
    before = await bureau.rows("select * from notifier.pages")
    await ana.look()
    await ana.write(collected_on="2018-02-10")
    for step in ("check", "tell"):
        assert (await ana.browser.get(f"{ana.at}/{step}")).status_code == 303
    assert await bureau.rows("select * from notifier.pages") == before


async def test_a_customer_is_asked_in_their_language(bureau: Bureau, ana: Customer) -> None:
    await bureau.hear(ANA.accepted(language="de"), ANA.opened(), ANA.asked(OPENED, **OPEN))
    page = await ana.look()
    assert "Etwas, das nur Sie wissen können" in page
    assert ">Nein<" in page
