"""Working days of a named place."""

from datetime import date, timedelta

import pytest

from shared.policy.language.arithmetic.calendars import workdays

BANK_HOLIDAYS = {
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
}


@pytest.mark.parametrize("year", BANK_HOLIDAYS)
def test_the_weekdays_on_which_england_does_not_work_are_its_bank_holidays(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    england = workdays("GB/ENG")
    closed = [day for day in days if day.weekday() < 5 and not england.open(day)]
    assert [f"{day:%m-%d}" for day in closed] == BANK_HOLIDAYS[year].split()
    assert not any(england.open(day) for day in days if day.weekday() >= 5)


def test_parts_of_a_country_have_holidays_of_their_own() -> None:
    epiphany = date(2026, 1, 6)
    assert not workdays("DE/BY").open(epiphany)
    assert workdays("DE/BE").open(epiphany)
    assert workdays("DE").open(epiphany)


@pytest.mark.parametrize("name", ["ATLANTIS", "GB/XYZ", "", "gb/eng"])
def test_a_place_that_has_no_calendar_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"no calendar `{name}`"):
        workdays(name)


def test_a_promise_of_a_million_working_days_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="more than any promise"):
        workdays("GB/ENG").after(date(2026, 1, 1), 1_000_000)
    with pytest.raises(ValueError, match="longer than any promise"):
        workdays("GB/ENG").between(date(1026, 1, 1), date(2026, 1, 1))
