"""What is not over is not put away, and what is over is not begun again: cases that are agreed on, and letters after the end."""

from shared import events as e
from tests.core.offer_stories import (
    ANA,
    ANSWER_WITHIN,
    APOLOGY,
    BEN,
    FINAL_SAY,
    Complaint,
    Story,
    day,
    euro,
    given,
)

SECOND = Complaint("cust-ana", "C-1001-b")
BENS_SECOND = Complaint("cust-ben", "C-1002-b")


def broken_still(*events: e.AnyEvent) -> Story:
    return given(ANA.verdict(ongoing=True), *events)


def heard_to_the_end() -> Story:
    """Ana refused everything, and let the final say lapse."""
    refusals = [ANA.refused(number, day(number)) for number in (1, 2, 3, 4)]
    return given(ANA.verdict(), *refusals, ANA.expiry(day(4) + ANSWER_WITHIN))


def test_no_case_is_settled_while_the_thing_is_still_broken_and_the_gift_does_not_wait() -> None:
    story = (
        broken_still(ANA.refused(1, day(1))).when(ANA.chose("voucher-10", 2, day(2))).then(e.PayoutDue, e.ChoiceNoted)
    )
    assert (story.the(e.ChoiceNoted).option, story.case(ANA).state) == ("voucher-10", "agreed")
    story.when(ANA.verdict(day(3), ongoing=True)).then_nothing()
    story.when(ANA.chose("voucher-10", 2, day(3))).then_nothing()
    story.when(ANA.expiry(day(1) + ANSWER_WITHIN)).then_nothing()
    story.when(ANA.verdict(day(20), remedy=euro("30.00"))).then(e.RemedyGranted, e.PayoutDue, e.CaseSettled)
    assert (story.the(e.CaseSettled).option, story.the(e.CaseSettled).explained) == ("voucher-10", True)


def test_content_with_the_apology_waits_as_well_and_so_does_a_wish_that_was_granted() -> None:
    broken_still().when(ANA.content(1, day(1))).then(e.ChoiceNoted)
    story = broken_still().when(ANA.counters(1, day(1), "20.00"))
    story.then(e.CounterAnswered, e.PayoutDue, e.ChoiceNoted)
    assert story.the(e.ChoiceNoted).explained
    story.when(ANA.verdict(day(2))).then(e.CaseSettled)
    assert story.the(e.CaseSettled).option == "as-asked"


def test_a_choice_in_time_is_agreed_on_also_when_the_expiry_was_read_first() -> None:
    chosen, expiry = ANA.content(1, day(13)), ANA.expiry(day(0) + ANSWER_WITHIN)
    one, other = broken_still(chosen, expiry), broken_still(expiry, chosen)
    assert one.customer == other.customer
    assert one.case(ANA).state == "agreed"


def test_whoever_is_called_while_a_case_is_kept_open_still_has_it_when_it_is_settled() -> None:
    story = broken_still(ANA.content(1, day(1)), ANA.wants_a_person(1, day(2)), ANA.verdict(day(3)))
    assert (story.case(ANA).state, story.case(ANA).why) == ("settled", "person_asked_for")


def test_what_was_agreed_on_may_be_taken_back() -> None:
    broken_still(ANA.content(1, day(1))).when(ANA.withdrawn(day(2))).then(e.CaseWithdrawn)


def test_a_letter_without_a_new_fact_after_the_final_say_joins_the_closed_case_and_is_answered_with_it() -> None:
    story = heard_to_the_end().when(SECOND.merged_into(ANA, day(30))).then(*FINAL_SAY)
    assert (story.the(e.FinalSayGiven).round, story.case(ANA).contacts) == (6, 2)
    story.when(SECOND.merged_into(ANA, day(31))).then_nothing()
    story.when(ANA.refused(6, day(31))).then_nothing()
    story.when(ANA.chose("voucher-10", 6, day(32))).then(e.PayoutDue, e.CaseSettled)


def test_a_letter_while_the_final_say_still_stands_changes_nothing() -> None:
    refusals = [ANA.refused(number, day(number)) for number in (1, 2, 3, 4)]
    given(ANA.verdict(), *refusals).when(SECOND.merged_into(ANA, day(5))).then_nothing()


def test_a_letter_after_the_time_of_the_final_say_is_answered_whether_or_not_its_expiry_was_read() -> None:
    refusals = [ANA.refused(number, day(number)) for number in (1, 2, 3, 4)]
    letter, expiry = SECOND.merged_into(ANA, day(30)), ANA.expiry(day(4) + ANSWER_WITHIN, at=day(31))
    one = given(ANA.verdict(), *refusals, letter, expiry)
    other = given(ANA.verdict(), *refusals, expiry, letter)
    assert one.customer == other.customer
    assert one.case(ANA).state == "final_say"


def test_a_letter_after_a_decline_hears_the_evidence_again_and_a_new_fact_opens_the_case() -> None:
    story = given(BEN.kept()).when(BENS_SECOND.merged_into(BEN, day(3))).then(e.ClaimDeclined)
    assert (story.the(e.ClaimDeclined).reason, story.the(e.ClaimDeclined).round) == ("on-time", 2)
    story.when(BEN.verdict(day(4))).then(e.RemedyGranted, e.PayoutDue, *APOLOGY)


def test_a_letter_of_danger_after_the_end_goes_to_a_person_and_not_to_a_farewell() -> None:
    heard_to_the_end().when(SECOND.merged_into(ANA, day(30), "danger")).then(e.HandedOver)
    given(BEN.kept()).when(BENS_SECOND.merged_into(BEN, day(3), "danger")).then(e.HandedOver)
