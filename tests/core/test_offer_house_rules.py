"""The rules of the house, one by one, as what is given, what happens, and what follows."""

from datetime import datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from shared import events as e
from shared.remedy import remedy_of
from shared.runtime.decider import Answered
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

OWED = (e.RemedyGranted, e.PayoutDue)
TO_THE_END = tuple(ANA.refused(number, day(number)) for number in (1, 2, 3, 4))


# 1. Two ledgers


def test_two_ledgers_what_is_owed_is_paid_by_itself_and_no_answer_ever_takes_it_back() -> None:
    for answers in ((), TO_THE_END, (ANA.content(1, day(1)),), (ANA.withdrawn(day(1)),)):
        story = given(ANA.verdict(), *answers)
        assert story.paid("remedy") == Decimal("17.50")
        assert {due.key for due in story.all(e.PayoutDue)} == {f"{ANA.case}/remedy/-/1"}


def test_two_ledgers_a_gift_is_a_sum_of_its_own_and_lessens_nothing_that_is_owed() -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(1)), ANA.chose("voucher-10", 2, day(2)))
    story.when(ANA.verdict(day(3), remedy=euro("30.00"))).then(*OWED)
    assert (story.paid("remedy"), story.paid("goodwill")) == (Decimal("30.00"), Decimal("12.99"))


# 2. Verify first, with operations' own figures


def test_verify_first_nothing_is_said_while_operations_are_asked_and_the_evidence_goes_with_the_apology() -> None:
    story = given().when(ANA.awaited()).then(e.CaseOpened)
    story.when(ANA.verdict(day(3))).then(*OWED, *APOLOGY)
    assert story.the(e.ApologyOffered).clauses[0].evidence == ("m-1",)


def test_verify_first_doubt_goes_to_the_customer_up_to_a_set_sum_and_to_a_person_above_it() -> None:
    given().when(CLEO.unclear(contested=True, paid=euro("50"))).then(e.CaseOpened, *APOLOGY)
    given().when(CLEO.unclear(contested=True, paid=euro("51"))).then(e.CaseOpened, e.ApologyOffered, e.HandedOver)


def test_verify_first_a_failure_that_goes_on_is_owed_so_far_and_again_when_it_ends() -> None:
    story = given(ANA.verdict(ongoing=True))
    story.when(ANA.verdict(day(5), remedy=euro("20.00"))).then(*OWED)
    assert story.the(e.RemedyGranted).remedy == remedy_of(euro("2.50"))


# 3. Never everything at once


def test_never_everything_at_once_apology_then_options_then_the_question_then_options_then_the_final_say() -> None:
    story = given().when(ANA.verdict()).then(e.CaseOpened, *OWED, *APOLOGY)
    turns: tuple[tuple[type[Answered], ...], ...] = (OPTIONS, INPUT, OPTIONS, FINAL_SAY)
    for number, follows in enumerate(turns, start=1):
        story.when(ANA.refused(number, day(number))).then(*follows)
    assert [len(offer.options) for offer in story.all(e.OptionsOffered)] == [3, 3]


def test_never_everything_at_once_but_a_severe_failure_starts_at_the_options_with_the_apology() -> None:
    story = given().when(ANA.verdict(severity=4)).then(e.CaseOpened, *OWED, *OPTIONS)
    assert story.the(e.OptionsOffered).clauses == ANA.verdict().clauses


# 4. Nothing refused comes back


def test_nothing_refused_comes_back_but_who_asks_for_it_gets_it() -> None:
    story = given(ANA.verdict(), *TO_THE_END)
    shown = [option.id for offer in story.all(e.OptionsOffered) for option in offer.options]
    assert len(shown) == len(set(shown)) == 6
    story.when(ANA.chose("call-back", 5, day(6))).then(e.PayoutDue, e.CaseSettled)


# 5. Remedy in kind


def test_remedy_in_kind_what_was_sought_stands_first_and_the_ceiling_leaves_what_is_no_money() -> None:
    story = given(ANA.verdict(sought="attention"), ANA.refused(1, day(1)))
    assert story.the(e.OptionsOffered).options[0].form == "attention"
    story = given(ANA.verdict(remedy=euro("194.85")), ANA.refused(1, day(1)))
    assert [option.amount for option in story.the(e.OptionsOffered).options] == [None, None]


def test_remedy_in_kind_may_be_taken_in_another_form_of_the_same_worth() -> None:
    owed = remedy_of(euro("50.00"), "replacement", 2, equal=("refund",))
    story = given(ANA.verdict(remedy=owed)).when(ANA.counters(1, day(1), form="refund"))
    story.then(e.CounterAnswered, e.PayoutDue, e.CaseSettled)
    assert story.case(ANA).due("goodwill") is None


# 6. Same facts, same offer


def test_same_facts_same_offer_however_loud_and_by_whatever_name() -> None:
    loud = Complaint("cust-zed", "C-9009")
    once = given(ANA.verdict(), ANA.refused(1, day(1)))
    often = given(loud.verdict(), Complaint("cust-zed", "C-9010").merged_into(loud, day(0.5)), loud.refused(1, day(1)))
    assert once.the(e.OptionsOffered).options == often.the(e.OptionsOffered).options


# 7. Decline politely, and only on evidence


def test_decline_only_on_evidence_and_then_nothing_more_is_offered() -> None:
    story = given().when(BEN.kept()).then(e.CaseOpened, e.ClaimDeclined)
    assert story.the(e.ClaimDeclined).clauses == BEN.kept().clauses
    for answer in (BEN.refused(1, day(1)), BEN.counters(1, day(1), "5.00")):
        story.when(answer).then_nothing()


@pytest.mark.parametrize("promise", ["broken", "unknown"])
def test_decline_only_on_evidence_so_where_it_was_broken_and_nothing_is_owed_the_rounds_go_on(promise: str) -> None:
    story = given().when(CLEO.unclear(outcome="not_owed", promise=promise)).then(e.CaseOpened, *APOLOGY)
    story.when(CLEO.refused(1, day(1))).then(*OPTIONS)


# 8. We go to bat for them


def test_we_go_to_bat_for_them_danger_stops_the_rounds_and_the_remedy_goes_on() -> None:
    story = given().when(ANA.letter()).then(e.CaseOpened, e.HandedOver)
    assert story.the(e.HandedOver).to == "safety-desk"
    story.when(ANA.verdict(day(1))).then(*OWED, e.ApologyOffered)
    story.when(ANA.refused(1, day(2))).then_nothing()


def test_we_go_to_bat_for_them_whom_we_let_down_twice_is_not_asked_to_find_the_solution() -> None:
    story = given(BEN.kept(), BEN.verdict(day(1)), BEN.refused(2, day(2)), BEN.refused(3, day(3)))
    assert not story.all(e.InputInvited)
    assert len(story.all(e.OptionsOffered)) == 2


def test_we_go_to_bat_for_them_no_case_is_settled_while_the_thing_is_still_broken() -> None:
    story = given(ANA.verdict(ongoing=True)).when(ANA.content(1, day(1))).then(e.ChoiceNoted)
    story.when(ANA.verdict(day(2))).then(e.CaseSettled)


# 10. Money moves once


def test_money_moves_once_the_same_yes_twice_is_one_gift_and_the_same_verdict_twice_one_remedy() -> None:
    chosen = ANA.chose("voucher-10", 2, day(2))
    story = given(ANA.verdict(), ANA.verdict(), ANA.refused(1, day(1)), chosen, chosen)
    assert [due.key.partition("/")[2] for due in story.all(e.PayoutDue)] == ["remedy/-/1", "goodwill/voucher-10/1"]


# 11. Every decision explains itself


def test_every_decision_explains_itself_every_no_has_its_reason() -> None:
    story = given(ANA.verdict(), ANA.counters(1, day(1), "9000.00"), BEN.kept())
    assert (story.the(e.CounterAnswered).reason, story.the(e.ClaimDeclined).reason) == ("beyond-the-loss", "on-time")
    asked = given(ANA.verdict()).when(ANA.counters(1, day(1), "60.00"))
    assert asked.the(e.ApprovalRequested).reasons == ("above-the-menu",)


def test_every_decision_explains_itself_and_terms_that_were_shown_are_honoured_as_shown() -> None:
    story = given(ANA.verdict(), ANA.refused(1, day(1)))
    story.policy = replace(POLICY, rounds=replace(POLICY.rounds, menu=POLICY.rounds.menu[3:]))
    story.when(ANA.chose("voucher-10", 2, day(2))).then(e.PayoutDue, e.CaseSettled)
    assert story.the(e.PayoutDue).amount == euro("12.99")


# 12. Times decide, not arrival


@pytest.mark.parametrize(("at", "ends"), [(day(0) + ANSWER_WITHIN, "options"), (day(14.001), "expired")])
def test_times_decide_not_arrival(at: datetime, ends: str) -> None:
    said, expiry = ANA.refused(1, at), ANA.expiry(day(0) + ANSWER_WITHIN, at=day(20))
    one, other = Story().given(ANA.verdict(), said, expiry), Story().given(ANA.verdict(), expiry, said)
    assert one.customer == other.customer
    assert one.case(ANA).state == ends
