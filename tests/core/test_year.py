"""A year of complaints, replayed: the same history says the same events, name by name, however often it is told."""

import pytest
from msgspec.structs import replace

from bench.year import POLICY, Year, replay
from shared.policy.load import load_policy

SHIPPED = load_policy(POLICY)


@pytest.fixture(scope="module")
def year() -> Year:
    return replay(SHIPPED, complaints=2_000)


def test_a_years_history_replays_to_identical_events_as_often_as_one_likes(year: Year) -> None:
    assert year.complaints >= 2_000
    assert year.said > 4 * year.complaints
    assert [one.digest for one in year.replays] == [year.played, year.played]


def test_another_policy_tells_another_year() -> None:
    """The digest is of what was said, and not of nothing."""
    other = replace(SHIPPED, rounds=replace(SHIPPED.rounds, options_from=1))
    assert replay(SHIPPED, 50, times=1).played != replay(other, 50, times=1).played


def test_in_such_a_year_most_things_go_as_they_should_and_some_do_not(year: Year) -> None:
    """It is no year in which nobody answers, pays or decides: what comes from outside comes in its own time."""
    said, cases = year.kinds, year.kinds["CaseOpened"]
    usual = ("CaseSettled", "OptionsOffered", "FinalSayGiven", "ClaimDeclined")
    seldom = ("HandedOver", "ApprovalRequested", "CaseExpired", "ClockMissed")
    assert min(said[kind] for kind in usual) > cases / 50
    assert min(said[kind] for kind in seldom) > cases / 100
    assert said["CaseSettled"] > cases / 3
    assert said["PaymentDelayed"] + said["ClockMissed"] < cases / 10
