"""Somebody with a letter's link and a browser, and what becomes of what they say on the page."""

import html
import re
from typing import Any

import httpx
import msgspec

from tests.notifier.bureau import Bureau


class Customer:
    """Somebody with a link and a browser."""

    def __init__(self, browser: httpx.AsyncClient, bureau: Bureau, case: str) -> None:
        self.browser, self.bureau, self.case = browser, bureau, case

    @property
    def at(self) -> str:
        """Where their newest letter links to."""
        return self.bureau.page_of(self.case)

    async def look(self) -> str:
        page = await self.browser.get(self.at)
        assert page.status_code == 200
        return page.text

    async def choose(self, choice: str, words: str = "", round_: int = 1, **more: str) -> httpx.Response:
        return await self.browser.post(f"{self.at}/review", data=self.form(choice, words, round_) | more)

    async def confirm(self, choice: str, words: str = "", round_: int = 1, **more: str) -> httpx.Response:
        return await self.browser.post(f"{self.at}/answer", data=self.form(choice, words, round_) | more)

    def form(self, choice: str, words: str, round_: int) -> dict[str, str]:
        return {"round": str(round_), "choice": choice, "text": words}

    async def said(self) -> list[tuple[str, dict[str, Any]]]:
        """What waits in the outbox: the type of each answer, and its value."""
        rows = await self.bureau.rows("select type, convert_from(value, 'utf8') from notifier.outbox order by id")
        return [(kind.removeprefix("amends.").removesuffix(".v1"), msgspec.json.decode(value)) for kind, value in rows]


def offered(page: str) -> list[str]:
    return [html.unescape(value) for value in re.findall(r'name="choice" value="([^"]*)"', page)]


async def table(bureau: Bureau) -> list[tuple[Any, ...]]:
    return await bureau.rows("select * from notifier.pages") + await bureau.rows("select * from notifier.outbox")
