"""Never everything at once: the apology first, choices only if it is refused, then the final say; a person on demand."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from shared import events as e
from shared.policy.policy import MenuOption
from shared.remedy import remedy_of
from shared.runtime.decider import Timer
from tests.core.offer_stories import (
    ANA,
    ANSWER_WITHIN,
    APOLOGY,
    BEN,
    CLEO,
    FINAL_SAY,
    INPUT,
    OPTIONS,
    POLICY,
    Complaint,
    Story,
    day,
    euro,
    given,
)


def refused_to_the_end() -> Story:
    """Ana turned everything down, and the house has had its final say."""
    return given(ANA.verdict(), *(ANA.refused(number, day(number)) for number in (1, 2, 3, 4)))


def test_a_case_is_opened_once_while_operations_are_asked() -> None:
    story = Story().when(CLEO.awaited()).then(e.CaseOpened)
    assert story.the(e.CaseOpened).awaiting == day(3)
    assert story.the(e.CaseOpened).round == 0
    story.when(CLEO.awaited(day(1))).then_nothing()
    story.when(CLEO.unclear(day(3))).then(*APOLOGY)


def test_the_first_round_explains_apologises_and_says_until_when_to_answer() -> None:
    story = given(ANA.verdict())
    apology, timer = story.the(e.ApologyOffered), story.the(Timer)
    assert (apology.round, apology.promise, apology.outcome) == (1, "broken", "owed")
    assert apology.clauses == ANA.verdict().clauses
    assert apology.expires == timer.due == day(0) + ANSWER_WITHIN


def test_content_with_the_apology_is_the_end_of_it() -> None:
    story = given(ANA.verdict()).when(ANA.content(1, day(1))).then(e.CaseSettled)
    assert story.the(e.CaseSettled).option is None
    story.when(ANA.content(1, day(2))).then_nothing()
    story.when(ANA.refused(1, day(2))).then_nothing()


def test_a_refusal_brings_options_then_we_ask_then_come_options_once_more_and_then_the_final_say() -> None:
    story = given(ANA.verdict()).when(ANA.refused(1, day(1))).then(*OPTIONS)
    assert [option.id for option in story.the(e.OptionsOffered).options] == ["voucher-10", "call-back", "express-next"]
    story.when(ANA.refused(2, day(2))).then(*INPUT)
    asked = story.the(e.InputInvited)
    assert (asked.round, asked.currency, asked.expires) == (3, "EUR", story.the(Timer).due)
    story.when(ANA.refused(3, day(3))).then(*OPTIONS)
    assert [option.id for option in story.the(e.OptionsOffered).options] == ["credit-25", "refund-20", "letter"]
    story.when(ANA.refused(4, day(4))).then(*FINAL_SAY)
    say = story.the(e.FinalSayGiven)
    assert (say.role, say.round, say.expires) == ("head-of-care", 5, story.the(Timer).due)


def test_the_final_say_is_said_once_and_then_time_decides() -> None:
    story = refused_to_the_end().when(ANA.refused(5, day(5))).then_nothing()
    story.when(ANA.expiry(day(4) + ANSWER_WITHIN)).then(e.CaseExpired)


def test_a_case_that_is_opened_again_may_come_to_a_final_say_again() -> None:
    refusals = [CLEO.refused(number, day(number)) for number in (1, 2, 3, 4)]
    story = given(CLEO.unclear(), *refusals, CLEO.expiry(day(4) + ANSWER_WITHIN), CLEO.verdict(day(30)))
    assert story.case(CLEO).round == 6
    story.when(CLEO.refused(6, day(31))).then(*FINAL_SAY)


def test_whom_we_told_the_wrong_thing_first_is_not_asked_to_find_the_answer() -> None:
    """After a failure of ours in the case itself we come with options of our own, never with an open question."""
    story = given(BEN.kept(), BEN.verdict(day(1)), BEN.refused(2, day(2))).then(*OPTIONS)
    story.when(BEN.refused(3, day(3))).then(*OPTIONS)
    story.when(BEN.refused(4, day(4))).then(*FINAL_SAY)


def test_each_round_of_options_opens_the_next_one_of_the_menu() -> None:
    five = tuple(MenuOption(name, name, (2,), 1) for name in "abcde")
    menu = (*five, MenuOption("f", "f", (2,), 2))
    story = Story(replace(POLICY, rounds=replace(POLICY.rounds, menu=menu)))
    story.given(ANA.verdict(sought="f"), *(ANA.refused(number, day(number)) for number in (1, 2, 3)))
    assert [[option.id for option in offer.options] for offer in story.all(e.OptionsOffered)] == [
        ["a", "b", "c"],
        ["f", "d", "e"],
    ]


def test_the_same_refusal_twice_is_one_refusal() -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(1))).when(ANA.refused(1, day(1))).then_nothing()
    assert story.case(ANA).round == 2


def test_an_option_on_the_table_is_given_and_its_money_is_goodwill() -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(1))).when(ANA.chose("voucher-10", 2, day(2)))
    story.then(e.PayoutDue, e.CaseSettled)
    due = story.the(e.PayoutDue)
    assert (due.key, due.ledger, due.form) == (f"{ANA.case}/goodwill/voucher-10/1", "goodwill", "voucher")
    assert due.amount == euro("12.99")
    assert story.the(e.CaseSettled).option == "voucher-10"
    story.when(ANA.chose("voucher-10", 2, day(2))).then_nothing()
    story.when(ANA.chose("call-back", 2, day(2))).then_nothing()


def test_an_option_without_money_is_due_like_any_other() -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(1))).when(ANA.chose("call-back", 2, day(2)))
    story.then(e.PayoutDue, e.CaseSettled)
    assert (story.the(e.PayoutDue).form, story.the(e.PayoutDue).amount) == ("attention", None)


def test_who_asks_later_for_what_was_turned_down_gets_it_as_it_was_shown() -> None:
    story = refused_to_the_end().when(ANA.chose("voucher-10", 2, day(5))).then(e.PayoutDue, e.CaseSettled)
    assert story.the(e.PayoutDue).amount == euro("12.99")
    assert story.the(e.CaseSettled).round == 5


def test_what_was_never_shown_cannot_be_chosen() -> None:
    given(ANA.verdict(), ANA.refused(1, day(1))).when(ANA.chose("refund-20", 2, day(2))).then_nothing()


def test_an_answer_to_a_round_that_is_over_changes_nothing() -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(1)))
    story.when(ANA.content(1, day(2))).then_nothing()
    story.when(ANA.answer(e.CounterOffered, 1, day(2), amount=euro("80"))).then_nothing()
    assert story.case(ANA).state == "options"


def test_a_severe_failure_starts_with_the_apology_and_options_at_once() -> None:
    story = given().when(ANA.verdict(severity=4)).then(e.CaseOpened, e.RemedyGranted, e.PayoutDue, *OPTIONS)
    offer = story.the(e.OptionsOffered)
    assert (offer.round, offer.remedy, offer.promise, offer.clauses) == (
        1,
        remedy_of(euro("17.50")),
        "broken",
        ANA.verdict().clauses,
    )
    assert [option.id for option in offer.options] == ["refund-50", "replacement", "visit"]
    story.when(ANA.refused(1, day(1))).then(*INPUT)


def test_a_promise_that_was_kept_is_declined_with_the_evidence_and_nothing_is_offered() -> None:
    story = given().when(BEN.kept()).then(e.CaseOpened, e.ClaimDeclined)
    declined = story.the(e.ClaimDeclined)
    assert (declined.reason, declined.clauses, declined.round) == ("on-time", BEN.kept().clauses, 1)
    story.when(BEN.refused(1, day(1))).then_nothing()
    story.when(BEN.kept(day(2))).then_nothing()


@pytest.mark.parametrize(
    "facts",
    [
        {"outcome": "not_owed", "promise": "broken"},
        {"outcome": "not_owed", "promise": "unknown"},
        {"outcome": "excluded", "promise": "broken"},
        {"outcome": "cannot_tell", "promise": "unknown"},
        {"outcome": "cannot_tell", "promise": "kept"},
        {"outcome": "not_owed", "promise": "kept", "contested": True, "paid": euro("20")},
    ],
    ids=lambda facts: "-".join(str(fact) for fact in facts.values()),
)
def test_nothing_but_a_promise_shown_to_be_kept_is_declined(facts: dict[str, Any]) -> None:
    given().when(CLEO.unclear(**facts)).then(e.CaseOpened, *APOLOGY)


def test_a_declined_case_is_reopened_with_an_apology_when_a_later_verdict_is_better() -> None:
    story = given(BEN.kept()).when(BEN.verdict(day(3))).then(e.RemedyGranted, e.PayoutDue, *APOLOGY)
    assert story.the(e.ApologyOffered).round == 2
    story.when(BEN.refused(2, day(4))).then(*OPTIONS)


def test_a_refusal_after_the_promise_turned_out_to_be_kept_is_answered_with_the_evidence() -> None:
    story = given(CLEO.unclear()).when(CLEO.kept(day(1))).then_nothing()
    story.when(CLEO.refused(1, day(2))).then(e.ClaimDeclined)
    assert story.the(e.ClaimDeclined).clauses == CLEO.kept().clauses


def test_what_was_granted_before_the_promise_turned_out_to_be_kept_stays_and_so_do_the_rounds() -> None:
    story = given(ANA.verdict(), ANA.kept(day(1))).when(ANA.refused(1, day(2))).then(*OPTIONS)
    assert story.the(e.OptionsOffered).remedy == remedy_of(euro("17.50"))


def test_doubt_goes_to_the_customer_up_to_a_set_sum_and_to_a_person_above_it() -> None:
    given().when(CLEO.unclear(contested=True, paid=euro("50"))).then(e.CaseOpened, *APOLOGY)
    unknown: tuple[dict[str, Any], ...] = (
        {"paid": euro("50.01")},
        {"paid": None},
        {"paid": euro("20"), "lost": euro("60")},
    )
    for unsure in unknown:
        story = given().when(CLEO.unclear(contested=True, **unsure)).then(e.CaseOpened, e.ApologyOffered, e.HandedOver)
        assert (story.the(e.HandedOver).to, story.the(e.HandedOver).why) == ("care-team", "contested")
        story.when(CLEO.refused(1, day(1))).then_nothing()


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (e.CounterOffered, "counter_offered"),
        (e.QuestionAsked, "question_asked"),
        (e.PersonAskedFor, "person_asked_for"),
    ],
)
def test_a_counter_offer_a_question_and_a_wish_to_speak_reach_a_person_once_and_stop_the_rounds(
    kind: type[e.Answer], why: str
) -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(1))).when(ANA.answer(kind, 2, day(2))).then(e.HandedOver)
    assert (story.the(e.HandedOver).why, story.case(ANA).state) == (why, "handed_over")
    story.when(ANA.answer(kind, 2, day(2))).then_nothing()
    story.when(ANA.refused(2, day(3))).then_nothing()
    story.when(ANA.expiry(day(1) + ANSWER_WITHIN)).then_nothing()
    story.when(ANA.chose("call-back", 2, day(40))).then(e.PayoutDue, e.CaseSettled)
    assert story.case(ANA).why is None


def test_who_asks_for_a_person_before_the_verdict_gets_one_and_still_gets_the_explanation_and_what_is_owed() -> None:
    story = given().when(ANA.wants_a_person(0, day(-1))).then(e.HandedOver)
    story.when(ANA.verdict()).then(e.CaseOpened, e.RemedyGranted, e.PayoutDue, e.ApologyOffered)
    assert story.case(ANA).state == "handed_over"


def test_nobody_can_be_content_with_what_was_not_said_yet() -> None:
    given(ANA.wants_a_person(0, day(-1))).when(ANA.content(0, day(0))).then_nothing()


def test_a_person_is_never_refused_not_even_when_all_is_over() -> None:
    story = given(BEN.kept()).when(BEN.wants_a_person(1, day(90))).then(e.HandedOver)
    assert (story.case(BEN).state, story.case(BEN).why) == ("declined", "person_asked_for")


def test_a_letter_that_cannot_be_delivered_reaches_a_person_once() -> None:
    story = given(ANA.verdict()).when(ANA.not_delivered("apology", day(1))).then(e.HandedOver)
    assert story.the(e.HandedOver).why == "notice_failed"
    story.given(ANA.content(1, day(2))).when(ANA.not_delivered("settlement", day(3), "n-2")).then_nothing()


def test_an_acknowledgement_that_fails_changes_nothing_since_a_letter_follows() -> None:
    given(ANA.awaited()).when(ANA.not_delivered("acknowledgement", day(0))).then_nothing()


@pytest.mark.parametrize("before", [True, False])
def test_a_second_letter_is_a_further_contact_of_the_case_it_joins(before: bool) -> None:
    second = Complaint("cust-ana", "C-1001-b")
    heard = [second.merged_into(ANA, day(0)), ANA.verdict()]
    story = given(*(heard if before else heard[::-1]), second.merged_into(ANA, day(1)))
    assert story.case(ANA).contacts == 2
    assert len(story.all(e.CaseOpened)) == 1


def test_a_second_letter_that_is_taken_back_leaves_the_case_as_it_is() -> None:
    second = Complaint("cust-ana", "C-1001-b")
    given(ANA.verdict(), second.merged_into(ANA, day(1))).when(second.withdrawn(day(2))).then_nothing()


def test_what_is_taken_back_is_closed_keeps_its_remedy_and_gets_no_more_letters() -> None:
    story = given(ANA.verdict()).when(ANA.withdrawn(day(1))).then(e.CaseWithdrawn)
    assert story.paid() == Decimal("17.50")
    for late in (
        ANA.withdrawn(day(2)),
        ANA.refused(1, day(2)),
        ANA.verdict(day(2), remedy=euro("50")),
        ANA.awaited(day(2)),
    ):
        story.when(late).then_nothing()
    story.when(ANA.expiry(day(0) + ANSWER_WITHIN)).then_nothing()


def test_what_is_taken_back_before_its_verdict_is_never_judged_aloud() -> None:
    story = Story().when(ANA.withdrawn(day(0))).then(e.CaseWithdrawn)
    story.when(ANA.verdict(day(1))).then_nothing()


def test_what_concerns_no_case_is_answered_with_nothing() -> None:
    for event in (ANA.refused(1, day(1)), ANA.expiry(day(1)), ANA.not_delivered("apology", day(1))):
        Story().when(event).then_nothing()
    elsewhere = e.PersonAskedFor(customer="cust-ana", complaint="C-1001", source="crm", case="made-up", at=day(1))
    assert Story().when(elsewhere).then_nothing().customer.cases == {}


def test_how_well_we_put_it_right_is_kept_with_the_case_as_it_was_first_said() -> None:
    story = (
        given(ANA.verdict(), ANA.content(1, day(1)))
        .given(ANA.rated(4, 1, day(2)), ANA.rated(1, 1, day(3)))
        .then_nothing()
    )
    assert (story.case(ANA).rated, story.case(ANA).state) == (4, "settled")
