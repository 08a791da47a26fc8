"""Every case comes to an answer, whichever way it takes, and no check waits where no case can come."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.policy.language.proving.paths import prove_paths
from tests.policy.sound import altered

LAST = "  - {then: owed, reason: tier.reason}\n"
BY_FAULT = """\
  - by: fault
    dead:
      - {then: owed dead}
    slow:
      - {if: days > 3, then: owed slow}
      - {then: not_owed not_slow}
    noisy:
      - {then: owed noisy}
"""
WITH_ELSE = BY_FAULT.replace("    noisy:", "    else:")
GROUP = "  - checks:\n      - {if: days > 90, then: cannot_tell too_long}\n      - {then: owed, reason: tier.reason}\n"


def accept(folder: Path, changes: Mapping[str, str]) -> None:
    prove_paths(altered(folder, changes))


def refuse(folder: Path, changes: Mapping[str, str], match: str) -> None:
    with pytest.raises(Misconfigured, match=match):
        accept(folder, changes)


@pytest.mark.parametrize("end", [LAST, BY_FAULT, WITH_ELSE, GROUP], ids=["end", "by", "else", "group"])
def test_a_list_may_end_in_any_way_that_leaves_nobody_out(tmp_path: Path, end: str) -> None:
    accept(tmp_path, {LAST: end})
    refuse(tmp_path, {LAST: end + LAST}, "no case comes here, since each ends at line 60")


@pytest.mark.parametrize(
    "end",
    [
        "  - {if: days > 3, then: owed long}\n",
        "  - excluded_by: [own_device]\n",
        "  - need: claimed_on\n",
        BY_FAULT.replace("      - {then: not_owed not_slow}\n", ""),
        WITH_ELSE.replace("- {then: owed noisy}", "- {if: days > 3, then: owed noisy}"),
        GROUP.replace("      - {then: owed, reason: tier.reason}\n", ""),
        GROUP.replace("  - checks:", "  - if: days > 3\n    checks:"),
    ],
    ids=[
        "condition",
        "exclusion",
        "need",
        "one word without end",
        "else without end",
        "group without end",
        "group under a condition",
    ],
)
def test_a_case_that_may_come_through_is_told(tmp_path: Path, end: str) -> None:
    paid = "  - {if: days > 60, then: owed very_long}\n"
    refuse(tmp_path, {LAST: paid + end}, ":61: a case may come through all checks without an answer")


def test_nothing_stands_behind_an_end_inside_of_a_group_either(tmp_path: Path) -> None:
    behind = "      - {excluded_by: [own_device]}\n  - if"
    refuse(
        tmp_path,
        {behind: "      - {then: cannot_tell firms}\n" + behind},
        ":56: no case comes here, since each ends at line 55",
    )


def test_a_list_by_category_inside_of_a_let_is_covered_too(tmp_path: Path) -> None:
    refuse(
        tmp_path,
        {"    dead: 2\n    else: 1\n": "    dead: 2\n    slow: 1\n"},
        "nothing is said for `noisy`: add it, or",
    )
    refuse(
        tmp_path, {"    dead: 2\n    else: 1\n": "    dead: 2\n"}, "nothing is said for `noisy`, `slow`: add them, or"
    )
    accept(tmp_path, {"    dead: 2\n    else: 1\n": "    dead: 2\n    slow: 1\n    noisy: 3\n"})


def test_an_open_list_of_words_needs_an_else(tmp_path: Path) -> None:
    opened = {"one of: [private, firm]": "one of: [private, firm, other]"}
    refuse(tmp_path, opened, ":50: nothing is said for `other`: add `else`")
    behind = "      - {excluded_by: [own_device]}\n  - if"
    accept(tmp_path, {**opened, behind: behind.replace("  - if", "    else:\n      - {excluded_by: [storm]}\n  - if")})


def test_the_words_of_a_table_and_of_a_choice_are_known(tmp_path: Path) -> None:
    by_reason = BY_FAULT.replace("fault", "tier.reason").replace("dead", "too_short").replace("slow:", "first_week:")
    accept(tmp_path, {LAST: by_reason.replace("noisy:", "long:")})
    refuse(
        tmp_path,
        {
            LAST: by_reason.replace("noisy:", "else:")
            .replace("first_week:", "long:")
            .replace("else:", "first_week:")
            .replace("    too_short:\n      - {then: owed too_short}\n", "")
        },
        "nothing is said for `too_short`",
    )
    let = {"  step:\n": "  size: small if days < 9 else large\n  step:\n"}
    by_size = "  - by: size\n    small:\n      - {then: owed small}\n"
    refuse(tmp_path, {**let, LAST: by_size}, "nothing is said for `large`")


def test_a_condition_asks_something(tmp_path: Path) -> None:
    refuse(tmp_path, {"{if: days > 30,": "{if: true,"}, "this is the same in every case")
    refuse(tmp_path, {"{if: missed_visits > 0, add": "{if: 1 < 2, add"}, "this is the same in every case")


def test_a_promise_that_costs_nothing_is_told(tmp_path: Path) -> None:
    refuse(tmp_path, {LAST: "  - {then: not_owed, reason: tier.reason}\n"}, "no check ends as `owed`")
