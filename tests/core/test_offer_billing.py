"""What billing says comes in any order, twice or never: nothing is given twice, and nothing that went wrong is left alone."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from services.offer.flows import flows
from shared import events as e
from shared.remedy import remedy_of
from shared.runtime.decider import Timer
from tests.core.case_walk import SLOW
from tests.core.offer_stories import ANA, POLICY, Story, day, euro, given

KEY = f"{ANA.case}/remedy/-/1"
GIFT = f"{ANA.case}/goodwill/voucher-10/1"
GRACE = POLICY.payouts.grace
CONTENT = (ANA.verdict(), ANA.content(1, day(1)))
CHOSEN = (ANA.verdict(), ANA.refused(1, day(1)), ANA.chose("voucher-10", 2, day(2)))


def late(at: float = 13) -> e.TimerFired:
    return ANA.asked_after(KEY, day(10) + GRACE, day(at))


def state(story: Story, key: str = KEY) -> str:
    return story.case(ANA).payouts[key].state


def test_what_has_arrived_is_said_so_once_however_often_billing_says_it() -> None:
    story = given(*CHOSEN).when(ANA.was_paid(GIFT, day(3), "12.99")).then(e.PaymentMade)
    made = story.the(e.PaymentMade)
    assert (made.key, made.ledger, made.form, made.amount) == (GIFT, "goodwill", "voucher", euro("12.99"))
    assert (made.instead_of, made.late) == (None, False)
    story.when(ANA.was_paid(GIFT, day(4))).then_nothing()


def test_what_comes_without_money_is_kept_once_its_fulfilment_is_confirmed() -> None:
    key = f"{ANA.case}/goodwill/call-back/1"
    story = given(*CHOSEN[:2], ANA.chose("call-back", 2, day(2))).when(ANA.was_paid(key, day(3), "4.00"))
    story.then(e.PaymentMade)
    assert (story.the(e.PaymentMade).form, story.the(e.PaymentMade).amount) == ("attention", None)


def test_a_clock_asks_when_the_day_and_its_grace_have_passed() -> None:
    (clock,) = (timer for timer in given(ANA.verdict()).all(Timer) if timer.name == "payout/remedy/-/1")
    assert clock.due == day(10) + GRACE


def test_what_nobody_has_paid_in_time_is_said_to_be_late_and_a_person_looks_for_it() -> None:
    story = given(*CONTENT).when(late()).then(e.PaymentDelayed, e.HandedOver)
    delayed = story.the(e.PaymentDelayed)
    assert (delayed.key, delayed.amount, delayed.due, delayed.owner) == (KEY, euro("17.50"), day(10), "billing")
    assert delayed.next == day(13) + POLICY.payouts.look_within
    assert (story.the(e.HandedOver).why, story.case(ANA).why, story.case(ANA).state) == (
        *("payout_late", "payout_late"),
        "settled",
    )
    story.when(late()).then_nothing()


def looked_for(at: float = 15) -> e.TimerFired:
    """The day by which they were to hear more."""
    return ANA.asked_after(KEY, day(13) + POLICY.payouts.look_within, day(at))


def test_what_has_not_been_found_by_the_day_that_we_named_is_somebody_highers() -> None:
    story = given(*CONTENT, late())
    assert (story.the(Timer).name, story.the(Timer).due) == ("payout/remedy/-/1", looked_for().due)
    story.when(looked_for()).then(e.HandedOver)
    assert (story.the(e.HandedOver).to, story.the(e.HandedOver).why) == (POLICY.promises.person, "payout_late")
    story.when(ANA.was_paid(KEY, day(16))).then(e.PaymentMade)
    assert story.case(ANA).why is None


CALL = f"{ANA.case}/goodwill/call-back/1"
WAITS_FOR_A_CALL = (ANA.verdict(), ANA.refused(1, day(1)), ANA.chose("call-back", 2, day(2)))
"""Until day 4, as they were told."""


def nobody_called(at: float = 6) -> e.TimerFired:
    return ANA.asked_after(CALL, day(4) + GRACE, day(at))


def test_what_somebody_of_ours_was_to_do_and_did_not_is_a_new_failure_with_options_of_our_own() -> None:
    story = given(*WAITS_FOR_A_CALL).when(nobody_called()).then(e.PaymentDelayed, e.OptionsOffered, e.HandedOver)
    late = story.the(e.PaymentDelayed)
    assert (late.key, late.amount, late.severity) == (CALL, None, 3), "one graver than the failure it comes on top of"
    assert (story.case(ANA).state, story.case(ANA).why) == ("handed_over", "payout_late")
    shown = [option.id for offer in story.all(e.OptionsOffered) for option in offer.options]
    assert len(shown) == len(set(shown)), "and not what failed"
    story.when(ANA.chose(shown[-1], 3, day(7))).then(e.PayoutDue, e.CaseSettled)
    assert (story.case(ANA).why, story.all(e.InputInvited)) == ("payout_late", [])
    story.when(ANA.was_paid(CALL, day(8))).then(e.PaymentMade)
    assert story.case(ANA).why is None


def test_money_that_is_late_is_no_reason_to_give_more_of_it() -> None:
    story = given(*CONTENT).when(late()).then(e.PaymentDelayed, e.HandedOver)
    assert (story.the(e.PaymentDelayed).severity, story.case(ANA).again) == (2, False)


def test_what_was_not_done_by_the_second_day_either_is_somebody_highers() -> None:
    story = given(*WAITS_FOR_A_CALL, nobody_called())
    story.when(ANA.asked_after(CALL, day(6) + POLICY.payouts.look_within, day(9))).then(e.HandedOver)
    assert (story.the(e.HandedOver).to, story.the(e.HandedOver).why) == (POLICY.promises.person, "payout_late")


def test_where_a_person_has_the_case_they_see_to_what_was_not_done() -> None:
    story = given(*WAITS_FOR_A_CALL, ANA.wants_a_person(2, day(3))).when(nobody_called()).then(e.PaymentDelayed)
    assert (story.case(ANA).why, story.all(e.PaymentDelayed)[0].severity) == ("person_asked_for", 3)


def test_what_came_before_the_day_that_we_named_or_became_due_again_is_nobodys_to_look_for() -> None:
    given(*CONTENT, late(), ANA.was_paid(KEY, day(14))).when(looked_for()).then_nothing()
    given(*CONTENT, late(), ANA.renewed(KEY, day(14))).when(looked_for()).then_nothing()
    given(*CONTENT, late()).when(late(16)).then_nothing()


def test_a_late_payment_that_arrives_after_all_needs_nobody_any_more() -> None:
    story = given(*CONTENT, late()).when(ANA.was_paid(KEY, day(14))).then(e.PaymentMade)
    assert (story.the(e.PaymentMade).late, story.case(ANA).why, state(story)) == (True, None, "paid")


def test_what_was_paid_is_not_asked_after_and_what_has_failed_is_with_a_person_already() -> None:
    given(*CONTENT, ANA.was_paid(KEY, day(2))).when(late()).then_nothing()
    given(*CONTENT, ANA.not_paid(KEY, day(2))).when(late()).then_nothing()


def test_a_late_payment_is_said_so_also_where_a_person_has_the_case() -> None:
    story = given(ANA.verdict(), ANA.wants_a_person(1, day(1))).when(late()).then(e.PaymentDelayed)
    assert story.case(ANA).why == "person_asked_for"


def test_a_completion_after_a_failure_is_fine_and_needs_nobody_any_more() -> None:
    story = given(*CONTENT, ANA.not_paid(KEY, day(2))).when(ANA.was_paid(KEY, day(3))).then(e.PaymentMade)
    assert (story.case(ANA).why, state(story)) == (None, "paid")


@pytest.mark.parametrize("heard", list(permutations([ANA.was_paid(KEY, day(2)), ANA.not_paid(KEY, day(2)), late(14)])))
def test_in_whatever_order_billing_and_the_clock_are_read_it_has_arrived_and_nobody_waits(
    heard: tuple[e.AnyEvent, ...],
) -> None:
    story = given(*CONTENT, *heard, *heard)
    assert (state(story), story.case(ANA).why, len(story.all(e.PaymentMade))) == ("paid", None, 1)
    assert len(story.all(e.PayoutDue)) == 1


def test_a_person_may_make_the_same_key_due_again_and_a_clock_asks_anew() -> None:
    story = (
        given(*CONTENT, ANA.not_paid(KEY, day(2))).when(ANA.renewed(KEY, day(3))).then(e.RulingFollowed, e.PayoutDue)
    )
    again, first = story.the(e.PayoutDue), story.all(e.PayoutDue)[0]
    assert (again.key, again.form, again.amount, again.ledger) == (first.key, first.form, first.amount, first.ledger)
    assert (again.due, story.the(Timer).due) == (day(13), day(13) + GRACE)
    assert (story.case(ANA).why, state(story)) == (None, "due")
    story.when(ANA.renewed(KEY, day(3.5))).then(e.RulingRefused)
    story.when(late(13.5)).then(e.PaymentDelayed, e.HandedOver)
    story.when(ANA.renewed(KEY, day(20))).then(e.RulingFollowed, e.PayoutDue)


def test_the_clock_of_the_first_time_says_nothing_of_the_second() -> None:
    again = (ANA.not_paid(KEY, day(2)), ANA.renewed(KEY, day(13.5)))
    given(*CONTENT, *again).when(late(14)).then_nothing()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ((ANA.was_paid(KEY, day(2)),), "is-paid"),
        ((ANA.was_paid(KEY, day(2)), ANA.never_came(KEY, day(3))), "is-contested"),
        ((), "is-due"),
    ],
    ids=["paid", "contested", "under way"],
)
def test_what_has_arrived_or_is_under_way_is_not_due_again_whoever_says_so(
    told: tuple[e.AnyEvent, ...], why: str
) -> None:
    story = given(*CONTENT, *told).when(ANA.renewed(KEY, day(4))).then(e.RulingRefused)
    assert (story.the(e.RulingRefused).why, story.the(e.RulingRefused).action) == (why, "renew")


def test_only_a_role_of_the_house_makes_something_due_again_and_only_what_once_was() -> None:
    stranger = replace(ANA.renewed(KEY, day(3)), role="the gardener")
    story = given(*CONTENT, ANA.not_paid(KEY, day(2))).when(stranger).then(e.RulingRefused)
    assert story.the(e.RulingRefused).why == "role-unknown"
    story.when(ANA.renewed(f"{ANA.case}/remedy/-/9", day(4))).then(e.RulingRefused)
    assert story.the(e.RulingRefused).why == "never-due"


def test_paid_that_the_customer_contests_goes_to_a_person_and_is_never_paid_again_by_itself() -> None:
    story = given(*CONTENT, ANA.was_paid(KEY, day(2))).when(ANA.never_came(KEY, day(5))).then(e.HandedOver)
    assert (story.the(e.HandedOver).why, state(story)) == ("fulfilment_contested", "contested")
    story.given(ANA.was_paid(KEY, day(6)), ANA.not_paid(KEY, day(7)), ANA.never_came(KEY, day(8)), late())
    assert (state(story), len(story.all(e.PayoutDue)), len(story.all(e.PaymentMade))) == ("contested", 1, 1)


def test_what_they_miss_while_it_is_under_way_is_a_person_s_until_it_is_there_whatever_else_becomes_due() -> None:
    story = given(*CONTENT).when(ANA.never_came(KEY, day(5))).then(e.HandedOver)
    story.given(ANA.verdict(day(6), remedy=euro("40.00")))
    assert story.case(ANA).why == "fulfilment_contested"
    story.when(ANA.was_paid(KEY, day(7))).then(e.PaymentMade)
    assert story.case(ANA).why is None


def test_what_is_asked_while_a_person_looks_for_the_money_is_somebody_s_when_the_money_is_there() -> None:
    story = given(*CONTENT, late()).when(ANA.wants_a_person(1, day(14))).then(e.HandedOver)
    story.when(ANA.was_paid(KEY, day(15))).then(e.PaymentMade)
    assert story.case(ANA).why == "person_asked_for"


def test_another_sum_than_was_due_is_told_as_it_is_and_a_person_sees_to_the_rest() -> None:
    story = given(*CONTENT).when(ANA.was_paid(KEY, day(2), "12.00")).then(e.PaymentMade, e.HandedOver)
    assert (story.the(e.PaymentMade).amount, story.the(e.PaymentMade).instead_of) == (euro("12.00"), euro("17.50"))
    assert (story.the(e.HandedOver).why, story.case(ANA).payouts[KEY].came) == ("payout_differs", euro("12.00"))


def test_a_key_that_was_never_due_is_for_a_person_to_look_into() -> None:
    for said in (ANA.was_paid(f"{ANA.case}/remedy/-/9", day(2)), ANA.not_paid(f"{ANA.case}/remedy/-/9", day(2))):
        story = given(*CONTENT).when(said).then(e.HandedOver)
        assert story.the(e.HandedOver).why == "payout_unknown"


def test_what_failed_beside_a_person_s_case_is_theirs_still_when_that_is_settled() -> None:
    story = given(ANA.verdict(), ANA.wants_a_person(1, day(1)), ANA.not_paid(KEY, day(2)), ANA.content(1, day(3)))
    assert (story.case(ANA).state, story.case(ANA).why) == ("settled", "payout_failed")
    story = given(*CONTENT[:1], ANA.not_paid(KEY, day(2)), ANA.withdrawn(day(3)))
    assert (story.case(ANA).state, story.case(ANA).why) == ("withdrawn", "payout_failed")


def test_the_choice_of_another_form_starts_the_clock_of_its_own_day() -> None:
    in_kind = remedy_of(euro("25.00"), "replacement", 1, equal=("refund",))
    story = given(ANA.verdict(remedy=in_kind)).when(ANA.counters(1, day(4), form="refund"))
    assert [timer.due for timer in story.all(Timer) if timer.name == "payout/remedy/-/1"] == [
        day(10) + GRACE,
        day(14) + GRACE,
    ]


def test_what_is_due_only_later_has_no_clock_before() -> None:
    story = Story(SLOW).given(*CHOSEN)
    assert not [timer for timer in story.all(Timer) if timer.name == "payout/goodwill/voucher-10/1"]


def test_in_shadow_nobody_pays_so_no_clock_asks_where_it_is() -> None:
    live, shadow = (flows(POLICY, mode)[0] for mode in ("live", "shadow"))
    assert live.concerns(late())
    assert not shadow.concerns(late())
    assert shadow.concerns(ANA.expiry(day(14)))
