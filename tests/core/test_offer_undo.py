"""A choice may be taken back for as long as the policy says: only then is it due, and the case settled."""

from decimal import Decimal

from shared import events as e
from shared.runtime.decider import Timer
from tests.core.case_walk import SLOW, THINKING
from tests.core.offer_stories import ANA, ANSWER_WITHIN, INPUT, Story, day, euro


def slow(*events: e.AnyEvent) -> Story:
    """A house that gives ten days to think again."""
    return Story(SLOW).given(*events)


CHOSEN = (ANA.verdict(), ANA.refused(1, day(1)), ANA.chose("voucher-10", 2, day(2)))
OVER = day(2) + THINKING


def test_nothing_is_due_before_the_time_to_think_again_has_passed_but_what_is_owed() -> None:
    story = slow(*CHOSEN).then(e.ChoiceNoted, Timer)
    assert (story.the(e.ChoiceNoted).until, story.the(Timer).due, story.the(Timer).name) == (OVER, OVER, "choice")
    assert (story.case(ANA).state, story.paid("remedy")) == ("agreed", Decimal("17.50"))
    assert not story.paid("goodwill")
    story.when(ANA.thought_over(OVER)).then(e.PayoutDue, e.CaseSettled)
    assert (story.the(e.PayoutDue).amount, story.the(e.CaseSettled).explained) == (euro("12.99"), True)
    story.when(ANA.thought_over(OVER)).then_nothing()


def test_what_lay_on_the_table_lies_there_again_as_a_round_of_its_own_with_all_the_time_to_answer() -> None:
    story = slow(*CHOSEN).when(ANA.undone(2, day(3))).then(e.ChoiceUndone, Timer)
    undone = story.the(e.ChoiceUndone)
    assert (undone.round, undone.table, undone.expires) == (3, "options", day(3) + ANSWER_WITHIN)
    assert [option.id for option in undone.options] == ["voucher-10", "call-back", "express-next"]
    story.when(ANA.thought_over(OVER)).then_nothing()
    story.when(ANA.undone(3, day(4))).then_nothing()
    story.when(ANA.chose("call-back", 3, day(5))).then(e.ChoiceNoted, Timer)
    story.when(ANA.thought_over(OVER)).then_nothing()
    story.when(ANA.thought_over(day(5) + THINKING)).then(e.PayoutDue, e.CaseSettled)
    assert not story.paid("goodwill")


def test_who_takes_a_choice_back_may_still_say_that_it_is_not_enough() -> None:
    slow(*CHOSEN, ANA.undone(2, day(3))).when(ANA.refused(3, day(4))).then(*INPUT)


def test_the_time_for_thinking_is_over_for_both_orders_of_a_verdict_and_the_timer() -> None:
    going_on = (ANA.verdict(ongoing=True), *CHOSEN[1:])
    ended, timer = ANA.verdict(day(13)), ANA.thought_over(OVER, day(13))
    one, other = slow(*going_on, ended, timer), slow(*going_on, timer, ended)
    assert one.customer == other.customer
    assert one.case(ANA).state == "settled"
    assert (len(one.all(e.PayoutDue)), len(other.all(e.PayoutDue))) == (2, 2)


def test_a_failure_that_ends_while_they_think_again_settles_nothing_yet() -> None:
    going_on = (ANA.verdict(ongoing=True), *CHOSEN[1:])
    slow(*going_on).when(ANA.verdict(day(3))).then_nothing()


def test_who_thinks_again_too_late_has_what_they_chose() -> None:
    slow(*CHOSEN).when(ANA.undone(2, day(12.1))).then_nothing()
    Story().given(*CHOSEN).when(ANA.undone(2, day(2.1))).then_nothing()


def test_who_was_in_time_though_it_is_due_by_now_gets_a_person() -> None:
    story = slow(*CHOSEN, ANA.thought_over(OVER, day(13))).when(ANA.undone(2, day(11))).then(e.HandedOver)
    assert story.the(e.HandedOver).why == "undone_too_late"


def test_a_wish_that_was_granted_may_be_taken_back_as_well() -> None:
    story = slow(ANA.verdict()).when(ANA.counters(1, day(1), "20.00")).then(e.CounterAnswered, e.ChoiceNoted, Timer)
    story.when(ANA.undone(1, day(2))).then(e.ChoiceUndone, Timer)
    assert story.case(ANA).state == "apology"
    assert not story.paid("goodwill")
