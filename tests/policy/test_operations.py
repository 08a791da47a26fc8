"""Logic of three values: what is known decides wherever it stands, and what is not known is reported by all its names."""

import itertools

import pytest

from shared.policy.language.form.types import COUNT, FLAG, OneOf
from tests.policy.hand_made import EURO, answer, fact

SIDES = [fact("wet"), fact("cold"), fact("late")]


@pytest.mark.parametrize("order", list(itertools.permutations(["wet", "cold", "late"])))
def test_or_is_true_wherever_its_true_side_stands(order: tuple[str, ...]) -> None:
    assert answer(SIDES, " or ".join(order), {"late": True}) == "yes"


@pytest.mark.parametrize("order", list(itertools.permutations(["wet", "cold", "late"])))
def test_and_is_false_wherever_its_false_side_stands(order: tuple[str, ...]) -> None:
    assert answer(SIDES, " and ".join(order), {"late": False}) == "no"


def test_both_names_are_reported_where_both_sides_are_unknown() -> None:
    assert answer(SIDES, "wet or cold") == "wet cold"
    assert answer(SIDES, "wet and cold") == "wet cold"
    assert answer(SIDES, "wet or cold or late", {"cold": False}) == "wet late"


def test_what_is_not_known_is_not_known_when_it_is_denied() -> None:
    assert answer(SIDES, "not wet") == "wet"
    assert answer(SIDES, "not wet", {"wet": False}) == "yes"


def test_null_and_absent_are_the_same() -> None:
    assert answer(SIDES, "wet", {"wet": None}) == "wet"


def test_a_sum_of_two_unknown_numbers_names_both() -> None:
    numbers = [fact("a", COUNT), fact("b", COUNT)]
    assert answer(numbers, "a + b > 3") == "a b"
    assert answer(numbers, "min(a, b, 7) > 3", {"a": 2}) == "b"


def test_in_a_chain_the_link_that_fails_is_enough() -> None:
    numbers = [fact("low", COUNT), fact("value", COUNT), fact("high", COUNT)]
    assert answer(numbers, "low < value < high", {"low": 5, "value": 4}) == "no"
    assert answer(numbers, "low < value < high", {"low": 3, "value": 4}) == "high"
    assert answer(numbers, "low < value < high", {"low": 3, "value": 4, "high": 5}) == "yes"


def test_one_of_several_is_true_as_soon_as_one_is_known_to_be_it() -> None:
    facts = [fact("kind", OneOf(("red", "green", "blue"))), fact("other_kind", OneOf(("red", "green", "blue")))]
    assert answer(facts, "kind in [red, green]", {"kind": "green"}) == "yes"
    assert answer(facts, "kind not in [red, green]", {"kind": "green"}) == "no"
    assert answer(facts, "kind in [other_kind, green]", {"kind": "green"}) == "yes"
    assert answer(facts, "kind in [other_kind, green]", {"kind": "red"}) == "other_kind"
    assert answer(facts, "kind in [red, green]") == "kind"


def test_a_choice_needs_its_condition_only_where_the_values_differ() -> None:
    facts = [fact("late", FLAG), fact("first", EURO), fact("second", EURO)]
    rule = "(first if late else second) > 5 EUR"
    assert answer(facts, rule, {"first": "7", "second": "8"}) == "late"
    assert answer(facts, rule, {"first": "7", "second": "7.00"}) == "yes"
    assert answer(facts, rule, {"late": True, "first": "7"}) == "yes"
    assert answer(facts, rule, {"late": True, "second": "7"}) == "first"


def test_a_division_by_nothing_is_not_known_and_breaks_nothing() -> None:
    facts = [fact("a", COUNT), fact("b", COUNT)]
    assert answer(facts, "a / b > 1", {"a": 1, "b": 0}) == "not_computable"
