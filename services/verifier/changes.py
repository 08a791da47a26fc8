"""What operations told us, folded into what was known: later facts stand over earlier ones, in whatever order they come."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from services.verifier.record import Fact
from shared.events import IncidentReported, MeasurementTaken, Subject

INCIDENT = "incident"
"""The kind of subject under which the fields of an incident are kept: each field is a fact about it."""
SERVICE = "service"
FIELDS = ("service", "severity", "started_at", "resolved_at", "cause", "responsible", "proved", "summary", "affects")

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode

Telemetry = MeasurementTaken | IncidentReported


class Reported(Struct, frozen=True, order=True):
    """One fact as it is kept: where facts disagree the greater one stands: later, then by record, then by value."""

    taken_at: datetime
    record: str
    value: str


Name = tuple[Subject, str]
"""A fact's name: what it is about, and which one it is."""


def reported(event: Telemetry) -> dict[Name, Reported]:
    """The facts that an event states. An incident without `updated_at` speaks of the moment that it entered the road."""
    if isinstance(event, MeasurementTaken):
        return {
            (event.subject, name): Reported(event.taken_at, event.id, written(value))
            for name, value in event.facts.items()
        }
    about, at = Subject(INCIDENT, event.id), event.updated_at or event.at
    stated = {name: value for name in FIELDS if (value := getattr(event, name)) is not UNSET}
    return {(about, name): Reported(at, event.id, written(value)) for name, value in stated.items()}


def written(value: Any) -> str:
    """The value as the table holds it; numbers stay exact."""
    return _encode(value).decode()


def read(value: str) -> Any:
    """The value again; a number with a point is a Decimal."""
    return _decode(value)


def changes(known: dict[Name, Reported], event: Telemetry) -> bool:
    """Fold the event into `known`; says whether any fact now has another value."""
    changed = False
    for name, fact in reported(event).items():
        old = known.get(name)
        if old is None or fact > old:
            known[name] = fact
            changed = changed or old is None or old.value != fact.value
    return changed


def latest(events: Iterable[Telemetry]) -> Mapping[Name, Reported]:
    """All facts of these events, each once: what stands among them."""
    known: dict[Name, Reported] = {}
    for event in events:
        changes(known, event)
    return known


def touched(event: Telemetry) -> set[Subject]:
    """The subjects about which the event itself says something."""
    if isinstance(event, MeasurementTaken):
        return {event.subject}
    affected = () if event.affects is UNSET else event.affects
    return {Subject(SERVICE, event.service), *(Subject(one.kind, one.id) for one in affected)}


def as_fact(value: str, taken_at: datetime, record: str) -> Fact:
    """A kept fact as a judge reads it."""
    return Fact(read(value), taken_at, record)
