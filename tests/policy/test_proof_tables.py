"""A table answers every case and has no row in vain, whatever its bounds are made of."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.policy.language.proving.tables import prove_tables
from tests.policy.sound import altered

KEYS = "    by: [days, version]\n"
ROWS = """\
      - [< 3, any, 0%, 0, too_short]
      - [< 7, any, 10%, 5, first_week]
      - [any, old, 15%, 5, long]
      - [any, new, 20%, 10, long]
"""
TOP, FIRST = 31, 35
"""The lines of the table and of its first row."""

SOUND = {
    "bounds that meet": ("days", ["< 3", ">= 3 and <= 7", "> 7"]),
    "a word and the rest": ("fault", ["dead", "any"]),
    "each word": ("fault", ["dead", "slow", "noisy"]),
    "a time of waiting": ("restored_at - reported_at", ["<= 3 h", "> 3 h"]),
    "days of the calendar": ("anchor", ["< 2024-01-01", ">= 2024-01-01 and <= 2024-12-31", ">= 2025-01-01"]),
    "counts without a number between": ("missed_visits", ["0", "1", ">= 2"]),
    "counts on both sides of a bound": ("missed_visits", ["< 2.5", ">= 2.5 and < 3.5", "any"]),
    "flags": ("is_late", ["true", "false"]),
    "sums": ("monthly_fee", ["<= 20 EUR", "> 20 EUR"]),
    "which proof holds": ("first_proved(storm, own_device)", ["storm", "any"]),
    "versions": ("version", ["old", "new"]),
}
GAPS = {
    "between": ("days", ["< 3", ">= 3 and <= 7", "> 8"], "`days` is 7.5"),
    "at a bound": ("days", ["< 3", "> 3"], "`days` is 3"),
    "below": ("days", [">= 3"], "`days` is 2"),
    "above": ("days", ["< 3", ">= 3 and <= 7"], "`days` is 8"),
    "a day": ("anchor", ["<= 2024-01-01", ">= 2024-01-03"], "`anchor` is 2024-01-02"),
    "a time": ("restored_at - reported_at", ["< 3 h", "> 3 h"], "`restored_at - reported_at` is 3 h"),
    "between two times": ("restored_at - reported_at", ["< 3 h", "> 4 h"], "`restored_at - reported_at` is 3 h"),
    "a word": ("fault", ["dead", "slow"], "`fault` is noisy"),
    "a flag": ("is_late", ["false"], "`is_late` is true"),
    "a sum": ("monthly_fee", ["< 20 EUR", "> 20 EUR"], "`monthly_fee` is 20 EUR"),
    "nothing proved": ("first_proved(storm, own_device)", ["storm", "own_device"], "is none"),
    "a count": ("missed_visits", ["0", ">= 2"], "`missed_visits` is 1"),
    "a version": ("version", ["old"], "`version` is new"),
}
IDLE = {
    "the same again": ("days", ["< 3", ">= 3", "any"], 2),
    "within an earlier one": ("days", ["< 7", "< 3", "any"], 1),
    "a word that was taken": ("fault", ["dead", "slow", "dead", "noisy"], 2),
    "no count between the bounds": ("missed_visits", ["<= 2", "> 2 and < 3", "any"], 1),
    "a count below nothing": ("missed_visits", ["< 0", "any"], 0),
    "bounds the wrong way round": ("days", ["< 3", ">= 7 and < 3", "any"], 1),
    "a day that was taken": ("anchor", ["<= 2024-01-01", "< 2024-01-02", "any"], 1),
    "all words before": ("fault", ["dead", "slow", "noisy", "any"], 3),
}


def prove_rows(folder: Path, keys: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    by = ", ".join(f'"{key}"' for key in keys)
    quoted = (", ".join(f"'{cell}'" for cell in row) for row in rows)
    lines = "".join(f"      - [{row}, 10%, 5, first_week]\n" for row in quoted)
    prove_tables(altered(folder, {KEYS: f"    by: [{by}]\n", ROWS: lines}))


@pytest.mark.parametrize(("key", "cells"), SOUND.values(), ids=SOUND)
def test_a_table_that_answers_every_case_is_sound(tmp_path: Path, key: str, cells: list[str]) -> None:
    prove_rows(tmp_path, [key], [(cell,) for cell in cells])


@pytest.mark.parametrize(("key", "cells", "case"), GAPS.values(), ids=GAPS)
def test_a_gap_is_told_by_a_case_that_falls_into_it(tmp_path: Path, key: str, cells: list[str], case: str) -> None:
    with pytest.raises(Misconfigured, match=f":{TOP}: no row of `tier` fits .*{re.escape(case)}"):
        prove_rows(tmp_path, [key], [(cell,) for cell in cells])


@pytest.mark.parametrize(("key", "cells", "row"), IDLE.values(), ids=IDLE)
def test_a_row_that_is_never_first_is_told_by_its_line(tmp_path: Path, key: str, cells: list[str], row: int) -> None:
    with pytest.raises(Misconfigured, match=f":{FIRST + row}: (this row is never|nothing fits)"):
        prove_rows(tmp_path, [key], [(cell,) for cell in cells])


def test_a_gap_between_two_keys_is_found_though_each_key_is_covered(tmp_path: Path) -> None:
    rows = [("< 3", "any"), ("any", "dead"), ("< 9", "slow"), ("any", "noisy")]
    with pytest.raises(Misconfigured, match="`days` is 9, `fault` is slow"):
        prove_rows(tmp_path, ["days", "fault"], rows)
    prove_rows(tmp_path, ["days", "fault"], [*rows, ("any", "any")])


def test_two_rows_together_may_leave_nothing_for_a_third(tmp_path: Path) -> None:
    rows = [("< 5", "any"), ("any", "dead"), (">= 5", "slow"), ("any", "noisy"), ("any", "any")]
    with pytest.raises(Misconfigured, match=f":{FIRST + 4}: this row is never the first"):
        prove_rows(tmp_path, ["days", "fault"], rows)


def test_four_keys_with_many_bounds_are_tried_in_no_time(tmp_path: Path) -> None:
    keys = ["days", "monthly_fee", "restored_at - reported_at", "missed_visits"]
    rows = [(f"< {n}", f"< {n * 10} EUR", f"< {n * 3} h", f"< {n}") for n in range(1, 13)] + [("any",) * 4]
    prove_rows(tmp_path, keys, rows)


def test_dates_rise_from_row_to_row(tmp_path: Path) -> None:
    for day in ("2023-01-01", "2022-12-31"):
        with pytest.raises(Misconfigured, match=f":45: {day} does not come after 2023-01-01 on line 44"):
            prove_tables(altered(tmp_path, {"[2024-01-01, 12.50]": f"[{day}, 12.50]"}))
