"""Which failure a complaint is about, so that one failure is owed once, however often and wherever it is complained of."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from shared.events import ClaimJudged, Subject, VerdictReached
from shared.policy.language.form.evaluation import Given
from shared.policy.language.form.schedule import Fact, Schedule
from shared.policy.language.judging.facts import reader
from shared.policy.language.reading.failure import ANCHOR, INCIDENT, SUBJECT

Judged = ClaimJudged | VerdictReached
"""One claim of a verdict, or the whole of one that holds no several."""
DIGITS = 32
"""Of the digest: 128 bits, as many as an id has."""
Fingerprint = Callable[[Mapping[str, Given], date | None, Subject | None, str | None], str | None]
"""The failure by its facts, the anchor's day, the subject and the incident."""
BESIDE: Mapping[str, Fingerprint] = {
    SUBJECT: lambda _facts, _anchor, subject, _incident: str(subject) if subject else None,
    INCIDENT: lambda _facts, _anchor, _subject, incident: incident,
    ANCHOR: lambda _facts, anchor, _subject, _incident: anchor.isoformat() if anchor else None,
}
"""What a failure may be known by besides facts, as a word."""


def fingerprints(schedule: Schedule) -> Fingerprint:
    """The failure by all that the schedule knows it by; none where any of that is not known: then it counts by itself.

    The same however the facts were written: an instant counts as the moment that it is. What grows while a failure goes
    on is no part of it, so a failure that is judged again is still the same.
    """
    names = schedule.failure
    words = [BESIDE[name] if name in BESIDE else _said(schedule.facts[name]) for name in names]
    begun = _spelled(schedule.name, *names)

    def fingerprint(
        facts: Mapping[str, Given], anchor: date | None, subject: Subject | None, incident: str | None
    ) -> str | None:
        told = [word(facts, anchor, subject, incident) for word in words]
        known = [word for word in told if word is not None]
        if not known or len(known) < len(words):
            return None
        return hashlib.sha256(f"{begun}\n{_spelled(*known)}".encode()).hexdigest()[:DIGITS]

    return fingerprint


def _spelled(*words: str) -> str:
    """So that no two lists of words read alike."""
    return "\n".join([f"{len(word)}:{word}" for word in words])


def owed_once(said: Iterable[VerdictReached], but: str | None) -> list[tuple[VerdictReached, Judged]]:
    """What was owed before, each failure once: by the verdict that owes the most for it, and the earliest of these.

    Without `but`, the failure that is judged now: what was owed for it before is no further one.
    """
    counted: dict[object, tuple[VerdictReached, Judged]] = {}
    for verdict in said:
        for n, judged in enumerate(_parts(verdict)):
            if judged.remedy is None or (judged.failure is not None and judged.failure == but):
                continue
            name = judged.failure or (verdict.source, verdict.complaint, n)
            if name not in counted or _is_dearer(judged, counted[name][1]):
                counted[name] = (verdict, judged)
    return list(counted.values())


def broken_once(said: Iterable[VerdictReached], but: str | None) -> list[VerdictReached]:
    """The verdicts that found a promise broken, each failure once, and without that one which is judged now."""
    found: list[VerdictReached] = []
    told: set[str | None] = {but}
    for verdict in said:
        names: set[str | None] = {one.failure for one in _parts(verdict) if one.promise == "broken"}
        if verdict.promise == "broken" and (None in names or not names <= told):
            found.append(verdict)
            told |= names
    return found


def knows(said: Iterable[VerdictReached], failure: str) -> bool:
    """Whether this failure has been judged before, in another complaint."""
    return any(failure in (verdict.failure, *(one.failure for one in verdict.claims)) for verdict in said)


def _parts(verdict: VerdictReached) -> tuple[Judged, ...]:
    return verdict.claims or (verdict,)


def _is_dearer(one: Judged, other: Judged) -> bool:
    assert one.remedy is not None
    assert other.remedy is not None
    return one.remedy.sum.currency == other.remedy.sum.currency and one.remedy.sum > other.remedy.sum


def _said(fact: Fact) -> Fingerprint:
    """The fact as the schedule reads it; its default where nobody states it."""
    name, read = fact.name, reader(fact.type, fact.name)
    default = _plain(fact.default) if fact.has_default else None

    def said(facts: Mapping[str, Given], *_: object) -> str | None:
        given = facts.get(name)
        if given is None:
            return default
        try:
            return _plain(read(given.value))
        except (ValueError, TypeError, OverflowError):
            return None

    return said


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
