"""An example that comes to something else is told with the check that decides, and with the facts behind it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.policy.language.form.doubt import Doubt
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.proving.proofs import prove
from tests.policy.sound import altered

FIVE_DAYS = "expect: {outcome: owed, reason: first_week, amount: 12.00}"
TWO_DAYS = "expect: {outcome: not_owed, reason: too_short, amount: 0.00}"


def proved(folder: Path, changes: Mapping[str, str]) -> tuple[Doubt, ...]:
    schedule = altered(folder, changes)
    return prove(schedule, compile_schedule(schedule))


def refuse(folder: Path, changes: Mapping[str, str]) -> str:
    with pytest.raises(Misconfigured) as caught:
        proved(folder, changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_sign_the_wrong_way_round_is_found_by_an_example(tmp_path: Path) -> None:
    told = refuse(
        tmp_path,
        {"local_date(restored_at) - local_date(reported_at)": "local_date(reported_at) - local_date(restored_at)"},
    )
    assert (
        ":64: the example `five days` comes to `not_owed too_short, 0.00` and not to `owed first_week, 12.00`" in told
    )
    assert "line 59 decides (`if tier.rate == 0% then not_owed too_short`) with `" in told
    assert "`reported_at` 2026-02-02T10:00:00+01:00" in told
    assert "`restored_at` 2026-02-07T10:00:00+01:00" in told
    assert "monthly_fee" not in told, "the deciding check does not rest on the fee"


def test_an_end_without_a_condition_is_told_with_what_it_pays(tmp_path: Path) -> None:
    told = refuse(tmp_path, {FIVE_DAYS: FIVE_DAYS.replace("12.00", "6.00")})
    assert "`owed first_week, 12.00` and not to `owed first_week, 6.00`: line 60 decides" in told
    assert "`fault` dead" in told
    assert "`monthly_fee` 60.00" in told


def test_a_missing_fact_is_told_by_its_name(tmp_path: Path) -> None:
    told = refuse(tmp_path, {", monthly_fee: 60.00}\n    " + FIVE_DAYS: "}\n    " + FIVE_DAYS})
    assert "comes to `cannot_tell missing_fact, no sum`" in told
    assert told.endswith("`monthly_fee` absent, and monthly_fee is missing")


def test_a_check_that_cannot_be_answered_is_what_decides(tmp_path: Path) -> None:
    told = refuse(
        tmp_path, {"reported_at: 2026-02-02T10:00:00+01:00, restored_at: 2026-02-07": "restored_at: 2026-02-07"}
    )
    assert "line 48 decides (`if anchor < 2020-01-01 then not_owed not_in_force`) with `reported_at` absent" in told


def test_an_addition_that_holds_is_what_decides(tmp_path: Path) -> None:
    told = refuse(tmp_path, {"facts: {customer: private,": "facts: {customer: private, missed_visits: 2,"})
    assert "`owed missed_visits, 37.00` and not to `owed first_week, 12.00`: line 62 decides" in told
    assert "`missed_visits` 2" in told


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("promise: kept", "comes to promise `broken` and not to `kept`"),
        ("currency: GBP", "comes to currency `EUR` and not to `GBP`"),
        ("severity: 3", "comes to severity `None` and not to `3`"),
        ("ongoing: yes", "comes to ongoing `False` and not to `True`"),
    ],
)
def test_what_else_an_example_asks_for_is_compared(tmp_path: Path, asked: str, told: str) -> None:
    assert told in refuse(tmp_path, {FIVE_DAYS: FIVE_DAYS.replace("}", f", {asked}}}")})


def test_an_example_of_a_failure_that_goes_on_names_its_moment(tmp_path: Path) -> None:
    still = {
        ", restored_at: 2026-02-07T10:00:00+01:00": "",
        FIVE_DAYS: FIVE_DAYS + "\n    now: 2026-02-07T23:59:59+01:00",
    }
    assert proved(tmp_path, still) == ()
    later = {**still, FIVE_DAYS: FIVE_DAYS + "\n    now: 2026-02-09T00:00:00+01:00"}
    assert "`restored_at` 2026-02-09T00:00:00+01:00 (so far)" in refuse(tmp_path, later)


def test_a_sum_is_a_sum_however_many_digits_it_is_written_with(tmp_path: Path) -> None:
    assert (
        proved(tmp_path, {FIVE_DAYS: FIVE_DAYS.replace("12.00", "12"), TWO_DAYS: TWO_DAYS.replace("0.00", "0")}) == ()
    )


def test_a_schedule_without_examples_and_one_that_never_asks_for_its_version_raise_doubts(tmp_path: Path) -> None:
    text = (Path(__file__).parent / "broken" / "good.yaml").read_text()
    examples = text[text.index("examples:") :]
    (doubt,) = proved(tmp_path, {examples: ""})
    assert "add `examples:`" in str(doubt)
    (doubt,) = proved(
        tmp_path, {"version]\n": "fault]\n", "[any, old, 15%": "[any, dead, 15%", "[any, new, 20%": "[any, any, 20%"}
    )
    assert "no rule asks for the `version`" in str(doubt)
