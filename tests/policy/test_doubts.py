"""What is probably wrong in a policy is told to whoever checks it, and stops nothing."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli.__main__ import build
from shared.errors import Misconfigured
from shared.policy.doubts import doubts_of
from shared.policy.load import load_policy
from tests.policy.sound import GOOD

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
LAST = "  - {then: not_owed delivered-on-time, promise: kept}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(DEPLOY / "policy", tmp_path / "policy")


def change(file: Path, before: str, after: str) -> int:
    """Write a passage otherwise; gives the line on which it begins."""
    text = file.read_text()
    assert text.count(before) == 1
    file.write_text(text.replace(before, after))
    return text[: text.index(before)].count("\n") + 1


def doubts(folder: Path) -> list[str]:
    return [str(doubt) for doubt in doubts_of(folder, load_policy(folder))]


def check(*words: object) -> Result:
    return CliRunner().invoke(build(["policy"]), ["policy", "check", *map(str, words)], catch_exceptions=False)


def test_the_shipped_policy_raises_no_doubt(folder: Path) -> None:
    assert doubts(folder) == []


def test_a_currency_in_which_every_doubt_goes_to_a_person_is_told(folder: Path) -> None:
    change(folder / "policy.yaml", "doubt_up_to: [100 BRL, 25 EUR,", "doubt_up_to: [25 EUR,")
    (doubt,) = doubts(folder)
    assert doubt.startswith(f"{folder / 'schedules' / 'parcel-promise.yaml'}:1: parcel-promise pays BRL")
    assert doubt.endswith("add it to `doubt_up_to` in policy.yaml, like `20 BRL`")


def test_one_name_for_two_kinds_of_records_is_told(folder: Path) -> None:
    lines = folder / "schedules" / "line_faults.yaml"
    shutil.copy(GOOD, lines)
    line = change(lines, "nobody came to, default: 0}", "nobody came to, default: 0, named: distance_km}")
    (doubt,) = doubts(folder)
    assert doubt.startswith(f"{lines}:{line}: `distance_km` is count here, and km in eu261 on line ")


def test_a_dead_check_of_a_schedule_that_applies_is_told_and_the_check_succeeds(folder: Path) -> None:
    parcel = folder / "schedules" / "parcel-promise.yaml"
    line = change(parcel, LAST, f"  - {{if: days_late > 9, then: cannot_tell very-late}}\n{LAST}")
    told = check(folder)
    assert told.exit_code == 0
    assert f"doubt: {parcel}:{line}: this check held in none of" in told.output
    assert "is sound" in told.output
    assert f"{parcel}:{line}: this check" in " ".join(json.loads(check(folder, "--json").stdout)["doubts"])


def test_a_mistake_in_a_schedule_that_applies_to_nothing_yet_is_refused_by_the_check(folder: Path) -> None:
    line = change(folder / "schedules" / "tkg58.yaml", "anchor < 2021-12-01", "anchor < 2021-13-01")
    load_policy(folder)
    with pytest.raises(Misconfigured, match=f"tkg58.yaml:{line}: "):
        doubts(folder)
