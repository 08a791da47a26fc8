"""What a clock has used, what it stood still and its budget always add up, whatever was waited for and however often."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.offer import ledger as kept
from services.offer.ledger import AGREED, ASKED, OFFERED, Clock, Ledger
from shared.policy.calendars import Calendar, TimeOfDay

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFICE = Calendar("Europe/Berlin", ("mon", "tue", "wed", "thu", "fri"), TimeOfDay(540), TimeOfDay(1020))
CALENDARS = {"office": OFFICE}


def hour(number: float) -> datetime:
    return MONDAY + number * HOUR


hours = st.integers(0, 900).map(hour)
steps = st.lists(st.tuples(st.sampled_from([ASKED, OFFERED, AGREED, "on"]), hours), max_size=12)


def one(
    steps: list[tuple[str, datetime]], budget: timedelta, calendar: str | None, owed: str = "answer"
) -> tuple[Ledger, Clock]:
    clock = Clock(rung="answer", owed=owed, since=hour(30), budget=budget, calendar=calendar)
    ledger = Ledger("house", (ASKED,), (clock,))
    for step, at in steps:
        ledger = kept.go_on(ledger, at) if step == "on" else kept.wait(ledger, step, at)
    return ledger, clock


@given(steps=steps, now=hours, budget=st.integers(1, 300), calendar=st.sampled_from([None, "office"]))
def test_what_it_has_used_and_what_it_stood_still_are_all_the_time_there_was(
    steps: list[tuple[str, datetime]], now: datetime, budget: int, calendar: str | None
) -> None:
    ledger, clock = one(steps, budget * HOUR, calendar)
    used, still = (count(ledger, clock, now, CALENDARS) for count in (kept.used, kept.stood_still))
    assert used + still == kept.between(clock, clock.since, now, CALENDARS)
    assert min(used, still) >= timedelta()


@given(steps=steps, budget=st.integers(1, 300), calendar=st.sampled_from([None, "office"]))
def test_when_its_time_is_over_it_has_used_its_budget_and_not_a_second_before(
    steps: list[tuple[str, datetime]], budget: int, calendar: str | None
) -> None:
    ledger, clock = one(steps, budget * HOUR, calendar)
    over = kept.due(ledger, clock, CALENDARS)
    if over is None:
        assert kept.used(ledger, clock, hour(5000), CALENDARS) < clock.budget, "it stands still, with time left"
        return
    assert kept.used(ledger, clock, over, CALENDARS) == clock.budget
    assert kept.used(ledger, clock, over - timedelta(seconds=1), CALENDARS) < clock.budget


@given(steps=steps)
def test_waits_follow_each_other_in_whatever_order_they_are_told(steps: list[tuple[str, datetime]]) -> None:
    ledger, _ = one(steps, HOUR, None)
    ends = [wait.until for wait in ledger.waits]
    assert None not in ends[:-1]
    for before, after in zip(ledger.waits, ledger.waits[1:], strict=False):
        assert before.until is not None
        assert before.since <= before.until <= after.since


@pytest.mark.parametrize(
    ("owed", "why", "stands"),
    [
        ("answer", ASKED, True),
        ("answer", OFFERED, False),
        ("answer", AGREED, True),
        ("acknowledgement", ASKED, False),
        ("acknowledgement", AGREED, True),
    ],
)
def test_only_what_the_pack_names_makes_it_stand_still_and_nothing_delays_an_acknowledgement(
    owed: str, why: str, stands: bool
) -> None:
    ledger, clock = one([(why, hour(40)), ("on", hour(60))], 20 * HOUR, None, owed)
    assert kept.due(ledger, clock, CALENDARS) == (hour(70) if stands else hour(50))


def test_a_clock_of_office_hours_stands_still_at_night_too_and_is_asked_in_working_time() -> None:
    """It has 16 hours from Tuesday, 06:00 UTC. Two days of silence from Wednesday noon on cost it what was left of that day
    and one whole one."""
    ledger, clock = one([(ASKED, hour(48 + 11)), ("on", hour(96 + 11))], 16 * HOUR, "office")
    assert kept.due(ledger, clock, CALENDARS) == hour(96 + 11 + 5)


def test_a_calendar_that_the_policy_has_no_more_makes_nobody_wait_longer() -> None:
    ledger, clock = one([], 16 * HOUR, "office")
    assert kept.due(ledger, clock, {}) == hour(46)
