"""What operations told us, folded into what was known: later facts stand over earlier ones, in whatever order they come."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace

from services.verifier.records.about import Fact
from shared.events import IncidentReported, MeasurementTaken, MeasurementWithdrawn, Subject

INCIDENT = "incident"
"""The kind of subject under which the fields of an incident are kept: each field is a fact about it."""
SERVICE = "service"
FIELDS = (
    "service",
    "severity",
    "started_at",
    "resolved_at",
    "cause",
    "responsible",
    "proved",
    "summary",
    "affects",
    "withdrawn",
)
UNKNOWN = "null"
"""The value of a fact that was stated and is not known any more."""

_encode = msgspec.json.Encoder(decimal_format="number", order="sorted").encode  # as jsonb, which keeps no order
_decode = msgspec.json.Decoder(float_hook=Decimal).decode

Telemetry = MeasurementTaken | MeasurementWithdrawn | IncidentReported
TELEMETRY_KINDS = frozenset({MeasurementTaken, MeasurementWithdrawn, IncidentReported})


class Reported(Struct, frozen=True, order=True):
    """One fact as it is kept: where facts disagree the greater one stands: later, then by record, then by value."""

    taken_at: datetime
    record: str
    value: str


Name = tuple[Subject, str]
"""A fact's name: what it is about, and which one it is."""
Measured = tuple[Subject, str]
"""A measurement as a withdrawal names it: what it is about, and its id."""


@dataclass(slots=True)
class OnFile:
    """The facts about some subjects, and the measurements of them that were taken back, perhaps before they came."""

    facts: dict[Subject, dict[str, Reported]] = field(default_factory=dict)
    withdrawn: set[Measured] = field(default_factory=set)

    def changes(self, event: Telemetry) -> bool:
        """Take the event in; says whether any fact now has another value."""
        if isinstance(event, MeasurementWithdrawn):
            return self._take_back(event)
        changed = False
        for (subject, name), fact in reported(event).items():
            said = replace(fact, value=UNKNOWN) if (subject, fact.record) in self.withdrawn else fact
            known = self.facts.setdefault(subject, {})
            old = known.get(name)
            if old is None or said > old:
                known[name] = said
                changed = changed or old is None or old.value != said.value
        return changed

    def _take_back(self, event: MeasurementWithdrawn) -> bool:
        """What that record said last is unknown from now on, as of when it was said: what was said later stands."""
        if event.subject.kind == INCIDENT:
            return False
        self.withdrawn.add((event.subject, event.withdraws))
        known = self.facts.get(event.subject, {})
        said = [name for name, fact in known.items() if fact.record == event.withdraws and fact.value != UNKNOWN]
        for name in said:
            known[name] = replace(known[name], value=UNKNOWN)
        return bool(said)


def reported(event: MeasurementTaken | IncidentReported) -> dict[Name, Reported]:
    """The facts that an event states. An incident without `updated_at` speaks of the moment that it entered the road.

    What an incident is like only its own reports say: a measurement about one states nothing.
    """
    if isinstance(event, IncidentReported):
        about, at = Subject(INCIDENT, event.id), event.updated_at or event.at
        stated = {name: value for name in FIELDS if (value := getattr(event, name)) is not UNSET}
        return {(about, name): Reported(at, event.id, written(value)) for name, value in stated.items()}
    if event.subject.kind == INCIDENT:
        return {}
    return {
        (event.subject, name): Reported(event.taken_at, event.id, written(value)) for name, value in event.facts.items()
    }


def written(value: Any) -> str:
    """The value as the table holds it; numbers stay exact."""
    return _encode(value).decode()


def read(value: str) -> Any:
    """The value again; a number with a point is a Decimal."""
    return _decode(value)


def latest(events: Iterable[Telemetry]) -> OnFile:
    """What stands among these events, each fact once, and what they take back."""
    said = OnFile()
    for event in events:
        said.changes(event)
    return said


def touched(event: Telemetry) -> set[Subject]:
    """The subjects about which the event itself says something."""
    if not isinstance(event, IncidentReported):
        return set() if event.subject.kind == INCIDENT else {event.subject}
    affected = () if event.affects is UNSET else event.affects
    return {Subject(SERVICE, event.service), *(Subject(one.kind, one.id) for one in affected)}


def as_fact(value: str, taken_at: datetime, record: str) -> Fact:
    """A kept fact as a judge reads it."""
    return Fact(read(value), taken_at, record)
