"""A customer at home: reads the letter, follows its link, and answers on the page, step by step, without scripts."""

import re

import httpx

from services.notifier.sending import mailbox
from tests.road import Road
from tests.waiting import until

LINK = re.compile(r"https?://\S+/c/\S+")
ROUND = re.compile(r'name="round" value="(\d+)"')
CHOICE = re.compile(r'name="choice" value="([^"]+)"')


async def letter(road: Road, complaint: str, kind: str, round_: int = 1) -> str:
    """The text of the letter about a complaint, once it has come."""
    folder = road.home / "mail"

    async def notice() -> str:
        rows = await road.rows(
            "select notice from notifier.letters where complaint = :complaint and round = :round and kind = :kind"
            " and state = 'sent'",
            complaint=complaint, round=round_, kind=kind,
        )  # fmt: skip
        return str(rows[0].notice) if rows else ""

    await until(notice, f"{complaint} gets a letter of kind {kind}", told=road.told)
    wanted = await notice()
    found = next(each for each in mailbox.list_letters(folder) if each.notice == wanted)
    return mailbox.show_letter(folder, found.id).text


def link_in(text: str) -> str:
    """The one link of a letter."""
    links = LINK.findall(text)
    assert len(links) == 1, text
    return str(links[0])


async def choices(link: str) -> list[str]:
    """What the page offers to say."""
    async with httpx.AsyncClient() as browser:
        page = await browser.get(link)
        assert page.status_code == 200, page.text
        return CHOICE.findall(page.text)


async def answer(link: str, does: str, words: str = "") -> str:
    """Choose what begins with `does`, look at it once more, and confirm; the choice that was made."""
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        page = await browser.get(link)
        offered = CHOICE.findall(page.text)
        chosen = next((choice for choice in offered if choice.startswith(does)), None)
        assert chosen, f"the page offers {offered}, not {does}"
        form = {"round": ROUND.findall(page.text)[0], "choice": chosen, "text": words}
        review = await browser.post(f"{link}/review", data=form)
        assert review.status_code == 200, review.text
        taken = await browser.post(f"{link}/answer", data=form)
        assert taken.status_code == 200, taken.text
        return str(chosen)
