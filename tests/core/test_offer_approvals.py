"""Who says yes or no to what a customer asks for, within which hours, and what becomes of their word."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from shared import events as e
from shared.policy.approvals import Level
from shared.policy.calendars import WEEKDAYS, Calendar, TimeOfDay
from shared.runtime.decider import Timer
from tests.core.offer_stories import ANA, ANSWER_WITHIN, CLEO, FINAL_SAY, OPTIONS, POLICY, Story, day, euro, given

FOLLOWED = e.RulingFollowed
GRANTED = (FOLLOWED, e.CounterAnswered, e.PayoutDue, e.CaseSettled)
DENIED = (FOLLOWED, e.CounterAnswered, *OPTIONS)
AMENDED = (FOLLOWED, e.CounterAnswered, *OPTIONS)
ASKED_AGAIN = (e.ApprovalRequested, Timer)


def waits(amount: str = "60.00", by: str = "customer", **facts: Any) -> Story:
    """Ana refused the apology and the options, and what she asks for is somebody's to approve."""
    asked = replace(ANA.counters(3, day(3), amount, "refund"), by=by)
    return given(ANA.verdict(**facts), ANA.refused(1, day(1)), ANA.refused(2, day(2)), asked)


def why_refused(story: Story) -> str:
    story.then(e.RulingRefused)
    return story.the(e.RulingRefused).why


def test_what_is_approved_is_granted_exactly_as_it_was_asked_for_and_said_so() -> None:
    story = waits().when(ANA.approved(day(4))).then(*GRANTED)
    said, due = story.the(e.CounterAnswered), story.the(e.PayoutDue)
    assert (said.granted, said.reason, said.option) == (True, "approved", e.Option("as-asked", "refund", euro("60.00")))
    assert (due.ledger, due.amount) == ("goodwill", euro("60.00"))
    assert story.case(ANA).state == "settled"
    assert not story.case(ANA).why


def test_a_no_comes_with_its_reason_and_with_what_is_in_reserve_and_then_the_final_say() -> None:
    story = waits().when(ANA.not_approved(day(4))).then(*DENIED)
    said, offer = story.the(e.CounterAnswered), story.the(e.OptionsOffered)
    assert (said.granted, said.reason, said.explained, offer.unmet) == (False, "not-approved", True, "not-approved")
    assert [option.id for option in offer.options] == ["credit-25", "refund-20", "letter"]
    assert (story.case(ANA).state, story.case(ANA).why, story.case(ANA).expires) == (
        *("options", None, day(4) + ANSWER_WITHIN),
    )
    story.when(ANA.refused(4, day(5))).then(*FINAL_SAY)


def test_after_the_final_say_a_no_brings_the_final_say_once_more() -> None:
    refusals = [ANA.refused(number, day(number)) for number in range(1, 5)]
    story = given(ANA.verdict(), *refusals, ANA.counters(5, day(6), "60.00")).when(ANA.not_approved(day(7)))
    story.then(FOLLOWED, e.CounterAnswered, *FINAL_SAY)
    assert story.the(e.FinalSayGiven).unmet == "not-approved"
    assert story.case(ANA).state == "final_say"


def test_another_sum_is_a_new_offer_that_waits_for_the_customer_s_yes_beside_others() -> None:
    story = waits().when(ANA.amended(day(4), "40.00")).then(*AMENDED)
    offer = story.the(e.OptionsOffered)
    assert offer.options[0] == e.Option("as-amended", "refund", euro("40.00"))
    assert [option.id for option in offer.options[1:]] == ["credit-25", "refund-20"]
    assert (offer.unmet, story.the(e.CounterAnswered).granted, story.paid("goodwill")) == ("amended", False, Decimal(0))
    story.when(ANA.chose("as-amended", 4, day(5))).then(e.PayoutDue, e.CaseSettled)
    assert story.paid("goodwill") == Decimal(40)


def test_another_form_is_a_new_offer_of_as_much() -> None:
    story = waits().when(ANA.amended(day(4), form="credit", amount="60.00")).then(*AMENDED)
    assert story.the(e.OptionsOffered).options[0] == e.Option("as-amended", "credit", euro("60.00"))
    story = waits().when(ANA.amended(day(4), form="visit")).then(*AMENDED)
    assert story.the(e.OptionsOffered).options[0] == e.Option("as-amended", "visit")


def test_where_nothing_is_left_in_reserve_as_much_is_offered_in_another_form_never_one_option_alone() -> None:
    everything = replace(ANA.verdict(), severity=1)
    few = replace(POLICY, rounds=replace(POLICY.rounds, menu=POLICY.rounds.menu[:4]))
    story = Story(few).given(everything, ANA.refused(1, day(1)), ANA.refused(2, day(2)))
    story.given(ANA.counters(3, day(3), "60.00", "refund"), ANA.not_approved(day(4)))
    story.given(ANA.counters(story.case(ANA).round, day(5), "50.00", "refund"))
    story.when(ANA.amended(day(6), "40.00", number=2)).then(*AMENDED)
    assert 2 <= len(story.the(e.OptionsOffered).options) <= 3


def test_what_was_offered_instead_once_is_not_offered_under_the_same_name_again() -> None:
    story = waits().given(ANA.amended(day(4), "40.00"), ANA.counters(4, day(5), "55.00"))
    story.when(ANA.amended(day(6), "45.00", number=2)).then(*AMENDED)
    assert story.the(e.OptionsOffered).options[0].id == "as-amended-2"


def test_what_is_more_goes_to_the_level_that_may_give_it() -> None:
    assert waits("100.00").the(e.ApprovalRequested).level == "head-of-care"
    assert waits("100.01").the(e.ApprovalRequested).level == "board"
    assert waits("129.90").the(e.ApprovalRequested).level == "board"


def test_a_role_that_may_not_give_so_much_is_refused_and_the_request_goes_on_waiting() -> None:
    story = waits("110.00")
    for role in ("head-of-care", "care-team", "the gardener"):
        assert why_refused(story.when(ANA.approved(day(4), role=role))) == "role-may-not"
    assert why_refused(story.when(ANA.not_approved(day(4)))) == "role-may-not"
    assert story.case(ANA).request is not None
    assert why_refused(waits().when(ANA.amended(day(4), "100.01"))) == "sum-too-high"


def test_a_higher_level_may_decide_before_it_is_asked() -> None:
    waits().when(ANA.approved(day(4), role="board")).then(*GRANTED)


def test_above_the_line_it_takes_two_people() -> None:
    story = waits("95.00").when(ANA.approved(day(4))).then(e.ApprovalRequested)
    assert (story.the(e.ApprovalRequested).yes, story.paid("goodwill")) == (("Mara",), Decimal(0))
    assert why_refused(story.when(ANA.approved(day(4.1), by=" mara "))) == "said-yes-already"
    story.when(ANA.approved(day(4.2), by="Noor")).then(*GRANTED)
    assert story.paid("goodwill") == Decimal(95)


def test_up_to_the_line_one_is_enough() -> None:
    waits("90.00").when(ANA.approved(day(4))).then(*GRANTED)


def test_above_the_line_another_sum_takes_two_people_as_well() -> None:
    story = waits("110.00").when(ANA.amended(day(4), "95.00", role="board")).then(e.ApprovalRequested)
    assert (story.the(e.ApprovalRequested).kind, story.the(e.ApprovalRequested).yes) == ("amendment", ("Mara",))
    story.when(ANA.approved(day(5), by="Noor", role="board")).then(*AMENDED)
    assert story.the(e.OptionsOffered).options[0].amount == euro("95.00")


def test_nobody_approves_what_they_asked_for_on_the_customer_s_behalf() -> None:
    story = waits(by="Mara")
    assert story.the(e.ApprovalRequested).asked_by == "Mara"
    assert why_refused(story.when(ANA.approved(day(4), by="MARA"))) == "asked-for-it"
    assert why_refused(story.when(ANA.amended(day(4), "40.00"))) == "asked-for-it"
    story.when(ANA.approved(day(4), by="Noor")).then(*GRANTED)


def test_a_ruling_twice_has_one_effect() -> None:
    story = waits().given(ANA.approved(day(4)))
    assert why_refused(story.when(ANA.approved(day(5), by="Noor"))) == "already-given"
    assert why_refused(story.when(ANA.not_approved(day(5)))) == "already-given"
    assert story.paid("goodwill") == Decimal(60)
    assert why_refused(waits().given(ANA.not_approved(day(4))).when(ANA.approved(day(4.1)))) == "already-denied"
    assert why_refused(waits().given(ANA.amended(day(4), "40")).when(ANA.approved(day(4.1)))) == "already-amended"


@pytest.mark.parametrize(
    "before", [ANA.withdrawn(day(3.5)), ANA.chose("voucher-10", 2, day(3.5))], ids=["taken back", "chosen"]
)
def test_a_ruling_after_the_customer_has_decided_changes_nothing(before: e.AnyEvent) -> None:
    story = waits().given(before)
    sum_before = story.paid("goodwill")
    assert why_refused(story.when(ANA.approved(day(4)))) == "already-overtaken"
    assert story.paid("goodwill") == sum_before


def test_a_request_that_there_is_not_cannot_be_approved() -> None:
    assert why_refused(given(ANA.verdict()).when(ANA.approved(day(4)))) == "no-such-request"


def test_nobody_approves_past_the_ceiling_also_where_the_remedy_has_grown_meanwhile() -> None:
    story = waits().given(ANA.verdict(day(3.5), remedy=euro("140.00")))
    assert why_refused(story.when(ANA.approved(day(4)))) == "above-ceiling"
    story.when(ANA.not_approved(day(4))).then(*DENIED)


def test_the_same_again_is_no_other_offer() -> None:
    assert why_refused(waits().when(ANA.amended(day(4), "60.00"))) == "nothing-amended"
    assert why_refused(waits().when(ANA.amended(day(4)))) == "nothing-amended"


def test_who_does_not_answer_in_time_is_not_waited_for_and_the_next_level_is_asked_once() -> None:
    story = waits()
    assert story.the(Timer).due == story.the(e.ApprovalRequested).due == day(5)
    story.when(ANA.unanswered(day(4))).then_nothing()
    story.when(ANA.unanswered(day(5))).then(*ASKED_AGAIN)
    asked = story.the(e.ApprovalRequested)
    assert (asked.id, asked.level, asked.first, asked.due) == (
        f"{ANA.case}/approval/1",
        "board",
        "head-of-care",
        day(8),
    )
    story.when(ANA.unanswered(day(5), at=day(6))).then_nothing()
    story.when(ANA.approved(day(7))).then(*GRANTED)


def test_after_the_last_level_it_stays_there_and_is_late() -> None:
    story = waits().given(ANA.unanswered(day(5))).when(ANA.unanswered(day(8))).then(e.ApprovalRequested)
    asked = story.the(e.ApprovalRequested)
    assert (asked.level, asked.due, asked.late) == ("board", day(8), True)
    story.when(ANA.unanswered(day(8), at=day(9))).then_nothing()
    story.when(ANA.approved(day(30), role="board")).then(*GRANTED)


def test_a_clock_that_was_answered_meanwhile_asks_nobody() -> None:
    waits().given(ANA.approved(day(4))).when(ANA.unanswered(day(5))).then_nothing()


def test_time_to_answer_is_counted_in_the_hours_of_the_house() -> None:
    office = Calendar("Europe/Berlin", WEEKDAYS[:5], TimeOfDay(9 * 60), TimeOfDay(17 * 60), "DE")
    levels = (Level("head-of-care", Decimal(100), timedelta(hours=4), "office"), POLICY.approvals.levels[1])
    policy = replace(
        POLICY, calendars=POLICY.calendars | {"office": office}, approvals=replace(POLICY.approvals, levels=levels)
    )
    friday = datetime(2018, 2, 23, 14, 30, tzinfo=UTC)  # half past three in Berlin
    story = Story(policy).given(ANA.verdict()).when(ANA.counters(1, friday, "60.00"))
    assert story.the(e.ApprovalRequested).due == datetime(2018, 2, 26, 10, 30, tzinfo=UTC)


def test_who_asks_for_a_person_meanwhile_gets_one_and_a_yes_still_counts() -> None:
    story = waits().when(ANA.wants_a_person(3, day(3.5))).then(e.HandedOver)
    assert story.case(ANA).why == "person_asked_for"
    story.when(ANA.wants_a_person(3, day(3.6))).then_nothing()
    story.when(ANA.approved(day(4))).then(*GRANTED)


def test_who_has_a_person_for_another_reason_hears_the_no_and_the_rest_from_them() -> None:
    story = waits().given(ANA.wants_a_person(3, day(3.5))).when(ANA.not_approved(day(4)))
    story.then(FOLLOWED, e.CounterAnswered)
    assert not story.the(e.CounterAnswered).explained
    assert (story.case(ANA).state, story.case(ANA).why) == ("handed_over", "person_asked_for")


def test_whom_danger_was_called_for_hears_of_no_ruling_by_letter_but_of_a_yes() -> None:
    danger = ANA.letter(day(3.5))
    story = waits().given(danger).when(ANA.not_approved(day(4))).then(FOLLOWED, e.CounterAnswered)
    assert story.the(e.CounterAnswered).explained
    assert why_refused(waits().given(danger).when(ANA.amended(day(4), "40.00"))) == "alarmed"
    story = waits().given(danger).when(ANA.approved(day(4))).then(*GRANTED)
    assert story.case(ANA).why == "danger"


def test_on_a_contested_word_more_than_a_set_sum_is_a_person_s_to_give_though_the_menu_has_as_much() -> None:
    doubted = CLEO.unclear(contested=True, paid=euro("40"))
    story = given(doubted).when(CLEO.counters(1, day(1), "8.00", "refund"))
    assert story.the(e.CounterAnswered).granted
    story = given(replace(doubted, paid=euro("50"), severity=2)).when(CLEO.counters(1, day(1), "10.01", "refund"))
    assert (story.the(e.ApprovalRequested).level, story.the(e.ApprovalRequested).reasons) == ("board", ("contested",))


def test_what_was_shown_is_had_for_the_asking_also_on_a_contested_word() -> None:
    doubted = CLEO.unclear(contested=True, paid=euro("50"), severity=3)
    story = given(doubted, CLEO.refused(1, day(1)), CLEO.refused(2, day(2)))
    story.given(CLEO.counters(3, day(3), "9000"), CLEO.refused(4, day(4)))
    assert "credit-25" in {option.id for option in story.case(CLEO).shown}
    story.when(CLEO.counters(5, day(5), form="credit"))
    assert story.the(e.CounterAnswered).granted
    assert story.paid("goodwill") == Decimal("12.50")


def test_a_time_to_think_again_runs_from_the_yes() -> None:
    slow = replace(POLICY, rounds=replace(POLICY.rounds, undo_within=timedelta(days=10)))
    story = Story(slow).given(ANA.verdict(), ANA.counters(1, day(3), "60.00")).when(ANA.approved(day(4)))
    story.then(FOLLOWED, e.CounterAnswered, e.ChoiceNoted, Timer)
    assert (story.the(e.ChoiceNoted).until, story.paid("goodwill")) == (day(14), Decimal(0))
    story.when(ANA.thought_over(day(14))).then(e.PayoutDue, e.CaseSettled)
