"""Limits keep what is given because we are sorry within bounds, and never what is owed; what was offered is honoured."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from services.offer.case import Customer
from services.offer.limits import committed, month_of, moves
from shared import events as e
from shared.money import Money
from shared.policy.limits import Budget, GoodwillLimit, Limits, Raise
from shared.remedy import remedy_of
from shared.runtime.decider import Timer
from tests.core.offer_stories import (
    ANSWER_WITHIN,
    OPTIONS,
    POLICY,
    UNLIMITED,
    Complaint,
    Story,
    day,
    euro,
)

DORA = [Complaint("cust-dora", f"C-20{number}") for number in range(6)]
"""Her parcels were late again and again, each worth 129.90."""


def limited(limits: Limits) -> Story:
    return Story(replace(POLICY, limits=limits))


def gifts(number: int, *sums: str, **more: object) -> Limits:
    return replace(UNLIMITED, everyone=GoodwillLimit(number, tuple(map(euro, sums))), **more)


def budgeted(soft: str, hard: str) -> Limits:
    return replace(UNLIMITED, budget=Budget("UTC", (euro(soft),), (euro(hard),)))


def took_a_voucher(story: Story, complaint: Complaint, at: float) -> None:
    """Late, refused once, settled with a voucher of 12.99."""
    story.given(complaint.verdict(day(at)), complaint.refused(1, day(at)), complaint.chose("voucher-10", 2, day(at)))


def sums(story: Story) -> list[Decimal]:
    return [option.amount.amount for option in story.the(e.OptionsOffered).options if option.amount]


def offered(story: Story, complaint: Complaint, at: float) -> e.OptionsOffered:
    """The options that follow a first refusal."""
    story.given(complaint.verdict(day(at)), complaint.refused(1, day(at))).then(*OPTIONS)
    return story.the(e.OptionsOffered)


def test_who_was_given_enough_in_a_year_gets_the_apology_the_remedy_and_options_without_money() -> None:
    story = limited(gifts(2))
    for number in range(2):
        took_a_voucher(story, DORA[number], number)
    third = offered(story, DORA[2], 2)
    assert third.limits == ("limit-number",)
    assert [option.id for option in third.options] == ["call-back", "express-next"]
    assert story.paid() == Decimal("52.50")


def test_what_was_given_more_than_a_year_ago_counts_no_more() -> None:
    story = limited(gifts(1))
    took_a_voucher(story, DORA[0], 0)
    assert offered(story, DORA[1], 364).limits == ("limit-number",)
    assert offered(story, DORA[2], 366).limits == ()


@pytest.mark.parametrize(("most", "left"), [("25.98", True), ("25.97", False)])
def test_the_sum_of_a_year_is_limited_to_the_cent(most: str, left: bool) -> None:
    story = limited(gifts(9, most))
    took_a_voucher(story, DORA[0], 0)
    second = offered(story, DORA[1], 1)
    assert second.limits == (() if left else ("limit-sum",))
    assert sums(story) == ([Decimal("12.99")] if left else [])


def test_another_currency_has_a_limit_of_its_own() -> None:
    story = limited(gifts(9, "0"))
    brl = Money(Decimal(100), "BRL")
    menu = tuple(
        replace(option, at_most=(*option.at_most, Money(Decimal(50), "BRL"))) if option.at_most else option
        for option in POLICY.rounds.menu
    )
    story.policy = replace(story.policy, rounds=replace(POLICY.rounds, menu=menu))
    story.given(DORA[0].verdict(paid=brl, remedy=None, outcome="not_owed"), DORA[0].refused(1, day(1)))
    assert sums(story) == [Decimal("10.00")]
    assert offered(story, DORA[1], 2).limits == ("limit-sum",)


def test_a_tier_may_have_another_limit() -> None:
    story = limited(gifts(0, tiers={"gold": GoodwillLimit(9)}))
    for number, tier in enumerate(("gold", "silver", None)):
        story.given(DORA[number].verdict(tier=tier), DORA[number].refused(1, day(1)))
        assert story.the(e.OptionsOffered).limits == (() if tier == "gold" else ("limit-number",))


def test_an_open_offer_counts_with_its_dearest_option_until_it_lapses() -> None:
    story = limited(gifts(9, "20"))
    assert offered(story, DORA[0], 0).limits == ()
    assert offered(story, DORA[1], 1).limits == ("limit-sum",)
    assert committed(story.case(DORA[0]), day(14)) == (euro("12.99"),)
    assert committed(story.case(DORA[0]), day(14.1)) == ()
    assert offered(story, DORA[2], 14.1).limits == ()


def test_what_is_chosen_and_not_due_yet_is_committed() -> None:
    story = limited(gifts(9, "20"))
    story.policy = replace(story.policy, rounds=replace(POLICY.rounds, undo_within=timedelta(days=30)))
    took_a_voucher(story, DORA[0], 0)
    assert not [due for due in story.all(e.PayoutDue) if due.ledger == "goodwill"]
    assert offered(story, DORA[1], 20).limits == ("limit-sum",)


def test_what_was_offered_is_honoured_when_a_limit_bites_afterwards() -> None:
    """The one year's limit was lowered after the offer, and the customer asks for what they had turned down."""
    story = limited(gifts(9))
    offered(story, DORA[0], 0)
    story.policy = replace(story.policy, limits=gifts(0))
    story.when(DORA[0].counters(2, day(1), "12.99"))
    assert story.the(e.CounterAnswered).granted
    assert story.paid("goodwill") == Decimal("12.99")


def test_what_is_asked_for_past_a_limit_is_for_an_approver_who_is_told_which() -> None:
    story = limited(gifts(0))
    story.given(DORA[0].verdict(), DORA[0].refused(1, day(1))).when(DORA[0].counters(2, day(2), "12.99"))
    request = story.then(e.ApprovalRequested, Timer, e.HandedOver).the(e.ApprovalRequested)
    assert (request.limits, request.reasons) == (("limit-number",), ("past-a-limit",))


def test_no_limit_touches_what_is_owed() -> None:
    free, bound = limited(UNLIMITED), limited(replace(gifts(0, "0"), budget=budgeted("0", "0").budget))
    for story in (free, bound):
        story.balance = (euro("1000"),)
        story.given(*(complaint.verdict(day(number)) for number, complaint in enumerate(DORA)))
        story.given(DORA[0].verdict(day(9), remedy=euro("99")))
    assert len(free.all(e.PayoutDue)) == 7
    assert free.all(e.PayoutDue) == bound.all(e.PayoutDue)


def test_what_is_owed_in_another_form_counts_in_no_limit() -> None:
    owed = remedy_of(euro("17.50"), "replacement", 1, equal=("refund",))
    story = limited(gifts(0))
    story.given(DORA[0].verdict(remedy=owed)).when(DORA[0].counters(1, day(1), form="refund"))
    assert story.the(e.CounterAnswered).reason == "owed-in-another-form"
    assert story.customer.gifts == {}


def test_past_the_hard_line_of_the_month_no_rule_gives_new_money_and_the_decision_says_what_it_read() -> None:
    story = limited(budgeted("50", "100"))
    story.balance = (euro("87.01"),)
    assert offered(story, DORA[0], 0).limits == ()
    story.balance = (euro("87.02"),)
    second = offered(story, DORA[1], 0)
    assert (second.limits, second.balance) == (("budget",), euro("87.02"))
    assert sums(story) == []


def test_past_the_soft_line_what_is_offered_is_given_and_what_is_asked_for_beyond_it_needs_an_approver() -> None:
    story = limited(budgeted("50", "100"))
    story.balance = (euro("50"),)
    assert sums(story.given(DORA[0].verdict(), DORA[0].refused(1, day(1)))) == [Decimal("12.99")]
    story.when(DORA[0].counters(2, day(2), "13.00"))
    assert story.then(e.ApprovalRequested, Timer, e.HandedOver).the(e.ApprovalRequested).limits == ("budget-soft",)
    story.given(DORA[1].verdict(), DORA[1].refused(1, day(1))).when(DORA[1].counters(2, day(2), "12.99"))
    assert story.the(e.CounterAnswered).granted


def test_a_case_does_not_compete_with_its_own_offer_for_the_budget() -> None:
    """12.99 of the 100 that the month stands at are its own: the next round may offer 32.48 in its place."""
    story = limited(budgeted("200", "119.49"))
    offered(story, DORA[0], 0)
    story.balance = (euro("100"),)
    story.given(DORA[0].refused(2, day(1))).when(DORA[0].counters(3, day(1), "9000"))
    assert story.the(e.OptionsOffered).limits == ()
    assert max(sums(story)) == Decimal("32.48")


def test_the_budget_counts_an_offer_in_the_month_in_which_it_was_made_until_it_lapses_or_is_taken() -> None:
    story, budget = limited(UNLIMITED), UNLIMITED.budget
    month = month_of(day(0), budget)
    before = story.customer
    offered(story, DORA[0], 0)
    assert moves(before, story.customer, budget) == {(month, "EUR"): Decimal("12.99")}
    open_offer = story.customer
    story.when(DORA[0].chose("call-back", 2, day(13)))
    assert moves(open_offer, story.customer, budget) == {(month, "EUR"): Decimal("-12.99")}
    taken = Story(story.policy)
    taken.customer = open_offer
    taken.when(DORA[0].chose("voucher-10", 2, day(13)))
    assert moves(open_offer, taken.customer, budget) == {}
    lapsed = Story(story.policy)
    lapsed.customer = open_offer
    lapsed.when(DORA[0].expiry(day(0) + ANSWER_WITHIN))
    assert moves(open_offer, lapsed.customer, budget) == {(month, "EUR"): Decimal("-12.99")}
    assert moves(Customer(), taken.customer, budget) == {(month, "EUR"): Decimal("12.99")}


def test_the_month_begins_where_the_policy_says() -> None:
    at = day(0).replace(day=1, hour=1)
    assert month_of(at, Budget("UTC")).month == 2
    assert month_of(at, Budget("America/Sao_Paulo")).month == 1


def test_gifts_are_forgotten_when_no_limit_can_look_back_to_them() -> None:
    story = limited(UNLIMITED)
    took_a_voucher(story, DORA[0], 0)
    took_a_voucher(story, DORA[1], 1000)
    assert len(story.customer.gifts) == 2
    took_a_voucher(story, DORA[2], 1097)
    assert len(story.customer.gifts) == 2


RAISES = (Raise(1, contacts=3), Raise(2, contacts=5), Raise(1, waiting=timedelta(days=21)))


def severity_after(letters: int, waited: float = 7) -> tuple[int, tuple[str, ...]]:
    story = limited(replace(UNLIMITED, raises=RAISES))
    further = [Complaint("cust-dora", f"C-30{number}") for number in range(letters - 1)]
    story.given(*(letter.merged_into(DORA[0], day(-1)) for letter in further))
    story.given(DORA[0].verdict(severity=1, received_at=day(-waited)), DORA[0].refused(1, day(1)))
    options = story.the(e.OptionsOffered)
    return options.severity, options.raised


def test_letters_and_waiting_raise_the_severity_by_the_table_and_the_offer_says_why() -> None:
    assert severity_after(letters=2) == (1, ())
    assert severity_after(letters=3) == (2, ("contacts",))
    assert severity_after(letters=5) == (3, ("contacts",))
    assert severity_after(letters=3, waited=21) == (2, ("contacts", "waiting"))
    assert severity_after(letters=1, waited=22) == (2, ("waiting",))


def test_the_time_that_a_customer_takes_to_answer_is_no_waiting_for_us() -> None:
    story = limited(replace(UNLIMITED, raises=(Raise(1, waiting=timedelta(days=10)),)))
    story.given(DORA[0].verdict(severity=1), DORA[0].refused(1, day(9)))
    assert story.the(e.OptionsOffered).raised == ()


def test_being_passed_on_raises_the_severity() -> None:
    story = limited(replace(UNLIMITED, raises=(Raise(2, hand_overs=2),)))
    story.given(DORA[0].letter(signals=("law",)), DORA[0].letter(signals=("danger",)))
    assert story.case(DORA[0]).hand_overs == 2
    assert story.when(DORA[0].verdict(severity=1)).the(e.ApologyOffered).severity == 3
