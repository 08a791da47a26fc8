"""The customer's page as things stand: what happened, what is owed, what may be chosen, and what was."""

from collections.abc import Mapping
from typing import Any

from services.notifier.notice import OPEN, Facts, Table
from services.notifier.page import asking
from services.notifier.page.answers import (
    ACCEPT,
    COUNTER,
    ENDS,
    PERSON,
    QUESTION,
    RATE,
    UNDO,
    Given,
    choices,
)
from services.notifier.page.labels import details, fields, label, named
from services.notifier.page.look import render, say, tied
from services.notifier.page.pages import Page
from services.notifier.page.questions import Unclear
from services.notifier.writing.voice import Voice, Voices, capital, clean
from services.notifier.writing.wording import account, local, never_promised, owed

ENDINGS: dict[Table, tuple[str, str]] = {
    "final": ("final-title", "final-text"),
    "agreed": ("agreed-title", "answered"),
    "declined": ("declined-title", "declined-text"),
    "settled": ("settled-title", "settled-text"),
    "expired": ("too-late", "expired"),
    "withdrawn": ("withdrawn-title", "withdrawn-text"),
    "joined": ("joined-title", "joined-text"),
}
ASIDE = (QUESTION, PERSON, UNDO)
"""No answers to what lies on the table: each has a button of its own, so that what lies there stays easy to take in."""


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
    voice = voice_of(voices, page)
    told = asking.unclear(voice, unclear)
    return render(
        voices.house,
        voice,
        _title(voice, page),
        alerts=[say(voice, notice)] if notice else told,
        notices=[*asking.notices(voice, page), *_notices(voice, page)],
        status=_status(voice, page, steps),
        parts=_parts(voice, page),
        asks=asking.form(voice, page, f"{steps}check", given or {}, unclear),
        table=_table(voice, page, f"{steps}review"),
        ways=_ways(voice, page, f"{steps}review"),
        foot=_foot(voices, voice, page),
    )


def message(voices: Voices, key: str) -> str:
    """A page that only says one thing, in the house's language: we do not know who is looking."""
    voice = voices.own
    parts = [
        {"heading": "", "lines": [say(voice, f"{key}-text", sender=voices.house.sender)], "figure": "", "measured": ()}
    ]
    return render(voices.house, voice, say(voice, f"{key}-title"), parts=parts)


def voice_of(voices: Voices, page: Page) -> Voice:
    """The voice for whom the page is for."""
    return voices.of(page.says.reader.tag)


def _title(voice: Voice, page: Page) -> str:
    thing = voice.thing(page.says.facts.subject)
    return say(voice, "title", thing=thing, Thing=capital(thing))


def _notices(voice: Voice, page: Page) -> list[str]:
    said = []
    if page.person or page.said == PERSON:
        said.append(f"{say(voice, 'person-title')}. {say(voice, 'person-text')}")
    if page.said == QUESTION:
        said.append(say(voice, "asked" if page.open else "asked-ended"))
    if page.rated:
        said.append(say(voice, "rated"))
    return said


def _status(voice: Voice, page: Page, steps: str) -> dict[str, Any] | None:
    """What was said last, from our own row; then what the offer says to it; or how it ended."""
    ending = _ending(page)
    if ending is None:
        return None
    return {
        "heading": say(voice, ending[0]),
        "chose": say(voice, "chose"),
        "chosen": _chosen(voice, page),
        "lines": _meanwhile(voice, page) or [say(voice, ending[1])],
        "next_step": say(voice, "next-step") if _waits(page) else "",
        "here": steps.removesuffix("/"),
    }


def _ending(page: Page) -> tuple[str, str] | None:
    if page.said == UNDO:
        return ("undone-title", "undone")
    if page.state in OPEN and page.said in ENDS:
        return ("thanks", "answered")
    if page.state in OPEN and not page.open:
        return ENDINGS["expired"]
    if page.state == "declined" and never_promised(page.says.facts):
        return ("declined-title", "not-provided-text")
    return ENDINGS.get(page.state) if page.state else None


def _waits(page: Page) -> bool:
    """Whether what was said has not been answered by the offer yet."""
    return page.said == UNDO or (page.state in OPEN and page.said in ENDS)


def _chosen(voice: Voice, page: Page) -> str:
    if page.state in OPEN and page.said in ENDS - {UNDO} and page.choice:
        return label(voice, page, page.choice)
    chosen = page.says.facts.chosen
    return named(voice, chosen) if chosen and page.state in ("agreed", "settled") and page.said != UNDO else ""


def _meanwhile(voice: Voice, page: Page) -> list[str]:
    facts, lines = page.says.facts, []
    if page.state == "agreed" and page.said != UNDO:
        if facts.ongoing:
            lines.append(say(voice, "agreed-ongoing"))
        if page.expires and page.in_time:
            lines.append(say(voice, "undo-until", expires=voice.moment(local(facts, page.expires))))
    return lines


def _parts(voice: Voice, page: Page) -> list[dict[str, Any]]:
    facts = page.says.facts
    judged = facts.promise is not None
    text = account(voice, facts) if judged else say(voice, "looking")
    parts = [_part(voice, "happened", text, _measured(voice, facts))]
    if sum_owed := owed(voice, facts):
        sum_ = voice.remedy(facts.remedy) if facts.remedy else ""
        parts.append(_part(voice, "owed", sum_owed) | {"figure": tied(capital(sum_))})
    return parts


def _part(voice: Voice, heading: str, text: str, measured: list[tuple[str, str]] | None = None) -> dict[str, Any]:
    """A list of a letter is one paragraph an item here."""
    lines = [tied(line.removeprefix("- ")) for line in text.split("\n") if line]
    return {"heading": say(voice, heading), "figure": "", "lines": lines, "measured": measured or ()}


def _measured(voice: Voice, facts: Facts) -> list[tuple[str, str]]:
    """What was promised beside what was measured, where there are both."""
    if not facts.promised_on or not facts.delivered_on or len(facts.found or ()) > 1:
        return []
    shown = [("promised", voice.day(facts.promised_on)), ("arrived", voice.day(facts.delivered_on))]
    shown += [("late", voice.days(facts.days_late))] if facts.days_late and facts.days_late > 0 else []
    return [(say(voice, name), value) for name, value in shown]


def _table(voice: Voice, page: Page, action: str) -> dict[str, Any] | None:
    """What lies on the table, each answer with the same weight and none chosen; or room for what would put it right."""
    offered = [choice for choice in choices(page) if choice not in ASIDE]
    if not offered or page.state == "final":
        return None
    rates = offered[0].startswith(RATE)
    writes = COUNTER if page.state == "input" else ""
    until = voice.moment(local(page.says.facts, page.expires)) if page.expires else ""
    return {
        "action": action,
        "round": page.round,
        "legend": say(voice, "rate" if rates else page.state or ""),
        "because": say(voice, "because") if page.state == "options" else "",
        "scale": rates,
        "writes": writes,
        "fields": fields(voice, page, Given(str(page.round), COUNTER, "")) if writes else None,
        "choices": [
            {"value": choice, "label": label(voice, page, choice), "details": details(voice, page, choice)}
            for choice in offered
        ],
        "go_on": say(voice, "continue"),
        "after": [say(voice, "not-yet")]
        + ([] if rates else [say(voice, "until", expires=until) if until else say(voice, "no-hurry")]),
    }


def _ways(voice: Voice, page: Page, action: str) -> dict[str, Any] | None:
    """What may be said besides: a button each."""
    besides = (*ASIDE, ACCEPT) if page.state == "final" else ASIDE
    offered = [choice for choice in choices(page) if choice in besides or (page.state == "input" and choice != COUNTER)]
    if not offered:
        return None
    shown = [{"value": choice, "label": label(voice, page, choice)} for choice in offered]
    return {"heading": say(voice, "or"), "action": action, "round": page.round, "choices": shown}


def _foot(voices: Voices, voice: Voice, page: Page) -> list[str]:
    return [
        say(voice, "reference", reference=clean(page.complaint)),
        say(voice, "write", sender=voices.house.sender),
        say(voice, "keep"),
    ]
