"""Who was hurt, fell ill, or speaks of law or the press has a person at once; what is owed to them goes on by itself."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from shared import events as e
from tests.core.offer_stories import (
    ANA,
    ANSWER_WITHIN,
    APOLOGY,
    BEN,
    POLICY,
    Complaint,
    Story,
    day,
    euro,
    given,
)

SECOND = Complaint("cust-ana", "C-1001-b")
DUE = day(0) + ANSWER_WITHIN
HORIZON = POLICY.intake.horizon


def how_it_ends(story: Story, complaint: Complaint = ANA) -> tuple[object, ...]:
    case = story.case(complaint)
    return case.state, case.why, case.called, case.round, case.expires, case.payouts, case.told


def test_a_letter_of_danger_has_a_person_before_any_evidence_and_any_verdict() -> None:
    story = Story().when(ANA.letter()).then(e.CaseOpened, e.HandedOver)
    handed = story.the(e.HandedOver)
    assert (handed.to, handed.why, handed.round) == ("safety-desk", "danger", 0)
    assert story.the(e.CaseOpened).subject == ANA.subject
    assert (story.case(ANA).state, story.case(ANA).why) == ("handed_over", "danger")


def test_a_signal_without_a_person_of_its_own_goes_to_the_one_of_the_house() -> None:
    assert given(ANA.letter(signals=("law",))).the(e.HandedOver).to == "care-team"


def test_of_several_signals_the_gravest_is_the_reason_and_the_letter_calls_once() -> None:
    story = given(ANA.letter(signals=("danger", "law"))).when(ANA.letter(signals=("danger", "law"))).then_nothing()
    assert [handed.why for handed in story.all(e.HandedOver)] == ["danger"]


@pytest.mark.parametrize("signals", [(), ("distress",), ("profanity",)])
def test_what_only_changes_the_tone_calls_nobody(signals: tuple[str, ...]) -> None:
    story = Story().when(ANA.letter(signals=signals)).then_nothing()
    story.when(ANA.verdict(signals=signals)).then(e.CaseOpened, e.RemedyGranted, e.PayoutDue, *APOLOGY)


def test_the_remedy_goes_on_and_nothing_is_put_to_the_customer_but_the_apology() -> None:
    story = given(ANA.letter()).when(ANA.verdict(severity=4))
    story.then(e.RemedyGranted, e.PayoutDue, e.ApologyOffered)
    assert (story.paid(), story.case(ANA).expires) == (Decimal("17.50"), None)
    story.when(ANA.refused(1, day(1))).then_nothing()
    story.when(ANA.expiry(DUE)).then_nothing()
    story.when(ANA.verdict(day(20), remedy=euro("20.00"))).then(e.RemedyGranted, e.PayoutDue)


def test_a_kept_promise_is_not_declined_by_letter_to_somebody_who_was_hurt() -> None:
    story = given(BEN.letter()).when(BEN.kept()).then_nothing()
    assert (story.case(BEN).state, story.case(BEN).why) == ("handed_over", "danger")


def test_a_verdict_that_is_read_before_its_letter_ends_alike() -> None:
    for verdict in (ANA.verdict(signals=("danger",)), ANA.verdict(severity=4, signals=("danger",))):
        first, after = (given(*order) for order in permutations((ANA.letter(), verdict)))
        assert how_it_ends(first) == how_it_ends(after)
        for story in (first, after):
            kinds = [type(said).__name__ for said in story.said]
            assert kinds == ["CaseOpened", "HandedOver", "RemedyGranted", "PayoutDue", "Timer", "ApologyOffered"]


def test_a_verdict_that_does_not_know_the_signals_of_its_letter_ends_alike() -> None:
    first, after = (given(*order) for order in permutations((ANA.letter(), ANA.verdict())))
    assert how_it_ends(first) == how_it_ends(after)


def test_evidence_that_is_awaited_before_the_letter_is_read_ends_alike_and_opens_once() -> None:
    events = (ANA.letter(), ANA.awaited(), ANA.unclear(day(3)))
    stories = [given(*order, events[2]) for order in permutations(events[:2])]
    assert how_it_ends(stories[0]) == how_it_ends(stories[1])
    assert all(len(story.all(e.CaseOpened)) == 1 for story in stories)


def test_a_further_letter_calls_a_person_into_an_open_case() -> None:
    story = given(ANA.verdict()).when(SECOND.merged_into(ANA, day(1), "danger")).then(e.HandedOver)
    assert (story.case(ANA).state, story.case(ANA).expires) == ("handed_over", None)
    story.when(ANA.expiry(DUE)).then_nothing()


def test_a_further_letter_calls_a_person_into_a_case_that_was_declined() -> None:
    story = given(BEN.kept()).when(Complaint("cust-ben", "C-9").merged_into(BEN, day(1), "danger")).then(e.HandedOver)
    assert (story.case(BEN).state, story.case(BEN).why) == ("handed_over", "danger")


def test_a_further_letter_and_the_end_of_the_case_end_alike_in_either_order() -> None:
    calls = SECOND.merged_into(ANA, day(2), "danger")
    for ends in (ANA.content(1, day(2)), ANA.expiry(DUE, at=day(14))):
        first, after = (given(ANA.verdict(), *order) for order in permutations((calls, ends)))
        assert how_it_ends(first) == how_it_ends(after)
        assert first.case(ANA).why == "danger"


def test_a_further_letter_before_the_verdict_opens_the_case_for_the_person() -> None:
    first, after = (
        given(*order) for order in permutations((SECOND.merged_into(ANA, day(0), "danger"), ANA.verdict(day(0))))
    )
    assert how_it_ends(first) == how_it_ends(after)
    assert all(len(story.all(e.CaseOpened)) == 1 for story in (first, after))


def test_a_graver_letter_is_passed_on_also_when_a_person_has_the_case_and_a_slighter_one_is_not() -> None:
    question = ANA.answer(e.QuestionAsked, 1, day(1))
    for order in permutations(
        (question, SECOND.merged_into(ANA, day(1), "danger"), ANA.letter(day(1), signals=("law",)))
    ):
        story = given(ANA.verdict(), *order)
        assert story.case(ANA).why == "danger"
        assert story.the(e.HandedOver).to == "safety-desk"


def test_each_further_letter_calls_anew_once_the_case_was_settled() -> None:
    story = given(ANA.letter(), ANA.verdict(), ANA.content(1, day(1)))
    assert (story.case(ANA).state, story.case(ANA).why) == ("settled", "danger")
    story.when(SECOND.merged_into(ANA, day(2), "danger")).then_nothing()
    story = given(ANA.verdict(), ANA.content(1, day(1))).when(SECOND.merged_into(ANA, day(2), "danger"))
    story.then(e.HandedOver)


def test_what_was_taken_back_or_is_history_stays_so() -> None:
    given(ANA.verdict(), ANA.withdrawn(day(1))).when(SECOND.merged_into(ANA, day(2), "danger")).then_nothing()
    given(ANA.withdrawn(day(0))).when(ANA.letter()).then_nothing()
    long_ago = day(0) - HORIZON - timedelta(seconds=1)
    letter, verdict = ANA.letter(received_at=long_ago), ANA.verdict(received_at=long_ago, signals=("danger",))
    for order in permutations((letter, verdict)):
        story = given(*order)
        assert not story.all(e.Event)
        assert story.case(ANA).state == "history"
    joined = SECOND.merged_into(ANA, day(0), "danger")
    given(verdict).when(joined).then_nothing()


def test_a_further_letter_that_may_have_joined_history_waits_for_the_verdict() -> None:
    old = day(0) - HORIZON + timedelta(days=1)
    joined = e.ComplaintMerged(
        **SECOND.names, into="C-1001", into_source=ANA.names["source"], received_at=old, at=day(0), signals=("danger",)
    )
    history = ANA.verdict(received_at=old - timedelta(days=5), signals=("danger",))
    for order in permutations((joined, history)):
        assert given(*order).case(ANA).state == "history"
    lives = ANA.verdict(received_at=old, signals=("danger",))
    first, after = (given(*order) for order in permutations((joined, lives)))
    assert how_it_ends(first) == how_it_ends(after)
    assert first.case(ANA).why == "danger"
