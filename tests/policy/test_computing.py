"""Days, months, hours and blocks, on the nights and at the ends of months where they are easily wrong."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from shared.policy.language.arithmetic.calendars import workdays
from shared.policy.language.arithmetic.computing import (
    add_months,
    add_years,
    blocks,
    blocks_begun,
    fixed,
    last_of_month,
    most_within,
    overlap,
    overlap_days,
    start_of_day,
    works,
    year_start,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.mark.parametrize(("evening", "elapsed"), [("2026-03-28T20:00", 15), ("2026-10-24T20:00", 17)])
def test_a_night_with_a_clock_change_lasts_as_long_as_it_lasted(evening: str, elapsed: int) -> None:
    """Python itself would say 16 hours both times, since both instants have one named zone."""
    before = datetime.fromisoformat(evening).replace(tzinfo=BERLIN)
    after = before + hours(16)
    assert after - before == hours(16)
    assert fixed(after) - fixed(before) == hours(elapsed)


def test_the_local_date_is_of_the_zone_and_the_written_one_of_the_offset() -> None:
    does = works(BERLIN, None)
    late = datetime(2026, 5, 20, 23, 30, tzinfo=UTC)
    assert does["local_date"](late) == date(2026, 5, 21)
    assert does["written_date"](late) == date(2026, 5, 20)


def test_a_day_begins_where_its_zone_says_also_without_a_midnight() -> None:
    assert start_of_day(date(2026, 5, 20), BERLIN) == datetime(2026, 5, 19, 22, tzinfo=UTC)
    without_midnight = start_of_day(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo"))
    assert without_midnight == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert without_midnight.date() == date(2018, 11, 4)
    assert type(without_midnight.tzinfo) is timezone


def test_adding_months_keeps_the_day_or_takes_the_last() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2026, 1, 15), 3) == date(2026, 4, 15)
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert last_of_month(date(2026, 2, 3)) == date(2026, 2, 28)


def test_half_a_month_is_not_added() -> None:
    with pytest.raises(ValueError, match="no whole number"):
        add_months(date(2026, 1, 1), 1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("duration", "complete", "begun"),
    [
        (hours(-5), 0, 0),
        (hours(0), 0, 0),
        (hours(11.9), 0, 1),
        (hours(12), 1, 1),
        (hours(12.1), 1, 2),
        (hours(24), 2, 2),
    ],
)
def test_a_block_is_complete_at_its_exact_end(duration: timedelta, complete: int, begun: int) -> None:
    assert blocks(duration, hours(12)) == complete
    assert blocks_begun(duration, hours(12)) == begun


def test_an_overlap_is_never_negative() -> None:
    assert overlap(NOON, NOON + hours(4), NOON + hours(3), NOON + hours(9)) == hours(1)
    assert overlap(NOON, NOON + hours(1), NOON + hours(3), NOON + hours(9)) == hours(0)
    assert overlap_days(date(2026, 5, 1), date(2026, 5, 10), date(2026, 5, 8), date(2026, 5, 20)) == 2
    assert overlap_days(date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 8), date(2026, 5, 20)) == 0


def test_a_fixed_year_holds_the_day() -> None:
    assert year_start(date(2026, 3, 31), 4) == date(2025, 4, 1)
    assert year_start(date(2026, 4, 1), 4) == date(2026, 4, 1)


def test_the_window_holds_its_first_and_its_last_day() -> None:
    days = (date(2026, 5, 1), date(2026, 5, 28), date(2026, 3, 1))
    assert most_within(days, 28) == 2
    assert most_within(days, 27) == 1
    assert most_within((), 28) == 0
    assert most_within((date(2026, 5, 1),) * 3, 1) == 3


def test_the_nth_working_day_after_a_day_never_counts_that_day() -> None:
    england = workdays("GB/ENG")
    good_friday = date(2026, 4, 3)
    assert not england.open(good_friday)
    assert england.after(date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert england.after(date(2026, 4, 3), 1) == date(2026, 4, 7)
    assert england.after(date(2026, 4, 7), -1) == date(2026, 4, 2)
    assert england.after(date(2026, 4, 4), 0) == date(2026, 4, 4)
    assert england.between(date(2026, 4, 2), date(2026, 4, 7)) == 1
    assert england.between(date(2026, 4, 7), date(2026, 4, 2)) == 0
