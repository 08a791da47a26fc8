"""The choices fit the loss: two or three, what was asked for first, money for money, and never too much."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from services.offer.case import Case
from services.offer.menu import choose, reserve
from shared.events import Option
from shared.money import Money
from shared.policy.policy import MenuOption, Rounds
from tests.core.offer_stories import POLICY, euro

ROUNDS = POLICY.rounds
CASE = Case(id="case", customer="cust-ana", complaint="C-1001", source="crm", severity=2, paid=euro("129.90"))


def ids(options: tuple[Option, ...]) -> list[str]:
    return [option.id for option in options]


def menu_of(*options: MenuOption) -> Rounds:
    return replace(ROUNDS, menu=options)


def kind(name: str, menu_round: int = 1, **facts: object) -> MenuOption:
    return MenuOption(name, str(facts.pop("form", name)), (2,), menu_round, **facts)  # type: ignore[arg-type]


def test_what_was_asked_for_stands_first_when_the_menu_has_it() -> None:
    assert ids(choose(ROUNDS, replace(CASE, sought="service")))[0] == "express-next"
    assert ids(choose(ROUNDS, replace(CASE, sought="a pony")))[0] == "voucher-10"


def test_money_stands_before_attention_and_what_comes_sooner_before_what_comes_later() -> None:
    slow, soon = kind("slow", percent=Decimal(5), arrives=9), kind("soon", percent=Decimal(5), arrives=1)
    unknown, kind_word = kind("unknown", percent=Decimal(5)), kind("word", arrives=0)
    assert ids(reserve(menu_of(kind_word, unknown, slow, soon), CASE)) == ["soon", "slow", "unknown", "word"]


def test_the_sum_is_a_share_of_what_was_paid_rounded_half_up_and_at_most_the_cap() -> None:
    def worth(paid: str) -> Money | None:
        return choose(ROUNDS, replace(CASE, paid=euro(paid)))[0].amount

    assert worth("10.05") == euro("1.01")
    assert worth("10.04") == euro("1.00")
    assert str(worth("500.00")) == str(euro("20.00"))


def test_a_fixed_sum_needs_no_percent() -> None:
    fixed = kind("fixed", at_most=(euro("5"), Money(Decimal(20), "BRL")))
    assert reserve(menu_of(fixed), CASE)[0].amount == euro("5")


@pytest.mark.parametrize("paid", [None, Money(Decimal(80), "BRL"), euro("0.01")])
def test_money_is_left_out_where_the_price_or_the_currency_is_unknown_or_nothing_would_be_left(
    paid: Money | None,
) -> None:
    assert ids(choose(ROUNDS, replace(CASE, paid=paid))) == ["call-back", "express-next"]


def test_remedy_and_goodwill_together_stay_within_half_more_than_the_loss() -> None:
    options = menu_of(kind("all", percent=Decimal(100)), kind("word"), kind("visit"))
    at_the_ceiling = replace(CASE, paid=euro("100"), owed=euro("50"))
    assert ids(reserve(options, at_the_ceiling)) == ["all", "word", "visit"]
    assert ids(reserve(options, replace(at_the_ceiling, owed=euro("50.01")))) == ["word", "visit"]
    assert ids(reserve(options, replace(at_the_ceiling, lost=euro("200"), owed=euro("150")))) == [
        "all",
        "word",
        "visit",
    ]
    assert ids(reserve(options, replace(at_the_ceiling, owed=Money(Decimal(1), "BRL")))) == ["word", "visit"]


def test_there_are_never_fewer_than_two_and_never_more_than_three() -> None:
    five = [kind(name) for name in "abcde"]
    assert [len(choose(menu_of(*five[:count]), CASE)) for count in range(6)] == [0, 0, 2, 3, 2, 3]


def test_of_four_two_are_shown_so_that_the_other_two_can_be() -> None:
    four = menu_of(*(kind(name) for name in "abcd"))
    first = choose(four, CASE)
    assert ids(choose(four, replace(CASE, shown=first, menus=1))) == ["c", "d"]


def test_an_option_waits_for_its_round_and_stays_in_reserve_after_it() -> None:
    options = menu_of(*(kind(name) for name in "abcde"), kind("later", 2))
    first = choose(options, CASE)
    assert ids(first) == ["a", "b", "c"]
    assert ids(choose(options, replace(CASE, shown=first, menus=1))) == ["d", "e", "later"]


def test_a_round_of_the_menu_that_has_too_few_is_passed_over() -> None:
    assert ids(choose(menu_of(kind("a", 1), kind("b", 3)), CASE)) == ["a", "b"]


def test_nothing_that_was_shown_is_shown_again_and_other_severities_have_other_options() -> None:
    shown = (Option("voucher-10", "voucher"), Option("call-back", "attention"))
    assert "voucher-10" not in ids(reserve(ROUNDS, replace(CASE, shown=shown)))
    assert ids(reserve(ROUNDS, replace(CASE, severity=4))) == ["refund-50", "replacement", "visit"]


def test_same_facts_same_offer() -> None:
    assert choose(ROUNDS, CASE) == choose(ROUNDS, replace(CASE, id="other", customer="cust-ben", contacts=9))
