"""Letters without an envelope, or with the envelope inside: what others send when they cannot set a record's headers.

Both are taken on the topics that others write. A plain value names its type in a field `type`; without one it is a
complaint on the complaints' topic, on the telemetry topic a measurement if it has `facts`, an incident if it has `service`.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from shared.bus.envelope import Envelope, refuse_strange, source_of
from shared.bus.values import parse
from shared.errors import Malformed
from shared.events import (
    CRM,
    PAYOUTS,
    TELEMETRY,
    WIRE,
    ComplaintReceived,
    IncidentReported,
    MeasurementTaken,
    PayoutCompleted,
    PayoutFailed,
)

OPEN = {CRM, TELEMETRY, PAYOUTS}
"""The topics that others write."""
SENT_BY_OTHERS = [kind for kind, (_, topic) in WIRE.items() if topic in {CRM, TELEMETRY}] + [
    PayoutCompleted,
    PayoutFailed,
]
NAMES: dict[tuple[str, str], type[Any]] = {
    (WIRE[kind][1], name): kind for kind in SENT_BY_OTHERS for name in (WIRE[kind][0], WIRE[kind][0].split(".")[1])
}
"""What a value may call its type, per topic: `crm.complaint-withdrawn.v1` or `complaint-withdrawn`."""


class Letter(Struct):
    """Of a value whose type is not known yet, what tells it; empty where the field is missing."""

    type: str | None = None
    specversion: Raw = Raw()
    facts: Raw = Raw()
    service: Raw = Raw()


class Structured(Struct):
    """CloudEvents' structured mode: the envelope, and the value in `data` as it was written."""

    id: str
    source: str
    type: str
    data: Raw
    time: str | None = None


_letter = msgspec.json.Decoder(Letter).decode
_structured = msgspec.json.Decoder(Structured).decode


def open_structured(value: bytes) -> tuple[Envelope, bytes]:
    """The envelope and the value inside. Raises Malformed."""
    read: Structured = parse(_structured, value)
    name, time = read.id.encode(), None if read.time is None else read.time.encode()
    refuse_strange(name, "id")
    return Envelope(name, source_of(read.source.encode()), read.type.encode(), time), bytes(read.data)


def peek(value: bytes) -> Letter:
    """What tells a value's type. Raises Malformed."""
    letter: Letter = parse(_letter, value)
    return letter


def kind_of(letter: Letter, topic: str) -> type[Any]:
    """The type of a plain value on one of the OPEN topics. Raises Malformed."""
    if letter.type is not None:
        if (topic, letter.type) not in NAMES:
            raise Malformed(f"type: {letter.type[:80]!r} is nothing that {topic} carries")
        return NAMES[topic, letter.type]
    if topic == CRM:
        return ComplaintReceived
    if topic == TELEMETRY and bytes(letter.facts):
        return MeasurementTaken
    if topic == TELEMETRY and bytes(letter.service):
        return IncidentReported
    needed = "one of `type`, `facts` and `service`" if topic == TELEMETRY else "a `type`"
    raise Malformed(f"it does not say what it is: {needed} is needed")
