"""A year of complaints, replayed: the same history says the same events, name by name, however often it is told."""

from collections import Counter
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from bench.lives import Life
from bench.year import POLICY, replay
from services.offer import in_memory as offer
from services.verifier import in_memory as verifier
from shared import events as e
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


def test_in_such_a_year_most_things_go_as_they_should_and_some_do_not() -> None:
    """It is no year in which nobody answers, pays or decides: what comes from outside comes in its own time."""
    said: Counter[type[Any]] = Counter()
    for customer in range(150):
        Life(
            customer, (verifier.desk(SHIPPED), offer.desk(SHIPPED)), lambda answers: said.update(map(_kind, answers))
        ).play()
    cases = said[e.CaseOpened]
    assert min(said[e.CaseSettled], said[e.OptionsOffered], said[e.FinalSayGiven], said[e.ClaimDeclined]) > cases / 50
    assert min(said[e.HandedOver], said[e.ApprovalRequested], said[e.CaseExpired], said[e.ClockMissed]) > cases / 100
    assert said[e.CaseSettled] > cases / 3
    assert said[e.PaymentDelayed] + said[e.ClockMissed] < cases / 10


def _kind(answer: tuple[UUID, Any]) -> type[Any]:
    return type(answer[1])
