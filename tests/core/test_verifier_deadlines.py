"""Stories of letters that wait: each claim for itself, all questions at once, and times decide in whatever order they are read."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.events import (
    EvidenceAwaited,
    InformationGiven,
    InformationRequested,
    MeasurementWithdrawn,
    Subject,
    VerdictReached,
    case_id,
)
from shared.policy.load import load_policy
from shared.policy.policy import Policy
from tests.core.verifier_stories import CRM, DAY, LETTER_CAME, PARCEL, Road, joined, letter, measured, moment, parcel

POLICY_FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "policy"
ROOM = Subject("room", "R-12")
HOUR = timedelta(hours=1)
HEAD = """
schedule: {name}
title: {name}
source: the house's own promise
ledger: remedy
currency: EUR
zone: Europe/Berlin
anchor: stayed_on
facts:
  stayed_on: {{date: the night}}
{facts}
pay: 10 EUR
checks:
{checks}
"""
LATE = HEAD.format(
    name="late-key",
    facts="  late: {flag: the key was late}",
    checks="  - {if: not late, then: not_owed in_time, promise: kept}\n  - {then: owed key_late}",
)
COLD = HEAD.format(
    name="cold-room",
    facts="""  nights: {count: nights that were cold, source: customer}
  told_us: {flag: whether it was said at the desk, source: customer}
  guests: {count: how many slept there, source: customer, default: 1}""",
    checks="""  - {if: nights == 0, then: not_owed warm, promise: kept}
  - {if: told_us, then: owed cold_and_told}
  - {if: guests == 0, then: not_owed nobody}
  - {then: not_owed not_told}""",
)
BROKEN = HEAD.format(
    name="broken-room",
    facts="  broken: {flag: something was broken}",
    checks="  - {if: not broken, then: not_owed whole, promise: kept}\n  - {then: owed broken}",
)
ROWS = """  - {schedule: late-key, kind: room, claims: [late]}
  - {schedule: cold-room, kind: room, claims: [quality]}
  - {schedule: broken-room, kind: room, claims: [damaged]}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """A house that promises its keys in time, warm rooms, and whole ones."""
    folder = shutil.copytree(POLICY_FOLDER, tmp_path / "policy")
    for name, text in (("late-key", LATE), ("cold-room", COLD), ("broken-room", BROKEN)):
        (folder / "schedules" / f"{name}.yaml").write_text(text)
    (folder / "applies.yaml").write_text((folder / "applies.yaml").read_text() + ROWS)
    return load_policy(folder)


def heard(policy: Policy, text: str, **facts: Any) -> Road:
    road = Road(policy)
    road.stores(measured(subject=ROOM, stayed_on="2018-02-19", **facts), LETTER_CAME - DAY)
    road.hears(letter(text, subject=ROOM, paid=None))
    return road


def answer(at: timedelta, **facts: str) -> InformationGiven:
    case = case_id(CRM, "C-1001")
    return InformationGiven(
        customer="cust-77", complaint="C-1001", source=CRM, case=case, facts=facts, at=LETTER_CAME + at
    )


def said(road: Road, kind: type) -> list[object]:
    return [one for one in road.said if isinstance(one, kind)]


def by_claim(verdict: VerdictReached) -> dict[tuple[str, ...], str]:
    """What is said to each claim that was made."""
    return {one.claims: one.outcome for one in verdict.claims if one.claims}


# ── each claim waits for itself ─────────────────────────────────────────────────────────────────────────────────────


def test_where_all_has_come_and_was_said_nobody_is_woken_when_the_wait_ends() -> None:
    road = Road()
    road.hears(letter("It was late."))
    assert [name for _, name in road.timers] == ["evidence"]
    road.measures(parcel("02-09 18:00"), LETTER_CAME + DAY)
    assert road.verdict.promise == "kept"
    assert not road.timers


def test_what_is_owed_is_said_at_once_and_the_customer_is_asked_about_the_rest(policy: Policy) -> None:
    road = heard(policy, "It was delivered late, and poor quality.", late=True, broken=False)
    assert [type(one).__name__ for one in road.said[:2]] == ["VerdictReached", "InformationRequested"]
    assert (road.verdict.outcome, road.verdict.concerns) == ("owed", ("late",))
    road.hears(answer(DAY, nights="0", told_us="no"))
    assert by_claim(road.verdict) == {("late",): "owed", ("quality",): "not_owed"}


def test_what_is_owed_is_said_at_once_and_operations_are_asked_about_the_rest(policy: Policy) -> None:
    road = heard(policy, "It was delivered late, and is broken.", late=True)
    (awaited,) = said(road, EvidenceAwaited)
    assert isinstance(awaited, EvidenceAwaited)
    assert awaited.facts == ("broken",)
    assert road.verdict.concerns == ("late",)
    road.hears(joined("And delivered late!", at=LETTER_CAME + HOUR))
    assert len(said(road, EvidenceAwaited)) == 1, "it is asked for already"
    road.comes_to(LETTER_CAME + 3 * DAY)
    assert by_claim(road.verdict) == {("late",): "owed", ("damaged",): "cannot_tell"}


def test_a_measurement_taken_back_after_what_is_owed_was_said_starts_no_wait() -> None:
    road = Road()
    road.stores(parcel("02-19 18:00"), LETTER_CAME - DAY)
    road.hears(letter("It was late."))
    assert road.measures(MeasurementWithdrawn(id="w-1", withdraws="m-1", subject=PARCEL), LETTER_CAME + HOUR) == []


# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_that_only_the_customer_knows_is_asked_at_once(policy: Policy) -> None:
    road = heard(policy, "Poor quality.", late=False, broken=False)
    (asked,) = said(road, InformationRequested)
    assert isinstance(asked, InformationRequested)
    assert [question.fact for question in asked.questions] == ["nights", "told_us"]
    road.hears(answer(DAY, nights="2", told_us="yes"))
    assert road.verdict.reasons == ("cold_and_told",)


def test_one_answer_of_two_may_be_enough(policy: Policy) -> None:
    road = heard(policy, "Poor quality.", late=False, broken=False)
    road.hears(answer(DAY, nights="0"))
    assert road.verdict.promise == "kept"


def test_when_something_else_is_missing_that_is_asked_for_until_the_same_time() -> None:
    road = Road()
    road.hears(letter("It was late.", paid=None))
    late = measured("m-1", promised_on="2018-02-10", delivered_at=moment("02-19 18:00").isoformat())
    road.measures(late, LETTER_CAME + HOUR)
    first, second = said(road, EvidenceAwaited)
    assert isinstance(first, EvidenceAwaited)
    assert isinstance(second, EvidenceAwaited)
    assert (first.facts, first.until) == (("promised_on",), LETTER_CAME + 3 * DAY)
    assert set(second.facts).isdisjoint(first.facts)
    assert second.until == first.until


# ── times decide, not the order in which they are read ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("timer_first", [True, False])
@pytest.mark.parametrize("text", ["Poor quality.", "It was delivered late, and poor quality."])
@pytest.mark.parametrize(("days", "outcome"), [(13, "not_owed"), (15, "cannot_tell")])
def test_an_answer_counts_by_its_own_time(
    policy: Policy, text: str, days: int, outcome: str, *, timer_first: bool
) -> None:
    road = heard(policy, text, late="late" in text, broken=False)
    end = LETTER_CAME + 14 * DAY
    if timer_first:
        road.comes_to(end)
    road.hears(answer(days * DAY, nights="0", told_us="no"))
    road.comes_to(end)
    said_of = by_claim(road.verdict) or {("quality",): road.verdict.outcome}
    assert said_of["quality",] == outcome


@pytest.mark.parametrize("timer_first", [True, False])
@pytest.mark.parametrize(("minutes", "promise"), [(-5, "kept"), (5, "unknown")])
def test_evidence_counts_by_its_own_time(minutes: int, promise: str, *, timer_first: bool) -> None:
    road = Road()
    road.hears(letter("It was late."))
    end = LETTER_CAME + 3 * DAY
    if timer_first:
        road.comes_to(end)
    road.measures(parcel("02-09 18:00"), end + timedelta(minutes=minutes))
    road.comes_to(end)
    assert road.verdict.promise == promise


@pytest.mark.parametrize("timer_first", [True, False])
def test_what_comes_late_still_brings_what_is_owed(*, timer_first: bool) -> None:
    road = Road()
    road.hears(letter("It was late."))
    if timer_first:
        road.comes_to(LETTER_CAME + 3 * DAY)
    road.measures(parcel("02-19 18:00"), LETTER_CAME + 4 * DAY)
    road.comes_to(LETTER_CAME + 5 * DAY)
    assert road.verdict.outcome == "owed"
