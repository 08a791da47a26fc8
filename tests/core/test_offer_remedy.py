"""What is owed is paid by itself, once, whatever else happens and in whatever order it is heard."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from services.offer.case import CompensationSetOff
from shared import events as e
from shared.money import Money
from shared.remedy import remedy_of
from tests.core.offer_stories import ANA, APOLOGY, BEN, POLICY, Complaint, Story, day, euro, given


def test_what_is_owed_is_granted_and_due_before_the_apology_and_the_letter_can_state_it() -> None:
    story = given().when(ANA.verdict()).then(e.CaseOpened, e.RemedyGranted, e.PayoutDue, *APOLOGY)
    due = story.the(e.PayoutDue)
    assert (due.key, due.ledger, due.amount, due.reference) == (
        f"{ANA.case}/remedy/-/1",
        "remedy",
        euro("17.50"),
        "C-1001",
    )
    assert (story.the(e.RemedyGranted).part, story.the(e.RemedyGranted).payout) == (1, due.key)
    assert story.the(e.ApologyOffered).remedy == remedy_of(euro("17.50"))


def test_every_fact_names_its_case_its_customer_and_the_moment_it_stands_on() -> None:
    story = given(ANA.verdict(day(1)))
    for said in story.all(e.AboutCase):
        assert (said.case, said.complaint, said.source) == (ANA.case, "C-1001", "crm.complaints.v1")
        assert (said.customer, said.at, said.severity) == ("cust-ana", day(1), 2)
    assert [said.round for said in story.all(e.AboutCase)] == [0, 0, 0, 1]


def test_a_later_verdict_pays_the_difference_as_a_further_part_and_starts_no_round() -> None:
    story = given(ANA.verdict()).when(ANA.verdict(day(2), remedy=euro("30.00"), severity=3))
    story.then(e.RemedyGranted, e.PayoutDue)
    assert (story.the(e.PayoutDue).key, story.the(e.PayoutDue).amount) == (f"{ANA.case}/remedy/-/2", euro("12.50"))
    assert (story.case(ANA).severity, story.case(ANA).round) == (3, 1)


def test_a_later_verdict_that_owes_less_takes_nothing_back_and_lowers_no_severity() -> None:
    story = given(ANA.verdict(severity=3)).when(ANA.verdict(day(1), remedy=euro("5.00"), severity=1)).then_nothing()
    assert story.case(ANA).severity == 3
    story.when(ANA.verdict(day(2), remedy=euro("17.50"))).then_nothing()
    assert story.paid() == Decimal("17.50")


@pytest.mark.parametrize("outcome", ["not_owed", "excluded", "cannot_tell"])
def test_a_sum_in_a_verdict_that_owes_nothing_is_not_paid(outcome: str) -> None:
    assert given(ANA.verdict(outcome=outcome)).paid() == 0


def test_what_others_gave_before_the_verdict_is_set_off() -> None:
    story = given(ANA.compensated("10.00", day(-1))).when(ANA.verdict())
    story.then(e.CaseOpened, CompensationSetOff, e.RemedyGranted, e.PayoutDue, *APOLOGY)
    assert story.the(e.ApologyOffered).remedy == remedy_of(euro("7.50"))
    assert story.paid() == Decimal("7.50")


def test_what_others_gave_in_full_leaves_nothing_to_pay_and_the_apology_goes_out_all_the_same() -> None:
    story = (
        given(ANA.compensated("40.00", day(-1))).when(ANA.verdict()).then(e.CaseOpened, CompensationSetOff, *APOLOGY)
    )
    assert story.the(e.ApologyOffered).remedy is None
    story.when(ANA.verdict(day(1), remedy=euro("45.00")))
    assert story.paid() == Decimal("5.00")


def test_what_others_gave_after_the_grant_changes_nothing_due_but_counts_against_later_parts() -> None:
    story = given(ANA.verdict()).when(ANA.compensated("5.00", day(1))).then_nothing()
    story.given(ANA.verdict(day(2), remedy=euro("20.00")))
    assert story.paid() == Decimal("17.50")
    story.given(ANA.verdict(day(3), remedy=euro("30.00")))
    assert story.paid() == Decimal("25.00")


def test_one_compensation_counts_once_however_often_it_is_recorded() -> None:
    twice = (ANA.compensated("5.00", day(-1)), ANA.compensated("9.00", day(-1)))
    assert given(*twice, ANA.verdict()).paid() == Decimal("12.50")


def test_a_compensation_for_the_subject_counts_once_over_all_complaints_about_it() -> None:
    first, second = (Complaint("cust-ana", name, "order-7") for name in ("C-1", "C-2"))
    recorded = first.compensated("20.00", day(-1), subject=e.Subject("order", "order-7"))
    story = given(recorded, first.verdict(), second.verdict())
    assert story.paid() == Decimal("15.00")


def test_what_is_set_off_first_does_not_depend_on_what_was_heard_first() -> None:
    by_subject = ANA.compensated("10.00", day(-1), "K-2", subject=ANA.subject)
    heard = (by_subject, ANA.compensated("10.00", day(-1), "K-1"))
    first, second = (given(*order, ANA.verdict()).all(CompensationSetOff) for order in permutations(heard))
    assert first == second
    assert [part.amount for part in first] == [euro("10.00"), euro("7.50")]


def test_a_compensation_for_another_subject_or_complaint_or_in_another_currency_counts_for_nothing_here() -> None:
    elsewhere = (
        ANA.compensated("5.00", day(-1), "K-1", subject=e.Subject("order", "another")),
        ANA.compensated("5.00", day(-1), "K-2", complaint="C-9"),
        e.CompensationRecorded(
            customer="cust-ana",
            source="crm.complaints.v1",
            id="K-3",
            amount=Money(Decimal(5), "BRL"),
            complaint="C-1001",
        ),
    )
    assert given(*elsewhere, ANA.verdict()).paid() == Decimal("17.50")


def test_a_compensation_for_a_letter_that_joined_another_counts_for_the_case_it_joined() -> None:
    second = Complaint("cust-ana", "C-1001-b")
    for order in permutations((second.compensated("10.00", day(-1)), second.merged_into(ANA, day(-1)))):
        assert given(*order, ANA.verdict()).paid() == Decimal("7.50")


def test_what_is_owed_in_another_currency_than_before_is_for_a_person_and_never_added_up() -> None:
    story = given(ANA.verdict()).when(ANA.verdict(day(1), remedy=Money(Decimal("90.00"), "BRL"))).then(e.HandedOver)
    assert story.the(e.HandedOver).why == "another_currency"
    assert story.paid() == Decimal("17.50")


def test_a_settled_case_still_gets_the_rest_of_what_is_owed() -> None:
    story = given(ANA.verdict(), ANA.content(1, day(1))).when(ANA.verdict(day(2), remedy=euro("20.00")))
    story.then(e.RemedyGranted, e.PayoutDue)
    assert story.case(ANA).state == "settled"


def test_what_is_owed_goes_on_while_a_person_has_the_case() -> None:
    story = given(ANA.verdict(), ANA.wants_a_person(1, day(1))).when(ANA.verdict(day(2), remedy=euro("20.00")))
    story.then(e.RemedyGranted, e.PayoutDue)


def test_a_failed_payout_reaches_a_person_once() -> None:
    key = f"{ANA.case}/remedy/-/1"
    story = given(ANA.verdict()).when(ANA.not_paid(key, day(1))).then(e.HandedOver)
    handed = story.the(e.HandedOver)
    assert (handed.to, handed.why) == ("care-team", "payout_failed")
    story.when(ANA.not_paid(key, day(2))).then_nothing()
    assert story.case(ANA).payouts[key].state == "failed"


def test_billing_may_answer_without_the_customer_and_after_the_case_is_closed() -> None:
    key = f"{ANA.case}/remedy/-/1"
    story = given(ANA.verdict(), ANA.content(1, day(1)))
    story.when(e.PayoutFailed(key=key, at=day(2))).then(e.HandedOver)
    assert story.the(e.HandedOver).customer == "cust-ana"
    assert (story.case(ANA).state, story.case(ANA).why) == ("settled", "payout_failed")


def test_what_was_paid_cannot_fail_and_a_key_of_no_case_is_named_to_whom_it_may_concern() -> None:
    key = f"{ANA.case}/remedy/-/1"
    story = given(ANA.verdict(), ANA.was_paid(key, day(1))).when(ANA.not_paid(key, day(2))).then_nothing()
    assert story.case(ANA).payouts[key].state == "paid"
    story.when(ANA.not_paid("nonsense", day(2))).then(e.PayoutUnrecognised)
    assert (story.the(e.PayoutUnrecognised).to, story.the(e.PayoutUnrecognised).paid) == ("billing", False)


def test_history_is_judged_and_never_written_to() -> None:
    long_ago = day(0) - POLICY.intake.horizon - timedelta(seconds=1)
    story = Story().when(ANA.awaited(received_at=long_ago)).then_nothing()
    story.given(ANA.verdict(received_at=long_ago), ANA.verdict(day(1), received_at=long_ago, remedy=euro("90.00")))
    assert not story.all(e.Event)
    assert story.case(ANA).state == "history"
    story.when(ANA.withdrawn(day(2))).then_nothing()


def test_a_case_that_was_opened_in_time_does_not_become_history() -> None:
    received_at = day(0) - POLICY.intake.horizon
    story = given(BEN.awaited(received_at=received_at)).when(BEN.verdict(day(1), received_at=received_at))
    story.then(e.RemedyGranted, e.PayoutDue, *APOLOGY)
