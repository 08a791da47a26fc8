"""The story that the demo plays: who complains about what, what operations say when, and how each case must end."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from shared.errors import Misconfigured
from shared.events import CRM, TELEMETRY

STORY_FACTS_OF_DAY = {"delivered_at": "T15:20:00Z", "promised_on": ""}
"""Facts that the story gives as a number of days from today, and what makes a date of them what the fact is."""


class Telemetry(Struct, frozen=True, forbid_unknown_fields=True):
    """What operations say `at` so many seconds."""

    at: float
    facts: dict[str, Any]


class Again(Struct, frozen=True, forbid_unknown_fields=True):
    """A second letter about the same order."""

    at: float
    id: str
    text: str


class Withdrawn(Struct, frozen=True, forbid_unknown_fields=True):
    """The customer takes the complaint back."""

    at: float


class Deed(Struct, frozen=True, forbid_unknown_fields=True):
    """What the customer does on the page, once a letter of kind `when` has come."""

    when: str
    does: str
    text: str = ""


class Ends(Struct, frozen=True, forbid_unknown_fields=True):
    """How the case must stand at the end; `contacts` counts the letters of the customer about it."""

    state: str
    outcome: str | None = None
    remedy: str | None = None
    contacts: int = 1


class Tale(Struct, frozen=True, forbid_unknown_fields=True):
    """One complaint of the story."""

    id: str
    who: dict[str, str]
    story: str
    order: str
    at: float
    paid: dict[str, str]
    ends: Ends
    text: str | None = None
    category: str | None = None
    telemetry: tuple[Telemetry, ...] = ()
    customer: tuple[Deed, ...] = ()
    again: Again | None = None
    withdrawn: Withdrawn | None = None


class Raw(Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes that must not stop the road, or a letter sent `again`; a `dead_letter` comes of it, or nothing."""

    at: float
    value: str | None = None
    again: str | None = None
    text: str | None = None
    topic: str = CRM
    dead_letter: bool = False


class Story(Struct, frozen=True):
    """All of it."""

    tales: tuple[Tale, ...]
    raw: tuple[Raw, ...]


class Moment(Struct, frozen=True, order=True):
    """Put `value` on `topic` when `at` seconds of the story have gone by."""

    at: float
    topic: str
    value: bytes


def load_story(path: Path) -> Story:
    """The story from its YAML file. Raises Misconfigured with what does not fit."""
    try:
        entries = yaml.safe_load(path.read_text())
        raw = [part for entry in entries if "raw" in entry for part in entry["raw"]]
        tales = [entry for entry in entries if "raw" not in entry]
        return Story(msgspec.convert(tales, tuple[Tale, ...]), msgspec.convert(raw, tuple[Raw, ...]))
    except (yaml.YAMLError, msgspec.ValidationError) as wrong:
        raise Misconfigured(f"{path}: {wrong}") from None


def moments(story: Story, today: date) -> list[Moment]:
    """Everything that others put on the inbound topics, in order of time; dates count from `today`."""
    letters = {tale.id: _letter(tale, today) for tale in story.tales}
    told = [moment for tale in story.tales for moment in _of_tale(tale, letters[tale.id], today)]
    return sorted(told + [_of_raw(raw, letters) for raw in story.raw])


def _of_tale(tale: Tale, letter: dict[str, Any], today: date) -> list[Moment]:
    told = [_moment(tale.at, CRM, letter)]
    for n, measured in enumerate(tale.telemetry, 1):
        told.append(_moment(measured.at, TELEMETRY, _measurement(tale, n, measured, today)))
    if again := tale.again:
        told.append(_moment(again.at, CRM, letter | {"id": again.id, "text": again.text}))
    if tale.withdrawn:
        told.append(
            _moment(tale.withdrawn.at, CRM, {"type": "complaint-withdrawn", "id": tale.id, "customer": tale.who["id"]})
        )
    return told


def _letter(tale: Tale, today: date) -> dict[str, Any]:
    return {
        "id": tale.id,
        "customer": tale.who,
        "subject": {"kind": "order", "id": tale.order},
        "category": tale.category,
        "text": tale.text,
        "received_at": f"{today - timedelta(days=1)}T09:12:00Z",
        "paid": tale.paid,
    }


def _measurement(tale: Tale, n: int, measured: Telemetry, today: date) -> dict[str, Any]:
    facts = {
        name: f"{today + timedelta(days=value)}{STORY_FACTS_OF_DAY[name]}" if name in STORY_FACTS_OF_DAY else value
        for name, value in measured.facts.items()
    }
    return {
        "id": f"m-{tale.order}-{n}",
        "subject": {"kind": "order", "id": tale.order},
        "taken_at": f"{today - timedelta(days=1)}T08:00:00Z",
        "facts": facts,
    }


def _of_raw(raw: Raw, letters: dict[str, dict[str, Any]]) -> Moment:
    if raw.again:
        letter = letters[raw.again]
        return _moment(raw.at, raw.topic, letter | ({"text": raw.text} if raw.text else {}))
    return Moment(raw.at, raw.topic, (raw.value or "").encode())


def _moment(at: float, topic: str, value: dict[str, Any]) -> Moment:
    return Moment(at, topic, msgspec.json.encode(value))
