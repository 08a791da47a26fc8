"""A real Chromium, as the machine has it, without scripts, as a customer on a small phone may have it."""

import importlib.util
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""As root in a container there is no sandbox to have; and nothing is asked of the internet."""
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCHEMES = ("light", "dark")
"""Colours have to be told apart in both, so every page is held against the standard in both."""
PHONE = {"width": 320, "height": 640}


def found() -> str | None:
    """The program: the one in AMENDS_TEST_CHROMIUM, else the machine's own."""
    given = os.environ.get("AMENDS_TEST_CHROMIUM")
    return given or next((path for path in map(shutil.which, NAMES) if path), None)


def missing() -> str:
    """What this machine lacks for these tests, or nothing."""
    if found() is None:
        return "no Chromium (on Debian: apt-get install chromium)"
    if importlib.util.find_spec("playwright") is None:
        return "no Playwright for Python: `./amends test` installs it where there is a Chromium"
    return "" if AXE.exists() else "no axe-core: `./amends test` installs it where there are a Chromium and npm"


@asynccontextmanager
async def browser() -> AsyncIterator[Any]:
    """A Chromium with nothing remembered."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=found(), args=list(QUIET))
        try:
            yield running
        finally:
            await running.close()


class Reader:
    """Somebody who reads and answers by keyboard alone. Every page they come to is held against the standard, and a picture
    is kept of it."""

    def __init__(
        self, running: Any, pictures: Path, *, dark: bool = False, viewport: dict[str, int] | None = None
    ) -> None:
        self.running, self.pictures, self.dark, self.viewport = running, pictures, dark, viewport or PHONE
        self.page: Any = None
        pictures.mkdir(exist_ok=True)
        self.seen: list[str] = []

    async def open(self, link: str) -> None:
        """Follow a letter's link. No scripts."""
        if self.page is None:
            self.page = await (await self._context(scripts=False)).new_page()
        answer = await self.page.goto(link)
        assert answer.status == 200, await self.page.content()

    async def look(self, name: str) -> None:
        """Take a picture, and find nothing that the standard forbids, in the light or in the dark, nor anything that has to be
        scrolled sideways for."""
        assert not await self.page.locator("script").count()
        picture = self.pictures / f"{name}.jpg"
        await self.page.screenshot(path=picture, full_page=True, type="jpeg", quality=80)
        self.seen.append(name)
        page = await (await self._context(scripts=True)).new_page()
        await page.set_content(await self.page.content())
        await page.evaluate(AXE.read_text())
        told = {scheme: await self._forbidden(page, scheme) for scheme in SCHEMES}
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        await page.context.close()
        assert told == {scheme: [] for scheme in SCHEMES}, f"{name}: {told}"
        assert wide == 0, f"{name} is {wide} px wider than the screen"

    async def _forbidden(self, page: Any, scheme: str) -> list[str]:
        """What the standard forbids in it, as somebody sees it whose device is set so."""
        await page.emulate_media(color_scheme=scheme)
        assert await page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
        told: list[str] = await page.evaluate(
            "only => axe.run(document, {runOnly: only}).then(found => found.violations.map("
            "each => each.id + ': ' + each.nodes.map(node => node.html).join(' ')))",
            STANDARDS,
        )
        return told

    async def choose(self, value: str) -> None:
        """Walk to the answers, and along them to the one that begins so; then on to the button."""
        await self._walk_to("input[type=radio]")
        assert await self.page.locator("input:checked").count() == 0, "nothing is chosen in advance"
        if await self.page.locator(f"input[value^='{value}']:focus").count():
            await self.page.keyboard.press("Space")
        for _ in range(10):
            if await self.page.locator(f"input[value^='{value}']:checked").count():
                break
            await self.page.keyboard.press("ArrowDown")
        assert await self.page.locator(f"input[value^='{value}']:checked").count() == 1, f"{value} is not to be had"
        await self.press("button")

    async def press(self, what: str, words: str = "") -> None:
        """Walk to the first of these, and press it."""
        await self._walk_to(f"{what}:has-text('{words}')" if words else what)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")

    async def write(self, text: str) -> None:
        """Walk to where words may be written, and write."""
        await self._walk_to("textarea")
        await self.page.keyboard.type(text)

    async def text(self) -> str:
        return re.sub(r"\s+", " ", await self.page.locator("main").inner_text())

    async def _walk_to(self, what: str) -> None:
        for _ in range(40):
            await self.page.keyboard.press("Tab")
            if await self.page.locator(f":is({what}):focus").count():
                return
        raise AssertionError(f"no {what} is reached by keyboard: {await self.text()}")

    async def _context(self, *, scripts: bool) -> Any:
        return await self.running.new_context(
            java_script_enabled=scripts,
            color_scheme="dark" if self.dark else "light",
            viewport=self.viewport,
            reduced_motion="reduce",
        )
