"""What somebody may try who means ill: on the page all of it is text, and nothing is told to who has no link."""

import html
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from shared.events import Option, Question, Subject
from tests.core.notifier_stories import CALL, Complaint
from tests.notifier.bureau import Bureau
from tests.notifier.customer import Customer, offered
from tests.notifier.test_page import OPEN

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</textarea></title></style><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% include 'page.html' %}{% raw %}",
    "% include 'page.html'\n% endif",
    "{0.__class__.__mro__}{thing}{expires}",
    "\u202e\u0000\r\nSet-Cookie: a=b",
)
TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "main",
    "h1",
    "h2",
    "p",
    "section",
    "div",
    "dl",
    "dt",
    "dd",
    "form",
    "input",
    "fieldset",
    "legend",
    "label",
    "span",
    "b",
    "br",
    "small",
    "button",
    "textarea",
    "a",
    "strong",
    "blockquote",
    "footer",
}
NAMES = {
    "lang",
    "dir",
    "charset",
    "name",
    "content",
    "class",
    "role",
    "method",
    "action",
    "type",
    "value",
    "required",
    "maxlength",
    "rows",
    "inputmode",
    "autocomplete",
    "href",
    "aria-invalid",
}


class Markup(HTMLParser):
    """What a browser would take for markup."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.places: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.places |= {value or "" for name, value in attrs if name in ("href", "action", "src", "formaction")}


def harmless(page: str, at: str) -> None:
    """Nothing in it is markup that is not ours, and it leads nowhere but to itself."""
    inside = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    markup = Markup(inside)
    assert markup.tags <= TAGS
    assert markup.names <= NAMES
    token = at.removeprefix("/c/")
    allowed = {token, f"{token}/review", f"{token}/check", f"../{token}", "review", "check", "answer", "tell", ""}
    assert markup.places <= allowed
    assert "49" not in html.unescape(inside).replace("2018", "")
    assert "mro" not in inside or "{0.__class__.__mro__}" in html.unescape(inside)


@pytest.mark.parametrize("evil", EVIL)
async def test_what_a_customer_wrote_elsewhere_is_text_on_the_page(
    bureau: Bureau, browser: httpx.AsyncClient, evil: str
) -> None:
    story = Complaint(complaint=f"C {evil}".replace("\0", ""))
    words = evil.replace("\0", "")
    ana = Customer(browser, bureau, story.case)
    option = Option(id="odd", form="odd", conditions=words)
    asked = Question("what", words, "word")
    subject = Subject("order", words)
    await bureau.hear(story.accepted(name=words), story.asked(asked, subject=subject, **OPEN))
    harmless(await ana.look(), ana.at)
    await bureau.hear(story.options(1, subject=subject, options=(option, CALL), **OPEN))
    harmless(await ana.look(), ana.at)


@pytest.mark.parametrize("evil", EVIL)
async def test_what_is_typed_on_the_page_comes_back_as_text(bureau: Bureau, ana: Customer, evil: str) -> None:
    story = Complaint()
    await bureau.hear(story.accepted(), story.input(currency="BRL", **OPEN))
    for answer in (
        await ana.choose("counter-offered", evil, 3, amount=evil),
        await ana.choose("counter-offered", evil, 3),
        await ana.choose(evil, evil, 3),
        await ana.confirm("counter-offered", "", 3, amount=evil),
        await ana.choose("question-asked", evil, 3),
    ):
        harmless(answer.text, ana.at)
        assert "set-cookie" not in answer.headers
    await ana.confirm("counter-offered", evil, 3)
    ((kind, value),) = await ana.said()
    assert (kind, "\0" in value["text"]) == ("counter-offered", False)


async def test_a_link_that_is_closed_costs_as_much_work_as_one_that_never_was(bureau: Bureau, ana: Customer) -> None:
    """The same statements, so that the time it takes tells nothing either."""
    story = Complaint()
    await bureau.hear(story.accepted(), story.apology(**OPEN))
    closed = ana.at
    await bureau.hear(story.options(2, **OPEN))
    said: list[str] = []

    def listen(lent: Any, *_: Any) -> None:
        """To the driver itself: what the page asks goes past SQLAlchemy."""
        lent.driver_connection.add_query_logger(wrote_down)

    def wrote_down(query: Any) -> None:
        said.append(query.query)

    event.listen(bureau.engine.sync_engine, "checkout", listen)
    told = []
    for at in (closed, "/c/" + "A" * 43, "/c/x", f"{closed}x"):
        said.clear()
        answer = await ana.browser.get(at)
        told.append((answer.status_code, answer.text, tuple(said)))
    assert len(set(told)) == 1
    assert [query for query in told[0][2] if "notifier.tokens" in query]
    assert "option-accepted/call" in offered(await ana.look())


async def test_more_than_a_page_takes_is_not_even_read(bureau: Bureau, ana: Customer) -> None:
    story = Complaint()
    await bureau.hear(story.accepted(), story.apology(**OPEN))
    read = 0

    async def flood() -> Any:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b"x" * 65_536

    for step in ("review", "answer", "check", "tell"):
        read = 0
        answer = await ana.browser.post(f"{ana.at}/{step}", content=flood())
        assert answer.status_code == 413
    assert await ana.said() == []
