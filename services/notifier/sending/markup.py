"""The same letter for readers who see more than plain text: the same words in the same order, and nothing that looks back.

No picture, no style from elsewhere, no link but the one to the customer's own page: opening it tells nobody anything.
"""

from functools import lru_cache
from html import escape

from babel import Locale, UnknownLocaleError

ITEM = "- "
STYLE = (
    "font-family:system-ui,sans-serif;font-size:1rem;line-height:1.5;max-width:38rem;margin:1rem auto;padding:0 1rem"
)


def html_of(subject: str, body: str, language: str, link: str) -> str:
    """The plain letter `body` as a whole HTML document; a line that is `link` can be followed, no other can."""
    blocks = "\n".join(_block(block.splitlines(), link) for block in body.split("\n\n") if block.strip())
    return (
        f'<!doctype html>\n<html lang="{escape(language)}" dir="{direction(language)}">\n<head><meta charset="utf-8">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<title>{escape(subject)}</title></head>\n<body style="{STYLE}">\n{blocks}\n</body>\n</html>\n'
    )


@lru_cache(maxsize=512)
def direction(language: str) -> str:
    """`ltr` or `rtl`, as the language is written."""
    try:
        return Locale.parse(language.replace("_", "-"), sep="-").text_direction
    except (ValueError, TypeError, UnknownLocaleError):
        return "ltr"


def _block(lines: list[str], link: str) -> str:
    if all(line.startswith(ITEM) for line in lines):
        return "<ul>" + "".join(f"<li>{escape(line.removeprefix(ITEM))}</li>" for line in lines) + "</ul>"
    return "<p>" + "<br>\n".join(_line(line, link) for line in lines) + "</p>"


def _line(line: str, link: str) -> str:
    text = escape(line)
    return f'<a href="{text}">{text}</a>' if link and line == link else text
