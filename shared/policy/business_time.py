"""How long something takes while the house is open: nights, weekends and holidays do not count.

All instants that come out are in UTC. Days are those of the calendar's zone: the one on which clocks change has an hour
more or less here, too.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.policy.calendars import WEEKDAYS, Calendar
from shared.policy.language.arithmetic.calendars import FARTHEST, is_holiday

NONE, MINUTE, DAY = timedelta(), timedelta(minutes=1), timedelta(days=1)
STRETCH = 14
"""In days."""
Span = tuple[datetime, datetime]


@lru_cache(10_000)
def later(calendar: Calendar, at: datetime, open_time: timedelta) -> datetime:
    """The moment at which the house will have been open for so long; with no time at all, when it is open next.

    What is full when the house closes ends there, not the next morning. Raises ValueError for more than any promise has.
    """
    at, left = at.astimezone(UTC), open_time
    for opens, closes in _spans(calendar, at):
        begins = max(opens, at)
        if begins < closes and begins + left <= closes:
            return begins + left
        left -= max(closes - begins, NONE)
    raise ValueError(f"{open_time} of open hours are more than any promise has")


def open_between(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """For how long the house is open from the one moment to the other; none where that is not later.

    Raises ValueError for longer than any promise lasts."""
    since, until, total = since.astimezone(UTC), until.astimezone(UTC), NONE
    for opens, closes in _spans(calendar, since):
        if opens >= until:
            return total
        total += max(min(closes, until) - max(opens, since), NONE)
    raise ValueError(f"{since} to {until} is longer than any promise lasts")


def open_in_working_days(calendar: Calendar, at: datetime, days: int) -> timedelta:
    """For how long the house is open from that moment until it closes on the so-many-th day (from 1 on) on which it works
    after the day of `at`, which never counts as one.

    Raises ValueError for more than any promise has.
    """
    if days < 1:
        raise ValueError(f"{days} is no number of working days: count from 1 on")
    today = at.astimezone(ZoneInfo(calendar.zone)).date()
    opens, closes = _span(calendar, today) or (at, at)
    total, left = max(closes - max(opens, at), NONE), days
    for opens, closes in _spans(calendar, at, first=today + DAY):
        total, left = total + (closes - opens), left - 1
        if left == 0:
            return total
    raise ValueError(f"{days} working days are more than any promise has")


def _spans(calendar: Calendar, at: datetime, first: date | None = None) -> Iterator[Span]:
    """The hours of each open day from `first` on; else from the day of that moment."""
    day = first or at.astimezone(ZoneInfo(calendar.zone)).date()
    for number in range(0, FARTHEST, STRETCH):
        yield from _stretch(calendar, day + number * DAY)


@lru_cache(10_000)
def _stretch(calendar: Calendar, first: date) -> tuple[Span, ...]:
    """The hours of each open day among so many: mostly one stretch has the answer."""
    days = (first + number * DAY for number in range(STRETCH))
    return tuple(span for day in days if (span := _span(calendar, day)))


@lru_cache(10_000)
def _span(calendar: Calendar, day: date) -> Span | None:
    """From when to when the house is open on that day, in UTC; None where it is closed."""
    if WEEKDAYS[day.weekday()] not in calendar.days:
        return None
    if calendar.holidays and is_holiday(calendar.holidays, day):
        return None
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(calendar.zone))
    opens, closes = (midnight + time.minutes * MINUTE for time in (calendar.opens, calendar.closes))
    return opens.astimezone(UTC), closes.astimezone(UTC)
