"""What comes to light later helps the customer in every state of the case, and they are told; it never takes anything."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from shared import events as e
from tests.core.offer_stories import ANA, ANSWER_WITHIN, APOLOGY, BEN, CLEO, Story, day, euro, given

DUE = day(0) + ANSWER_WITHIN
BETTER = ANA.verdict(day(30), remedy=euro("30.00"))


@pytest.mark.parametrize(
    ("state", "before"),
    [
        ("apology", (ANA.verdict(),)),
        ("options", (ANA.verdict(day(26)), ANA.refused(1, day(29)))),
        ("final_say", (ANA.verdict(day(26)), *(ANA.refused(n, day(25 + n)) for n in (1, 2, 3, 4)))),
        ("settled", (ANA.verdict(), ANA.content(1, day(1)))),
        ("expired", (ANA.verdict(), ANA.expiry(DUE))),
        ("handed_over", (ANA.verdict(), ANA.wants_a_person(1, day(1)))),
    ],
)
def test_the_difference_is_paid_and_told_whatever_state_the_case_is_in(
    state: str, before: tuple[e.AnyEvent, ...]
) -> None:
    story = given(*before)
    assert story.case(ANA).state == state
    story.when(BETTER).then(e.RemedyGranted, e.PayoutDue)
    assert story.the(e.PayoutDue).amount == euro("12.50")
    assert not story.the(e.RemedyGranted).explained  # so it has a letter of its own
    assert story.case(ANA).state == state


def test_who_was_declined_hears_an_apology_that_tells_of_the_payment() -> None:
    story = given(BEN.kept()).when(BEN.verdict(day(30))).then(e.RemedyGranted, e.PayoutDue, *APOLOGY)
    assert story.the(e.RemedyGranted).explained
    assert story.case(BEN).state == "apology"


def test_who_was_told_that_nobody_knew_and_let_it_rest_hears_an_apology() -> None:
    story = given(CLEO.unclear(), CLEO.expiry(DUE)).when(CLEO.verdict(day(30)))
    story.then(e.RemedyGranted, e.PayoutDue, *APOLOGY)
    assert story.the(e.RemedyGranted).explained


def test_who_was_content_though_nobody_knew_is_paid_and_told_and_stays_settled() -> None:
    story = given(CLEO.unclear(), CLEO.content(1, day(1))).when(CLEO.verdict(day(30)))
    story.then(e.RemedyGranted, e.PayoutDue)
    assert (story.case(CLEO).state, story.the(e.RemedyGranted).explained) == ("settled", False)


def test_a_first_grant_is_told_by_the_apology_that_goes_with_it() -> None:
    assert given(ANA.verdict()).the(e.RemedyGranted).explained


def test_what_was_taken_back_gets_nothing_more() -> None:
    given(ANA.verdict(), ANA.withdrawn(day(1))).when(BETTER).then_nothing()


def test_who_was_declined_and_then_called_a_person_hears_of_what_came_to_light_with_no_clock() -> None:
    danger = replace(BEN.letter(day(1)), signals=("danger",))
    story = given(BEN.kept(), danger).when(BEN.verdict(day(30)))
    story.then(e.RemedyGranted, e.PayoutDue, e.ApologyOffered)
    assert (story.case(BEN).state, story.case(BEN).expires) == ("handed_over", None)


def test_a_failure_that_goes_on_is_granted_so_far_and_again_when_it_ends() -> None:
    story = given(ANA.verdict(ongoing=True))
    assert story.the(e.RemedyGranted).ongoing
    assert story.the(e.ApologyOffered).ongoing
    story.when(ANA.refused(1, day(1)))
    assert story.the(e.OptionsOffered).ongoing
    story.when(ANA.verdict(day(9), remedy=euro("40.00")))
    assert not story.the(e.RemedyGranted).ongoing
    assert story.paid() == Decimal("40.00")


def test_every_fact_after_the_verdict_names_the_incident_and_a_later_verdict_without_one_does_not_lose_it() -> None:
    story = given(ANA.verdict(incident="inc-7"), ANA.refused(1, day(1)), ANA.chose("voucher-10", 2, day(2)))
    assert {said.incident for said in story.all(e.AboutCase)} == {"inc-7"}
    story.when(ANA.verdict(day(3), remedy=euro("30.00")))
    assert story.the(e.PayoutDue).incident == "inc-7"


def test_what_others_know_first_has_no_incident() -> None:
    assert given(CLEO.awaited()).the(e.CaseOpened).incident is None


def judged(*names: str, **facts: Any) -> e.ClaimJudged:
    known: dict[str, Any] = {"outcome": "cannot_tell", "promise": "unknown", "severity": 1, "schedule": "none"}
    return e.ClaimJudged(claims=names, **(known | facts))


LATE = judged("late", outcome="owed", promise="broken", facts={"promised_on": e.FactRead("2018-02-10", "m-1")})
LOSS = judged("loss", reasons=("loss-beyond-price",))


def test_the_offer_says_what_was_found_for_each_claim_and_keeps_the_facts_out() -> None:
    story = given(ANA.verdict(claims=(LATE, judged("gift-wrap", outcome="not_owed", reasons=("not-provided",)))))
    found = story.the(e.ApologyOffered).claims
    assert [claim.claims for claim in found] == [("late",), ("gift-wrap",)]
    assert all(claim.facts == {} for claim in found)


@pytest.mark.parametrize("facts", [{"claims": (LATE, LOSS)}, {"reasons": ("loss-beyond-price",)}])
def test_a_loss_beyond_the_price_goes_to_a_person_once_and_the_remedy_goes_on(facts: dict[str, Any]) -> None:
    story = Story().when(ANA.verdict(severity=4, **facts))
    story.then(e.CaseOpened, e.RemedyGranted, e.PayoutDue, e.ApologyOffered, e.HandedOver)
    assert (story.the(e.HandedOver).why, story.case(ANA).state) == ("loss-beyond-price", "handed_over")
    story.when(ANA.verdict(day(1), remedy=euro("30.00"), **facts)).then(e.RemedyGranted, e.PayoutDue)


def test_what_rests_on_the_customers_word_above_the_sum_for_doubt_goes_to_a_person() -> None:
    story = Story().when(ANA.unclear(reasons=("word-above-doubt",))).then(e.CaseOpened, e.ApologyOffered, e.HandedOver)
    assert (story.the(e.HandedOver).why, story.case(ANA).state) == ("word-above-doubt", "handed_over")


def test_a_loss_that_a_further_letter_brings_up_goes_to_a_person_though_the_case_was_settled() -> None:
    story = given(ANA.verdict(), ANA.content(1, day(1))).when(ANA.verdict(day(2), claims=(LATE, LOSS)))
    story.then(e.HandedOver)
    assert (story.case(ANA).state, story.case(ANA).why) == ("settled", "loss-beyond-price")


def test_the_customer_is_asked_once_for_what_only_they_can_know() -> None:
    story = Story().when(CLEO.asked()).then(e.CaseOpened, e.InformationInvited)
    invited = story.the(e.InformationInvited)
    assert (invited.expires, invited.round, story.case(CLEO).state) == (day(10), 0, "awaiting")
    assert [question.fact for question in invited.questions] == ["taken_on"]
    assert story.the(e.CaseOpened).awaiting is None
    story.when(CLEO.asked(day(1))).then_nothing()
    story.when(CLEO.verdict(day(2))).then(e.RemedyGranted, e.PayoutDue, *APOLOGY)


def test_a_case_that_waits_for_evidence_is_not_opened_again_to_ask() -> None:
    given(CLEO.awaited()).when(CLEO.asked(day(1))).then(e.InformationInvited)
    given(CLEO.asked()).when(CLEO.awaited(day(1))).then_nothing()


def test_who_took_it_back_or_wrote_long_ago_is_asked_nothing() -> None:
    given(CLEO.withdrawn(day(0))).when(CLEO.asked(day(1))).then_nothing()
    Story().when(CLEO.asked(received_at=day(-800))).then_nothing()
    Story().when(CLEO.asked(questions=())).then_nothing()


def test_what_they_say_is_the_verifiers_to_weigh_and_changes_no_round() -> None:
    told = CLEO.answer(e.InformationGiven, 0, day(1), facts={"taken_on": "2018-02-10"})
    given(CLEO.asked()).when(told).then_nothing()
    given(CLEO.unclear()).when(replace(told, round=1)).then_nothing()
