"""A promise has a date: kept, it is said so; missed, it is a new failure of ours, with an apology and options of its own."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from services.offer.case import Case
from shared import events as e
from shared.runtime.decider import Timer
from tests.core.clock_stories import told as by_the_clock
from tests.core.offer_stories import ANA, ANSWER_WITHIN, OPTIONS, POLICY, Story, day, given

CALL = ANA.promised("ring them about the parcel", due=day(3), at=day(1))
DUE = ANA.word_due(1, day(3))


def a_case(story: Story) -> Case:
    return story.case(ANA)


def test_what_a_person_promises_is_held_under_a_name_with_its_day_and_its_owner() -> None:
    story = given(ANA.verdict()).when(CALL).then(e.PromiseMade, Timer)
    made = story.the(e.PromiseMade)
    assert (made.promised, made.what) == (f"{ANA.case}/promise/1", "ring them about the parcel")
    assert (made.due, made.owner) == (day(3), "care-team")
    assert (story.the(Timer).name, story.the(Timer).due) == ("promise/1", day(3))
    story.when(ANA.promised("write", due=day(4), at=day(2))).then(e.PromiseMade, Timer)
    assert story.the(Timer).name == "promise/2"


def test_a_promise_that_is_kept_is_said_so_once() -> None:
    story = given(ANA.verdict(), CALL).when(ANA.fulfilled(1, day(2))).then(e.PromiseKept)
    kept = story.the(e.PromiseKept)
    assert (kept.what, kept.on, kept.by) == ("ring them about the parcel", day(2), "Mara")
    story.when(ANA.fulfilled(1, day(2.5))).then_nothing()
    story.when(DUE).then_nothing()


def test_a_missed_promise_is_a_new_failure_with_options_of_our_own_and_no_open_question() -> None:
    story = given(ANA.verdict(), CALL).when(DUE).then(e.PromiseMissed, *OPTIONS, Timer)
    missed = story.the(e.PromiseMissed)
    assert (missed.due, missed.owner, missed.next) == (day(3), "care-team", day(5))
    assert missed.severity == 3, "one graver than the failure that it comes on top of"
    assert len(story.the(e.OptionsOffered).options) in (2, 3)
    for number in range(2, 6):
        story.when(ANA.refused(number, day(3 + number)))
    assert story.all(e.InputInvited) == []
    assert a_case(story).state == "final_say"


def test_nothing_that_was_shown_comes_back_after_a_missed_promise() -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(0.5)), CALL).when(DUE)
    shown = [option.id for offer in story.all(e.OptionsOffered) for option in offer.options]
    assert len(story.all(e.OptionsOffered)) == 2
    assert len(shown) == len(set(shown))


def test_where_nothing_is_left_to_offer_somebody_higher_comes_to_them() -> None:
    story = given(ANA.verdict(), *(ANA.refused(n, day(n / 10)) for n in (1, 2, 3)), CALL)
    story.when(DUE).then(e.PromiseMissed, e.HandedOver, Timer)
    assert (story.the(e.HandedOver).to, story.the(e.HandedOver).why) == ("board", "promise_missed")


def test_a_case_that_was_settled_is_open_again_when_a_promise_in_it_is_missed() -> None:
    story = given(ANA.verdict(), ANA.content(1, day(0.5)), CALL)
    assert a_case(story).state == "settled"
    story.when(DUE).then(e.PromiseMissed, *OPTIONS, Timer)
    assert a_case(story).state == "options"
    option = story.the(e.OptionsOffered).options[0].id
    story.when(ANA.chose(option, 2, day(4)))
    assert a_case(story).state == "settled"


def test_who_waits_for_a_person_gets_somebody_higher_and_no_choices_by_letter() -> None:
    story = given(ANA.verdict(), ANA.wants_a_person(1, day(0.5)), CALL)
    story.when(DUE).then(e.PromiseMissed, e.HandedOver, Timer)
    assert story.all(e.OptionsOffered) == []


def test_who_was_called_for_danger_keeps_the_case_and_the_promise_is_missed_all_the_same() -> None:
    story = given(ANA.letter(), ANA.verdict(), CALL).when(DUE).then(e.PromiseMissed, Timer)
    assert a_case(story).why == "danger"


def test_a_promise_is_missed_once_and_the_day_that_we_then_name_is_looked_at_too() -> None:
    story = given(ANA.verdict(), CALL).when(DUE)
    story.when(replace(DUE, at=day(4))).then_nothing()
    story.when(ANA.word_due(1, day(5))).then(e.HandedOver)
    story.when(ANA.word_due(1, day(5), at=day(6))).then_nothing()
    assert len(story.all(e.PromiseMissed)) == 1


def test_what_is_done_after_all_is_said_to_be_done() -> None:
    story = given(ANA.verdict(), CALL, DUE).when(ANA.fulfilled(1, day(4))).then(e.PromiseKept)
    story.when(ANA.word_due(1, day(5))).then_nothing()
    assert a_case(story).promises[f"{ANA.case}/promise/1"].missed, "it was late"


@pytest.mark.parametrize("at", [day(3) - timedelta(seconds=1), day(3)])
def test_what_was_done_in_time_was_kept_in_either_order(at: object) -> None:
    done, ring = ANA.fulfilled(1, at), replace(DUE, at=day(3.1))  # type: ignore[arg-type]
    for events in ((done, ring), (ring, done)):
        word = a_case(given(ANA.verdict(), CALL, *events)).promises[f"{ANA.case}/promise/1"]
        assert (word.kept, word.missed) == (at, False)


def test_a_promise_missed_after_a_round_has_lapsed_opens_the_case_again() -> None:
    story = given(ANA.verdict(), ANA.promised("ring", due=day(20), at=day(1)), ANA.expiry(day(0) + ANSWER_WITHIN))
    story.when(ANA.word_due(1, day(20))).then(e.PromiseMissed, *OPTIONS, Timer)


def test_the_clocks_go_on_where_a_case_that_had_lapsed_is_taken_up_again() -> None:
    story = by_the_clock(ANA.verdict(), ANA.promised("ring", due=day(20), at=day(1)))
    story.given(ANA.expiry(day(0) + ANSWER_WITHIN)).when(ANA.word_due(1, day(20)))
    assert a_case(story).state == "options"


@pytest.mark.parametrize(
    ("ruling", "why"),
    [
        (ANA.promised("ring", due=day(3), at=day(1), role="stranger"), "role-unknown"),
        (ANA.promised("ring", due=day(1), at=day(1)), "day-is-over"),
        (ANA.fulfilled(7, day(2)), "no-such-promise"),
    ],
)
def test_what_cannot_be_promised_is_refused_by_name(ruling: e.Ruling, why: str) -> None:
    story = given(ANA.verdict()).when(ruling).then(e.RulingRefused)
    assert story.the(e.RulingRefused).why == why


def test_nobody_promises_anything_in_a_case_that_was_taken_back() -> None:
    story = given(ANA.verdict(), ANA.withdrawn(day(0.5))).when(CALL).then(e.RulingRefused)
    assert story.the(e.RulingRefused).why == "over"
    given(ANA.verdict(), CALL, ANA.withdrawn(day(2))).when(DUE).then_nothing()


def test_how_grave_a_second_failure_is_the_policy_says() -> None:
    story = Story(replace(POLICY, promises=replace(POLICY.promises, raises=0)))
    assert story.given(ANA.verdict(), CALL, DUE).the(e.PromiseMissed).severity == 2
