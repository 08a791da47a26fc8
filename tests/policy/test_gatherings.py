"""Lists: an entry counts where its condition holds, and what is unknown of it matters only where it could matter."""

from typing import Any

import pytest

from shared.policy.language.form.types import COUNT, DATE, FLAG, INSTANT, ListOf, Record, Simple
from tests.policy.hand_made import EURO, answer, fact

CUT = Record({"from": INSTANT, "to": INSTANT, "head": COUNT})
FACTS = [fact("cuts", ListOf(CUT))]
LOW = "[c.head < 7 and c.to - c.from > 1 h for c in cuts]"


def cut(hour: int = 8, until: int | None = 12, head: int | None = 5) -> dict[str, Any]:
    ends = None if until is None else f"2026-05-20T{until:02}:00:00Z"
    return {"from": f"2026-05-20T{hour:02}:00:00Z", "to": ends, "head": head}


def cuts(rule: str, *entries: dict[str, Any] | None) -> str:
    return answer(FACTS, rule, {"cuts": list(entries)})


def test_entries_are_counted_where_their_condition_holds() -> None:
    low = "count([c for c in cuts if c.head < 7]) == 2"
    assert cuts(low, cut(), cut(head=7), cut()) == "yes"
    assert cuts(low, cut(), cut(head=7)) == "no"
    assert answer(FACTS, low) == "cuts"


def test_an_entry_that_is_known_to_fail_does_not_count_though_the_rest_of_it_is_unknown() -> None:
    rule = "count([c for c in cuts if c.head < 7 and c.to - c.from > 1 h]) == 1"
    assert cuts(rule, cut(), cut(head=9, until=None)) == "yes"
    assert cuts(rule, cut(), cut(until=9, head=None)) == "yes"
    assert cuts(rule, cut(), cut(until=None)) == "cuts"
    assert cuts(rule, cut(), None) == "cuts"


def test_any_and_all_know_as_soon_as_one_entry_decides() -> None:
    assert cuts(f"any({LOW})", cut(head=None), cut()) == "yes"
    assert cuts(f"any({LOW})", cut(head=None), cut(head=8)) == "cuts"
    assert cuts(f"any({LOW})") == "no"
    assert cuts(f"all({LOW})", cut(head=None), cut(head=8)) == "no"
    assert cuts(f"all({LOW})", cut(head=None), cut()) == "cuts"
    assert cuts(f"all({LOW})") == "yes"


def test_an_entry_that_perhaps_belongs_to_the_list_matters_only_where_its_value_could() -> None:
    rule = "any([c.head < 7 for c in cuts if c.to - c.from > 1 h])"
    assert cuts(rule, cut(until=None, head=9)) == "no"
    assert cuts(rule, cut(until=None, head=5)) == "cuts"
    assert cuts("all([c.head < 7 for c in cuts if c.to - c.from > 1 h])", cut(until=None, head=5)) == "yes"


def test_sums_are_of_one_kind_and_of_nothing_they_are_nothing() -> None:
    facts = [fact("fees", ListOf(EURO)), fact("delays", ListOf(Simple("duration", "minutes")))]
    assert answer(facts, "sum(fees) == 3.50 EUR", {"fees": ["1.25", "2.25"]}) == "yes"
    assert answer(facts, "sum(fees) == 0 EUR", {"fees": []}) == "yes"
    assert answer(facts, "sum(delays) == 0 h", {"delays": []}) == "yes"
    assert answer(facts, "sum(delays) == 1 h", {"delays": [15, 45]}) == "yes"
    assert answer(facts, "sum([d for d in delays if d > 20 min]) == 0 h", {"delays": [15]}) == "yes"
    assert answer(facts, "sum(fees) == 1 EUR", {"fees": ["1.00", None]}) == "fees"


def test_the_first_and_the_last_are_as_listed_and_of_an_empty_list_missing() -> None:
    assert cuts("first(cuts).head == 5 and last(cuts).head == 6", cut(), cut(head=9), cut(head=6)) == "yes"
    assert cuts("first(cuts).head == 5") == "cuts"
    lets = {"short": "[c for c in cuts if c.head < 3]"}
    assert answer(FACTS, "first(short).head == 1", {"cuts": []}, lets=lets) == "cuts"


@pytest.mark.parametrize(("second", "wanted"), [("2026-01-28", "yes"), ("2026-01-29", "no")])
def test_the_most_within_a_window_counts_both_of_its_ends(second: str, wanted: str) -> None:
    facts = [fact("days", ListOf(DATE))]
    assert answer(facts, "most_within(days, 28) >= 2", {"days": [second, "2026-01-01"]}) == wanted


def test_two_lists_inside_of_each_other_keep_their_entries_apart() -> None:
    facts = [fact("a", ListOf(COUNT)), fact("b", ListOf(COUNT))]
    rule = "all([any([x == y for y in b]) for x in a])"
    assert answer(facts, rule, {"a": [1, 2], "b": [2, 1, 3]}) == "yes"
    assert answer(facts, rule, {"a": [1, 4], "b": [2, 1, 3]}) == "no"


def test_a_flag_of_every_entry_is_asked_as_it_is() -> None:
    assert answer([fact("signs", ListOf(FLAG))], "any(signs)", {"signs": [False, True]}) == "yes"
    assert answer([fact("days", ListOf(DATE))], "count(days) == 0", {"days": []}) == "yes"
