"""Time that counts only while the house is open: over nights, weekends, holidays and the change of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.business_time import later, open_between, open_in_working_days
from shared.policy.calendars import WEEKDAYS, Calendar, TimeOfDay

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar("Europe/Berlin", WEEKDAYS[:5], TimeOfDay(9 * 60), TimeOfDay(17 * 60), "DE")
ALWAYS = Calendar("Etc/UTC", WEEKDAYS, TimeOfDay(0), TimeOfDay(24 * 60))
BAZAAR = Calendar("Asia/Tehran", ("sat", "sun", "mon"), TimeOfDay(7 * 60 + 30), TimeOfDay(24 * 60))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def berlin(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """In 2026: the 2nd of March is a Monday, Good Friday is the 3rd of April, clocks change on the 29th of March."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def end_of_working_day(at: datetime, days: int) -> datetime:
    return later(OFFICE, at, open_in_working_days(OFFICE, at, days))


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        (berlin(2, 10), 3, berlin(2, 13)),
        (berlin(2, 7), 1, berlin(2, 10)),
        (berlin(2, 9), 8, berlin(2, 17)),
        (berlin(2, 16), 2, berlin(3, 10)),
        (berlin(6, 16), 2, berlin(9, 10)),
        (berlin(7, 12), 0, berlin(9, 9)),
        (berlin(2, 12), 0, berlin(2, 12)),
        (berlin(2, 16, month=4), 2, berlin(7, 10, month=4)),
        (berlin(27, 16), 2, berlin(30, 10)),
    ],
    ids=[
        *("within a day", "before it opens", "a whole day ends with it", "overnight", "over a weekend"),
        *("nothing on a Saturday", "nothing while open", "over Easter", "over the change of clocks"),
    ],
)
def test_hours_count_while_the_house_is_open(since: datetime, hours: int, until: datetime) -> None:
    due = later(OFFICE, since, hours * HOUR)
    assert due == until
    assert due.tzinfo is UTC
    assert open_between(OFFICE, since, due) == hours * HOUR


def test_days_are_counted_to_the_close_of_the_last_and_the_first_never_counts() -> None:
    assert end_of_working_day(berlin(2, 8), 1) == berlin(3, 17)
    assert end_of_working_day(berlin(6, 12), 3) == berlin(11, 17)
    assert end_of_working_day(berlin(7, 12), 1) == berlin(9, 17)
    assert end_of_working_day(berlin(2, 12, month=4), 1) == berlin(7, 17, month=4)
    with pytest.raises(ValueError, match="count from 1 on"):
        end_of_working_day(berlin(2, 8), 0)


def test_the_day_is_that_of_the_house_and_not_that_of_the_server() -> None:
    late_on_sunday = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # in Berlin it is Monday by then
    assert end_of_working_day(late_on_sunday, 1) == berlin(3, 17)


def test_a_house_that_never_closes_counts_every_hour() -> None:
    since = datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC)
    assert later(ALWAYS, since, 30 * HOUR) == since + 30 * HOUR


def test_the_night_on_which_clocks_go_back_is_an_hour_longer() -> None:
    night = Calendar("Europe/Berlin", WEEKDAYS, TimeOfDay(0), TimeOfDay(5 * 60))
    assert open_between(night, berlin(25, 0, month=10), berlin(26, 0, month=10)) == 6 * HOUR
    assert open_between(night, berlin(29, 0), berlin(30, 0)) == 4 * HOUR


def test_more_than_any_promise_has_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="more than any promise"):
        later(OFFICE, berlin(2, 9), timedelta(days=40_000))


INSTANTS = st.integers(0, 60 * 24 * 31).map(lambda n: datetime(2026, 3, 20, tzinfo=UTC) + n * MINUTE)
CALENDARS = st.sampled_from((OFFICE, ALWAYS, BAZAAR))


def is_open(calendar: Calendar, at: datetime) -> bool:
    """A second way to say it: look at the clock of the wall and at the calendar beside it."""
    there = at.astimezone(ZoneInfo(calendar.zone))
    easter = calendar is OFFICE and (there.month, there.day) in ((4, 3), (4, 6))
    on = WEEKDAYS[there.weekday()] in calendar.days and not easter
    return on and calendar.opens.minutes <= there.hour * 60 + there.minute < calendar.closes.minutes


@given(CALENDARS, INSTANTS, st.integers(0, 60 * 24 * 3))
def test_minute_by_minute_the_same_hours_are_counted(calendar: Calendar, since: datetime, minutes: int) -> None:
    until = since + minutes * MINUTE
    counted = sum(is_open(calendar, since + n * MINUTE) for n in range(minutes))
    assert open_between(calendar, since, until) == counted * MINUTE


@given(CALENDARS, INSTANTS, st.integers(0, 3000), st.integers(1, 3000))
def test_two_waits_are_as_long_as_one(calendar: Calendar, since: datetime, first: int, second: int) -> None:
    whole = later(calendar, since, (first + second) * MINUTE)
    assert later(calendar, later(calendar, since, first * MINUTE), second * MINUTE) == whole
    assert open_between(calendar, since, whole) == (first + second) * MINUTE
    assert is_open(calendar, whole - MINUTE)
