"""How our questions look on the customer's page: one field each, as the answer is written, and once more to confirm."""

from collections.abc import Mapping
from typing import Any

from services.notifier.page import questions
from services.notifier.page.look import say
from services.notifier.page.pages import Page
from services.notifier.page.questions import FIELD, Unclear
from services.notifier.writing.voice import Voice, capital, clean
from services.notifier.writing.wording import local
from shared.events import Question

YES_OR_NO = ("yes", "no")


def form(
    voice: Voice, page: Page, action: str, given: Mapping[str, str], wrong: Unclear | None = None
) -> dict[str, Any] | None:
    """The fields of the questions that are open, with what was already written; none where nothing is asked."""
    asked = questions.asked(page)
    if not asked:
        return None
    until = page.says.facts.asked_until
    assert until is not None
    return {
        "action": action,
        "legend": say(voice, "questions"),
        "why": say(voice, "questions-why"),
        "fields": [_field(voice, question, given, wrong) for question in asked],
        "go_on": say(voice, "continue"),
        "until": say(voice, "questions-until", expires=voice.moment(local(page.says.facts, until))),
    }


def unclear(voice: Voice, found: Unclear | None) -> list[str]:
    """What was no answer, and how to write it."""
    if found is None:
        return []
    return [say(voice, found.key, text=clean(found.text), question=_meaning(found.question))]


def notices(voice: Voice, page: Page) -> list[str]:
    """That we have their answer; or that the time for it has passed."""
    if page.says.facts.questions and page.told is not None:
        return [say(voice, "told")]
    return [say(voice, "questions-late")] if page.says.facts.questions and not questions.asked(page) else []


def why_not(page: Page) -> str:
    """The key of the words that say why no answer is taken any more."""
    if page.told is not None:
        return "told-already"
    return "questions-late" if page.says.facts.questions else "changed"


def review(voice: Voice, page: Page, facts: Mapping[str, str], token: str) -> dict[str, Any]:
    """The answers once more, with a button that sends them."""
    return {
        "action": "tell",
        "lines": [
            (_meaning(question), _said(voice, question, facts[question.fact])) for question in questions.asked(page)
        ],
        "hidden": [(FIELD + name, text) for name, text in facts.items()],
        "confirm": say(voice, "confirm"),
        "back": say(voice, "back"),
        "token": token,
    }


def _field(voice: Voice, question: Question, given: Mapping[str, str], wrong: Unclear | None) -> dict[str, Any]:
    kind = questions.written(question)
    return {
        "name": FIELD + question.fact,
        "label": _meaning(question),
        "choices": [(choice, _said(voice, question, choice)) for choice in question.choices],
        "type": kind.input,
        "mode": kind.mode,
        "value": given.get(question.fact, ""),
        "wrong": wrong is not None and wrong.question == question,
    }


def _meaning(question: Question) -> str:
    return capital(clean(question.meaning))


def _said(voice: Voice, question: Question, answer: str) -> str:
    """As the customer reads it: the two answers of a flag in their language, a choice by its words."""
    if question.kind == "flag" and answer in YES_OR_NO:
        return say(voice, answer)
    return capital(clean(answer.replace("_", " "))) if question.choices else answer
