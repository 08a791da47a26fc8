"""Stories of what only the customer can know: they are asked once, and their word counts up to the sum for doubt."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from shared.events import InformationGiven, InformationRequested, Question, Subject, VerdictReached, case_id
from shared.policy.load import load_policy
from shared.policy.policy import Policy
from tests.core.verifier_stories import CRM, DAY, LETTER_CAME, Road, letter, measured, moment

POLICY_FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "policy"
ROOM = Subject("room", "R-12")
COLD_ROOM = """
schedule: cold-room
title: A warm room
source: the house's own promise
ledger: remedy
currency: EUR
zone: Europe/Berlin
anchor: stayed_on
facts:
  stayed_on: {date: the night}
  price: {money: the price of the night}
  nights_cold: {count: nights in which it was cold, source: customer}
  told_us: {flag: whether it was said at the desk, source: customer, optional: yes}
pay: min(50% * price * nights_cold, price)
checks:
  - {if: nights_cold == 0, then: not_owed not_cold, promise: kept}
  - {if: known(told_us) and told_us, then: owed cold_and_told, pay: price}
  - {then: owed cold_room}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """A house that promises warm rooms, and cannot know whether they were."""
    folder = shutil.copytree(POLICY_FOLDER, tmp_path / "policy")
    (folder / "schedules" / "cold-room.yaml").write_text(COLD_ROOM)
    rows = (folder / "applies.yaml").read_text()
    (folder / "applies.yaml").write_text(rows + "  - {schedule: cold-room, kind: room, claims: [quality]}\n")
    return load_policy(folder)


def asked(policy: Policy, price: str = "40.00") -> Road:
    road = Road(policy)
    road.stores(measured(subject=ROOM, stayed_on="2018-02-19", price=price), LETTER_CAME)
    road.hears(letter("Poor quality: the room was cold.", subject=ROOM, paid=None))
    return road


def answer(at: timedelta = DAY, **facts: str) -> InformationGiven:
    case = case_id(CRM, "C-1001")
    return InformationGiven(
        customer="cust-77", complaint="C-1001", source=CRM, case=case, facts=facts, at=LETTER_CAME + at
    )


def test_what_only_the_customer_can_know_is_asked_once_with_its_meaning(policy: Policy) -> None:
    road = asked(policy)
    (request,) = [said for said in road.said if isinstance(said, InformationRequested)]
    assert request.questions == (Question("nights_cold", "nights in which it was cold", "count"),)
    assert request.until == LETTER_CAME + 14 * DAY
    assert not road.verdicts
    road.measures(measured("m-2", subject=ROOM, price="41.00", taken=moment("02-21 00:00")), LETTER_CAME + DAY)
    assert len([said for said in road.said if isinstance(said, InformationRequested)]) == 1
    assert not road.verdicts


def test_the_customers_word_counts_up_to_the_sum_for_doubt(policy: Policy) -> None:
    road = asked(policy)
    road.hears(answer(nights_cold="1"))
    assert (road.verdict.outcome, road.verdict.promise) == ("owed", "broken")
    assert road.verdict.remedy is not None
    assert str(road.verdict.remedy.sum.amount) == "20.00"
    assert road.verdict.facts["nights_cold"].record == "customer"


def test_above_the_sum_for_doubt_a_person_looks(policy: Policy) -> None:
    road = asked(policy, price="60.00")
    road.hears(answer(nights_cold="1"))
    assert (road.verdict.outcome, road.verdict.reasons) == ("cannot_tell", ("word-above-doubt",))
    assert road.verdict.remedy is None


def test_without_an_answer_the_verdict_comes_at_the_end_of_the_time_for_it(policy: Policy) -> None:
    road = asked(policy)
    road.comes_to(LETTER_CAME + 14 * DAY)
    assert (road.verdict.outcome, road.verdict.missing) == ("cannot_tell", ("nights_cold",))


def test_an_answer_after_that_still_brings_what_is_owed(policy: Policy) -> None:
    road = asked(policy)
    road.comes_to(LETTER_CAME + 14 * DAY)
    road.hears(answer(20 * DAY, nights_cold="1"))
    assert [verdict.outcome for verdict in road.verdicts] == ["cannot_tell", "owed"]


@pytest.mark.parametrize(("word", "reason"), [("yes", "cold_and_told"), ("no", "cold_room")])
def test_yes_and_no_are_answers(policy: Policy, word: str, reason: str) -> None:
    road = asked(policy, price="20.00")
    road.hears(answer(nights_cold="1", told_us=word))
    assert road.verdict.reasons == (reason,)


def test_an_answer_that_cannot_be_read_is_no_answer(policy: Policy) -> None:
    road = asked(policy)
    road.hears(answer(nights_cold="many"))
    road.comes_to(LETTER_CAME + 14 * DAY)
    (verdict,) = road.verdicts
    assert isinstance(verdict, VerdictReached)
    assert verdict.missing == ("nights_cold",)
