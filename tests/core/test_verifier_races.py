"""Letters, evidence and time come in any order: a verdict waits for what may still come, and is never taken back."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.verifier.judging.weighing import FAVOUR
from services.verifier.records.changes import OnFile
from shared.events import EvidenceArrived, MeasurementTaken, TimerFired, VerdictReached, case_id
from shared.remedy import remedy_of
from tests.core.verifier_stories import (
    CRM,
    DAY,
    LETTER_CAME,
    PARCEL,
    POLICY,
    Road,
    awaited,
    joined,
    letter,
    measured,
    moment,
    parcel,
    real,
    withdrawal,
)

HOUR = timedelta(hours=1)
CASE = case_id(CRM, "C-1001")


def test_without_a_record_the_verdict_waits_three_days_and_no_longer() -> None:
    road = Road()
    asked = awaited(road.hears(letter("It was late.")))
    assert (asked.facts, asked.until) == (("promised_on",), LETTER_CAME + 3 * DAY)
    assert road.comes_to(asked.until - HOUR) == []
    road.comes_to(asked.until)
    assert (road.verdict.outcome, road.verdict.promise) == ("cannot_tell", "unknown")
    assert (road.verdict.missing, road.verdict.reasons) == (("promised_on",), ("no-record",))


def test_a_letter_years_old_waits_a_few_seconds_from_when_it_reached_us() -> None:
    today = LETTER_CAME + 3000 * DAY
    asked = awaited(Road().hears(letter("It was late.", at=today, received_at=LETTER_CAME)))
    assert asked.until == today + POLICY.evidence.floor


def test_evidence_that_comes_in_time_ends_the_wait() -> None:
    road = Road()
    road.hears(letter("It was late."))
    road.measures(parcel("02-19 18:00"), LETTER_CAME + HOUR)
    assert (road.verdict.outcome, road.verdict.at) == ("owed", LETTER_CAME + HOUR)
    assert road.comes_to(LETTER_CAME + 30 * DAY) == [], "the end of the wait says nothing new"


def test_facts_are_asked_for_once() -> None:
    road = Road()
    road.hears(letter("It was late."))
    assert road.measures(measured(status="shipped"), LETTER_CAME + HOUR) == []


def test_evidence_after_the_wait_still_brings_what_is_owed() -> None:
    road = Road()
    road.hears(letter("It was late."))
    road.comes_to(LETTER_CAME + 3 * DAY)
    road.measures(parcel("02-19 18:00"), LETTER_CAME + 9 * DAY)
    assert [verdict.outcome for verdict in road.verdicts] == ["cannot_tell", "owed"]


def test_evidence_after_the_wait_takes_nothing_back() -> None:
    road = Road()
    road.hears(letter("It was late."))
    road.comes_to(LETTER_CAME + 3 * DAY)
    assert road.measures(parcel("02-09 12:00"), LETTER_CAME + 9 * DAY) == []


def test_evidence_in_time_counts_although_the_end_of_the_wait_was_read_first() -> None:
    road = Road()
    asked = awaited(road.hears(letter("It was late.")))
    road.stores(parcel("02-09 12:00"), asked.until - HOUR)
    (woken,) = road.woken
    road.woken.clear()
    file, road.file = road.file, OnFile()  # the timer's batch looked before the measurement was committed
    road.comes_to(asked.until)
    road.file = file
    road.hears(woken)
    assert [verdict.promise for verdict in road.verdicts] == ["unknown", "kept"]


def test_a_failure_is_owed_so_far_and_judged_again_when_it_ends() -> None:
    road = Road()
    road.stores(parcel(), LETTER_CAME - DAY)
    road.hears(letter("Where is it?", at=moment("02-12 10:00")))
    assert (road.verdict.severity, road.verdict.ongoing) == (1, True)
    road.measures(
        measured("m-2", taken=moment("02-19 19:00"), delivered_at=moment("02-19 18:00").isoformat()),
        moment("02-19 19:00"),
    )
    assert (road.verdict.severity, road.verdict.ongoing, road.verdict.remedy) == (2, False, remedy_of(real("17.50")))
    assert len(road.verdicts) == 2


def test_an_old_letter_is_judged_by_what_was_known_when_it_was_written() -> None:
    road, today = Road(), LETTER_CAME + 3000 * DAY
    road.stores(parcel(), today)
    road.hears(letter("Where is it?", received_at=moment("02-12 10:00"), at=today))
    assert (road.verdict.severity, road.verdict.ongoing) == (1, True)
    road.measures(
        measured("m-2", taken=moment("02-19 19:00"), delivered_at=moment("02-13 18:00").isoformat()), today + HOUR
    )
    assert (road.verdict.severity, road.verdict.ongoing) == (1, False)


def test_a_failure_that_does_not_end_becomes_never_by_itself() -> None:
    road = Road()
    road.stores(parcel(), LETTER_CAME - DAY)
    road.hears(letter("Where is it?", at=moment("02-12 10:00")))
    assert road.comes_to(moment("03-12 23:59")) == []
    road.comes_to(moment("03-13 00:00"))
    assert (road.verdict.severity, road.verdict.reasons, road.verdict.ongoing) == (4, ("never-arrived",), False)


def test_what_was_said_to_be_owed_stands_when_the_record_changes_its_mind() -> None:
    road = Road()
    road.stores(parcel(), LETTER_CAME - DAY)
    road.hears(letter("Where is it?", at=moment("02-12 10:00")))
    road.measures(
        measured("m-2", taken=moment("02-13 09:00"), delivered_at=moment("02-09 18:00").isoformat(), freight="1.00"),
        moment("02-13 09:00"),
    )
    assert (road.verdict.outcome, road.verdict.remedy, road.verdict.ongoing) == (
        "owed",
        remedy_of(real("17.50")),
        False,
    )
    assert road.verdict.reasons == ("late-delivery", "said-before-and-stands")


def test_what_was_not_due_is_judged_when_the_promised_day_is_over() -> None:
    road = Road()
    road.stores(parcel(), LETTER_CAME - DAY)
    road.hears(letter("It is slow, where is it?", at=moment("02-08 10:00")))
    assert road.comes_to(moment("02-10 23:59")) == []
    road.comes_to(moment("02-11 00:00"))
    assert [verdict.reasons for verdict in road.verdicts] == [("not-yet-due",), ("late-delivery",)]
    assert road.verdict.ongoing


def test_what_was_not_due_and_came_in_time_was_kept() -> None:
    road = Road()
    road.stores(parcel(), LETTER_CAME - DAY)
    road.hears(letter("My parcel is late.", at=moment("02-08 10:00")))
    road.measures(
        measured(
            "m-2", taken=moment("02-09 13:00"), status="delivered", delivered_at=moment("02-09 12:00").isoformat()
        ),
        moment("02-09 13:00"),
    )
    assert road.verdict.promise == "kept"
    assert road.comes_to(moment("04-01 00:00")) == []


def test_a_further_letter_may_claim_what_the_first_did_not() -> None:
    road = Road()
    road.stores(parcel("02-09 12:00"), LETTER_CAME - DAY)
    road.hears(letter("It was late."))
    assert road.verdict.promise == "kept"
    road.hears(joined("And now I see that the lid is broken.", at=LETTER_CAME + DAY))
    assert (road.verdict.outcome, road.verdict.reasons) == ("cannot_tell", ("not-measured",))


def test_a_further_letter_that_says_nothing_new_changes_nothing() -> None:
    road = Road()
    road.stores(parcel("02-19 18:00"), LETTER_CAME - DAY)
    road.hears(letter("It was late."))
    assert road.hears(joined("Still waiting for your answer about my late parcel!", at=LETTER_CAME + DAY)) == []


def test_what_was_taken_back_is_judged_no_more() -> None:
    road = Road()
    road.hears(letter("It was late."), withdrawal(LETTER_CAME + HOUR))
    assert road.measures(parcel("02-19 18:00"), LETTER_CAME + 2 * HOUR) == []
    assert road.comes_to(LETTER_CAME + 30 * DAY) == []


def test_a_letter_that_was_set_aside_until_it_was_taken_back_gets_no_verdict() -> None:
    road = Road()
    assert road.hears(withdrawal(LETTER_CAME + HOUR), letter("It was late.")) == []


def test_what_a_further_letter_said_is_remembered_until_the_first_one_comes() -> None:
    road = Road()
    road.stores(parcel("02-09 12:00"), LETTER_CAME - DAY)
    road.hears(joined("The lid is broken.", at=LETTER_CAME + DAY), letter("It was late.", at=LETTER_CAME))
    assert road.verdict.reasons == ("not-measured",)


def test_the_timers_of_others_and_evidence_for_nobody_are_passed_by() -> None:
    road = Road()
    road.hears(letter("It was late."))
    other = TimerFired(
        customer="cust-77", flow="offer", case=CASE, name="expiry", due=LETTER_CAME, at=LETTER_CAME + 9 * DAY
    )
    stranger = EvidenceArrived(
        customer="cust-77", source=CRM, complaint="C-9", subject=PARCEL, record="m-1", at=LETTER_CAME
    )
    assert road.hears(other, stranger) == []


def test_old_letters_are_forgotten_when_new_ones_come() -> None:
    road = Road()
    road.hears(letter("It was late."), letter("It was late.", at=LETTER_CAME + 401 * DAY, complaint="C-2001"))
    assert [one.complaint for one in road.letters.letters.values()] == ["C-2001"]


TEXTS = ("It came late.", "It never arrived.", "The lid is broken.", "late, and half is missing", "Hm.")
Days = st.integers(-40, 40)
Deliveries = st.one_of(st.none(), Days)
PROMISED_ON = datetime.fromisoformat("2018-02-10T12:00:00-03:00")


@st.composite
def histories(draw: Any) -> tuple[Any, list[MeasurementTaken]]:
    """A letter, and the measurements of its parcel in order, each taken when it happened."""
    written = PROMISED_ON + draw(Days) * DAY
    delivered = draw(Deliveries)
    steps: list[tuple[timedelta, dict[str, Any]]] = [(-50 * DAY, {"promised_on": "2018-02-10", "status": "ordered"})]
    if draw(st.booleans()):
        steps.append((-45 * DAY, {"status": "shipped"}))
    if delivered is not None:
        arrived = PROMISED_ON + delivered * DAY
        steps.append((delivered * DAY, {"status": "delivered", "delivered_at": arrived.isoformat()}))
    elif draw(st.booleans()):
        steps.append((draw(Days) * DAY, {"status": "canceled"}))
    steps[0][1].update({"freight": draw(st.sampled_from(("17.50", "0", None))), "currency": "BRL"})
    measurements = [measured(f"m-{n}", taken=PROMISED_ON + after, **facts) for n, (after, facts) in enumerate(steps)]
    return letter(draw(st.sampled_from(TEXTS)), at=written), measurements


def play(complaint: Any, measurements: list[MeasurementTaken], chance: Any, *, lag: bool) -> Road:
    """Everything comes within four seconds from the letter, in an order that chance picks; then time passes."""
    road, now = Road(), complaint.at
    telemetry, letters, woken = list(measurements), [complaint], list[EvidenceArrived]()
    if lag:
        chance.shuffle(telemetry)
    while telemetry or letters or woken:
        now += timedelta(milliseconds=100)
        source = chance.choice([topic for topic in (telemetry, letters, woken) if topic])
        event = source.pop(0)
        if isinstance(event, MeasurementTaken):
            road.stores(event, now)
            woken += road.woken
            road.woken.clear()
        else:
            road.answer(event)
    road.comes_to(complaint.at + 200 * DAY)
    return road


def favour(verdict: VerdictReached) -> int:
    return FAVOUR[verdict.outcome, verdict.promise]


def essence(verdict: VerdictReached) -> tuple[Any, ...]:
    return verdict.outcome, verdict.promise, verdict.severity, verdict.remedy, verdict.ongoing, verdict.contested


def in_hindsight(complaint: Any, measurements: list[MeasurementTaken]) -> VerdictReached:
    road = Road()
    for measurement in measurements:
        road.stores(measurement, complaint.at)
    road.hears(complaint)
    road.comes_to(complaint.at + 200 * DAY)
    return road.verdict


@settings(deadline=None)
@given(histories(), st.randoms())
def test_one_measurement_and_one_letter_give_the_same_last_word_in_any_order(history: Any, chance: Any) -> None:
    complaint, measurements = history
    whole: dict[str, Any] = {}
    for measurement in measurements:
        whole |= measurement.facts
    one = [measured("m-all", taken=measurements[-1].taken_at, **whole)]
    assert essence(play(complaint, one, chance, lag=True).verdict) == essence(in_hindsight(complaint, one))


@settings(deadline=None)
@given(histories(), st.randoms())
def test_measurements_before_the_letter_may_come_in_any_order(history: Any, chance: Any) -> None:
    complaint, measurements = history
    shuffled = list(measurements)
    chance.shuffle(shuffled)
    assert in_hindsight(complaint, shuffled) == in_hindsight(complaint, measurements)


@settings(deadline=None)
@given(histories(), st.randoms(), st.booleans())
def test_in_any_order_nobody_ends_below_what_hindsight_says_and_nothing_is_taken_back(
    history: Any, chance: Any, lag: bool
) -> None:
    complaint, measurements = history
    road, hindsight = play(complaint, measurements, chance, lag=lag), in_hindsight(complaint, measurements)
    last = road.verdict
    assert favour(last) >= favour(hindsight)
    assert last.severity >= hindsight.severity
    if hindsight.promise == "broken":
        assert (last.outcome, last.promise, last.remedy) == (hindsight.outcome, "broken", hindsight.remedy)
    if last.promise == "kept":
        assert essence(last) == essence(hindsight)
    for earlier, later in zip(road.verdicts, road.verdicts[1:], strict=False):
        assert "not-yet-due" in earlier.reasons or earlier.missing or favour(later) >= favour(earlier)
        assert earlier.remedy is None or (later.remedy or earlier.remedy).sum >= earlier.remedy.sum


@settings(deadline=None)
@given(histories(), st.randoms())
def test_what_was_taken_back_stays_silent_in_any_order(history: Any, chance: Any) -> None:
    complaint, measurements = history
    road = Road()
    road.answer(complaint)
    road.answer(withdrawal(complaint.at))
    before = len(road.verdicts)
    for measurement in measurements:
        road.measures(measurement, complaint.at + HOUR)
    road.comes_to(complaint.at + 200 * DAY)
    assert len(road.verdicts) == before
