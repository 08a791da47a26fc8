"""A person with the role may decide otherwise than the rules, at any time, and never about what is owed."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from shared import events as e
from shared.money import Money
from shared.policy.limits import GoodwillLimit
from shared.runtime.decider import Timer
from tests.core.offer_stories import ANA, BEN, CLEO, FINAL_SAY, OPTIONS, POLICY, Story, day, euro, given

FOLLOWED = e.RulingFollowed
GIVEN = (FOLLOWED, e.GoodwillGiven, e.PayoutDue, e.CaseSettled)
ASKED = (e.ApprovalRequested, Timer)


def offered(**facts: Any) -> Story:
    """Ana refused the apology, and has options before her."""
    return given(ANA.verdict(**facts), ANA.refused(1, day(1)))


def gives(amount: str | None = "40.00", role: str = "head-of-care", by: str = "Mara", **what: Any) -> e.CaseOverruled:
    ruling: e.CaseOverruled = ANA.overruled("give", day(2), by, role, amount=euro(amount) if amount else None, **what)
    return ruling


def why_refused(story: Story) -> str:
    story.then(e.RulingRefused)
    return story.the(e.RulingRefused).why


def test_what_a_person_gives_is_honoured_and_settles_the_case() -> None:
    story = offered().when(gives()).then(*GIVEN)
    assert story.the(e.GoodwillGiven).option == e.Option("given-1", "refund", euro("40.00"))
    assert (story.the(e.PayoutDue).key, story.paid("goodwill")) == (f"{ANA.case}/goodwill/given-1/1", Decimal(40))
    assert (story.the(FOLLOWED).by, story.the(FOLLOWED).role) == ("Mara", "head-of-care")


def test_a_form_without_a_sum_may_be_given_by_who_weighs_such_things() -> None:
    offered().when(gives(None, form="visit")).then(*GIVEN)
    story = offered().when(gives(None, role="care-team", form="visit")).then(*ASKED)
    assert story.the(e.ApprovalRequested).level == "head-of-care"


def test_what_is_above_their_level_is_somebody_else_s_to_approve_and_the_rounds_go_on_meanwhile() -> None:
    story = offered().when(gives(role="care-team", by="Ida")).then(*ASKED)
    asked = story.the(e.ApprovalRequested)
    assert (asked.kind, asked.level, asked.asked_by, asked.yes) == ("gift", "head-of-care", "Ida", ())
    assert (story.case(ANA).state, story.case(ANA).why) == ("options", None)
    assert why_refused(story.when(ANA.approved(day(3), by="Ida"))) == "asked-for-it"
    story.when(ANA.approved(day(3))).then(*GIVEN)


def test_a_customers_own_wish_takes_the_place_of_a_gift_that_waits_for_a_yes() -> None:
    story = offered().when(gives(role="care-team", by="Ida"))
    story.when(ANA.counters(2, day(3), "60.00", "refund")).then(*ASKED, e.HandedOver)
    assert [request.ended for request in story.case(ANA).requests.values()] == ["overtaken", None]
    assert why_refused(story.when(ANA.approved(day(4), number=1))) == "already-overtaken"


def test_above_the_line_who_gives_is_one_of_two() -> None:
    story = offered().when(gives("95.00")).then(*ASKED)
    assert (story.the(e.ApprovalRequested).yes, story.the(e.ApprovalRequested).reasons) == (("Mara",), ("four-eyes",))
    assert why_refused(story.when(ANA.approved(day(3)))) == "asked-for-it"
    story.when(ANA.approved(day(3), by="Noor")).then(*GIVEN)


def test_who_has_no_level_needs_two_others_above_the_line() -> None:
    story = offered().given(gives("95.00", role="care-team", by="Ida")).when(ANA.approved(day(3)))
    story.then(e.ApprovalRequested)
    story.when(ANA.approved(day(3), by="Noor")).then(*GIVEN)


def test_a_gift_that_is_not_approved_is_never_heard_of_by_the_customer() -> None:
    story = offered().given(gives(role="care-team", by="Ida")).when(ANA.not_approved(day(3))).then(FOLLOWED)
    assert story.case(ANA).state == "options"
    story.when(ANA.chose("voucher-10", 2, day(4))).then(e.PayoutDue, e.CaseSettled)


def test_a_gift_is_approved_or_not_and_not_amended() -> None:
    story = offered().given(gives(role="care-team", by="Ida"))
    assert why_refused(story.when(ANA.amended(day(3), "10.00"))) == "not-a-wish"
    assert why_refused(story.when(gives(role="care-team", by="Ole"))) == "asked-for-already"


def test_a_gift_that_nobody_answers_goes_up_like_every_request() -> None:
    story = offered().given(gives(role="care-team", by="Ida")).when(ANA.unanswered(day(4))).then(*ASKED)
    assert (story.the(e.ApprovalRequested).level, story.case(ANA).state) == ("board", "options")


@pytest.mark.parametrize("ongoing", [False, True], ids=["settled", "agreed on"])
def test_a_gift_after_a_choice_comes_on_top_and_at_once(ongoing: bool) -> None:
    story = offered(ongoing=ongoing).given(ANA.chose("voucher-10", 2, day(1.5)))
    story.when(gives()).then(FOLLOWED, e.GoodwillGiven, e.PayoutDue)
    assert story.paid("goodwill") == Decimal("52.99")
    story.when(gives()).then(FOLLOWED, e.GoodwillGiven, e.PayoutDue)
    assert story.the(e.PayoutDue).key == f"{ANA.case}/goodwill/given-2/1"


def test_no_person_gives_more_than_the_ceiling_or_than_anybody_may() -> None:
    assert why_refused(offered(remedy=euro("160.00")).when(gives())) == "above-ceiling"
    assert why_refused(offered().when(gives("130.00", role="board"))) == "beyond-all-levels"


def test_nothing_is_given_where_nothing_is_named_or_nothing_was_said_yet() -> None:
    assert why_refused(offered().when(gives(None))) == "nothing-named"
    assert why_refused(offered().when(gives("0.00"))) == "nothing-named"
    early = CLEO.overruled("give", day(1), amount=euro("5.00"))
    assert why_refused(given(CLEO.awaited()).when(early)) == "nothing-said-yet"


def test_a_sum_in_a_currency_that_no_loss_is_known_in_is_weighed_by_who_may() -> None:
    ruling = ANA.overruled("give", day(2), "Mara", "board", amount=Money(Decimal(20), "BRL"))
    story = offered().when(ruling).then(*ASKED)
    assert story.the(e.ApprovalRequested).yes == ("Mara",)


def test_declining_ends_the_goodwill_and_never_what_is_owed() -> None:
    story = offered().when(ANA.overruled("decline", day(2))).then(FOLLOWED, *FINAL_SAY)
    assert (story.the(e.FinalSayGiven).role, story.paid("remedy")) == ("head-of-care", Decimal("17.50"))
    story.when(ANA.verdict(day(3), remedy=euro("20.00"))).then(e.RemedyGranted, e.PayoutDue)
    story.when(ANA.chose("voucher-10", 2, day(4))).then(e.PayoutDue, e.CaseSettled)


def test_declining_answers_the_wish_that_waits() -> None:
    story = offered().given(ANA.counters(2, day(1.5), "60.00")).when(ANA.overruled("decline", day(2)))
    story.then(FOLLOWED, e.CounterAnswered, *FINAL_SAY)
    assert why_refused(story.when(ANA.approved(day(3)))) == "already-denied"
    assert (story.case(ANA).state, story.case(ANA).why) == ("final_say", None)


def test_what_measurements_show_is_declined_on_evidence() -> None:
    story = given(CLEO.unclear(), CLEO.kept(day(1))).when(CLEO.overruled("decline", day(2)))
    story.then(FOLLOWED, e.ClaimDeclined)


def test_only_who_may_give_may_decline_and_only_once() -> None:
    story = offered()
    assert why_refused(story.when(ANA.overruled("decline", day(2), role="care-team"))) == "role-may-not"
    story.given(ANA.overruled("decline", day(2)))
    assert why_refused(story.when(ANA.overruled("decline", day(2.1)))) == "nothing-to-decline"
    assert why_refused(given(BEN.kept()).when(BEN.overruled("decline", day(1)))) == "nothing-to-decline"


def test_a_person_who_had_the_case_has_dealt_with_it_when_they_decline() -> None:
    story = offered().given(ANA.wants_a_person(2, day(1.5))).when(ANA.overruled("decline", day(2)))
    assert (story.case(ANA).state, story.case(ANA).why) == ("final_say", None)


def test_who_was_called_for_danger_keeps_the_case_whatever_others_decide() -> None:
    story = offered().given(ANA.letter(day(1.5))).when(ANA.overruled("decline", day(2))).then(FOLLOWED, *FINAL_SAY)
    assert (story.case(ANA).state, story.case(ANA).why, story.case(ANA).expires) == ("handed_over", "danger", None)


def test_stopping_stops_the_rounds_and_who_stopped_them_has_the_case() -> None:
    story = offered().when(ANA.overruled("stop", day(2))).then(FOLLOWED, e.HandedOver)
    assert (story.the(e.HandedOver).to, story.the(e.HandedOver).why) == ("head-of-care", "stopped")
    story.when(ANA.refused(2, day(3))).then_nothing()
    assert why_refused(story.when(ANA.overruled("stop", day(3)))) == "has-a-person"
    story.when(gives()).then(*GIVEN)


def test_what_waits_for_a_yes_goes_on_waiting_when_the_rounds_are_stopped() -> None:
    story = offered().given(ANA.counters(2, day(1.5), "60.00"), ANA.overruled("stop", day(2)))
    story.when(ANA.approved(day(3)))
    assert story.the(e.CounterAnswered).granted


def test_a_case_is_handed_on_to_any_role_with_its_reason() -> None:
    story = offered().when(ANA.overruled("hand_on", day(2), to="board")).then(FOLLOWED, e.HandedOver)
    assert (story.the(e.HandedOver).to, story.the(e.HandedOver).why) == ("board", "handed_on")
    story = given(ANA.verdict(), ANA.letter(day(1))).when(ANA.overruled("hand_on", day(2), to="safety-desk"))
    assert (story.the(e.HandedOver).to, story.the(e.HandedOver).why) == ("safety-desk", "danger")
    for to in ("the gardener", None):
        assert why_refused(offered().when(ANA.overruled("hand_on", day(2), to=to))) == "role-unknown"


def test_a_role_that_the_house_does_not_have_decides_nothing() -> None:
    for action in ("give", "decline", "stop", "hand_on"):
        ruling = ANA.overruled(action, day(2), role="the gardener", amount=euro("5"), to="board")
        assert why_refused(offered().when(ruling)) == "role-unknown"


def test_a_case_that_was_taken_back_or_is_history_is_nobody_s_to_decide() -> None:
    assert why_refused(offered().given(ANA.withdrawn(day(1.5))).when(gives())) == "over"
    history = given(ANA.verdict(received_at=day(-1000)))
    assert why_refused(history.when(ANA.overruled("stop", day(2)))) == "over"


def test_a_person_may_give_after_all_had_been_said() -> None:
    refusals = [ANA.refused(number, day(1 + number / 10)) for number in range(2, 5)]
    offered().given(*refusals).when(gives()).then(*GIVEN)
    given(BEN.kept()).when(BEN.overruled("give", day(1), amount=euro("5.00"))).then(*GIVEN)


def test_a_wish_that_is_granted_by_a_gift_waits_no_more() -> None:
    story = offered().given(ANA.counters(2, day(1.5), "60.00")).when(gives()).then(*GIVEN)
    assert why_refused(story.when(ANA.approved(day(3)))) == "already-overtaken"


def test_after_a_no_by_a_person_the_rounds_go_on_where_they_were() -> None:
    story = given(ANA.verdict(severity=4), ANA.counters(1, day(1), "95.00")).when(ANA.not_approved(day(2)))
    story.then(FOLLOWED, e.CounterAnswered, *OPTIONS)
    story.when(ANA.refused(2, day(3))).then(*FINAL_SAY)


def test_who_declines_all_goodwill_has_not_dealt_with_a_payment_that_went_wrong() -> None:
    story = given(ANA.verdict())
    story.when(ANA.not_paid(f"{ANA.case}/remedy/-/1", day(1)))
    story.when(ANA.overruled("decline", day(2)))
    assert story.case(ANA).why == "payout_failed"


def test_what_a_person_gives_past_a_limit_names_it() -> None:
    """A person may; whoever reads the case later should see that it was known."""
    none_left = replace(POLICY, limits=replace(POLICY.limits, everyone=GoodwillLimit(0)))
    for policy, limits in ((none_left, ("limit-number",)), (POLICY, ())):
        story = Story(policy).given(ANA.verdict(), ANA.refused(1, day(1))).when(gives())
        assert story.the(e.GoodwillGiven).limits == limits
