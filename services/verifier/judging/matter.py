"""What a complaint puts before the judge: what it claims and says, beside what is on file about it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from services.verifier.judging.questions import understood
from services.verifier.judging.rows import Row
from services.verifier.letters import Letter, Letters
from services.verifier.records.about import About, Fact, Incident
from services.verifier.records.history import remembered, said_before
from shared.events import Subject, VerdictReached
from shared.money import Money
from shared.policy.language.form.evaluation import Given
from shared.policy.language.form.schedule import Fact as Wanted
from shared.policy.language.form.schedule import Schedule
from shared.policy.policy import Policy
from shared.policy.times import about_then, time_spoken_of

CUSTOMER = "customer"
"""Stands as the record of what the customer alone says."""
LETTER = "complaint"
"""Stands as the record of what the letter says, as the CRM sent it."""
HISTORY = "history"
"""Stands as the record of what the house itself remembers about the customer."""


class Matter(Struct, frozen=True, kw_only=True):
    """What is to be judged. `claims` are the claims of all letters, each with the latest moment at which it was made.

    `last_letter` is when the last of them was received. An end that is unknown is unknown as of `as_of`, or of the
    latest record if that is later, but never as of a moment after `now`, when the question is asked. `letter`: what the
    letter says, by name. `told`: what the customer alone can know, as they wrote it. `said_before`: what was
    said to the customer about other letters. `spoken_of`: the time in
    which it failed, as far as the letter says it, with the policy's margin.
    """

    claims: Mapping[str, datetime]
    received_at: datetime
    last_letter: datetime
    as_of: datetime
    now: datetime
    spoken_of: tuple[datetime, datetime]
    category: str | None = None
    jurisdiction: str | None = None
    paid: Money | None = None
    letter: Mapping[str, Any] = {}
    told: Mapping[str, str] = {}
    subject: Subject | None = None
    said_before: tuple[VerdictReached, ...] = ()


def matter_of(policy: Policy, letter: Letter, letters: Letters, now: datetime) -> Matter:
    """The complaint as it stands at `now`."""
    assert letter.received_at is not None
    last_letter = letter.last_letter or letter.received_at
    since, until = time_spoken_of(policy.evidence, letter.occurred_at, last_letter)
    return Matter(
        claims=letter.claims,
        last_letter=last_letter,
        as_of=letter.as_of or letter.received_at,
        now=now,
        spoken_of=about_then(policy.evidence, since, until),
        category=letter.category,
        jurisdiction=letter.jurisdiction,
        paid=letter.paid,
        letter=said_by(letter, since, until),
        told=letter.told,
        subject=letter.subject,
        received_at=letter.received_at,
        said_before=said_before(letter, letters),
    )


def said_by(letter: Letter, since: datetime, until: datetime) -> dict[str, Any]:
    """What the letter says, by the names under which a schedule may ask for it."""
    return {
        "received_at": letter.last_letter or letter.received_at,
        "occurred_at": letter.occurred_at,
        "since": since,
        "until": until,
        "category": letter.category,
        "channel": letter.channel,
        "jurisdiction": letter.jurisdiction,
        "sought": letter.sought,
        "paid": letter.paid.amount if letter.paid else None,
        "currency": letter.paid.currency if letter.paid else None,
    }


def incidents_of(matter: Matter, about: About) -> tuple[Incident, ...]:
    """The failures that were there in the time which the complaint speaks of, by when they began."""
    return tuple(one for one in about.incidents if _lasted_into(one, *matter.spoken_of))


def _lasted_into(incident: Incident, begins: datetime, ends: datetime) -> bool:
    """Where nobody says when it began, it had begun when it was over, or else when it was told of."""
    resolved = _moment(incident.facts.get("resolved_at"))
    started = _moment(incident.facts.get("started_at")) or resolved or _told_at(incident)
    return started is not None and started <= ends and (resolved is None or resolved >= begins)


def _told_at(incident: Incident) -> datetime | None:
    return max((fact.taken_at for fact in incident.facts.values()), default=None)


def _moment(fact: Fact | None) -> datetime | None:
    return moment_of(fact.value) if fact else None


def moment_of(value: Any) -> datetime | None:
    """The value as an instant; None where it is none."""
    if isinstance(value, datetime):
        return value if value.tzinfo else None
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def sum_of(amount: Any, currency: Any) -> Money | None:
    """The record's number as a sum that somebody can have paid; None where it is none."""
    if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
        return None
    try:
        found = Money(Decimal(amount), str(currency)).rounded()
    except (ValueError, ArithmeticError):
        return None
    return found if found.amount >= 0 else None


def facts_for(
    row: Row, matter: Matter, records: Mapping[str, Fact], incident: Incident | None, failure: str | None = None
) -> dict[str, Given]:
    """The facts that the schedule may read, under its own names, each with the record that says so. `failure`: the one that
    is judged, where it was judged before in another complaint."""
    given = {name: Given(fact.value, fact.record) for name, fact in records.items()}
    for wanted in row.elsewhere:
        found = _given(wanted, row.schedule.schedule, matter, incident, failure)
        if found is not None and found.value is not None:
            given[wanted.name] = found
    return given


def on_record(row: Row, about: About) -> dict[str, Fact]:
    """What operations' records tell of what the schedule asks them, by its own names."""
    facts = about.facts
    return {
        name: fact
        for name, theirs in row.measured.items()
        if (fact := facts.get(theirs)) is not None and fact.value is not None
    }


def _given(
    wanted: Wanted, schedule: Schedule, matter: Matter, incident: Incident | None, failure: str | None
) -> Given | None:
    name = wanted.named or wanted.name
    match wanted.source:
        case "incident":
            return _of_incident(wanted, name, incident)
        case "complaint":
            return Given(matter.letter.get(name), LETTER)
        case "customer":
            told = matter.told.get(name)
            return None if told is None else Given(understood(wanted.type, told), CUSTOMER)
        case "history":
            history = remembered(schedule, matter.subject, matter.received_at, matter.said_before, failure)
            return Given(history.get(name), HISTORY)
        case _:
            return None


def _of_incident(wanted: Wanted, name: str, incident: Incident | None) -> Given | None:
    if incident is None:
        return None
    if not wanted.cause:
        fact = incident.facts.get(name)
        return None if fact is None else Given(fact.value, fact.record)
    cause = incident.facts.get("cause")
    if cause is None or cause.value not in wanted.cause:
        return None
    proved = incident.facts.get("proved")
    return Given("proved" if proved is not None and proved.value is True else "asserted", cause.record)
