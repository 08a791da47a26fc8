"""Stories of parcels: what was promised, what was measured, what the customer says, and what is owed."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.events import Clause, Subject
from shared.remedy import remedy_of
from tests.core.verifier_stories import (
    DAY,
    LETTER_CAME,
    PARCEL,
    POLICY,
    Road,
    joined,
    judged,
    letter,
    measured,
    moment,
    parcel,
    real,
)


def test_nine_days_late_is_owed_the_freight_and_the_verdict_shows_its_working() -> None:
    verdict = judged(
        letter("It came late.", category="late-delivery", sought="refund", tier="gold"), parcel("02-19 18:00")
    )
    assert (verdict.outcome, verdict.promise, verdict.severity) == ("owed", "broken", 2)
    assert verdict.remedy == remedy_of(real("17.50"))
    assert verdict.reasons == ("late-delivery",)
    assert verdict.clauses == (
        Clause(
            "late-delivery",
            "met",
            {
                "promised_on": "2018-02-10",
                "delivered_at": "2018-02-19T21:00:00+00:00",
                "freight": "17.50",
                "currency": "BRL",
                "days_late": "9",
            },
            ("m-1",),
        ),
    )
    assert (verdict.schedule, verdict.policy, verdict.policy_digest) == ("parcel-promise", "2026.1", POLICY.digest)
    assert (verdict.paid, verdict.lost, verdict.sought) == (real("129.90"), real("129.90"), "refund")
    assert verdict.tier == "gold"
    assert verdict.at == LETTER_CAME


@pytest.mark.parametrize(
    ("arrived", "severity"), [("02-11", 1), ("02-13", 1), ("02-14", 2), ("02-20", 2), ("02-21", 3)]
)
def test_the_later_the_graver(arrived: str, severity: int) -> None:
    verdict = judged(letter("It was late."), parcel(f"{arrived} 08:00"))
    assert (verdict.outcome, verdict.severity) == ("owed", severity)


def test_the_promised_day_ends_where_the_customer_lives() -> None:
    on_time = judged(letter("It was late."), parcel("02-10 23:59"))
    late = judged(letter("It was late."), parcel("02-11 00:00"))
    assert (on_time.promise, late.promise) == ("kept", "broken")


def test_on_time_and_only_called_late_is_declined_on_the_measurement() -> None:
    verdict = judged(letter("It came late."), parcel("02-09 12:00"))
    assert (verdict.outcome, verdict.promise, verdict.reasons) == ("not_owed", "kept", ("delivered-on-time",))
    assert verdict.clauses[0].reads["days_late"] == "-1"
    assert verdict.remedy is None


@pytest.mark.parametrize(
    "text",
    [
        "It came late, and it is the wrong item.",
        "Late, and the lid is broken.",
        "It was late and two cups are missing.",
        "It came late and I want to cancel.",
        "Slow delivery, poor quality.",
    ],
)
def test_on_time_but_wrong_broken_or_missing_is_never_declined(text: str) -> None:
    verdict = judged(letter(text), parcel("02-09 12:00"))
    assert (verdict.outcome, verdict.promise, verdict.reasons) == ("cannot_tell", "unknown", ("not-measured",))


def test_a_letter_that_nobody_understands_is_not_held_against_its_writer() -> None:
    verdict = judged(letter("So disappointed."), parcel("02-09 12:00"))
    assert (verdict.outcome, verdict.promise, verdict.reasons) == ("cannot_tell", "unknown", ("claim-unclear",))


def test_the_category_says_what_the_words_do_not() -> None:
    assert judged(letter("So disappointed.", category="late-delivery"), parcel("02-09 12:00")).promise == "kept"
    assert judged(letter(None, category="damaged"), parcel("02-09 12:00")).reasons == ("not-measured",)


@pytest.mark.parametrize(
    "text",
    ["It never arrived!", "It has arrived too late: overdue by days.", "It came late, and half of it never came."],
)
def test_a_word_against_the_record_is_contested_and_nobody_is_called_a_liar(text: str) -> None:
    verdict = judged(letter(text), parcel("02-09 12:00"))
    assert (verdict.outcome, verdict.promise, verdict.contested) == ("cannot_tell", "unknown", True)


def test_what_had_not_arrived_when_the_letter_was_written_is_no_contest() -> None:
    early = letter("It has not arrived.", at=moment("02-08 09:00"))
    verdict = judged(early, parcel("02-09 12:00"))
    assert (verdict.outcome, verdict.promise, verdict.contested) == ("not_owed", "kept", False)


@pytest.mark.parametrize("text", ["It came late", "It never arrived", "It is broken", None])
def test_a_cancelled_order_never_came_whatever_the_letter_says(text: str | None) -> None:
    verdict = judged(letter(text, category="low-rating"), parcel(status="canceled"))
    assert (verdict.outcome, verdict.promise, verdict.severity) == ("owed", "broken", 4)
    assert verdict.reasons == ("never-arrived",)
    assert not verdict.ongoing


def test_undelivered_after_the_promised_day_is_owed_so_far() -> None:
    verdict = judged(letter("Where is it?"), parcel())
    assert (verdict.outcome, verdict.promise, verdict.severity, verdict.ongoing) == ("owed", "broken", 3, True)
    reads = verdict.clauses[0].reads
    assert (reads["promised_on"], reads["status"], reads["days_late"]) == ("2018-02-10", "shipped", "11")
    assert "delivered_at" not in reads


def test_undelivered_for_more_than_thirty_days_never_came() -> None:
    on_day_30, on_day_31 = (
        judged(letter("Where is it?", at=moment(day)), parcel()) for day in ("03-12 23:00", "03-13 00:00")
    )
    assert (on_day_30.severity, on_day_30.ongoing) == (3, True)
    assert (on_day_31.severity, on_day_31.ongoing, on_day_31.reasons) == (4, False, ("never-arrived",))


def test_what_is_not_due_yet_is_neither_kept_nor_broken() -> None:
    verdict = judged(letter("Where is it?", at=moment("02-10 20:00")), parcel())
    assert (verdict.outcome, verdict.promise, verdict.reasons) == ("not_owed", "unknown", ("not-yet-due",))


def test_a_letter_older_than_its_order_cannot_be_about_it() -> None:
    ordered = moment("02-22 12:00").isoformat()
    verdict = judged(letter("It came broken."), parcel(ordered_at=ordered, promised_on="2018-03-10", status="canceled"))
    assert (verdict.outcome, verdict.promise, verdict.reasons) == ("cannot_tell", "unknown", ("older-than-order",))


def test_a_cancelled_order_with_a_delivery_on_record_proves_nothing() -> None:
    verdict = judged(
        letter("It was late."), parcel("02-09 12:00"), measured("m-2", taken=moment("02-15 12:00"), status="canceled")
    )
    assert (verdict.outcome, verdict.promise, verdict.reasons) == ("cannot_tell", "unknown", ("records-disagree",))


def test_a_promise_without_a_schedule_is_nothing_we_can_judge() -> None:
    for subject in (None, Subject("flight", "LH-1")):
        verdict = judged(letter("It was late.", subject=subject))
        assert (verdict.outcome, verdict.promise, verdict.reasons) == ("cannot_tell", "unknown", ("no-schedule",))
        assert verdict.schedule == "none"


def test_free_delivery_that_came_late_is_owned_although_nothing_is_owed() -> None:
    verdict = judged(letter("It was late."), parcel("02-19 18:00", freight="0.00"))
    assert (verdict.outcome, verdict.promise, verdict.severity, verdict.remedy) == ("not_owed", "broken", 2, None)


def test_what_is_claimed_beside_the_delay_counts_for_the_severity() -> None:
    assert judged(letter("It was late."), parcel("02-11 18:00")).severity == 1
    assert judged(letter("It was late and broken"), parcel("02-11 18:00")).severity == 2


def test_later_facts_stand_over_earlier_ones_in_whatever_order_they_come() -> None:
    first = parcel("02-09 12:00")
    later = measured("m-2", taken=first.taken_at + DAY, delivered_at=moment("02-12 12:00").isoformat())
    same_time = measured("m-0", taken=first.taken_at, delivered_at=moment("02-25 12:00").isoformat())
    for order in ((first, later, same_time), (same_time, later, first), (later, first, same_time)):
        verdict = judged(letter("It was late."), *order)
        assert (verdict.clauses[0].reads["days_late"], verdict.severity) == ("2", 1)
        assert verdict.clauses[0].evidence == ("m-1", "m-2")


def test_numbers_and_words_are_read_as_they_come() -> None:
    verdict = judged(letter("It was late."), parcel("02-19 18:00", freight=17, currency="BRL", status="DELIVERED"))
    assert verdict.remedy == remedy_of(real("17.00"))


def test_the_currency_of_the_letter_counts_where_the_record_names_none() -> None:
    assert judged(letter("It was late."), parcel("02-19 18:00", currency=None)).remedy == remedy_of(real("17.50"))


def test_what_was_paid_is_read_from_the_record_where_the_letter_does_not_say_it() -> None:
    verdict = judged(letter("It was late.", paid=None), parcel("02-19 18:00", paid="129.90"))
    assert verdict.lost == real("129.90")


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"promised_on": None}, "promised_on"),
        ({"promised_on": "soon"}, "promised_on"),
        ({"promised_on": "0001-01-01T00:00:00+00:00"}, "promised_on"),
        ({"promised_on": 20180210}, "promised_on"),
        ({"status": "delivered"}, "delivered_at"),
        ({"status": "delivered", "delivered_at": "yesterday"}, "delivered_at"),
        ({"status": "canceled", "freight": None}, "freight"),
        ({"status": "canceled", "freight": "-3"}, "freight"),
        ({"status": "canceled", "freight": "free"}, "freight"),
        ({"status": "canceled", "freight": True}, "freight"),
        ({"status": "canceled", "currency": "XXQ"}, "currency"),
    ],
)
def test_a_fact_that_is_missing_or_unreadable_is_named_and_waited_for(facts: dict[str, Any], missing: str) -> None:
    road = Road()
    road.stores(parcel(**facts), LETTER_CAME)
    (awaited,) = road.hears(letter("Where is it?"))
    assert getattr(awaited, "facts", None) == (missing,)
    (verdict,) = road.comes_to(LETTER_CAME + 3 * DAY)
    assert road.verdict is verdict
    assert (road.verdict.outcome, road.verdict.missing) == ("cannot_tell", (missing,))
    assert road.verdict.promise == ("broken" if missing in ("freight", "currency") else "unknown")


def test_a_measurement_from_the_future_does_not_make_a_parcel_late() -> None:
    on_its_way = replace(parcel(), taken_at=moment("03-30 12:00"))
    verdict = judged(letter("Where is it?", at=moment("02-09 12:00")), on_its_way)
    assert verdict.reasons == ("not-yet-due",)


def test_nothing_is_waited_for_that_a_letter_and_the_record_agree_about() -> None:
    assert judged(letter("My parcel is late."), parcel()).ongoing
    road = Road()
    road.stores(parcel(), LETTER_CAME)
    (awaited,) = road.hears(letter("The lid is broken."))  # so it has arrived, and the record lags behind
    assert getattr(awaited, "facts", None) == ("delivered_at",)
    (verdict,) = road.measures(
        measured("m-2", taken=LETTER_CAME, delivered_at=moment("02-09 12:00").isoformat()),
        LETTER_CAME + timedelta(hours=1),
    )
    assert road.verdict is verdict
    assert road.verdict.reasons == ("not-measured",)


def test_a_letter_about_another_order_is_judged_by_its_own_facts() -> None:
    other = measured(
        "m-9",
        subject=Subject("order", "other"),
        promised_on="2018-02-20",
        delivered_at=moment("02-19 12:00").isoformat(),
    )
    assert (
        judged(letter("It was late.", subject=Subject("order", "other")), parcel("02-19 18:00"), other).promise
        == "kept"
    )
    assert judged(letter("It was late.", subject=PARCEL), parcel("02-19 18:00"), other).promise == "broken"


def test_a_verdict_carries_what_its_letters_hint_at_and_is_not_moved_by_it() -> None:
    plain = judged(letter("It came late."), parcel("02-19 18:00"))
    loud = judged(letter("It came late.", signals=("law", "distress")), parcel("02-19 18:00"))
    assert loud.signals == ("distress", "law")
    assert replace(loud, signals=()) == plain


def test_a_further_letter_adds_what_it_hints_at() -> None:
    road = Road()
    road.stores(parcel(), LETTER_CAME - DAY)
    road.hears(letter("Where is it?", at=moment("02-12 10:00"), signals=("distress",)))
    further = replace(joined("I call my lawyer, and it is broken.", at=moment("02-14 10:00")), signals=("law",))
    road.hears(further)
    assert road.verdict.signals == ("distress", "law")
