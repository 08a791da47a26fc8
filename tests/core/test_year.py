"""A year of complaints, replayed: the same history says the same events, name by name, however often it is told."""

from msgspec.structs import replace

from bench.year import POLICY, replay
from shared.policy.load import load_policy

SHIPPED = load_policy(POLICY)


def test_a_years_history_replays_to_identical_events_as_often_as_one_likes() -> None:
    year = replay(SHIPPED, complaints=2_000)
    assert year.complaints >= 2_000
    assert year.said > 4 * year.complaints
    assert [one.digest for one in year.replays] == [year.played, year.played]


def test_another_policy_tells_another_year() -> None:
    """The digest is of what was said, and not of nothing."""
    other = replace(SHIPPED, rounds=replace(SHIPPED.rounds, options_from=1))
    assert replay(SHIPPED, 50, times=1).played != replay(other, 50, times=1).played
