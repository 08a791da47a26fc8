"""When the house works: the hours, weekdays and holidays by which it counts the time that it takes to answer."""

from typing import Literal

from msgspec import Struct

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""From Monday on, as `date.weekday()` counts them."""


class TimeOfDay(Struct, frozen=True, order=True):
    """On the clock of the wall, in minutes from midnight (0 to 1440); written `09:00`, and `24:00` for the end of the day."""

    minutes: int

    def __str__(self) -> str:
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}"


class Calendar(Struct, frozen=True, forbid_unknown_fields=True):
    """Open on these weekdays from `opens` to `closes` on the clocks of `zone`, but on no public holiday of `holidays`.

    `holidays`: a country, or country/part, by ISO 3166; without one no day is a holiday.
    """

    zone: str
    days: tuple[Weekday, ...]
    opens: TimeOfDay
    closes: TimeOfDay
    holidays: str | None = None
