"""What each answer is called on the page, what an option brings and when, and what may be written beside an answer."""

from typing import Any

from msgspec.structs import replace

from services.notifier.page.answers import (
    ACCEPT,
    COUNTER,
    NEEDS_WORDS,
    OPTION,
    PERSON,
    QUESTION,
    RATE,
    REFUSE,
    UNDO,
    Given,
    currency_of,
)
from services.notifier.page.look import say, tied
from services.notifier.page.pages import Page
from services.notifier.writing.voice import Voice, capital, clean
from shared.events import Option

WORDS = {ACCEPT: "accept", REFUSE: "refuse", COUNTER: "counter", QUESTION: "question", PERSON: "person", UNDO: "undo"}
ELSEWHERE = {
    ("final", ACCEPT): "accept-final",
    ("options", REFUSE): "refuse-options",
    ("input", REFUSE): "refuse-input",
}
"""Where an answer is called something else than usual on a page in that state."""


FIELDS = {
    ACCEPT: "words-accept",
    OPTION: "words-accept",
    REFUSE: "words",
    COUNTER: "words-input",
    QUESTION: "words-question",
    PERSON: "words",
    RATE: "words-rate",
}
"""What the words are for; who takes a choice back need not say why."""
WRONG = {"words-first": "text", "wrong-amount": "amount"}
"""The field that a reason speaks of."""


def label(voice: Voice, page: Page, choice: str) -> str:
    """The answer in the customer's own words, as it were."""
    kind, _, name = choice.partition("/")
    if kind == RATE:
        return say(voice, f"rate-{name}")
    if kind == OPTION and (option := option_of(page, name)):
        return named(voice, option)
    return say(voice, ELSEWHERE.get((page.state or "", kind), WORDS.get(kind, "accept")))


def named(voice: Voice, option: Option) -> str:
    """What an option is, without when and on what conditions."""
    return tied(capital(voice.option(replace(option, arrives=None, conditions=None))))


def details(voice: Voice, page: Page, choice: str) -> list[str]:
    """How soon an option is there, and on what conditions; all options have the same lines in the same order."""
    kind, _, name = choice.partition("/")
    option = option_of(page, name) if kind == OPTION else None
    if option is None:
        return []
    arrives = [] if option.arrives is None else [capital(_arrives(voice, option.arrives))]
    return arrives + ([capital(clean(option.conditions))] if option.conditions else [])


def fields(voice: Voice, page: Page, given: Given, wrong: str = "") -> dict[str, Any]:
    """Where words may be written, or have to be, and a sum, with what was already written."""
    currency = currency_of(page) if given.kind == COUNTER else None
    key = FIELDS.get(given.kind)
    return {
        "words": say(voice, key) if key else "",
        "text": given.text,
        "needed": given.kind in NEEDS_WORDS and currency is None,
        "amount": say(voice, "amount", currency=currency) if currency else "",
        "sum": given.amount,
        "wrong": WRONG.get(wrong, ""),
    }


def option_of(page: Page, name: str) -> Option | None:
    """The option of that id on the table; or the one that was chosen, when the table has been cleared."""
    chosen = page.says.facts.chosen
    shown = (*page.options, *([chosen] if chosen else []))
    return next((option for option in shown if option.id == name), None)


def _arrives(voice: Voice, days: int) -> str:
    return say(voice, "arrives-today" if days == 0 else "arrives-day" if days == 1 else "arrives-days", n=days)
