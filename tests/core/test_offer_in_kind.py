"""What is owed in kind comes in kind: a replacement is a replacement, and only a difference is made up in money."""

from decimal import Decimal

from msgspec.structs import replace

from shared import events as e
from shared.remedy import Remedy, remedy_of
from tests.core.offer_stories import ANA, APOLOGY, Story, day, euro, given


def replacement(pieces: int | None, worth: str, form: str = "replacement") -> Remedy:
    return remedy_of(euro(worth), form, pieces, equal=("refund",))


def dues(story: Story) -> list[tuple[str, int | None, Decimal]]:
    return [(due.form, due.quantity, due.amount.amount) for due in story.all(e.PayoutDue) if due.amount]


def test_a_replacement_is_granted_as_one_with_its_worth_and_the_forms_that_count_as_equal() -> None:
    story = given().when(ANA.verdict(remedy=replacement(2, "50.00")))
    story.then(e.CaseOpened, e.RemedyGranted, e.PayoutDue, *APOLOGY)
    due = story.the(e.PayoutDue)
    assert (due.form, due.quantity, due.amount, due.equal) == ("replacement", 2, euro("50.00"), ("refund",))
    assert (due.key, due.ledger) == (f"{ANA.case}/remedy/-/1", "remedy")
    assert story.the(e.RemedyGranted).remedy == replacement(2, "50.00")
    assert story.the(e.ApologyOffered).remedy == replacement(2, "50.00")


def test_a_plain_sum_stays_a_refund() -> None:
    due = given(ANA.verdict()).the(e.PayoutDue)
    assert (due.form, due.quantity, due.equal) == ("refund", None, ())


def test_a_later_verdict_owes_the_further_pieces_in_kind() -> None:
    story = given(ANA.verdict(remedy=replacement(1, "25.00")), ANA.verdict(day(1), remedy=replacement(3, "75.00")))
    assert dues(story) == [("replacement", 1, Decimal("25.00")), ("replacement", 2, Decimal("50.00"))]
    assert story.the(e.RemedyGranted).remedy == replacement(2, "50.00")


def test_a_form_without_pieces_is_raised_by_the_difference_in_worth() -> None:
    story = given(
        ANA.verdict(remedy=replacement(None, "10.00", "credit")),
        ANA.verdict(day(1), remedy=replacement(None, "15.00", "credit")),
    )
    assert dues(story) == [("credit", None, Decimal("10.00")), ("credit", None, Decimal("5.00"))]


def test_the_same_piece_that_turns_out_to_be_worth_more_is_made_up_in_money() -> None:
    story = given(ANA.verdict(remedy=replacement(1, "25.00")), ANA.verdict(day(1), remedy=replacement(1, "30.00")))
    assert dues(story) == [("replacement", 1, Decimal("25.00")), ("refund", None, Decimal("5.00"))]


def test_money_that_was_paid_before_is_made_up_in_money_and_the_other_way_round() -> None:
    story = given(ANA.verdict(), ANA.verdict(day(1), remedy=replacement(1, "25.00")))
    assert dues(story) == [("refund", None, Decimal("17.50")), ("refund", None, Decimal("7.50"))]
    story = given(ANA.verdict(remedy=replacement(1, "25.00")), ANA.verdict(day(1), remedy=euro("40.00")))
    assert dues(story) == [("replacement", 1, Decimal("25.00")), ("refund", None, Decimal("15.00"))]


def test_a_remedy_of_the_same_or_lesser_worth_in_another_form_changes_nothing() -> None:
    story = given(ANA.verdict()).when(ANA.verdict(day(1), remedy=replacement(1, "17.50"))).then_nothing()
    story.when(ANA.verdict(day(2), remedy=replacement(1, "5.00"))).then_nothing()


def test_half_a_replacement_is_none_so_what_others_gave_leaves_the_rest_in_money() -> None:
    story = given(ANA.compensated("10.00", day(-1)), ANA.verdict(remedy=replacement(1, "25.00")))
    assert dues(story) == [("refund", None, Decimal("15.00"))]


def test_the_choices_after_a_refusal_name_what_is_owed_in_kind() -> None:
    story = given(ANA.verdict(remedy=replacement(2, "50.00")), ANA.refused(1, day(1)))
    assert story.the(e.OptionsOffered).remedy == replacement(2, "50.00")


def test_what_came_in_two_forms_is_told_by_its_worth() -> None:
    story = given(ANA.verdict(remedy=replacement(1, "25.00")), ANA.verdict(day(1), remedy=euro("40.00")))
    story.when(ANA.refused(1, day(2)))
    assert story.the(e.OptionsOffered).remedy == remedy_of(euro("40.00"))


def test_what_was_granted_without_money_is_there_when_whoever_did_it_says_so() -> None:
    """Billing knows nothing of a call; of money nobody but billing says that it came."""
    call, owed = f"{ANA.case}/goodwill/call-back/1", f"{ANA.case}/remedy/-/1"
    story = given(ANA.verdict(), ANA.refused(1, day(1)), ANA.chose("call-back", 2, day(2)))
    done = replace(ANA.fulfilled(1, day(3)), promised=call)
    made = story.when(done).then(e.PaymentMade).the(e.PaymentMade)
    assert (made.key, made.form, made.amount, made.late) == (call, "attention", None, False)
    assert story.case(ANA).payouts[call].state == "paid"
    story.when(done).then_nothing()
    story.when(ANA.asked_after(call, day(7))).then_nothing()
    story.when(ANA.never_came(call, day(8))).then(e.HandedOver)
    story.when(replace(done, promised=owed)).then(e.RulingRefused)
    assert story.the(e.RulingRefused).why == "no-such-promise"
