"""By when we owe a customer a word: each clock is missed once at most, and stands still only while we wait for them."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from services.offer.ledger import due
from shared import events as e
from shared.runtime.decider import Timer, TimersCancelled
from tests.core.clock_stories import CALENDARS, CLOCKED, DAY, clock, ledger, rings, sent, told
from tests.core.offer_stories import ANA, ANSWER_WITHIN, Story, day, given

RECEIVED = day(-7)
AWAITED = ANA.awaited(received_at=RECEIVED)
BY_LAW = ANA.awaited(received_at=RECEIVED, jurisdiction="GB")


def over(story: object, rung: str) -> datetime | None:
    """When the time of that clock is over."""
    kept = ledger(story, ANA)  # type: ignore[arg-type]
    return due(kept, clock(story, ANA, rung), CALENDARS)  # type: ignore[arg-type]


def cancelled(story: Story) -> set[str]:
    """The timers that the last answers took back."""
    return {name for said in story.last if isinstance(said, TimersCancelled) for name in said.names}


def test_the_first_letter_names_the_day_by_which_we_answer() -> None:
    story = told(AWAITED)
    assert story.the(e.CaseOpened).answer_by == day(5)
    assert told(BY_LAW).the(e.CaseOpened).answer_by == RECEIVED + 56 * DAY, (
        "where no answer is promised before, the final one"
    )


def test_each_clock_sets_a_timer_of_its_name_when_the_case_opens() -> None:
    timers = {timer.name: timer.due for timer in told(AWAITED).all(Timer)}
    assert timers == {
        "clock/house/hello": day(1),
        "clock/house/answer": day(5),
        "clock/house/answer/warn": day(4),
        "clock/house/end": day(30),
        "clock/house/end/warn": day(25),
        "clock/house/progress": day(10),
    }


def test_a_case_that_is_answered_at_once_has_no_clock_left_but_that_of_the_letter() -> None:
    story = told(ANA.verdict())
    assert [timer.name for timer in story.all(Timer) if timer.name.startswith("clock/")] == ["clock/house/hello"]
    assert clock(story, ANA, "answer").met == day(0)
    assert over(story, "end") is None, "it stands still while they may choose"


def test_a_letter_of_ours_meets_the_acknowledgement() -> None:
    told(AWAITED, sent(ANA, "acknowledgement", day(0.5))).when(rings(ANA, "house/hello", day(1))).then_nothing()
    told(ANA.verdict(), sent(ANA, "apology", day(0.5))).when(rings(ANA, "house/hello", day(1))).then_nothing()


def test_a_missed_clock_is_said_once_and_somebody_has_the_case() -> None:
    ring = rings(ANA, "house/answer", day(5))
    story = told(AWAITED).when(ring).then(e.ClockMissed, e.HandedOver, Timer)
    missed = story.the(e.ClockMissed)
    assert (missed.clock, missed.rung, missed.owed) == ("house", "answer", "answer")
    assert (missed.due, missed.since, missed.next) == (day(5), day(0), day(15))
    assert (missed.to, missed.body) == ("care-team", None)
    assert (story.the(e.HandedOver).to, story.the(e.HandedOver).why) == ("care-team", "clock_missed")
    story.when(ring).then_nothing()
    story.when(rings(ANA, "house/answer", day(5), at=day(9))).then_nothing()


def test_each_further_rung_goes_higher_and_the_law_s_names_whom_to_turn_to() -> None:
    story = told(BY_LAW).when(rings(ANA, "law/hello", day(20)))
    story.when(rings(ANA, "law/response", RECEIVED + 56 * DAY)).then(e.ClockMissed, e.HandedOver, Timer)
    assert story.the(e.HandedOver).to == "head-of-care"
    missed = story.the(e.ClockMissed)
    assert (missed.body, missed.body_at) == ("the Ombudsman", "https://ombudsman.example")


def test_who_is_with_somebody_graver_stays_there_and_the_missed_clock_is_said_all_the_same() -> None:
    story = told(ANA.letter(jurisdiction="GB")).when(rings(ANA, "law/response", RECEIVED + 56 * DAY))
    story.then(e.ClockMissed)
    assert story.case(ANA).why == "danger"
    assert story.the(e.ClockMissed).next is None, "whoever was called speaks with them"


def test_what_lay_with_a_person_for_long_goes_to_the_role_that_the_rung_names() -> None:
    story = told(ANA.verdict(), ANA.wants_a_person(1, day(1))).when(rings(ANA, "house/end", day(31)))
    story.then(e.ClockMissed, e.HandedOver, Timer)
    assert story.the(e.HandedOver).to == "head-of-care"


def test_a_clock_that_had_run_out_before_the_complaint_reached_us_is_written_down_and_fires_no_letter() -> None:
    late = ANA.awaited(received_at=day(-300), jurisdiction="GB")
    story = told(late).then(e.CaseOpened, *(type(said) for said in told(late).last[1:2]), Timer)
    assert clock(story, ANA, "response").lapsed
    assert story.the(e.CaseOpened).answer_by is None, "no letter promises a day that is over"
    story.when(rings(ANA, "law/response", day(-300) + 56 * DAY, at=day(1))).then_nothing()
    assert [timer.name for timer in story.all(Timer)] == ["clock/law/progress"]


def test_what_runs_towards_a_customer_of_today_begins_today_however_old_the_facts_are() -> None:
    story = told(ANA.awaited(received_at=day(-300)))
    assert story.the(e.CaseOpened).answer_by == day(5)
    assert all(timer.due > day(0) for timer in story.all(Timer))


def test_history_has_no_clocks() -> None:
    story = told(ANA.verdict(received_at=day(-1000)))
    assert story.case(ANA).clocks is None
    assert story.all(Timer) == []


def test_what_they_are_asked_makes_the_clock_stand_still_until_they_have_said_it() -> None:
    story = told(AWAITED, ANA.asked(day(2)))
    story.when(rings(ANA, "house/answer", day(5))).then_nothing()
    story.when(ANA.answer(e.InformationGiven, 0, day(6), facts={}))
    assert {timer.name: timer.due for timer in story.last if isinstance(timer, Timer)} == {
        "clock/house/hello": day(1),
        "clock/house/answer": day(9),
        "clock/house/answer/warn": day(8),
        "clock/house/end": day(34),
        "clock/house/end/warn": day(29),
        "clock/house/progress": day(16),
    }
    story.when(rings(ANA, "house/answer", day(5), at=day(7))).then_nothing()
    story.when(rings(ANA, "house/answer", day(9)))
    assert story.the(e.ClockMissed).due == day(9)


def test_the_law_s_clock_does_not_stand_still_where_the_law_does_not_say_so() -> None:
    story = told(BY_LAW, ANA.asked(day(2)), ANA.verdict(day(3), jurisdiction="GB"))
    story.when(rings(ANA, "law/response", RECEIVED + 56 * DAY)).then(e.ClockMissed, e.HandedOver, Timer)


def test_the_time_in_which_choices_lie_before_them_is_theirs() -> None:
    story = told(AWAITED, ANA.verdict(day(2)), ANA.wants_a_person(1, day(10)))
    assert over(story, "end") == day(38), "two of thirty days were used by the second, the clock went on at the tenth"
    (end,) = [timer for timer in story.last if isinstance(timer, Timer) and timer.name == "clock/house/end"]
    assert end.due == day(38)


def test_a_choice_that_was_taken_back_lets_the_clock_go_on_where_it_stood() -> None:
    story = told()
    story.policy = replace(CLOCKED, rounds=replace(CLOCKED.rounds, undo_within=10 * DAY))
    story.given(ANA.verdict(jurisdiction="GB"), ANA.content(1, day(1)))
    assert over(story, "response") is None
    story.when(ANA.undone(1, day(4)))
    assert over(story, "response") == RECEIVED + (56 + 3) * DAY


def test_what_ends_a_case_ends_its_clocks() -> None:
    for end in (ANA.content(1, day(1)), ANA.withdrawn(day(1))):
        story = told(ANA.verdict(jurisdiction="GB"), end)
        assert not any(one.runs for one in ledger(story, ANA).clocks)
        story.when(rings(ANA, "law/response", RECEIVED + 56 * DAY)).then_nothing()
    assert not clock(told(ANA.kept()), ANA, "end").runs, "a decline on evidence is a final answer"


def test_what_is_done_rings_no_more() -> None:
    """The first letter, the round, what was paid, and all clocks of a case that is over: nobody is asked after these."""
    story = told(ANA.verdict()).when(sent(ANA, "apology", day(0.1)))
    assert cancelled(story) == {"clock/house/hello"}
    story.when(ANA.content(1, day(1)))
    assert cancelled(story) == {"expiry", "clock/house/end", "clock/house/end/warn"}
    story.when(ANA.was_paid(f"{ANA.case}/remedy/-/1", day(2)))
    assert cancelled(story) == {"payout/remedy/-/1"}
    assert {timer.name for timer in story.all(Timer)} <= {
        name for said in story.all(TimersCancelled) for name in said.names
    }


def test_a_clock_that_runs_on_is_not_silenced() -> None:
    story = told(AWAITED).when(ANA.verdict(day(2)))
    assert cancelled(story) == {"clock/house/answer", "clock/house/answer/warn", "clock/house/progress"}
    story.when(ANA.wants_a_person(1, day(3)))
    assert cancelled(story) == {"expiry"}
    assert over(story, "end")


def test_a_case_that_lapsed_listens_to_no_clock_until_somebody_takes_it_up_again() -> None:
    story = told(ANA.verdict(jurisdiction="GB"), ANA.expiry(day(0) + ANSWER_WITHIN))
    ring = rings(ANA, "law/response", RECEIVED + 56 * DAY)
    story.when(ring).then_nothing()
    story.when(ANA.wants_a_person(1, day(60)))
    assert Timer(customer=ANA.names["customer"], case=ANA.case, name=ring.name, due=ring.due) in story.last
    story.when(rings(ANA, "law/response", ring.due, at=day(60))).then(e.ClockMissed, e.HandedOver, Timer)


def test_an_answer_and_its_clock_leave_the_same_ledger_in_either_order() -> None:
    for at in (day(5) - timedelta(seconds=1), day(5) + timedelta(seconds=1)):
        answer, ring = ANA.verdict(at), rings(ANA, "house/answer", day(5), at=day(5.5))
        first, after = told(AWAITED, answer, ring), told(AWAITED, ring, answer)
        kept, other = clock(first, ANA, "answer"), clock(after, ANA, "answer")
        assert kept == other
        assert (kept.missed is None) == (at <= day(5)), "times decide"


def test_what_comes_late_is_said_to_be_late_also_where_the_timer_has_not_been_read() -> None:
    story = told(AWAITED).when(ANA.verdict(day(6)))
    missed = story.the(e.ClockMissed)
    assert (missed.due, missed.met, missed.next) == (day(5), day(6), None)
    assert story.all(e.HandedOver) == [], "it has been done"
    story.when(rings(ANA, "house/answer", day(5), at=day(7))).then_nothing()


def test_a_letter_that_went_out_late_was_late() -> None:
    story = told(ANA.verdict(), sent(ANA, "apology", day(2))).when(rings(ANA, "house/hello", day(1), at=day(3)))
    story.then(e.ClockMissed)
    assert story.the(e.ClockMissed).met == day(2)


def test_a_letter_that_is_late_does_not_stop_the_rounds() -> None:
    story = told(ANA.verdict()).when(rings(ANA, "house/hello", day(1))).then(e.ClockMissed)
    assert story.the(e.ClockMissed).next is None, "the rounds say when they hear from us"
    assert story.case(ANA).state == "apology"


def test_before_a_date_passes_they_hear_where_we_are_once() -> None:
    story = told(AWAITED).when(rings(ANA, "house/answer/warn", day(4))).then(e.ProgressReported)
    said = story.the(e.ProgressReported)
    assert (said.reason, said.next, said.rung, said.owner) == ("evidence-awaited", day(5), "answer", "care-team")
    story.when(rings(ANA, "house/answer/warn", day(4), at=day(4.5))).then_nothing()


def test_a_warning_that_is_read_after_the_date_is_none() -> None:
    told(AWAITED).when(rings(ANA, "house/answer/warn", day(4), at=day(5))).then_nothing()


def test_while_it_is_for_us_to_speak_they_hear_from_us_as_often_as_the_policy_says() -> None:
    story = told(AWAITED).when(rings(ANA, "house/progress", day(10))).then(e.ProgressReported, Timer)
    assert story.the(e.ProgressReported).next == story.the(Timer).due == day(20)
    story.given(ANA.verdict(day(11))).when(rings(ANA, "house/progress", day(20))).then_nothing()
    story.when(ANA.wants_a_person(1, day(22)))
    assert Timer(customer=ANA.names["customer"], case=ANA.case, name="clock/house/progress", due=day(32)) in story.last
    story.when(rings(ANA, "house/progress", day(32))).then(e.ProgressReported, Timer)
    assert story.the(e.ProgressReported).reason == "with-a-person"


def test_nobody_is_told_that_we_are_at_it_while_we_wait_for_their_own_answer_or_a_person_speaks_with_them() -> None:
    told(AWAITED, ANA.asked(day(2))).when(rings(ANA, "house/progress", day(10))).then_nothing()
    told(ANA.letter()).when(rings(ANA, "house/progress", day(10))).then_nothing()


@pytest.mark.parametrize("name", ["house/nothing", "law/hello", "house/nothing/warn", "law/progress"])
def test_a_timer_of_a_clock_that_the_case_does_not_have_is_answered_with_nothing(name: str) -> None:
    told(AWAITED).when(rings(ANA, name, day(1))).then_nothing()


def test_a_policy_that_has_the_pack_no_more_still_keeps_to_what_was_promised() -> None:
    story = told(BY_LAW)
    story.policy = replace(CLOCKED, clocks=CLOCKED.clocks[:1])
    story.when(rings(ANA, "law/response", RECEIVED + 56 * DAY)).then(e.ClockMissed, e.HandedOver, Timer)
    assert story.the(e.HandedOver).to == "care-team"


def test_without_packs_nothing_is_timed() -> None:
    assert given(AWAITED).case(ANA).clocks is None


def test_nobody_is_put_off_for_ever() -> None:
    """After so many reports somebody higher has the case, and no date is named any more that would be kept by a report."""
    story = told(ANA.verdict(), ANA.wants_a_person(1, day(1)))
    for n in range(1, 8):
        story.when(rings(ANA, "house/progress", day(1 + 10 * n)))
    assert len(story.all(e.ProgressReported)) == 6
    story.then(e.HandedOver)
    assert (story.the(e.HandedOver).to, story.the(e.HandedOver).why) == ("head-of-care", "kept_waiting")
    story.when(rings(ANA, "house/progress", day(200))).then_nothing()


def test_a_clock_that_stood_while_a_choice_might_be_taken_back_rings_at_its_new_moment_when_it_was() -> None:
    """Nobody has sent the first word yet: that clock runs again from the undo on, and somebody looks at it then."""
    story = told(AWAITED)
    story.policy = replace(CLOCKED, rounds=replace(CLOCKED.rounds, undo_within=10 * DAY))
    story.given(ANA.verdict(day(0.2)), ANA.content(1, day(0.5)), ANA.undone(1, day(4)))
    rung = [timer.due for timer in story.last if isinstance(timer, Timer) and timer.name == "clock/house/hello"]
    assert rung == [over(story, "hello")] == [day(4.5)]
    story.when(rings(ANA, "house/hello", day(4.5))).then(e.ClockMissed)
