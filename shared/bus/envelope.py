"""What is written on an event's envelope: by it a reader knows the event without opening it (CloudEvents 1.0).

In binary mode the envelope is the record's headers; in structured mode it is the outer part of the JSON value.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID

from shared.errors import Malformed
from shared.ids import uuid_of

Headers = tuple[tuple[str, bytes], ...]

OURS = "amends/"
"""How `ce_source` begins when a service of ours wrote the event."""
WORD_LIMIT = 200
STRUCTURED = b"application/cloudevents+json"

_SPECVERSION = ("ce_specversion", b"1.0")
_JSON = ("content-type", b"application/json")


class Source:
    """Who wrote an event, and how that one names events: uuid5 of source and id, half of it worked out beforehand."""

    __slots__ = ("_begun", "name", "ours")

    def __init__(self, name: str) -> None:
        self.name = name
        self.ours = name.startswith(OURS)
        self._begun: Any = hashlib.sha1(NAMESPACE_URL.bytes + name.encode() + b"\n", usedforsecurity=False)

    def identity(self, name: bytes) -> UUID:
        """One id for one event of this source."""
        hashed = self._begun.copy()
        hashed.update(name)
        return uuid_of(hashed)


class Envelope(NamedTuple):
    """An event's names as they were written, each of them sound; `time` is not looked at yet, and may be none."""

    id: bytes
    source: Source
    type: bytes
    time: bytes | None


def headers(id: UUID, ce_type: str, source: str, at: datetime) -> Headers:  # noqa: A002 - CloudEvents' own word
    """The headers of an event in binary mode; `at` (UTC) is when it entered the road."""
    return (
        ("ce_id", str(id).encode()),
        _header("ce_source", source),
        _header("ce_type", ce_type),
        _written(at),
        _SPECVERSION,
        _JSON,
    )


@lru_cache(64)
def _written(at: datetime) -> tuple[str, bytes]:
    """Remembered, since what is decided in one transaction enters the road at one moment: spares 1 of 2 us a record."""
    return "ce_time", at.isoformat().encode()


def headers_of(envelope: Envelope) -> Headers:
    """The same for an envelope that came from elsewhere."""
    time = () if envelope.time is None else (("ce_time", envelope.time),)
    source = _header("ce_source", envelope.source.name)
    return (("ce_id", envelope.id), source, ("ce_type", envelope.type), *time, _SPECVERSION, _JSON)


@lru_cache(1024)
def _header(name: str, value: str) -> tuple[str, bytes]:
    return name, value.encode()


def read_headers(found: Mapping[str, bytes]) -> Envelope:
    """The envelope in binary mode. Raises Malformed for one that lacks a name, or holds what no database can keep."""
    try:
        name = found["ce_id"]
        refuse_strange(name, "ce_id")
        return Envelope(name, source_of(found["ce_source"]), found["ce_type"], found.get("ce_time"))
    except KeyError as missing:
        raise Malformed(f"the header {missing.args[0]} is missing") from None


@lru_cache(1024)
def source_of(name: bytes) -> Source:
    """The source of that name, remembered. Raises Malformed."""
    return Source(refuse_strange(name, "ce_source"))


def refuse_strange(written: bytes, name: str) -> str:
    """What is written there. Raises Malformed if no database can keep it."""
    try:
        text = written.decode()
    except UnicodeDecodeError:
        raise Malformed(f"{name} is not UTF-8: {written[:80]!r}") from None
    if not 0 < len(text) <= WORD_LIMIT:
        raise Malformed(f"{name} has {len(text)} characters; 1 to {WORD_LIMIT} are right")
    if "\0" in text:
        raise Malformed(f"{name} holds a NUL character")
    return text


def moment(time: bytes | None) -> datetime:
    """What `ce_time` says. Raises Malformed without a zone, since that would be another moment elsewhere."""
    if time is None:
        raise Malformed("the header ce_time is missing")
    try:
        at = datetime.fromisoformat(time.decode())
    except ValueError:
        raise Malformed(f"ce_time is no RFC 3339 time: {time[:80]!r}") from None
    if at.tzinfo is None:
        raise Malformed(f"ce_time has no time zone: {time[:80]!r}")
    return at
