"""Everything that was granted is due once, money or not, by a day that was named and in somebody's hands."""

from datetime import timedelta

from msgspec.structs import replace

from shared import events as e
from tests.core.case_walk import SLOW, THINKING
from tests.core.offer_stories import ANA, POLICY, Story, day, euro, given

REFUSED = (ANA.verdict(), ANA.refused(1, day(1)))


def test_an_accepted_option_without_money_is_due_with_key_payee_owner_and_date() -> None:
    due = given(*REFUSED, ANA.chose("call-back", 2, day(2))).the(e.PayoutDue)
    assert (due.key, due.customer, due.reference) == (f"{ANA.case}/goodwill/call-back/1", "cust-ana", "C-1001")
    assert (due.form, due.amount, due.due, due.owner) == ("attention", None, day(4), "care-team")


def test_an_option_is_there_as_soon_as_it_said_and_what_is_owed_as_soon_as_the_house_says() -> None:
    story = given(*REFUSED)
    assert (story.the(e.PayoutDue).due, story.the(e.PayoutDue).owner) == (day(10), "billing")
    story.when(ANA.chose("voucher-10", 2, day(2)))
    assert (story.the(e.PayoutDue).due, story.the(e.PayoutDue).owner) == (day(3), "billing")


def test_what_was_asked_for_has_the_days_of_its_form() -> None:
    for form, days in (("credit", 1), ("refund", 10)):
        story = given(ANA.verdict()).when(ANA.counters(1, day(1), "20.00", form))
        assert story.the(e.PayoutDue).due == day(1 + days)


def test_the_days_of_an_option_count_from_the_choice_and_not_from_when_it_can_no_longer_be_taken_back() -> None:
    chosen = Story(SLOW).given(*REFUSED, ANA.chose("call-back", 2, day(2)), ANA.thought_over(day(2) + THINKING))
    assert chosen.the(e.PayoutDue).due == day(2) + THINKING, "its two days have passed, so it is due at once"
    quick = replace(POLICY, rounds=replace(POLICY.rounds, undo_within=timedelta(days=1)))
    chosen = Story(quick).given(*REFUSED, ANA.chose("call-back", 2, day(2)), ANA.thought_over(day(3)))
    assert chosen.the(e.PayoutDue).due == day(4)


def test_the_case_remembers_what_is_due_and_what_has_no_price_counts_in_no_sum() -> None:
    story = given(*REFUSED, ANA.chose("call-back", 2, day(2)))
    assert story.case(ANA).payouts[f"{ANA.case}/goodwill/call-back/1"].owner == "care-team"
    assert (story.case(ANA).due("goodwill"), story.case(ANA).due("remedy")) == (None, euro("17.50"))
