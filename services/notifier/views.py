"""How the customer's page looks: made from what is known of the case, in the customer's language, without scripts."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.notifier import asking
from services.notifier.answers import (
    ACCEPT,
    COUNTER,
    ENDS,
    OPTION,
    PERSON,
    QUESTION,
    REFUSE,
    Given,
    amount_of,
    choices,
    currency_of,
)
from services.notifier.notice import OPEN, Table
from services.notifier.pages import Page
from services.notifier.questions import Unclear
from services.notifier.voice import Voice, Voices, capital
from services.notifier.wording import account, local, never_promised, owed

TEMPLATES = Path(__file__).parent / "templates"
PAGES = Environment(
    loader=FileSystemLoader(TEMPLATES),
    line_statement_prefix="%",
    trim_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
    autoescape=True,
)
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
}
"""No scripts, no frames, nothing from elsewhere, and no trace of the address where it does not belong."""
ENDINGS: dict[Table, tuple[str, str]] = {
    "final": ("final-title", "final-text"),
    "declined": ("declined-title", "declined-text"),
    "settled": ("settled-title", "settled-text"),
    "expired": ("too-late", "expired"),
    "withdrawn": ("withdrawn-title", "withdrawn-text"),
}
LABELS = {
    ("final", ACCEPT): "accept-final",
    ("options", REFUSE): "refuse-options",
    ("input", REFUSE): "refuse-input",
}
"""Where an answer is called something else than usual on a page in that state."""
WORDS = {ACCEPT: "accept", REFUSE: "refuse", COUNTER: "counter", QUESTION: "question", PERSON: "person"}


def standing(
    voices: Voices,
    page: Page,
    steps: str,
    notice: str | None = None,
    unclear: Unclear | None = None,
    given: Mapping[str, str] | None = None,
) -> str:
    """The page as things stand; `notice` is the key of the words to begin with, `steps` the way to where the forms go.

    `unclear`: what was no answer to a question of ours; `given`: what was written to all of them.
    """
    voice = _voice(voices, page)
    judged = page.says.facts.promise is not None
    parts = [_part(voice, "happened", account(voice, page.says.facts) if judged else voice.say("page", "looking"))]
    if sum_owed := owed(voice, page.says.facts):
        parts.append(_part(voice, "owed", sum_owed))
    if ending := _ending(page):
        parts.append({"heading": voice.say("page", ending[0]), "lines": [voice.say("page", ending[1])]})
    notices = [*asking.notices(voice, page, unclear), *_notices(voice, page, notice)]
    asks = asking.form(voice, page, f"{steps}check", given or {})
    form = _form(voice, page, f"{steps}review")
    return _render(voices, voice, _title(voice, page), notices, parts, form=form, asks=asks)


def reviewed(voices: Voices, page: Page, given: Given, token: str) -> str:
    """The answer once more, with a button that sends it."""
    voice, amount = _voice(voices, page), amount_of(page, given)
    review = {
        "answer": _label(voice, page, given.choice),
        "your_words": voice.say("page", "your-words"),
        "text": given.text,
        "amount": given.amount,
        "sum": voice.say("page", "amount-said", amount=voice.money(amount)) if amount else "",
        "round": given.round,
        "choice": given.choice,
        "confirm": voice.say("page", "confirm"),
        "back": voice.say("page", "back"),
        "token": token,
    }
    return _render(voices, voice, voice.say("page", "review"), [], [], review=review)


def reviewed_information(voices: Voices, page: Page, facts: Mapping[str, str], token: str) -> str:
    """What they say to our questions once more, with a button that sends it."""
    voice = _voice(voices, page)
    return _render(
        voices, voice, voice.say("page", "review-told"), [], [], telling=asking.review(voice, page, facts, token)
    )


def message(voices: Voices, key: str) -> str:
    """A page that only says one thing, in the house's language: we do not know who is looking."""
    voice = voices.own
    parts = [{"heading": "", "lines": [voice.say("page", f"{key}-text")]}]
    return _render(voices, voice, voice.say("page", f"{key}-title"), [], parts)


def _render(
    voices: Voices,
    voice: Voice,
    title: str,
    notices: list[str],
    parts: list[dict[str, Any]],
    *,
    form: dict[str, Any] | None = None,
    asks: dict[str, Any] | None = None,
    review: dict[str, Any] | None = None,
    telling: dict[str, Any] | None = None,
) -> str:
    return PAGES.get_template("page.html").render(
        lang=str(voice.locale).replace("_", "-"),
        style=Markup(STYLE),  # noqa: S704 - our own file, and named by its digest in the headers
        house=voices.house.name,
        title=title,
        notices=notices,
        parts=parts,
        form=form,
        asks=asks,
        review=review,
        telling=telling,
    )


def _voice(voices: Voices, page: Page) -> Voice:
    return voices.of(page.says.reader.tag)


def _title(voice: Voice, page: Page) -> str:
    thing = voice.thing(page.says.facts.subject)
    return voice.say("page", "title", thing=thing, Thing=capital(thing))


def _part(voice: Voice, heading: str, text: str) -> dict[str, Any]:
    """A list of a letter is one paragraph an item here."""
    return {
        "heading": voice.say("page", heading),
        "lines": [line.removeprefix("- ") for line in text.split("\n") if line],
    }


def _notices(voice: Voice, page: Page, notice: str | None) -> list[str]:
    said = [voice.say("page", notice)] if notice else []
    if page.person or page.said == PERSON:
        said.append(f"{voice.say('page', 'person-title')}. {voice.say('page', 'person-text')}")
    if page.said == QUESTION:
        said.append(voice.say("page", "asked" if page.open else "answered"))
    return said


def _ending(page: Page) -> tuple[str, str] | None:
    """What is said where there is nothing to choose: it was chosen, the time is over, or the case is."""
    if page.state in OPEN and page.said in ENDS:
        return ("thanks", "answered")
    if page.state in OPEN and not page.open:
        return ENDINGS["expired"]
    if page.state == "declined" and never_promised(page.says.facts):
        return ("declined-title", "not-provided-text")
    return ENDINGS.get(page.state) if page.state else None


def _form(voice: Voice, page: Page, action: str) -> dict[str, Any] | None:
    offered = choices(page)
    if not offered:
        return None
    asks, currency = page.open and page.said not in ENDS, currency_of(page)
    return {
        "action": action,
        "round": page.round,
        "legend": voice.say("page", page.state) if asks and page.state in voice.words.page else "",
        "because": voice.say("page", "because") if asks and page.state == "options" else "",
        "choices": [{"value": choice, "label": _label(voice, page, choice)} for choice in offered],
        "amount": voice.say("page", "amount", currency=currency) if currency and COUNTER in offered else "",
        "words": voice.say("page", "words-input" if page.state == "input" else "words"),
        "go_on": voice.say("page", "continue"),
        "not_yet": voice.say("page", "not-yet"),
        "until": _until(voice, page) if asks else "",
    }


def _label(voice: Voice, page: Page, choice: str) -> str:
    kind, _, option_id = choice.partition("/")
    if kind == OPTION:
        return capital(next(voice.option(option) for option in page.options if option.id == option_id))
    return voice.say("page", LABELS.get((page.state or "", kind), WORDS[kind]))


def _until(voice: Voice, page: Page) -> str:
    return (
        voice.say("page", "until", expires=voice.moment(local(page.says.facts, page.expires))) if page.expires else ""
    )
