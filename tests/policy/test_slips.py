"""The slips of a pen: each comparison, number and connective in turn, and nothing else."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from shared.policy.language.form.types import DISTANCE, MONTH, Simple
from shared.policy.language.reading.parse import parse
from shared.policy.language.testing.slips import of_formula, shifted
from shared.policy.tree import Place

HERE = Place(Path("rules.yaml"), 7)


def slips(text: str) -> set[str]:
    return {slip.says.removeprefix(f"`{text}` ") for slip in of_formula(parse(text, HERE))}


def test_a_bound_is_moved_and_a_comparison_turned_round() -> None:
    assert {"column 7: `<` → `<=`", "column 7: `<` → `>`"} <= slips("delay < 3 h")


def test_both_links_of_a_chain_are_tried_where_they_stand() -> None:
    found = slips("since <= day < until")
    assert {"column 7: `<=` → `<`", "column 14: `<` → `<=`"} <= found


def test_and_is_taken_for_or_and_in_for_not_in() -> None:
    assert "column 1: `and` → `or`" in slips("a and b")
    assert any(said.endswith("`or` → `and`") for said in slips("a or b"))
    assert any(said.endswith("`in` → `not in`") for said in slips("mode in [ship, bus]"))


def test_numbers_inside_of_everything_are_one_off() -> None:
    found = slips("min(10% * fee, 5 EUR) if days == 3 else 0 EUR")
    assert {one.split(": ")[1] for one in found} >= {"10 → 11", "10 → 9", "5 → 6", "5 → 4", "3 → 4", "3 → 2", "0 → 1"}


@pytest.mark.parametrize(
    ("value", "type_", "moved"),
    [
        (Decimal("8.06"), None, {Decimal("8.07"), Decimal("8.05")}),
        (Decimal(0), None, {Decimal(1)}),
        (date(2025, 3, 1), None, {date(2025, 3, 2), date(2025, 2, 28)}),
        (date(2025, 3, 1), MONTH, {date(2025, 4, 1), date(2025, 2, 1)}),
        (timedelta(hours=2), None, {timedelta(minutes=121), timedelta(minutes=119)}),
        (timedelta(days=14), None, {timedelta(hours=337), timedelta(hours=335)}),
        (Decimal(1_500_000), DISTANCE, {Decimal(1_501_000), Decimal(1_499_000)}),
        (Decimal(7), Simple("distance", "m"), {Decimal(8), Decimal(6)}),
        (True, None, set()),
        ("band_a", None, set()),
        (None, None, set()),
    ],
)
def test_a_value_is_moved_by_the_unit_in_which_it_is_written(
    value: object, type_: Simple | None, moved: set[object]
) -> None:
    assert set(shifted(value, type_)) == moved  # type: ignore[arg-type]  # any value of the language
