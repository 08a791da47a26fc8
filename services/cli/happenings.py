"""A story for rehearsals: what customers, operations, staff and billing did, each line at its moment."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from shared.bus import codec, plain
from shared.bus.envelope import headers_of
from shared.bus.seam import Partition, Record
from shared.errors import Malformed, Misconfigured, TooLarge
from shared.events import ANSWERS, CRM, TELEMETRY, WIRE, Instant, PayoutCompleted, PayoutFailed

LINES = UUID(int=5)
"""The namespace of the names that lines without an id of their own get."""
FILLED_IN = frozenset({"customer", "source", "case", "severity", "incident", "at"})
"""What an answer need not say: it follows from the complaint and from how the case stands."""
SPOKEN: dict[str, type[Any]] = {
    name: kind
    for kind in (*(kind for kind, (_, topic) in WIRE.items() if topic == ANSWERS), PayoutCompleted, PayoutFailed)
    for name in (WIRE[kind][0], WIRE[kind][0].split(".")[1])
}
"""What may be said of a case in the middle of a story: the customer's answers, staff's rulings, billing's word."""
TELEMETRY_TYPES = {name.split(".")[1] for name, topic in WIRE.values() if topic == TELEMETRY}


class Moment(Struct, frozen=True):
    """What of a line is read first."""

    at: Instant
    type: str | None = None
    complaint: str | None = None
    source: str = CRM


class Happening(Struct, frozen=True):
    """One line: what enters the road at `at`. `event` is there where others wrote it whole; else it is an answer of type
    `spoken` about `complaint`, with the fields that the line gives, to be completed by how the case stands then."""

    place: str
    at: datetime
    name: UUID
    event: Any = None
    spoken: type[Any] | None = None
    complaint: str = ""
    source: str = CRM
    says: dict[str, Any] = {}

    def refuse(self, what: str) -> NoReturn:
        """Raise Misconfigured with where it stands in the file."""
        raise Misconfigured(f"{self.place}: {what}")

    def completed(self, **known: Any) -> Any:
        """The answer, with what is `known` of its case where it says nothing itself. Raises Misconfigured."""
        assert self.spoken is not None
        names = {field.name for field in fields(self.spoken)}
        value = {name: said for name, said in known.items() if name in names and said is not None} | self.says
        try:
            return msgspec.convert(value, self.spoken, strict=False)
        except (msgspec.ValidationError, ValueError) as wrong:
            self.refuse(_sentence(wrong))


def read_story(file: Path) -> list[Happening]:
    """All lines, in order of their moments. Raises Misconfigured with file, line and what to do."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as wrong:
        raise Misconfigured(f"cannot read {file}: {wrong.strerror}") from None
    found = [
        _read(f"{file}:{number}", number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith(b"#")
    ]
    if not found:
        raise Misconfigured(f"{file}: it has no line; each is one event as JSON, with `at`, when it enters the road")
    return sorted(found, key=lambda happening: happening.at)


def _read(place: str, number: int, line: bytes) -> Happening:
    try:
        moment = msgspec.json.decode(line, type=Moment)
    except msgspec.ValidationError as wrong:
        raise Misconfigured(
            f"{place}: {_sentence(wrong)}; a line needs `at`, the moment when it enters the road, with its zone"
        ) from None
    except msgspec.DecodeError as wrong:
        raise Misconfigured(f"{place}: it is not JSON: {wrong}") from None
    if moment.type in SPOKEN:
        return _spoken(place, number, line, moment)
    try:
        return _written(place, line, moment)
    except (Malformed, TooLarge) as wrong:
        answers = ", ".join(sorted(name for name in SPOKEN if "." not in name))
        hint = f" (of a case one may say: {answers})" if moment.type else ""
        raise Misconfigured(f"{place}: {wrong}{hint}") from None


def _spoken(place: str, number: int, line: bytes, moment: Moment) -> Happening:
    if moment.complaint is None:
        raise Misconfigured(f"{place}: {moment.type} needs `complaint`, the number of the letter that it is about")
    says = msgspec.json.decode(line, type=dict[str, Any])
    return Happening(
        place=place,
        at=moment.at,
        name=uuid5(LINES, str(number)),
        spoken=SPOKEN[moment.type or ""],
        complaint=moment.complaint,
        source=moment.source,
        says={name: said for name, said in says.items() if name not in FILLED_IN | {"type"}},
    )


def _written(place: str, line: bytes, moment: Moment) -> Happening:
    """An event as others send it, plain or in structured mode."""
    letter = plain.peek(line)
    written: tuple[tuple[str, bytes], ...] = ()
    if bytes(letter.specversion):
        envelope, line = plain.open_structured(line)
        written = headers_of(envelope)
        letter = plain.Letter(type=envelope.type.decode())
    record = Record(Partition(_topic(letter), 0), 0, None, line, written, moment.at)
    read = codec.decode(record)
    return Happening(place=place, at=moment.at, name=read.id, event=read.event)


def _topic(letter: plain.Letter) -> str:
    """Where it belongs, by what it says of itself."""
    measured = bytes(letter.facts) or bytes(letter.service)
    if (letter.type or "").split(".")[0] == "ops" or letter.type in TELEMETRY_TYPES or (measured and not letter.type):
        return TELEMETRY
    return CRM


def _sentence(wrong: Exception) -> str:
    return str(wrong).replace("`", "").replace("Object missing required field", "it lacks the field")


def complaints_of(happenings: list[Happening]) -> Iterator[tuple[str, str]]:
    """Which complaints' payouts the story itself speaks of, by (source, complaint)."""
    for one in happenings:
        if one.spoken in (PayoutCompleted, PayoutFailed):
            yield one.source, one.complaint
