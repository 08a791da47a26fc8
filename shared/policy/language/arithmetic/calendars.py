"""Working days: the weekdays that are no public holiday in a named country or part of one, such as `GB/ENG`."""

from datetime import date, timedelta
from functools import cache

import holidays

DAY = timedelta(days=1)
FARTHEST = 20_000
"""No promise counts more working days than these; more is a mistake in the facts."""


class Workdays:
    """The calendar of one place. Holidays are those that the law of today gives; weekends count as closed."""

    def __init__(self, name: str) -> None:
        self._name = name
        country, _, part = name.partition("/")
        self._country, self._part = country, part or None
        _closed(country, self._part, 2024)

    def open(self, day: date) -> bool:
        """Whether people work on that day."""
        return day.toordinal() not in _closed(self._country, self._part, day.year)

    def after(self, day: date, count: int) -> date:
        """The count-th working day after that day, which itself never counts; before it, where count is negative.

        With a count of 0 it is the day itself. Raises ValueError for more days than any promise has.
        """
        if abs(count) > FARTHEST:
            raise ValueError(f"{count} working days are more than any promise has")
        step = DAY if count > 0 else -DAY
        for _ in range(abs(count)):
            day += step
            while not self.open(day):
                day += step
        return day

    def between(self, first: date, last: date) -> int:
        """How many working days come after the first day, up to the last and with it; 0 where it is not later."""
        if (last - first).days > FARTHEST:
            raise ValueError(f"{first} to {last} is longer than any promise lasts")
        return sum(self.open(first + n * DAY) for n in range(1, (last - first).days + 1))


@cache
def workdays(name: str) -> Workdays:
    """The calendar of that name: a country, or `country/part`, by ISO 3166. Raises ValueError where there is none."""
    try:
        return Workdays(name)
    except (NotImplementedError, KeyError, AttributeError):
        raise ValueError(f"there is no calendar `{name}`: write a country, or country/part, as `GB/ENG`") from None


def is_holiday(name: str, day: date) -> bool:
    """Whether it is a public holiday there, on whatever weekday; a day off in lieu of one is, too."""
    workdays(name)
    country, _, part = name.partition("/")
    return day.toordinal() in _holidays(country, part or None, day.year)


@cache
def _holidays(country: str, part: str | None, year: int) -> frozenset[int]:
    """The public holidays of that year, by their ordinal."""
    return frozenset(day.toordinal() for day in holidays.country_holidays(country, subdiv=part, years=year))


@cache
def _closed(country: str, part: str | None, year: int) -> frozenset[int]:
    """The days of that year, by their ordinal, on which people do not work."""
    known = holidays.country_holidays(country, subdiv=part, years=year)
    first, next_first = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1
    return frozenset(n for n in range(first, next_first) if not known.is_working_day(date.fromordinal(n)))
