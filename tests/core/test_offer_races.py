"""Times decide, not arrival: an answer given in time counts also when the expiry was read first, and a late one never."""

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations

import pytest

from shared import events as e
from tests.core.offer_stories import (
    ANA,
    ANSWER_WITHIN,
    APOLOGY,
    BEN,
    CLEO,
    OPTIONS,
    Complaint,
    Story,
    day,
    euro,
    given,
)

DUE = day(0) + ANSWER_WITHIN
IN_TIME, LATE = DUE, day(14.001)


def in_both_orders(before: Sequence[e.AnyEvent], *racing: e.AnyEvent) -> tuple[Story, Story]:
    one, other = (given(*before, *order) for order in permutations(racing))
    return one, other


def test_nobody_answers_and_the_case_expires_once() -> None:
    story = given(ANA.verdict()).when(ANA.expiry(DUE)).then(e.CaseExpired)
    story.when(ANA.expiry(DUE)).then_nothing()


def test_a_timer_of_an_answered_round_does_nothing() -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(3))).when(ANA.expiry(DUE)).then_nothing()
    story.when(ANA.expiry(day(3) + ANSWER_WITHIN)).then(e.CaseExpired)


@pytest.mark.parametrize(
    "answer",
    [ANA.content(1, IN_TIME), ANA.refused(1, IN_TIME), ANA.answer(e.CounterOffered, 1, IN_TIME)],
    ids=lambda answer: type(answer).__name__,
)
def test_an_answer_in_time_counts_also_when_the_expiry_was_read_first(answer: e.Answer) -> None:
    first, after = in_both_orders([ANA.verdict()], answer, ANA.expiry(DUE, at=LATE))
    assert first.customer == after.customer
    assert first.case(ANA).state in ("settled", "options", "handed_over")


def test_an_option_chosen_in_time_is_paid_also_when_the_expiry_was_read_first() -> None:
    chosen = ANA.chose("voucher-10", 1, day(1) + ANSWER_WITHIN)
    before = [ANA.verdict(), ANA.refused(1, day(1))]
    first, after = in_both_orders(before, chosen, ANA.expiry(day(1) + ANSWER_WITHIN, at=day(20)))
    assert first.customer == after.customer
    assert first.case(ANA).state == "settled"
    assert first.all(e.PayoutDue) == after.all(e.PayoutDue)


@pytest.mark.parametrize(
    "answer",
    [ANA.content(1, LATE), ANA.refused(1, LATE), ANA.answer(e.CounterOffered, 1, LATE)],
    ids=lambda answer: type(answer).__name__,
)
def test_an_answer_that_is_late_is_late_in_both_orders(answer: e.Answer) -> None:
    first, after = in_both_orders([ANA.verdict()], answer, ANA.expiry(DUE, at=LATE))
    assert first.customer == after.customer
    assert first.case(ANA).state == "expired"


def test_an_option_chosen_too_late_is_not_paid_in_either_order() -> None:
    chosen = ANA.chose("voucher-10", 2, day(1.001) + ANSWER_WITHIN)
    before = [ANA.verdict(), ANA.refused(1, day(1))]
    first, after = in_both_orders(before, chosen, ANA.expiry(day(1) + ANSWER_WITHIN, at=day(20)))
    assert first.customer == after.customer
    assert first.case(ANA).state == "expired"


def test_a_refusal_revived_after_its_expiry_gives_the_whole_time_to_answer_again() -> None:
    story = given(ANA.verdict(), ANA.expiry(DUE, at=LATE)).when(ANA.refused(1, IN_TIME)).then(*OPTIONS)
    assert story.case(ANA).expires == IN_TIME + ANSWER_WITHIN


@pytest.mark.parametrize("asked", [IN_TIME, LATE])
def test_a_person_asked_for_about_the_expiry_gets_the_case_in_both_orders(asked: datetime) -> None:
    first, after = in_both_orders([ANA.verdict()], ANA.wants_a_person(1, asked), ANA.expiry(DUE, at=LATE))
    assert first.customer == after.customer
    assert first.case(ANA).state == "handed_over"
    for story in (first, after):
        story.when(ANA.content(1, day(30)))
    assert first.customer == after.customer
    assert (first.case(ANA).state == "settled") == (asked == IN_TIME)


def test_a_letter_found_undeliverable_after_the_expiry_still_reaches_a_person() -> None:
    first, after = in_both_orders([ANA.verdict()], ANA.not_delivered("apology", day(20)), ANA.expiry(DUE, at=day(20)))
    assert first.customer == after.customer
    assert first.case(ANA).state == "handed_over"


def test_a_better_verdict_after_the_expiry_opens_the_case_again_in_both_orders() -> None:
    better = CLEO.verdict(LATE)
    first, after = in_both_orders([CLEO.unclear()], better, CLEO.expiry(DUE, at=LATE))
    assert first.customer == after.customer
    assert (first.case(CLEO).state, first.case(CLEO).round) == ("apology", 2)


def test_a_better_verdict_in_time_pays_and_leaves_the_round_as_it_is_in_both_orders() -> None:
    first, after = in_both_orders([CLEO.unclear()], CLEO.verdict(IN_TIME), CLEO.expiry(DUE, at=LATE))
    assert first.customer == after.customer
    assert (first.case(CLEO).state, first.paid()) == ("expired", after.paid())


def test_a_verdict_that_says_no_more_than_before_leaves_an_expired_case_closed() -> None:
    story = given(ANA.verdict(), ANA.expiry(DUE)).when(ANA.verdict(day(30), remedy=euro("20.00")))
    story.then(e.RemedyGranted, e.PayoutDue)
    assert story.case(ANA).state == "expired"


def test_a_declined_case_that_was_reopened_may_expire_and_does_not_fall_back_to_declined() -> None:
    story = given(BEN.kept()).when(BEN.unclear(day(1))).then(*APOLOGY)
    story.when(BEN.kept(day(2))).then_nothing()
    story.when(BEN.expiry(day(1) + ANSWER_WITHIN)).then(e.CaseExpired)


def test_two_complaints_of_one_customer_go_their_own_ways() -> None:
    other = Complaint("cust-ana", "C-2002")
    story = given(ANA.verdict(), other.unclear(), ANA.content(1, day(1)))
    assert (story.case(ANA).state, story.case(other).state) == ("settled", "apology")
