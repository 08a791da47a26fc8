"""What the functions of the language work out from values that are known."""

import calendar
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from shared.policy.language.arithmetic import exact
from shared.policy.language.arithmetic.calendars import Workdays
from shared.policy.language.form.values import Number

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOTHING = timedelta(0)

Works = Callable[..., Any]


def fixed(instant: datetime) -> datetime:
    """The same instant with its offset alone: between two of one named zone Python would take wall time."""
    if type(instant.tzinfo) is timezone:
        return instant
    return instant.replace(tzinfo=timezone(instant.utcoffset() or NOTHING))


@lru_cache(10_000)
def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of that day there, also where a change of the clock leaves out midnight."""
    first = datetime(day.year, day.month, day.day, tzinfo=zone)
    return fixed(first.astimezone(UTC).astimezone(zone))


def clamp(value: Any, lowest: Any, highest: Any) -> Any:
    """The value, not below the lowest and not above the highest."""
    return min(max(value, lowest), highest)


def add_days(day: date, number: Number) -> date:
    """So many calendar days later."""
    return date.fromordinal(day.toordinal() + _count(number))


def add_months(day: date, number: Number) -> date:
    """So many months later: the same day of the month, or the last of a shorter one."""
    months = day.year * 12 + day.month - 1 + _count(number)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_years(day: date, number: Number) -> date:
    """So many years later; 29 February becomes the 28th."""
    return add_months(day, _count(number) * 12)


def first_of_month(day: date) -> date:
    """The first day of the month; a month is kept as its first day, so that this is the month as well."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """The last day of the month."""
    return day.replace(day=days_in(day))


def days_in(month: date) -> int:
    """How many days the month has."""
    return calendar.monthrange(month.year, month.month)[1]


def year_start(day: date, first_month: Number) -> date:
    """The first day of the year around that day, where years begin with that month."""
    month = _count(first_month)
    return date(day.year if day.month >= month else day.year - 1, month, 1)


def blocks(duration: timedelta, block: timedelta) -> int:
    """How many blocks are complete; one is complete at its exact end."""
    return max(duration // block, 0)


def blocks_begun(duration: timedelta, block: timedelta) -> int:
    """How many blocks have begun; the next begins after the exact end of the one before."""
    return max(-(-duration // block), 0)


def overlap(begins: datetime, ends: datetime, other_begins: datetime, other_ends: datetime) -> timedelta:
    """How long two stretches of time run together."""
    return max(min(ends, other_ends) - max(begins, other_begins), NOTHING)


def overlap_days(begins: date, ends: date, other_begins: date, other_ends: date) -> int:
    """How many days two stretches have in common; each has its first day and not its last."""
    return max((min(ends, other_ends) - max(begins, other_begins)).days, 0)


def most_within(days: tuple[date, ...], number: Number) -> int:
    """The most of these days that lie within so many calendar days, the first and the last of them included."""
    ordered, width = sorted(days), timedelta(days=_count(number))
    most = oldest = 0
    for newest, day in enumerate(ordered):
        while day - ordered[oldest] >= width and oldest < newest:
            oldest += 1
        most = max(most, newest - oldest + 1)
    return most if width > NOTHING else 0


def works(zone: ZoneInfo, days_open: Workdays | None) -> Mapping[str, Works]:
    """Each function that needs all of its arguments known, by name, for a schedule of that zone and calendar."""
    return _TIMELESS | _local(zone) | (_working(days_open) if days_open else {})


_TIMELESS: dict[str, Works] = {
    "whole": exact.whole,
    "written_date": datetime.date,
    "add_days": add_days,
    "add_months": add_months,
    "add_years": add_years,
    "month_of": first_of_month,
    "first_of_month": first_of_month,
    "last_of_month": last_of_month,
    "days_in": days_in,
    "year_start": year_start,
    "minutes": lambda duration: exact.ratio(duration, timedelta(minutes=1)),
    "hours": lambda duration: exact.ratio(duration, HOUR),
    "days": lambda duration: exact.ratio(duration, DAY),
    "blocks": blocks,
    "blocks_begun": blocks_begun,
    "overlap": overlap,
    "overlap_days": overlap_days,
}


def _local(zone: ZoneInfo) -> dict[str, Works]:
    return {
        "local_date": lambda instant: instant.astimezone(zone).date(),
        "start_of_day": lambda day: start_of_day(day, zone),
    }


def _working(days_open: Workdays) -> dict[str, Works]:
    return {
        "add_workdays": lambda day, number: days_open.after(day, _count(number)),
        "is_workday": days_open.open,
        "workdays_between": days_open.between,
    }


def _count(number: Number) -> int:
    """The number as a whole one. Raises ValueError where it has a fraction."""
    if type(number) is int:
        return number
    if number != (count := int(number)):
        raise ValueError(f"{exact.plain(number)} is no whole number")
    return count
