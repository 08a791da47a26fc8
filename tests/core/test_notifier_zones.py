"""Days are those of the place where the promise was made, whatever other promise reads facts of the same names."""

import dataclasses
import shutil
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from services.notifier.turns import turn_of
from services.verifier.judging.questions import questions
from shared.events import ClaimJudged, Clause, Question, Subject
from shared.policy.load import load_policy
from shared.policy.policy import Policy
from tests.core.notifier_stories import Complaint

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "policy"
LATE_AT_NIGHT = Clause("late", "met", {"promised_on": "2018-02-10", "delivered_at": "2018-02-19T23:30:00Z"})
ON_20TH, ON_19TH = date(2018, 2, 20), date(2018, 2, 19)
PARCEL = Subject("parcel", "P-1")


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    """The parcel promise of the house, and beside it the same one given in Berlin."""
    folder = shutil.copytree(DEPLOY, tmp_path / "policy")
    written = (folder / "schedules" / "parcel-promise.yaml").read_text().split("\nexamples:")[0]
    berlin = written.replace("schedule: parcel-promise", "schedule: berlin").replace("America/Bahia", "Europe/Berlin")
    (folder / "schedules" / "berlin.yaml").write_text(berlin + "\n")
    row = "  - {schedule: berlin, kind: parcel, claims: [late], promised: promised_on, measured: delivered_at}\n"
    (folder / "applies.yaml").write_text((folder / "applies.yaml").read_text() + row)
    return load_policy(folder)


@pytest.mark.parametrize(
    ("schedule", "subject", "day", "zone"),
    [
        ("berlin", PARCEL, ON_20TH, "Europe/Berlin"),
        ("parcel-promise", PARCEL, ON_19TH, "America/Bahia"),
        (None, PARCEL, ON_20TH, "Europe/Berlin"),
        (None, Subject("order", "O-1"), ON_19TH, "America/Bahia"),
        (None, None, ON_19TH, "America/Bahia"),
    ],
)
def test_the_day_is_that_of_the_promise_that_was_judged(
    schedule: str | None, subject: Subject | None, day: date, zone: str, policy: Policy
) -> None:
    letter = Complaint().apology(clauses=(LATE_AT_NIGHT,), subject=subject, schedule=schedule)
    facts = turn_of(letter, policy).facts
    assert (facts.delivered_on, facts.zone) == (day, zone)


def test_each_claim_has_the_days_of_its_own_promise(policy: Policy) -> None:
    claims = tuple(
        ClaimJudged(
            claims=("late",), outcome="owed", promise="broken", severity=2, schedule=name, clauses=(LATE_AT_NIGHT,)
        )
        for name in ("berlin", "parcel-promise")
    )
    found = turn_of(Complaint().apology(claims=claims), policy).facts.found or ()
    assert [one.delivered_on for one in found] == [ON_20TH, ON_19TH]


def test_a_decline_has_the_days_of_its_promise_too(policy: Policy) -> None:
    declined = replace(Complaint().declined(), clauses=(LATE_AT_NIGHT,), schedule="berlin", subject=None)
    assert turn_of(declined, policy).facts.delivered_on == ON_20TH


def test_a_moment_is_asked_for_in_the_zone_of_the_promise(policy: Policy) -> None:
    schedule = policy.schedules["berlin"].schedule
    fact = dataclasses.replace(schedule.facts["delivered_at"], source="customer")
    (asked,) = questions(dataclasses.replace(schedule, facts={fact.name: fact}), (fact.name,))
    assert asked == Question("delivered_at", fact.meaning, "instant", zone="Europe/Berlin")
