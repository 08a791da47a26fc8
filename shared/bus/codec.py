"""Events to bytes and back: the only place that knows how a fact is written down.

A reader has two questions. `kind` answers what a record holds, mostly from its headers alone; `decode` reads it. Their only
complaints are Malformed and TooLarge.
"""

import base64
import hashlib
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import force_setattr, replace

from shared.bus import plain, values
from shared.bus.envelope import STRUCTURED, Envelope, headers, headers_of, moment, read_headers, source_of
from shared.bus.limits import refuse_too_large
from shared.bus.seam import Outgoing, Partition, Record
from shared.bus.values import INBOUND, encode
from shared.errors import Malformed, TooLarge
from shared.events import (
    NEVER,
    TOPICS,
    WIRE,
    AnyEvent,
    CompensationReceived,
    DeadLetterAdded,
    Event,
    IncidentReported,
    MeasurementTaken,
    MeasurementWithdrawn,
    PayoutCompleted,
    PayoutFailed,
    Person,
    WithdrawalReceived,
)

__all__ = ["Decoded", "decode", "digest", "encode", "headers", "key_of", "kind", "parse_line", "to_structured"]

KINDS: dict[bytes, type[Any]] = {ce_type.encode(): kind for kind, (ce_type, _) in WIRE.items()}
STATED_AT: dict[type[Any], str] = {WithdrawalReceived: "withdrawn_at", CompensationReceived: "given_at"}
"""Others write `at` for the moment that they state; with us that is a field of its own, since `at` is the road's."""

_canonical = msgspec.json.Encoder(order="deterministic").encode


class Decoded(Struct, frozen=True):
    """One event as read. `id` is the same for every delivery of it."""

    id: UUID
    event: Any

    @property
    def digest(self) -> bytes:
        """Of the event's content; worked out when asked for, as only topics that others write need it."""
        return digest(self.event)


def digest(event: AnyEvent) -> bytes:
    """16 bytes of what an event says: spacing, order of fields, unknown fields and `at` do not count."""
    return hashlib.blake2b(_canonical(replace(event, at=NEVER)), digest_size=16).digest()


def key_of(event: AnyEvent) -> bytes:
    """What the record is keyed by: the customer; for telemetry the subject or service, for a dead letter its source."""
    match event:
        case Event():
            return event.customer.encode()
        case MeasurementTaken() | MeasurementWithdrawn():
            return str(event.subject).encode()
        case IncidentReported():
            return event.service.encode()
        case DeadLetterAdded():
            return f"{event.topic}/{event.partition}/{event.offset}".encode()
        case _:
            return (event.customer.id if isinstance(event.customer, Person) else event.customer).encode()


def kind(record: Record) -> type[Any]:
    """The event's class. Raises Malformed for an unknown type, and for what has no value or no type; TooLarge."""
    for name, value in record.headers:
        if name == "ce_type":
            _value(record)
            return _kind(value, record.partition.topic)
    return _open(record)[0]


def decode(record: Record) -> Decoded:
    """The event, with `at` set to when it entered the road. Raises Malformed with the reason, TooLarge with the limit."""
    kind, envelope, value = _open(record)
    topic = record.partition.topic
    event = values.decode(kind, value)
    at = record.at
    if envelope is not None and envelope.source.ours:
        at = moment(envelope.time)
        if kind in INBOUND:  # came by HTTP, and is known by what a plain value is known by
            envelope = None
    if kind in INBOUND:
        _complete(event, topic if envelope is None else envelope.source.name)
    event_id = _identity_of_plain(topic, event) if envelope is None else envelope.source.identity(envelope.id)
    force_setattr(event, "at", at)
    return Decoded(event_id, event)


def _value(record: Record) -> bytes:
    if record.value is None:
        raise Malformed("it has no value")
    refuse_too_large(record.value)
    return record.value


def _open(record: Record) -> tuple[type[Any], Envelope | None, bytes]:
    """The event's class, its envelope (none for a plain value), and the event's own bytes."""
    value, topic, found = _value(record), record.partition.topic, dict(record.headers)
    if "ce_type" in found:
        return _kind(found["ce_type"], topic), read_headers(found), value
    if topic not in plain.OPEN:
        raise Malformed("the header ce_type is missing")
    letter = plain.peek(value)
    if not bytes(letter.specversion) and not found.get("content-type", b"").startswith(STRUCTURED):
        return plain.kind_of(letter, topic), None, value
    envelope, value = plain.open_structured(value)
    return _kind(envelope.type, topic), envelope, value


@lru_cache(1024)
def _kind(ce_type: bytes, topic: str) -> type[Any]:
    kind = KINDS.get(ce_type)
    if kind is None:
        raise Malformed(f"the type {ce_type[:80].decode(errors='replace')!r} is not known")
    if topic in TOPICS and WIRE[kind][1] != topic:
        raise Malformed(f"the type {ce_type.decode()!r} is nothing that {topic} carries")
    return kind


def _complete(event: Any, source: str) -> None:
    """What others' events do not say in our words: who sent them, and which moment they state."""
    force_setattr(event, "source", source)
    field = STATED_AT.get(type(event))
    if field and getattr(event, field) is None and event.at != NEVER:
        force_setattr(event, field, event.at)


def _identity_of_plain(topic: str, event: Any) -> UUID:
    """By topic, type and the `id` in the value: a withdrawal has the complaint's own `id`.

    Where the same `id` comes again with news (an incident, billing's answer to a `key`), the content is part of it.
    """
    names = [WIRE[type(event)][0]]
    match event:
        case IncidentReported():
            names += (event.id, _content(event))
        case PayoutCompleted() | PayoutFailed():
            names += (event.key, _content(event))
        case _:
            names.append(event.id)
    return source_of(topic.encode()).identity("\n".join(names).encode())


def _content(event: Any) -> str:
    """All of it, `at` included: billing may fail twice for one reason, at two times."""
    return hashlib.blake2b(_canonical(event), digest_size=16).hexdigest()


def parse_line(topic: str, line: bytes, *, unchecked: bool = False) -> Outgoing:
    """One line of a file as a record for `topic`: a plain value, or a CloudEvent in structured mode, then sent in binary mode.

    Keyed as `key_of` says. Raises Malformed and TooLarge for what nobody could read, unless `unchecked`: then the line goes
    as it is, without a key.
    """
    line = line.strip()
    if unchecked:
        return Outgoing(topic, None, b"", line, (), None)
    refuse_too_large(line)
    written: tuple[tuple[str, bytes], ...] = ()
    if bytes(plain.peek(line).specversion):
        envelope, line = plain.open_structured(line)
        written = headers_of(envelope)
    read = decode(Record(Partition(topic, 0), 0, None, line, written, NEVER))
    return Outgoing(topic, None, key_of(read.event), line, written, None)


def to_structured(record: Record) -> dict[str, Any]:
    """A record as people and scripts read it: a CloudEvent in structured mode, with where it lies as extensions.

    What cannot be read shows its reason in `unreadable` and its bytes in `data_base64`.
    """
    shown: dict[str, Any] = {"specversion": "1.0", "partition": record.partition.number, "offset": record.offset}
    if record.key is not None:
        shown["partitionkey"] = record.key.decode(errors="replace")
    try:
        return shown | _attributes(record)
    except (Malformed, TooLarge) as wrong:
        value = base64.b64encode(record.value or b"").decode()
        return shown | {"time": record.at.isoformat(), "unreadable": str(wrong), "data_base64": value}


def _attributes(record: Record) -> dict[str, Any]:
    """Who wrote it, under which id, of what type and when; a plain value shows the identity that its readers give it."""
    read, (kind, envelope, value) = decode(record), _open(record)
    time = None if envelope is None else envelope.time
    return {
        "id": str(read.id) if envelope is None else envelope.id.decode(),
        "source": record.partition.topic if envelope is None else envelope.source.name,
        "type": WIRE[kind][0],
        "time": record.at.isoformat() if time is None else time.decode(errors="replace"),
        "data": msgspec.json.decode(value),
    }
