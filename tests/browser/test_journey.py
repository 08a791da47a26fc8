"""From the letter to the last word, on a phone of 320 pixels, without scripts, by keyboard alone, in every language."""

from pathlib import Path
from typing import Any

import pytest

from shared.events import CRM, TELEMETRY
from shared.policy.load import load_policy
from tests.browser.chromium import Reader
from tests.houses import SHIPPED, Open, undone_within
from tests.page import letter as letter_about
from tests.page import link_in
from tests.people import letter, measured
from tests.road import Road
from tests.waiting import until

TAGS = {"pt": "pt-BR"}
LANGUAGES = sorted(load_policy(SHIPPED).wording.languages)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


async def test_whoever_is_not_content_with_an_apology_chooses_thinks_again_and_says_how_well_it_went(
    homes: Open, running: Any, tmp_path: Path, pictures: Path
) -> None:
    house = homes(clock="manual", policy=undone_within(tmp_path, "1 h"))
    await house.up()
    for n, language in enumerate(LANGUAGES):
        await journey(house, running, pictures / language, language, n)
    house.amends("clock", "set", "+2h")
    for n, language in enumerate(LANGUAGES):
        await rating(house, running, pictures / language, language, n)


async def journey(house: Road, running: Any, folder: Path, language: str, n: int) -> None:
    """Refuse, choose, confirm, take it back, choose something else."""
    await house.publish(TELEMETRY, measured(f"o-{n}", 3))
    person = {"id": f"cust-{n}", "name": "Ana Lima", "email": f"ana-{n}@example.org"}
    await house.publish(
        CRM, letter(f"C-{n}", "", f"o-{n}", customer=person | {"language": TAGS.get(language, language)})
    )
    reader = Reader(running, folder, dark=n % 2 == 0)
    await reader.open(link_in(await letter_about(house, f"C-{n}", "apology")))
    assert await reader.page.locator("html").get_attribute("lang") == TAGS.get(language, language)
    await answered(reader, "apology", "options-rejected")
    await arrives(reader, "input[value^='option-accepted/']")
    await answered(reader, "options", "option-accepted/")
    await arrives(reader, "input[value='answer-undone']")
    await reader.look("noted")
    await reader.press("form:has(input[value='answer-undone']) button")
    await reader.look("again")
    await reader.press("button")
    await arrives(reader, "input[value^='option-accepted/']")
    last = await reader.page.locator("input[value^='option-accepted/']").last.get_attribute("value")
    await answered(reader, "options-again", last)
    await arrives(reader, "input[value='answer-undone']")
    (row,) = await house.rows("select state, answer from notifier.pages where complaint = :c", c=f"C-{n}")
    assert (row.state, row.answer) == ("agreed", last)


async def rating(house: Road, running: Any, folder: Path, language: str, n: int) -> None:
    """Once it is settled, one question."""
    reader = Reader(running, folder, dark=n % 2 == 0)
    await reader.open(link_in(await letter_about(house, f"C-{n}", "settlement", 3)))
    await arrives(reader, "input[value='satisfaction-rated/4']")
    await answered(reader, "settled", "satisfaction-rated/4")
    await reader.look("rated")
    assert not await reader.page.locator("input[type=radio]").count()


async def answered(reader: Reader, name: str, value: str) -> None:
    """Choose, look at it once more, and confirm."""
    await reader.look(name)
    await reader.choose(value)
    await reader.look(f"{name}-check")
    await reader.press("button")
    await reader.look(f"{name}-said")


async def arrives(reader: Reader, what: str) -> None:
    """Look again until the house has answered."""

    async def there() -> bool:
        if await reader.page.locator(what).count():
            return True
        await reader.page.reload()
        return False

    await until(there, f"the page has {what}")
