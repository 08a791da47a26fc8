"""One event's value ⇄ JSON; whatever cannot be read is refused with a reason that a person understands."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

import msgspec
from msgspec.structs import fields

from shared.bus.limits import refuse_too_large
from shared.errors import Malformed
from shared.events import WIRE, AnyEvent, Inbound, MeasurementTaken

HUGE = 30
"""Digits before or behind the point that a fact may have: no measurement has more, and arithmetic with them would hang."""
YEARS = range(1900, 2200)
"""What others may state as a time: outside of it, adding a day to it can fail."""

# A NUL is an escape after an even number of backslashes; after an odd one it is a backslash and the letters u0000.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_AT = re.compile(r"(?s)(.*) - at `\$?\.?(.*)`")


def decimal(text: str) -> Decimal:
    """A number with a point, exactly. Raises ValueError for one that is not of this world."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("Infinity")
    if not number.is_finite() or abs(number.adjusted()) > HUGE or len(number.as_tuple().digits) > HUGE:
        raise ValueError(f"the number {text[:40]} is too large or too long")
    return number


ENCODE = msgspec.json.Encoder().encode
ENCODE_FACTS = msgspec.json.Encoder(decimal_format="number").encode
"""Facts hold numbers as numbers; sums of money are strings everywhere."""
DECODE: dict[type[Any], Any] = {kind: msgspec.json.Decoder(kind, float_hook=decimal).decode for kind in WIRE}
INBOUND: frozenset[type[Any]] = frozenset(get_args(Inbound))
TIMES: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind) if "datetime" in str(field.type)) for kind in INBOUND
}


def encode(event: AnyEvent) -> bytes:
    """The event's value on the wire. Raises TooLarge."""
    value: bytes = (ENCODE_FACTS if type(event) is MeasurementTaken else ENCODE)(event)
    refuse_too_large(value)
    return value


def decode(kind: type[Any], value: bytes) -> Any:
    """The event in these bytes. Raises Malformed."""
    event = parse(DECODE[kind], value)
    if kind in INBOUND:
        _refuse_strange_times(event)
        if kind is MeasurementTaken:
            _refuse_strange_facts(event)
    return event


def parse(decoder: Any, value: bytes) -> Any:
    """What `decoder` makes of these bytes. Raises Malformed for whatever it does not take."""
    if b"\\" in value and b"\\u0000" in value and _NUL.search(value):
        raise Malformed(r"it holds a NUL character (\u0000), which no text may have")
    try:
        return decoder(value)
    except RecursionError:
        raise Malformed("it is nested too deeply") from None
    except ValueError as error:
        raise Malformed(_reason(value, error)) from None


def _reason(value: bytes, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8: {error.reason}"
    if isinstance(error, msgspec.ValidationError):
        found = _AT.fullmatch(str(error))
        what, where = found.groups() if found else (str(error), "")
        return f"{where or 'the value'}: {_sentence(what)}"
    if isinstance(error, msgspec.DecodeError) and _SURROGATE.search(value):
        return r"it holds one half of a surrogate pair (\ud800 to \udfff) without the other"
    return f"it is not JSON: {error}" if isinstance(error, msgspec.DecodeError) else str(error)


def _sentence(what: str) -> str:
    if "timezone" in what:
        return "a time needs its zone, e.g. 2026-03-02T10:00:00Z"
    return (
        what.replace("`", "")
        .replace("Object missing required field", "it lacks the field")
        .replace("Expected", "expected")
    )


def _refuse_strange_times(event: Any) -> None:
    for name in TIMES[type(event)]:
        time = getattr(event, name)
        if isinstance(time, datetime) and time.year not in YEARS and name != "at":
            raise Malformed(f"{name}: the year {time.year} cannot be right")


def _refuse_strange_facts(event: MeasurementTaken) -> None:
    for name, fact in event.facts.items():
        for scalar in _scalars(fact):
            if isinstance(scalar, dict | list):
                raise Malformed(
                    f"facts.{name}: expected text, a number, true, false, null, or a list of these or of small records"
                )
            if type(scalar) is int and abs(scalar) >= 10**HUGE:
                raise Malformed(f"facts.{name}: the number is too large")


def _scalars(fact: Any) -> Iterator[Any]:
    """What a fact holds: itself, its items, and the fields of those that are records, such as `{"from": …, "to": …}`."""
    for item in fact if isinstance(fact, list) else (fact,):
        if isinstance(item, dict) and isinstance(fact, list):
            yield from item.values()
        else:
            yield item
