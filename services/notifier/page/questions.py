"""What we ask the customer because they alone can know it, and how they may write it down."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from services.notifier.page.pages import Page
from shared.events import InformationGiven, Question

FIELD = "about-"
"""Before a fact's name in a form, so that no fact can be taken for anything else there."""
FIELDS = 100
LONGEST = 200
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
SUM = re.compile(r"[0-9]{1,12}([.,][0-9]{1,4})?", re.ASCII)
NUMBER = re.compile(r"-?[0-9]{1,12}([.,][0-9]{1,6})?", re.ASCII)
COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)


class Unclear(ValueError):
    """This is no answer to the question; the text is the key of the words that say why."""

    def __init__(self, key: str, question: Question, text: str) -> None:
        super().__init__(key)
        self.key, self.question, self.text = key, question, text


class Written(NamedTuple):
    """How a kind of answer is written: `check` gives it as it travels, or raises ValueError; `wrong` names the words that
    say how to write it. `input` and `mode` are HTML's own words for the field."""

    check: Callable[[str, ZoneInfo], str]
    wrong: str
    input: str = "text"
    mode: str = ""


def read_form(body: bytes) -> dict[str, str]:
    """What was written, by fact; of what is no form, nothing is left."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="replace")
    except ValueError:
        return {}
    return {name[len(FIELD) :]: CONTROLS.sub(" ", text).strip() for name, text in pairs if name.startswith(FIELD)}


def asked(page: Page) -> tuple[Question, ...]:
    """The questions that are open on this page now."""
    facts = page.says.facts
    if page.told is not None or facts.asked_until is None or page.now > facts.asked_until:
        return ()
    return facts.questions


def check(page: Page, given: Mapping[str, str]) -> dict[str, str]:
    """The answers as they travel, by fact, each question answered. Raises Unclear for the first that is none."""
    zone = page.says.facts.zone or "UTC"
    return {
        question.fact: _checked(question, given.get(question.fact, ""), ZoneInfo(question.zone or zone))
        for question in asked(page)
    }


def answer(page: Page, facts: dict[str, str]) -> InformationGiven:
    """The event for checked answers."""
    return InformationGiven(
        customer=page.customer,
        at=page.now,
        complaint=page.complaint,
        source=page.source,
        case=page.case,
        round=page.round,
        severity=page.severity,
        facts=facts,
    )


def answer_id(page: Page, facts: Mapping[str, str]) -> UUID:
    """Derived from the case and what was said, so that saying it twice is one event."""
    said = "\n".join(f"{name}={facts[name]}" for name in sorted(facts))
    return uuid5(NAMESPACE_URL, f"amends:information:{page.case}\n{said}")


def written(question: Question) -> Written:
    """How this question is answered; one of a kind that nobody knows here, in a few words."""
    return KINDS.get(question.kind, IN_WORDS)


def _checked(question: Question, text: str, zone: ZoneInfo) -> str:
    if not text:
        raise Unclear("missing-answer", question, text)
    if question.choices:
        if text not in question.choices:
            raise Unclear("wrong-choice", question, text)
        return text
    kind = written(question)
    try:
        return kind.check(text, zone)
    except ValueError:
        raise Unclear(kind.wrong, question, text) from None


def _date(text: str, _: ZoneInfo) -> str:
    if not DAY.fullmatch(text):
        raise ValueError("no date")
    return date.fromisoformat(text).isoformat()


def _month(text: str, _: ZoneInfo) -> str:
    if not MONTH.fullmatch(text):
        raise ValueError("no month")
    date.fromisoformat(f"{text}-01")
    return text


def _instant(text: str, zone: ZoneInfo) -> str:
    """A customer's clock shows the time of the place; with an offset it is a moment."""
    moment = datetime.fromisoformat(text)
    if len(text) < len("2026-02-10T14:30"):
        raise ValueError("a date without a time")
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def _like(pattern: re.Pattern[str]) -> Callable[[str, ZoneInfo], str]:
    def check_number(text: str, _: ZoneInfo) -> str:
        if not pattern.fullmatch(text):
            raise ValueError("no number")
        return text.replace(",", ".")

    return check_number


def _words(text: str, _: ZoneInfo) -> str:
    if len(text) > LONGEST:
        raise ValueError("too many words")
    return text


_A_NUMBER = Written(_like(NUMBER), "wrong-number", mode="decimal")
IN_WORDS = Written(_words, "wrong-words")
KINDS: Mapping[str, Written] = {
    "date": Written(_date, "wrong-date", input="date"),
    "month": Written(_month, "wrong-month", input="month"),
    "instant": Written(_instant, "wrong-moment", input="datetime-local"),
    "money": Written(_like(SUM), "wrong-money", mode="decimal"),
    "count": Written(_like(COUNT), "wrong-count", mode="numeric"),
    "number": _A_NUMBER,
    "percent": _A_NUMBER,
    "duration": _A_NUMBER,
    "distance": _A_NUMBER,
}
"""By the kind that a question names; one with choices is answered by one of them, whatever its kind."""
