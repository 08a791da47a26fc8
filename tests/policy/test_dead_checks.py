"""A check that no case can meet raises a doubt, and one that is only hard to meet does not."""

from pathlib import Path

import pytest

from shared.policy.language.form.doubt import Doubt
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.proving.dead_checks import DRAWS, find_dead_checks
from tests.policy.shelf import FILES, ready
from tests.policy.sound import altered

LAST = "  - {then: owed, reason: tier.reason}\n"
LAST_LINE = 60
FEW = DRAWS // 8


def doubts(folder: Path, before: str, *, draws: int = DRAWS) -> tuple[Doubt, ...]:
    schedule = altered(folder, {LAST: before + LAST})
    return find_dead_checks(schedule, compile_schedule(schedule), draws)


@pytest.mark.parametrize(
    "check",
    [
        "  - {if: days < 3, then: not_owed never}",
        "  - {if: days > 9 and days < 5, then: not_owed never}",
        "  - {if: anchor < 2019-06-01, then: not_owed never}",
        "  - {if: version == old and reported_at > start_of_day(2025-06-01), then: not_owed never}",
        "  - {if: customer == firm and days > 40, then: not_owed never}",
        "  - {excluded_by: [own_device]}",
        "  - if: days < 2\n    checks:\n      - {if: fault == dead, then: not_owed never}",
    ],
)
def test_a_check_whose_cases_are_all_taken_raises_one_doubt_at_its_line(tmp_path: Path, check: str) -> None:
    (doubt,) = doubts(tmp_path, f"{check}\n", draws=FEW)
    assert doubt.place.line == LAST_LINE
    assert str(doubt).startswith(f"{tmp_path / 'altered.yaml'}:{LAST_LINE}: this check held in none of {FEW} cases")


@pytest.mark.parametrize(
    "check",
    [
        "  - {if: days == 17 and version == new, then: not_owed rare}",
        "  - {if: monthly_fee == 77.77 EUR and missed_visits == 2, then: not_owed rare}",
        "  - {if: noise > 90 min and fault == slow and days > 9, then: not_owed rare}",
        '  - {if: "known(claimed_on) and claimed_on == add_months(anchor, 3)", then: not_owed rare}',
        "  - {if: reported_at >= start_of_day(2022-03-05) and anchor < 2022-03-06, then: not_owed rare}",
        "  - {if: ongoing(restored_at) and days > 20, then: not_owed rare}",
    ],
)
def test_a_check_that_is_hard_to_meet_is_met(tmp_path: Path, check: str) -> None:
    assert doubts(tmp_path, f"{check}\n") == ()


def test_the_same_file_raises_the_same_doubts(tmp_path: Path) -> None:
    check = "  - {if: days < 3, then: not_owed never}\n"
    assert doubts(tmp_path, check, draws=500) == doubts(tmp_path, check, draws=500)


@pytest.mark.parametrize("file", FILES.values(), ids=lambda file: str(file.stem))
def test_no_published_schedule_has_a_dead_check(file: Path) -> None:
    compiled = ready(file)
    assert find_dead_checks(compiled.schedule, compiled) == ()
