"""Stories of services that fail: the incident a complaint speaks of, the probe that looked, and many who say the same."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.verifier.records.about import Similar
from shared.events import EvidenceArrived, IncidentReported, IncidentSuspected, Subject, VerdictReached
from tests.core.verifier_stories import CRM, DAY, Road, letter, measured, moment

FIBRE = Subject("service", "fibre-north")
LINE = Subject("line", "L-9")
HOUR = timedelta(hours=1)
FAILED = moment("02-20 10:00")
OVER = moment("02-20 14:30")


def incident(**facts: Any) -> IncidentReported:
    usual = {"id": "inc-7", "service": FIBRE.id, "severity": "major", "started_at": FAILED, "resolved_at": OVER}
    return IncidentReported(**{**usual, "updated_at": OVER, **facts})


def watched(**facts: Any) -> Any:
    """A probe looked at the service from the 15th on, until the evening of the 20th, and saw nothing."""
    looked = {"measured_from": moment("02-15 00:00").isoformat(), "measured_to": moment("02-20 20:00").isoformat()}
    return measured("m-5", subject=FIBRE, **{**looked, "outages": [], "monthly_fee": "40.00", **facts})


def outage(**facts: Any) -> Any:
    return letter(
        "No internet since this morning.", subject=FIBRE, **{"at": moment("02-20 18:00"), "paid": None, **facts}
    )


def judged_by(*evidence: Any, **facts: Any) -> VerdictReached:
    road = Road()
    for one in evidence:
        road.stores(one, moment("02-20 17:00"))
    road.hears(outage(**facts))
    road.comes_to(moment("02-27 00:00"))
    return road.verdict


def test_an_outage_is_owed_by_its_hours_and_the_verdict_names_the_incident() -> None:
    verdict = judged_by(incident(), watched())
    assert (verdict.outcome, verdict.promise, verdict.severity, verdict.incident) == ("owed", "broken", 2, "inc-7")
    assert verdict.remedy is not None
    assert (verdict.remedy.form, str(verdict.remedy.sum.amount)) == ("credit", "3.20")
    assert "inc-7" in verdict.clauses[-1].evidence


def test_a_subject_that_the_incident_affects_is_judged_with_it() -> None:
    road = Road()
    road.stores(incident(affects=({"kind": "line", "id": "L-9"},)), moment("02-20 17:00"))
    road.stores(measured(subject=LINE, monthly_fee="30.00"), FAILED)
    road.hears(letter("No internet.", subject=LINE, at=moment("02-20 18:00")))
    assert (road.verdict.incident, road.verdict.outcome) == ("inc-7", "owed")
    assert road.verdict.remedy is not None
    assert str(road.verdict.remedy.sum.amount) == "2.40"


def test_the_incident_is_that_of_the_time_which_the_letter_speaks_of() -> None:
    earlier = incident(id="inc-3", started_at=moment("02-12 10:00"), resolved_at=moment("02-12 12:00"))
    assert judged_by(earlier, incident(), watched(), occurred_at=moment("02-12 11:00")).incident == "inc-3"
    assert judged_by(earlier, incident(), watched(), occurred_at=moment("02-20 11:00")).incident == "inc-7"
    assert judged_by(earlier, incident(), watched()).incident == "inc-7"


@pytest.mark.parametrize(("minutes", "met"), [(-61, False), (-60, True), (330, True), (331, False)])
def test_people_remember_a_time_to_the_hour(minutes: int, met: bool) -> None:
    verdict = judged_by(incident(), occurred_at=FAILED + timedelta(minutes=minutes))
    assert (verdict.incident is not None) is met


def test_outside_of_an_incident_nobody_is_declined_unless_a_probe_saw_the_service_work() -> None:
    unseen = judged_by(occurred_at=moment("02-18 12:00"))
    assert (unseen.outcome, unseen.promise) == ("cannot_tell", "unknown")
    seen = judged_by(watched(), occurred_at=moment("02-18 12:00"))
    assert (seen.outcome, seen.promise, seen.reasons) == ("not_owed", "kept", ("seen_up",))
    too_late = judged_by(watched(), occurred_at=moment("02-20 20:01"), at=moment("02-21 09:00"))
    assert (too_late.outcome, too_late.promise) == ("cannot_tell", "unknown")


def test_an_outage_that_the_probe_saw_and_nobody_reported_is_owned() -> None:
    down = [{"from": moment("02-18 11:00").isoformat(), "to": moment("02-18 13:00").isoformat()}]
    verdict = judged_by(watched(outages=down), occurred_at=moment("02-18 12:00"))
    assert (verdict.outcome, verdict.promise, verdict.reasons) == ("cannot_tell", "broken", ("measured_down",))


def test_an_outage_that_goes_on_is_owed_so_far_and_again_when_it_ends() -> None:
    road = Road()
    road.stores(incident(resolved_at=None, updated_at=FAILED), FAILED)
    road.stores(watched(), FAILED)
    road.hears(outage(at=moment("02-20 12:00")))
    road.measures(incident(), OVER + HOUR)
    assert [(said.ongoing, said.remedy and str(said.remedy.sum.amount)) for said in road.verdicts] == [
        (True, "1.60"),
        (False, "3.20"),
    ]


def test_who_must_prove_an_exclusion_has_to_prove_it() -> None:
    storm = incident(cause="storm", proved=False)
    assert judged_by(storm, watched()).outcome == "owed"
    proved = judged_by(incident(cause="storm", proved=True), watched())
    assert (proved.outcome, proved.promise, proved.reasons) == ("excluded", "broken", ("storm",))


def test_an_incident_that_is_taken_back_takes_nothing_from_anybody() -> None:
    road = Road()
    road.stores(incident(), OVER)
    road.stores(watched(), OVER)
    road.hears(outage())
    before = road.verdict
    assert road.measures(incident(withdrawn=True, updated_at=OVER + HOUR), OVER + HOUR) == []
    assert road.verdict is before


def test_an_incident_of_which_nobody_says_when_it_began_was_there_when_it_was_over() -> None:
    unknown = incident(started_at=None, resolved_at=OVER, updated_at=OVER + DAY)
    assert judged_by(unknown, occurred_at=OVER).incident == "inc-7"
    assert judged_by(unknown, occurred_at=OVER + 2 * HOUR, at=OVER + 3 * HOUR).incident is None


def test_what_an_outage_of_the_same_month_was_worth_before_is_counted_against_the_months_limit() -> None:
    whole_day = {"severity": "critical", "started_at": moment("02-11 00:00"), "resolved_at": moment("02-12 00:00")}
    road = Road()
    road.stores(incident(id="inc-1", **whole_day, updated_at=moment("02-12 00:00")), moment("02-12 00:00"))
    road.stores(watched(), moment("02-12 00:00"))
    road.hears(outage(complaint="C-0900", at=moment("02-12 09:00"), occurred_at=moment("02-11 12:00")))
    assert road.verdict.remedy is not None
    assert str(road.verdict.remedy.sum.amount) == "40.00"
    road.stores(incident(), OVER)
    road.hears(outage())
    assert (road.verdict.outcome, road.verdict.promise, road.verdict.reasons) == (
        "not_owed",
        "broken",
        ("month_used_up",),
    )
    assert road.verdict.facts["remedies"].value == [{"on": "2018-02-11", "amount": "40.00"}]


def test_of_two_failures_in_the_time_spoken_of_the_one_counts_that_is_best_for_the_customer() -> None:
    long = incident(id="inc-1", started_at=moment("02-18 20:00"), resolved_at=moment("02-19 06:00"))
    blip = incident(id="inc-2", started_at=moment("02-20 10:00"), resolved_at=moment("02-20 10:30"))
    verdict = judged_by(long, blip, watched())
    assert (verdict.incident, verdict.outcome) == ("inc-1", "owed")


def test_a_day_without_an_hour_is_the_whole_day() -> None:
    verdict = judged_by(incident(), watched(), occurred_at=datetime(2018, 2, 20, tzinfo=UTC))
    assert (verdict.incident, verdict.outcome) == ("inc-7", "owed")
    down = [{"from": moment("02-18 11:00").isoformat(), "to": moment("02-18 13:00").isoformat()}]
    seen = judged_by(watched(outages=down), occurred_at=datetime(2018, 2, 18, tzinfo=UTC))
    assert (seen.promise, seen.reasons) == ("broken", ("measured_down",))


@pytest.mark.parametrize("older_first", [True, False])
def test_a_months_limit_holds_in_whatever_order_two_letters_are_read(older_first: bool) -> None:
    road = Road()
    for n, day in (("1", "02-05"), ("2", "02-09")):
        began, ended = moment(f"{day} 00:00"), moment(f"{day} 00:00") + 2 * DAY
        road.stores(incident(id=f"inc-{n}", severity="critical", started_at=began, resolved_at=ended), ended)
    road.stores(watched(), moment("02-12 00:00"))
    letters = [
        outage(complaint=f"C-{day}", at=moment(f"02-{day} 12:00"), occurred_at=moment(f"02-{day} 09:00"))
        for day in ("06", "10")
    ]
    road.hears(*(letters if older_first else letters[::-1]))
    owed = [verdict.remedy.sum.amount for verdict in road.verdicts if verdict.remedy is not None]
    assert sum(owed) == Decimal("40.00")


# ── many who say the same ───────────────────────────────────────────────────────────────────────────────────────────


def others(number: int, claims: tuple[str, ...] = ("outage",), minutes: int = 10) -> tuple[Similar, ...]:
    at = moment("02-20 18:00") - timedelta(minutes=minutes)
    return tuple(Similar(at, CRM, f"C-{n}", f"cust-{n}", claims) for n in range(number))


def heard_beside(some: tuple[Similar, ...]) -> Road:
    road = Road()
    road.stores(watched(), moment("02-20 20:00"))
    road.similar = {FIBRE: some}
    road.hears(outage(occurred_at=moment("02-20 17:00")))
    return road


def test_five_who_say_the_same_within_an_hour_are_evidence_and_operations_are_told() -> None:
    road = heard_beside(others(4))
    assert (road.verdict.outcome, road.verdict.promise) == ("cannot_tell", "unknown")
    assert road.verdict.reasons == ("others-say-the-same",)
    (suspected,) = [said for said in road.said if isinstance(said, IncidentSuspected)]
    assert (suspected.subject, suspected.claims, suspected.similar) == (FIBRE, ("outage",), 5)
    woken = [said.customer for said in road.said if isinstance(said, EvidenceArrived)]
    assert woken == ["cust-0", "cust-1", "cust-2", "cust-3"]


@pytest.mark.parametrize(
    "some", [others(3), others(4, claims=("price",)), others(4, minutes=61)], ids=["few", "of other things", "long ago"]
)
def test_fewer_or_others_are_no_evidence(some: tuple[Similar, ...]) -> None:
    road = heard_beside(some)
    assert road.verdict.promise == "kept"
    assert not [said for said in road.said if isinstance(said, IncidentSuspected)]


def test_one_customer_who_writes_five_times_is_one_customer() -> None:
    (one, *_) = others(1)
    assert heard_beside((one,) * 5).verdict.promise == "kept"


def test_an_earlier_decline_is_judged_again_when_others_say_the_same() -> None:
    road = heard_beside(())
    assert road.verdict.promise == "kept"
    road.similar = {FIBRE: others(4)}
    road.hears(
        EvidenceArrived(customer="cust-77", complaint="C-1001", source=CRM, subject=FIBRE, record="", at=OVER + DAY)
    )
    assert (road.verdict.outcome, road.verdict.reasons) == ("cannot_tell", ("others-say-the-same",))
