"""The second look: what was chosen is shown once more, with room for words, before it counts."""

from collections.abc import Mapping
from typing import Any

from services.notifier.page import asking
from services.notifier.page.answers import (
    COUNTER,
    PERSON,
    QUESTION,
    RATE,
    REFUSE,
    UNDO,
    Given,
    Misfit,
    amount_of,
    choices,
)
from services.notifier.page.labels import details, fields, label
from services.notifier.page.look import render, say
from services.notifier.page.pages import Page
from services.notifier.page.views import voice_of
from services.notifier.writing.voice import Voice, Voices

TITLES = {
    COUNTER: "input",
    QUESTION: "review-question",
    PERSON: "review-person",
    UNDO: "review-undo",
    RATE: "review-rate",
}
HINTS = {QUESTION: "question-hint", PERSON: "person-hint", UNDO: "undo-text", REFUSE: "refuse-hint"}
CONFIRMS = {QUESTION: "confirm-question", PERSON: "confirm-person", UNDO: "confirm-undo"}


def reviewed(voices: Voices, page: Page, given: Given, token: str, wrong: Misfit | None = None) -> str:
    """The answer once more, with a button that sends it; `wrong`: what has to be put right before."""
    voice = voice_of(voices, page)
    title = say(voice, TITLES.get(given.kind, "review"))
    review = _review(voice, page, given, token) | {
        "fields": fields(voice, page, given, str(wrong) if wrong else ""),
        "sum": "" if wrong else _sum(voice, page, given),
    }
    return render(voices.house, voice, title, review=review, alerts=[say(voice, str(wrong))] if wrong else [])


def asked_back(voices: Voices, page: Page, given: Given, token: str, doubt: str) -> str:
    """Words and choice do not go together: which of the two is meant? Both ways are equally open."""
    voice = voice_of(voices, page)
    ways = [{"value": given.choice, "label": say(voice, f"{doubt}-mean")}]
    other = next((choice for choice in _others(doubt) if choice in choices(page)), None)
    ways += [{"value": other, "label": say(voice, f"{doubt}-other")}] if other else []
    review = _review(voice, page, given, token) | {"hint": "", "doubt": {"text": given.text, "ways": ways}}
    return render(voices.house, voice, say(voice, "review"), review=review, alerts=[say(voice, doubt)])


def reviewed_information(voices: Voices, page: Page, facts: Mapping[str, str], token: str) -> str:
    """What they say to our questions once more, with a button that sends it."""
    voice = voice_of(voices, page)
    return render(voices.house, voice, say(voice, "review-told"), telling=asking.review(voice, page, facts, token))


def _review(voice: Voice, page: Page, given: Given, token: str) -> dict[str, Any]:
    shown = given.kind not in (COUNTER, QUESTION, PERSON, UNDO)
    return {
        "answer": label(voice, page, given.choice) if shown else "",
        "details": details(voice, page, given.choice),
        "sum": "",
        "hint": say(voice, HINTS[given.kind]) if given.kind in HINTS else "",
        "doubt": None,
        "round": given.round,
        "choice": given.choice,
        "fields": None,
        "confirm": say(voice, CONFIRMS.get(given.kind, "confirm")),
        "back": say(voice, "back"),
        "token": token,
    }


def _sum(voice: Voice, page: Page, given: Given) -> str:
    amount = amount_of(page, given)
    return say(voice, "amount-said", amount=voice.money(amount)) if amount else ""


def _others(doubt: str) -> tuple[str, ...]:
    return (QUESTION, PERSON) if doubt == "only-asks" else (REFUSE, QUESTION, PERSON)
