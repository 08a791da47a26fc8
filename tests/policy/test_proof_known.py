"""An optional fact is read where somebody has asked for it before, in whatever way that is written, and nowhere else."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.policy.language.proving.known import prove_known
from tests.policy.sound import altered

LATE = "  is_late: known(claimed_on) and claimed_on > add_months(anchor, 3)\n"
CHECK = "  - {if: is_late, then: not_owed claimed_late}\n"
TOO_LATE = "claimed_on > add_months(anchor, 3)"
UNASKED = {LATE: f"  is_late: {TOO_LATE}\n"}
LAST = "  - {then: owed, reason: tier.reason}\n"

ASKED = {
    "behind the reading": f"{TOO_LATE} and known(claimed_on)",
    "the other way round": f"not (not known(claimed_on) or not {TOO_LATE})",
    "in a choice": f"{TOO_LATE} if known(claimed_on) else false",
    "in the other branch of a choice": f"false if not known(claimed_on) else {TOO_LATE}",
    "together with more": f"known(claimed_on) and days > 3 and {TOO_LATE}",
    "through a choice": f"(days > 3 if known(claimed_on) else false) and {TOO_LATE}",
    "through the other branch of a choice": f"(false if not known(claimed_on) else days > 3) and {TOO_LATE}",
    "where another value stands in": "first_known(claimed_on, anchor) > add_months(anchor, 3)",
}
NOT_ASKED = {
    "not at all": TOO_LATE,
    "on the other side of an or": f"known(claimed_on) or {TOO_LATE}",
    "for its absence": f"not known(claimed_on) and {TOO_LATE}",
    "on one side of an or": f"(known(claimed_on) or days > 3) and {TOO_LATE}",
    "in the wrong branch": f"{TOO_LATE} if not known(claimed_on) else false",
    "by what it would say itself": f"(known(claimed_on) if {TOO_LATE} else known(claimed_on)) and days > 3",
    "where nothing stands in": "first_known(anchor, claimed_on) > add_months(anchor, 3)",
}


def accept(folder: Path, *changes: Mapping[str, str]) -> None:
    prove_known(altered(folder, {before: after for one in changes for before, after in one.items()}))


def refuse(
    folder: Path, *changes: Mapping[str, str], match: str = "`claimed_on` is optional and may be absent"
) -> None:
    with pytest.raises(Misconfigured, match=match):
        accept(folder, *changes)


@pytest.mark.parametrize("formula", ASKED.values(), ids=ASKED)
def test_it_may_be_read_where_it_was_asked_for(tmp_path: Path, formula: str) -> None:
    accept(tmp_path, {LATE: f'  is_late: "{formula}"\n'})


@pytest.mark.parametrize("formula", NOT_ASKED.values(), ids=NOT_ASKED)
def test_it_is_refused_where_it_may_be_absent(tmp_path: Path, formula: str) -> None:
    refuse(
        tmp_path,
        {LATE: f'  is_late: "{formula}"\n'},
        match=r":25: .*`claimed_on` is optional and may be absent here \(line 49 leads here\): ask `known\(claimed_on\)`",
    )


def test_what_an_earlier_check_has_sorted_out_is_known(tmp_path: Path) -> None:
    earlier = "  - {if: not known(claimed_on), then: not_owed never_claimed}\n"
    accept(tmp_path, UNASKED, {CHECK: earlier + CHECK})
    refuse(tmp_path, UNASKED, {CHECK: CHECK + earlier})


def test_what_is_needed_is_known_from_then_on(tmp_path: Path) -> None:
    accept(tmp_path, UNASKED, {CHECK: "  - need: claimed_on\n" + CHECK})
    sometimes = "  - if: days > 3\n    checks:\n      - need: claimed_on\n"
    refuse(tmp_path, UNASKED, {CHECK: sometimes + CHECK})


def test_a_group_under_the_question_may_read_it_and_what_comes_behind_may_not(tmp_path: Path) -> None:
    group = "  - if: known(claimed_on)\n    checks:\n      - {if: is_late, then: not_owed claimed_late}\n"
    accept(tmp_path, UNASKED, {CHECK: group})
    refuse(tmp_path, UNASKED, {CHECK: group + "  - {if: is_late and days > 9, then: not_owed claimed_late}\n"})


def test_a_list_by_category_tells_what_all_of_its_lists_tell(tmp_path: Path) -> None:
    behind = {CHECK: "", "  - if: fault == noisy\n": CHECK + "  - if: fault == noisy\n"}
    private, firm = ({f"    {who}:\n": f"    {who}:\n      - need: claimed_on\n"} for who in ("private", "firm"))
    accept(tmp_path, UNASKED, behind, private, firm)
    refuse(tmp_path, UNASKED, behind, private)


def test_a_sum_that_reads_it_is_refused_at_the_end_that_pays_it(tmp_path: Path) -> None:
    paid = {"rate * monthly_fee) * step": "rate * monthly_fee) * (claimed_on - anchor)"}
    refuse(tmp_path, paid, match=r":46: .*\(line 60 leads here\)")
    accept(tmp_path, paid, {LAST: "  - need: claimed_on\n" + LAST})


def test_what_is_added_may_be_asked_for_in_its_own_condition(tmp_path: Path) -> None:
    refuse(tmp_path, {"if: missed_visits > 0, add": "if: claimed_on > anchor, add"})
    accept(tmp_path, {"if: missed_visits > 0, add": "if: known(claimed_on) and claimed_on > anchor, add"})


def test_severity_is_worked_out_at_any_check_and_so_never_reads_it_unasked(tmp_path: Path) -> None:
    pay = "pay: max(tier.least, tier.rate * monthly_fee) * step\n"
    refuse(tmp_path, {pay: pay + "severity: 2 if claimed_on > anchor else 1\n"})
    accept(tmp_path, {pay: pay + "severity: 2 if known(claimed_on) and claimed_on > anchor else 1\n"})
