"""Values as they are written, each with its unit: what `5 EUR`, `10%`, `3 h`, `1500 km` and `2021-12-01` are."""

from datetime import date, timedelta
from decimal import Decimal

from shared.money import minor_digits
from shared.policy.language.form.types import (
    COUNT,
    DATE,
    DISTANCE,
    DURATION,
    METRES,
    MONTH,
    NUMBER,
    PERCENT,
    MoneyIn,
    Type,
)
from shared.policy.language.form.values import Value
from shared.policy.shape import UNITS as TIMES
from shared.policy.tree import nearest

WHOLE_DIGITS = 15
FRACTION_DIGITS = 9
OTHER_WORDS = {
    "minute": "min", "minutes": "min", "mins": "min", "hour": "h", "hours": "h", "hrs": "h", "second": "s",
    "seconds": "s", "sec": "s", "d": "days", "percent": "%", "pct": "%", "metre": "m", "metres": "m", "euro": "EUR",
    "euros": "EUR", "pounds": "GBP", "dollars": "USD",
}  # fmt: skip
CALENDAR = {"month": "add_months(date, n)", "months": "add_months(date, n)", "year": "add_years(date, n)", "years": "add_years(date, n)"}  # fmt: skip


class NoLiteralError(ValueError):
    """This is no value; the text says how one is written."""


def plain_number(text: str) -> tuple[Value, Type]:
    """`4` is a count, `0.75` a number. Raises NoLiteralError for more digits than are exact everywhere."""
    value = _decimal(text)
    return value, NUMBER if "." in text else COUNT


def quantity(number: str, unit: str) -> tuple[Value, Type]:
    """A number with its unit. Raises NoLiteralError for a unit that nobody knows, with the nearest one."""
    value = _decimal(number)
    if unit == "%":
        return value, PERCENT
    if unit in TIMES:
        return _duration(value, unit), DURATION
    if unit in METRES:
        return value * METRES[unit], DISTANCE
    return value, MoneyIn(_currency(number, unit))


def calendar_day(text: str) -> tuple[Value, Type]:
    """`2021-12-01`. Raises NoLiteralError for a day that no calendar has."""
    try:
        return date.fromisoformat(text), DATE
    except ValueError:
        raise NoLiteralError(f"`{text}` is no day of the calendar: write it like `2021-12-01`") from None


def calendar_month(text: str) -> tuple[Value, Type]:
    """`2021-12`, as its first day. Raises NoLiteralError for a month that no calendar has."""
    try:
        return date.fromisoformat(f"{text}-01"), MONTH
    except ValueError:
        raise NoLiteralError(f"`{text}` is no month: write it like `2021-12`, and a subtraction with spaces") from None


def _decimal(text: str) -> Decimal:
    whole, _, fraction = text.partition(".")
    if len(whole) > WHOLE_DIGITS or len(fraction) > FRACTION_DIGITS:
        raise NoLiteralError(
            f"a number has at most {WHOLE_DIGITS} digits before the point and {FRACTION_DIGITS} behind it"
        )
    return Decimal(text)


def _duration(value: Decimal, unit: str) -> timedelta:
    try:
        return timedelta(microseconds=int(value * TIMES[unit] * 1_000_000))
    except OverflowError:
        raise NoLiteralError("no promise lasts that long: write a shorter time") from None


def _currency(number: str, unit: str) -> str:
    if unit in CALENDAR:
        raise NoLiteralError(f"a {unit.rstrip('s')} has no fixed length: write `{CALENDAR[unit]}`")
    if unit in OTHER_WORDS:
        raise NoLiteralError(f"`{unit}` is no unit: write `{number} {OTHER_WORDS[unit]}`")
    try:
        minor_digits(unit)
    except ValueError:
        raise NoLiteralError(f"`{unit}` is no unit: {_nearest_unit(unit)}") from None
    return unit


def _nearest_unit(word: str) -> str:
    found = nearest(word, [*TIMES, *METRES, "EUR", "GBP", "USD"])
    return found if found.startswith("did") else f"there is {', '.join([*TIMES, *METRES])}, % and currencies like `EUR`"
