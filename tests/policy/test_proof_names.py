"""Nothing stands in a schedule that no answer rests on, and what is told is what its author forgot."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.policy.language.proving.names import prove_names
from tests.policy.sound import altered

STEP = "  step:\n"


def refuse(folder: Path, changes: Mapping[str, str], match: str) -> None:
    with pytest.raises(Misconfigured, match=match):
        prove_names(altered(folder, changes))


def test_of_a_chain_that_nothing_reads_the_end_is_told(tmp_path: Path) -> None:
    refuse(tmp_path, {STEP: f"  weeks: days / 7\n  is_long: weeks > 4\n{STEP}"}, ":27: nothing reads the let `is_long`")
    refuse(tmp_path, {STEP: f"  is_long: weeks > 4\n  weeks: days / 7\n{STEP}"}, ":26: nothing reads the let `is_long`")


def test_an_unread_let_is_told_before_the_facts_that_only_it_reads(tmp_path: Path) -> None:
    refuse(tmp_path, {"noise < 90 min and ": ""}, ":24: nothing reads the let `noise`")


def test_a_fact_is_read_by_whatever_an_answer_rests_on(tmp_path: Path) -> None:
    rest = {"rate * monthly_fee) * step": "rate * 60 EUR) * step"}
    refuse(tmp_path, rest, ":16: no check reads the fact `monthly_fee`")
    for more in (
        "severity: 2 if monthly_fee > 50 EUR else 1\n",
        "remedy: {form: month, quantity: monthly_fee / 60 EUR}\n",
        "alternatives:\n  - {form: months, worth: 2 * monthly_fee}\n",
    ):
        prove_names(altered(tmp_path, {**rest, "checks:\n  - {if: anchor": f"{more}checks:\n  - {{if: anchor"}))
    needed = {"  - {if: is_late, then": "  - need: monthly_fee\n  - {if: is_late, then"}
    prove_names(altered(tmp_path, {**rest, **needed}))


def test_the_second_proof_of_an_exclusion_is_read(tmp_path: Path) -> None:
    fact = "  storm: {proof"
    second = {fact: f"  effort: {{proof: nothing could be done about it, by: provider}}\n{fact}"}
    refuse(tmp_path, second, "no check reads the fact `effort`")
    prove_names(altered(tmp_path, {**second, "[storm, own_device]}": "[storm, own_device], with: effort}"}))


def test_a_circle_is_told_with_its_steps(tmp_path: Path) -> None:
    through_both = {
        "local_date(restored_at) - local_date(reported_at)": "(local_date(restored_at) - anchor) * factor",
        STEP: f"  factor: 2 if tier.least > 5 EUR else 1\n{STEP}",
    }
    refuse(
        tmp_path,
        through_both,
        r"`\w+` needs itself to be worked out \(.*tier → days → factor → tier|days → factor → tier → days",
    )
