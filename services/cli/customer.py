"""The customers of the demo: each reads the letter, follows its link, and answers on the page like anybody else."""

import asyncio
import re
from html.parser import HTMLParser
from typing import Any

import httpx

from services.cli.story import Deed, Story
from services.notifier.sending import mailbox
from shared.errors import Misconfigured
from shared.events import NoticeSent
from shared.host.settings import Settings

THINKING = 0.7
"""Seconds between reading a letter and answering it: long enough to follow with the eye."""
LINK = re.compile(r"https?://\S+/c/\S+")


class Fields(HTMLParser):
    """Collects what a form offers: the values of each named field."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in one `input` or `button`."""
        given = dict(attrs)
        if tag in ("input", "button") and given.get("name"):
            self.values.setdefault(str(given["name"]), []).append(given.get("value") or "")


class Customers:
    """Do what the story says that each customer does, once the letter has come."""

    def __init__(self, story: Story, settings: Settings) -> None:
        self._deeds = {tale.id: list(tale.customer) for tale in story.tales}
        self._mail = settings.home / "mail"
        self._letters: asyncio.Queue[NoticeSent] = asyncio.Queue()

    def hear(self, event: Any) -> None:
        """Take notice of a letter that has gone out."""
        if isinstance(event, NoticeSent):
            self._letters.put_nowait(event)

    async def run(self) -> None:
        """Answer letters until cancelled."""
        async with httpx.AsyncClient(follow_redirects=True) as browser, asyncio.TaskGroup() as answering:
            while True:
                letter = await self._letters.get()
                deeds = self._deeds.get(letter.complaint)
                if deeds and deeds[0].when == letter.kind:
                    answering.create_task(self._answer(browser, letter, deeds.pop(0)))

    async def _answer(self, browser: httpx.AsyncClient, letter: NoticeSent, deed: Deed) -> None:
        await asyncio.sleep(THINKING)
        link = await asyncio.to_thread(self._link, letter.notice)
        page = (await browser.get(link)).raise_for_status()
        fields = Fields(page.text).values
        choice = next((value for value in fields.get("choice", ()) if value.partition("/")[0] == deed.does), None)
        if choice is None:
            raise Misconfigured(
                f"{letter.complaint}: the page offers {fields.get('choice')}, and the story wants {deed.does}"
            )
        form = {"round": fields["round"][0], "choice": choice, "text": deed.text}
        (await browser.post(f"{link}/review", data=form)).raise_for_status()
        (await browser.post(f"{link}/answer", data=form)).raise_for_status()

    def _link(self, notice: str) -> str:
        """The link in the letter of that notice."""
        letter = next(letter for letter in mailbox.list_letters(self._mail) if letter.notice == notice)
        found = LINK.search(mailbox.show_letter(self._mail, letter.id).text)
        assert found, f"the letter {letter.id} has no link"
        return found[0]
