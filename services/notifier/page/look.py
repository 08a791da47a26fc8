"""How the customer's page is made: its words in each language, its templates, and what a browser may do with it."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from services.notifier.writing.voice import Voice
from shared.policy.policy import House

TEMPLATES = Path(__file__).parent / "templates"
PAGES = ImmutableSandboxedEnvironment(
    loader=FileSystemLoader(TEMPLATES),
    line_statement_prefix="%",
    trim_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
    autoescape=True,
)
PAGES.globals.clear()  # no template uses them
STYLE = (TEMPLATES / "page.css").read_text()
HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""No scripts, no frames, nothing from elsewhere, and no trace of the address where it does not belong. The style is our
own file, named by its digest: nothing else that calls itself a style is one."""
BETWEEN = re.compile(r"(?<=\d) (?=R\$|[^\w\s(+–-])|(?<=[€$£]) (?=\d)")
"""The space between a figure and a sign for its currency."""
EMPTY: Mapping[str, Any] = {
    "alerts": (),
    "notices": (),
    "status": None,
    "parts": (),
    "asks": None,
    "table": None,
    "ways": None,
    "review": None,
    "telling": None,
    "foot": (),
}
"""All that a page may have, and need not."""


def say(voice: Voice, key: str, /, **values: object) -> str:
    """The page's words of that name in this voice's language, filled in."""
    return voice.spoken.page[key].format(**values)


def tied(text: str) -> str:
    """A sum stays on one line, whichever side its currency is on."""
    return BETWEEN.sub("\u00a0", text)


def render(house: House, voice: Voice, title: str, **parts: Any) -> str:
    """The whole page, as HTML."""
    return PAGES.get_template("page.html").render(
        **{**EMPTY, **parts},
        lang=str(voice.locale).replace("_", "-"),
        dir="rtl" if voice.locale.text_direction == "rtl" else "ltr",
        style=Markup(STYLE),  # noqa: S704 - our own file, and named by its digest in the headers
        house=house.name,
        title=title,
    )
