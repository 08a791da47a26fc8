"""Facts as they were given, read strictly: what is not written as the schedule says counts as unknown, by its name."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from shared.policy.language.arithmetic.computing import fixed
from shared.policy.language.form.types import (
    COUNT,
    DATE,
    DISTANCE,
    DURATION,
    FLAG,
    INSTANT,
    METRES,
    MONTH,
    NUMBER,
    PERCENT,
    PROOF,
    TIMES,
    ListOf,
    MoneyIn,
    OneOf,
    Record,
    Simple,
    Type,
)
from shared.policy.language.judging.unknown import MISSING_FACT, Missing

Reader = Callable[[Any], Any]
"""From a JSON value to a Value. Raises ValueError for what cannot be read."""

DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
SUM = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
LARGEST = Decimal(10**15)
PROOFS = frozenset({"proved", "asserted", "unknown"})


def reader(type_: Type, fact: str) -> Reader:
    """How a value of that type is read; entries of a list that cannot be read are missing under the name of the fact."""
    match type_:
        case ListOf(item=item):
            return _list_of(reader(item, fact), Missing(MISSING_FACT, (fact,)))
        case Record(fields=fields):
            missing = Missing(MISSING_FACT, (fact,))
            return _record({name: reader(one, fact) for name, one in fields.items()}, missing)
        case OneOf(words=words, open=is_open):
            return _word(frozenset(words), is_open)
        case MoneyIn(currency=currency):
            return _money(currency)
        case Simple(name=DISTANCE.name, unit=unit):
            return _distance(METRES[unit or "m"])
        case Simple(name=DURATION.name, unit=unit):
            return _duration(TIMES[unit])
        case Simple():
            return _SIMPLE[type_.name]


def _instant(value: Any) -> datetime:
    found = datetime.fromisoformat(value) if type(value) is str else value
    if type(found) is datetime and type(found.tzinfo) is timezone:
        return found
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise ValueError("an instant has an offset")
    return fixed(found)


def _date(value: Any) -> date:
    if type(value) is date:
        return value
    if len(value) != 10 or value[4] != "-" or value[7] != "-":
        raise ValueError("a date is written 2026-05-20")
    return date.fromisoformat(value)


def _month(value: Any) -> date:
    if type(value) is date:
        return value.replace(day=1)
    if not isinstance(value, str):
        raise ValueError("a month is written 2026-05")  # noqa: TRY004 - one kind of complaint for every value
    return _date(f"{value}-01")


def _number(value: Any) -> int | Decimal:
    if isinstance(value, str):
        if not DECIMAL.fullmatch(value):
            raise ValueError("a number is written 12.50")
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not -LARGEST < value < LARGEST:
        raise ValueError("a number is whole, or a decimal as text")
    return value


def _count(value: Any) -> int:
    number = _number(value)
    if number < 0 or number != int(number):
        raise ValueError("a count is whole and not negative")
    return int(number)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("a flag is true or false")  # noqa: TRY004 - one kind of complaint for every value
    return value


def _proof(value: Any) -> str:
    if value not in PROOFS:
        raise ValueError("a proof is proved, asserted or unknown")
    return str(value)


_SIMPLE: Mapping[str, Reader] = {
    INSTANT.name: _instant,
    DATE.name: _date,
    MONTH.name: _month,
    NUMBER.name: _number,
    PERCENT.name: _number,
    COUNT.name: _count,
    FLAG.name: _flag,
    PROOF.name: _proof,
}


def _distance(metres: int) -> Reader:
    def read(value: Any) -> int | Decimal:
        number = _number(value)
        if number < 0:
            raise ValueError("a distance is not negative")
        return number * metres

    return read


def _duration(unit: timedelta) -> Reader:
    seconds = int(unit.total_seconds())

    def read(value: Any) -> timedelta:
        number = Decimal(_number(value)) * seconds * 1_000_000
        if number != (microseconds := int(number)):
            raise ValueError("a duration is not finer than a microsecond")
        return timedelta(microseconds=microseconds)

    return read


def _money(currency: str) -> Reader:
    """A sum as a bare decimal, or with its currency where that is the schedule's own; never less than nothing."""

    def read(value: Any) -> int | Decimal:
        if type(value) is str and SUM.fullmatch(value):
            return Decimal(value)
        if isinstance(value, Mapping):
            if not currency or value.get("currency") != currency:
                raise ValueError("another currency")
            value = value.get("amount")
        number = _number(value)
        if number < 0:
            raise ValueError("a sum is not negative")
        return number

    return read


def _word(words: frozenset[str], is_open: bool) -> Reader:
    def read(value: Any) -> str:
        if type(value) is str and value in words:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value in words:
            return str(value)
        if not is_open or not isinstance(value, str):
            raise ValueError("none of the words")
        return "other"

    return read


def _list_of(item: Reader, missing: Missing) -> Reader:
    def read_entry(value: Any) -> Any:
        try:
            return missing if value is None else item(value)
        except (ValueError, TypeError, OverflowError):
            return missing

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError("a list")  # noqa: TRY004 - one kind of complaint for every value
        return tuple(read_entry(one) for one in value)

    return read


def _record(fields: Mapping[str, Reader], missing: Missing) -> Reader:
    def read_field(name: str, value: Any) -> Any:
        try:
            return missing if value is None else fields[name](value)
        except (ValueError, TypeError, OverflowError):
            return missing

    def read(value: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError("an entry with named fields")  # noqa: TRY004 - one kind of complaint for every value
        return {name: read_field(name, value.get(name)) for name in fields}

    return read
