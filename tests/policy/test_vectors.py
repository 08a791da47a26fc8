"""Vectors: what is read of a file, and what is refused with its line."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.errors import Misconfigured
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.proving.examples import apart_from
from shared.policy.language.reading.read import read_schedule
from shared.policy.language.testing.vectors import Vector, judge, read_vectors
from tests.policy.shelf import FILES

EXPECTED = {"outcome": "owed", "amount": "10.00", "currency": "EUR", "reason": "outage"}
FACTS = {
    "customer_type": "consumer",
    "outage": "complete",
    "reported_at": "2025-03-03T08:40:00+01:00",
    "restored_at": "2025-03-07T17:05:00+01:00",
    "monthly_fee": "44.90",
}


def line(**changes: Any) -> str:
    usual = {"schedule": "tkg58", "id": "tkg58.four-days", "facts": FACTS, "expect": EXPECTED}
    return msgspec.json.encode({**usual, **changes}).decode()


def vectors(folder: Path, *lines: str) -> tuple[Vector, ...]:
    file = folder / "some.jsonl"
    file.write_text("\n".join(lines))
    return read_vectors(file)


def test_a_vector_is_a_case_with_its_answer_and_its_place(tmp_path: Path) -> None:
    (vector,) = vectors(tmp_path, "", line(as_of="2025-03-03", now="2025-03-09T12:00:00Z"))
    assert (vector.schedule, vector.case.name, vector.case.place.line) == ("tkg58", "tkg58.four-days", 2)
    assert (vector.case.as_of, vector.case.now) == (date(2025, 3, 3), datetime(2025, 3, 9, 12, tzinfo=UTC))


def test_a_vector_is_met_or_it_is_said_what_came_instead(tmp_path: Path) -> None:
    compiled = compile_schedule(read_schedule(FILES["tkg58"]))
    met, other = vectors(tmp_path, line(), line(id="dear", facts={**FACTS, "monthly_fee": "51.11"}))
    assert apart_from(met.case.expect, judge(compiled, met.case)) == ""
    assert "owed outage, 10.22" in apart_from(other.case.expect, judge(compiled, other.case))


def test_a_fraction_in_json_is_exact_and_no_float(tmp_path: Path) -> None:
    (vector,) = vectors(tmp_path, line().replace('"44.90"', "44.90"))
    assert str(vector.case.facts["monthly_fee"]) == "44.90"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "truncated"),
        (line(schedule=None), "schedule"),
        (line(fatcs={}), "fatcs"),
        (line(expect={**EXPECTED, "outcome": "paid"}), "paid"),
        (line(expect={"outcome": "owed", "reason": "outage"}), "amount"),
        (line(now="2025-03-09T12:00:00"), "`now` has no offset"),
        (line(id="other") + "\n" + line(id="other"), "is on line 1 already"),
    ],
)
def test_what_is_no_vector_is_refused_with_its_line(tmp_path: Path, bad: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said) as refused:
        vectors(tmp_path, bad)
    assert f"some.jsonl:{1 + bad.count(chr(10))}:" in str(refused.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        read_vectors(tmp_path / "nothing.jsonl")
