"""What customers ask for in their own words: granted exactly as asked, brought to who may grant it, or kindly declined."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from shared import events as e
from shared.money import Money
from shared.remedy import remedy_of
from shared.runtime.decider import Timer
from tests.core.offer_stories import (
    ANA,
    ANSWER_WITHIN,
    CLEO,
    FINAL_SAY,
    OPTIONS,
    POLICY,
    Story,
    day,
    euro,
    given,
)

GRANTED = (e.CounterAnswered, e.PayoutDue, e.CaseSettled)
DECLINED = (e.CounterAnswered, *OPTIONS)
FOR_APPROVAL = (e.ApprovalRequested, Timer, e.HandedOver)


def asked_what_would_put_it_right(**facts: Any) -> Story:
    """Ana refused the apology and the options; 129.90 paid, 17.50 owed."""
    return given(ANA.verdict(**facts), ANA.refused(1, day(1)), ANA.refused(2, day(2)))


@pytest.mark.parametrize("answered", [1, 2, 3])
def test_what_is_within_policy_is_granted_at_once_exactly_as_asked_in_any_round(answered: int) -> None:
    refusals = [ANA.refused(number, day(number)) for number in range(1, answered)]
    story = given(ANA.verdict(), *refusals).when(ANA.counters(answered, day(4), "24.50", "refund")).then(*GRANTED)
    said, due = story.the(e.CounterAnswered), story.the(e.PayoutDue)
    assert (said.granted, said.option) == (True, e.Option("as-asked", "refund", euro("24.50")))
    assert (due.key, due.ledger, due.amount) == (f"{ANA.case}/goodwill/as-asked/1", "goodwill", euro("24.50"))
    assert (story.the(e.CaseSettled).option, story.the(e.CaseSettled).explained) == ("as-asked", True)


def test_as_much_may_be_asked_for_as_the_menu_has_for_the_severity_and_not_a_cent_more() -> None:
    asked_what_would_put_it_right().when(ANA.counters(3, day(3), "32.48")).then(*GRANTED)
    asked_what_would_put_it_right().when(ANA.counters(3, day(3), "32.49")).then(*FOR_APPROVAL)
    severe = given(ANA.verdict(severity=4)).when(ANA.counters(1, day(3), "77.94"))
    assert severe.the(e.PayoutDue).form == "refund"


def test_a_form_without_a_sum_is_what_the_menu_has_of_it() -> None:
    story = asked_what_would_put_it_right().when(ANA.counters(3, day(3), form="credit")).then(*GRANTED)
    assert story.the(e.PayoutDue).amount == euro("32.48")
    story = asked_what_would_put_it_right().when(ANA.counters(3, day(3), form="attention"))
    story.then(*GRANTED)
    assert story.the(e.CounterAnswered).option == e.Option("call-back", "attention", None, 2)


def test_what_was_turned_down_is_had_for_the_asking_as_it_was_shown() -> None:
    story = asked_what_would_put_it_right().when(ANA.counters(3, day(3), form="voucher")).then(*GRANTED)
    assert story.the(e.PayoutDue).key == f"{ANA.case}/goodwill/voucher-10/1"
    dearer = ANA.verdict(day(2.5), remedy=euro("180.00"))  # past the ceiling, but it was on the table
    story = asked_what_would_put_it_right().given(dearer).when(ANA.counters(3, day(3), "12.00", "voucher"))
    story.then(*GRANTED)


def test_above_the_menu_an_approver_is_asked_with_everything_and_the_rounds_stop() -> None:
    story = asked_what_would_put_it_right().when(ANA.counters(3, day(3), "60.00", "refund")).then(*FOR_APPROVAL)
    asked, handed = story.the(e.ApprovalRequested), story.the(e.HandedOver)
    assert (asked.id, asked.level, asked.due) == (f"{ANA.case}/approval/1", "head-of-care", day(5))
    assert (asked.option, asked.reasons) == (e.Option("as-asked", "refund", euro("60.00")), ("above-the-menu",))
    assert (handed.to, handed.why, story.case(ANA).state) == ("head-of-care", "approval", "handed_over")
    story.when(ANA.counters(3, day(3.5), "60.00", "refund")).then_nothing()
    story.when(ANA.refused(3, day(4))).then_nothing()
    story.when(ANA.expiry(day(2) + ANSWER_WITHIN)).then_nothing()


@pytest.mark.parametrize(
    ("counter", "why"),
    [
        (ANA.counters(3, day(3), form="a pony"), "not-on-the-menu"),
        (ANA.counters(3, day(3), "20.00", "attention"), "not-on-the-menu"),
        (replace(ANA.counters(3, day(3)), amount=Money(Decimal(20), "BRL")), "loss-unknown"),
    ],
    ids=["another form", "money in no form of money", "another currency"],
)
def test_what_the_policy_does_not_know_is_for_a_person_to_weigh(counter: e.CounterOffered, why: str) -> None:
    story = asked_what_would_put_it_right().when(counter).then(*FOR_APPROVAL)
    assert story.the(e.ApprovalRequested).reasons == (why,)


def test_where_the_loss_is_unknown_a_sum_is_for_a_person_to_weigh() -> None:
    story = given(CLEO.unclear(paid=None)).when(CLEO.counters(1, day(1), "5.00")).then(*FOR_APPROVAL)
    assert story.the(e.ApprovalRequested).reasons == ("loss-unknown",)


def test_words_alone_are_for_a_person_to_read() -> None:
    story = asked_what_would_put_it_right().when(ANA.counters(3, day(3))).then(e.HandedOver)
    assert story.the(e.HandedOver).why == "counter_offered"
    asked_what_would_put_it_right().when(ANA.counters(3, day(3), "0.00")).then(e.HandedOver)


@pytest.mark.parametrize("amount", ["129.91", "190.00", "9000.00"])
def test_what_is_beyond_the_loss_gets_a_reasoned_no_with_what_is_in_reserve_and_then_the_final_say(amount: str) -> None:
    story = asked_what_would_put_it_right().when(ANA.counters(3, day(3), amount)).then(*DECLINED)
    said, offer = story.the(e.CounterAnswered), story.the(e.OptionsOffered)
    assert (said.granted, said.reason, said.explained) == (False, "beyond-the-loss", True)
    assert (offer.unmet, offer.round) == ("beyond-the-loss", 4)
    assert [option.id for option in offer.options] == ["credit-25", "refund-20", "letter"]
    story.when(ANA.refused(4, day(4))).then(*FINAL_SAY)
    assert story.the(e.FinalSayGiven).unmet is None


@pytest.mark.parametrize(
    "facts", [{"paid": euro("0")}, {"remedy": euro("190.00")}], ids=["nil loss", "the remedy alone passes the ceiling"]
)
def test_the_no_comes_with_two_or_three_options_also_where_no_money_can_be_among_them(facts: dict[str, Money]) -> None:
    story = asked_what_would_put_it_right(**facts).when(ANA.counters(3, day(3), "60.00")).then(*DECLINED)
    options = story.the(e.OptionsOffered).options
    assert 2 <= len(options) <= 3
    assert not any(option.amount for option in options)


def test_who_said_what_would_put_it_right_is_not_asked_for_it_again() -> None:
    story = given(ANA.verdict()).when(ANA.counters(1, day(1), "9000.00")).then(*DECLINED)
    story.when(ANA.refused(2, day(2))).then(*OPTIONS)
    story.when(ANA.refused(3, day(3))).then(*FINAL_SAY)


def test_a_second_unreasonable_wish_meets_the_final_say_and_a_third_one_a_no_of_its_own_once() -> None:
    story = asked_what_would_put_it_right().given(ANA.counters(3, day(3), "9000.00"))
    story.when(ANA.counters(4, day(4), "8000.00")).then(e.CounterAnswered, *FINAL_SAY)
    assert story.the(e.FinalSayGiven).unmet == "beyond-the-loss"
    story.when(ANA.counters(5, day(5), "7000.00")).then(e.CounterAnswered)
    assert not story.the(e.CounterAnswered).explained
    story.when(ANA.counters(5, day(6), "6000.00")).then_nothing()
    story.when(ANA.counters(5, day(7), "20.00")).then(*GRANTED)


def test_what_is_asked_after_it_turned_out_that_the_promise_was_kept_is_answered_with_the_evidence() -> None:
    given(CLEO.unclear(), CLEO.kept(day(1))).when(CLEO.counters(1, day(2), "5.00")).then(e.ClaimDeclined)


def test_a_wish_in_time_counts_also_when_the_expiry_was_read_first() -> None:
    wish, expiry = ANA.counters(3, day(16), "20.00"), ANA.expiry(day(2) + ANSWER_WITHIN, at=day(17))
    one = asked_what_would_put_it_right().given(wish, expiry)
    other = asked_what_would_put_it_right().given(expiry, wish)
    assert one.customer == other.customer
    assert one.case(ANA).state == "settled"
    asked_what_would_put_it_right().given(expiry).when(ANA.counters(3, day(16.1), "20.00")).then_nothing()


IN_KIND = remedy_of(euro("50.00"), "replacement", 2, equal=("refund",))


def test_what_is_owed_may_be_taken_in_another_form_of_the_same_worth_and_that_is_no_gift() -> None:
    story = given(ANA.verdict(remedy=IN_KIND)).when(ANA.counters(1, day(1), form="refund")).then(*GRANTED)
    due = story.the(e.PayoutDue)
    assert (due.key, due.ledger, due.form, due.amount) == (f"{ANA.case}/remedy/-/1", "remedy", "refund", euro("50.00"))
    assert due.quantity is None
    assert (story.case(ANA).due("remedy"), story.case(ANA).due("goodwill")) == (euro("50.00"), None)
    assert story.the(e.CaseSettled).option is None


def test_what_is_owed_and_was_given_already_is_a_person_s_to_exchange() -> None:
    paid = ANA.was_paid(f"{ANA.case}/remedy/-/1", day(0.5))
    story = given(ANA.verdict(remedy=IN_KIND), paid).when(ANA.counters(1, day(1), form="refund")).then(e.HandedOver)
    assert story.the(e.HandedOver).why == "remedy_in_another_form"


def test_more_than_what_is_owed_is_a_gift_again() -> None:
    story = given(ANA.verdict(remedy=IN_KIND)).when(ANA.counters(1, day(1), "60.00", "refund")).then(*FOR_APPROVAL)
    assert story.case(ANA).due("goodwill") is None


def test_a_question_is_no_refusal() -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(1))).when(ANA.answer(e.QuestionAsked, 2, day(2)))
    story.then(e.HandedOver)
    assert (story.case(ANA).menus, story.case(ANA).round) == (1, 2)
    story.when(ANA.chose("voucher-10", 2, day(9))).then(e.PayoutDue, e.CaseSettled)


def test_the_policy_says_where_the_menu_ends_and_the_approver_s_word_too() -> None:
    levels = tuple(replace(level, share=Decimal(20)) for level in POLICY.approvals.levels)
    story = Story(replace(POLICY, approvals=replace(POLICY.approvals, levels=levels)))
    story.given(ANA.verdict()).when(ANA.counters(1, day(1), "33.00")).then(*DECLINED)
    assert story.the(Timer).due == day(1) + ANSWER_WITHIN


def test_who_asks_for_something_after_the_final_say_is_shown_that_the_promise_was_kept() -> None:
    refused = [ANA.refused(number, day(number / 10)) for number in (1, 2, 3, 4)]
    story = (
        given(ANA.unclear(), *refused, ANA.kept(day(1))).when(ANA.counters(5, day(2), "40.00")).then(e.ClaimDeclined)
    )
    assert story.the(e.ClaimDeclined).clauses
    story.when(ANA.counters(6, day(3), "40.00")).then_nothing()
