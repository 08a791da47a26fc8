"""A rehearsal: a story goes through the whole house before any customer is in it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli.__main__ import build
from shared.errors import Misconfigured

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "deploy" / "demo" / "rehearsal.jsonl"
PRINTED = SHIPPED.with_suffix(".txt")
ANA = {"id": "ana", "name": "Ana Lima", "email": "ana@example.org", "language": "en"}
LATE = {"promised_on": "2026-02-16", "delivered_at": "2026-02-21T15:00:00Z", "status": "delivered", "price": "68.00",
        "freight": "7.00", "currency": "EUR"}  # fmt: skip


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def letter(at: str, complaint: str = "R-1", order: str = "A-1", **facts: Any) -> dict[str, Any]:
    known = {"customer": ANA, "subject": {"kind": "order", "id": order}, "category": "late-delivery", "received_at": at}
    return {"at": at, "id": complaint, "paid": {"amount": "75.00", "currency": "EUR"}} | known | facts


def measured(at: str, order: str = "A-1", **facts: Any) -> dict[str, Any]:
    return {"at": at, "id": f"m-{at}", "subject": {"kind": "order", "id": order}, "taken_at": at, "facts": LATE | facts}


def rehearse(folder: Path, *lines: dict[str, Any] | str, words: tuple[str, ...] = ()) -> Result:
    story = folder / "story.jsonl"
    story.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return CliRunner().invoke(build(["rehearse"]), ["rehearse", str(story), *words], catch_exceptions=False)


def played(folder: Path, *lines: dict[str, Any], words: tuple[str, ...] = ()) -> Any:
    return json.loads(rehearse(folder, *lines, words=("--json", *words)).stdout)


def kinds(played: Any, kind: str) -> list[Any]:
    return [one for one in played["moments"] if one["kind"] == kind]


@pytest.mark.usefixtures("utc")
def test_the_shipped_story_prints_what_stands_beside_it() -> None:
    done = CliRunner().invoke(build(["rehearse"]), ["rehearse", str(SHIPPED)], catch_exceptions=False)
    again = f"TZ=UTC ./amends rehearse {SHIPPED.relative_to(ROOT)} > {PRINTED.relative_to(ROOT)}"
    assert done.stdout == PRINTED.read_text(), f"if that is right, run: {again}"


def test_a_letter_has_its_reader_its_subject_and_its_day(tmp_path: Path) -> None:
    apology, _ = kinds(played(tmp_path, measured("2026-03-02T08:00:00Z"), letter("2026-03-02T09:00:00Z")), "letter")
    assert (apology["name"], apology["to"], apology["at"]) == ("apology", "ana@example.org", "2026-03-02T09:00:00Z")
    assert "A-1" in apology["subject"]
    assert "EUR" in apology["body"] or "€" in apology["body"]


def test_time_passes_between_the_lines_and_after_the_last_one(tmp_path: Path) -> None:
    seen = played(tmp_path, measured("2026-03-02T08:00:00Z"), letter("2026-03-02T09:00:00Z"))
    assert [(case["complaint"], case["state"]) for case in seen["cases"]] == [("R-1", "expired")]
    assert seen["timers"] == []


def test_it_stops_where_it_is_told_to_and_says_what_is_still_to_come(tmp_path: Path) -> None:
    story = (measured("2026-03-02T08:00:00Z"), letter("2026-03-02T09:00:00Z"))
    seen = played(tmp_path, *story, words=("--until", "2026-03-05T00:00:00Z"))
    assert [(case["complaint"], case["state"]) for case in seen["cases"]] == [("R-1", "apology")]
    assert "expiry" in [timer["name"] for timer in seen["timers"]]


def test_an_answer_needs_no_more_than_the_complaints_number(tmp_path: Path) -> None:
    seen = played(
        tmp_path,
        measured("2026-03-02T08:00:00Z"),
        letter("2026-03-02T09:00:00Z"),
        {"at": "2026-03-03T09:00:00Z", "type": "apology-accepted", "complaint": "R-1"},
    )
    assert seen["cases"][0]["state"] == "settled"


def test_an_answer_after_its_time_changes_nothing(tmp_path: Path) -> None:
    seen = played(
        tmp_path,
        measured("2026-03-02T08:00:00Z"),
        letter("2026-03-02T09:00:00Z"),
        {"at": "2026-06-03T09:00:00Z", "type": "apology-accepted", "complaint": "R-1"},
    )
    assert seen["cases"][0]["state"] == "expired"


def test_figures_that_come_later_find_the_letter_that_waits_for_them(tmp_path: Path) -> None:
    seen = played(tmp_path, letter("2026-03-02T09:00:00Z"), measured("2026-03-03T08:00:00Z"))
    due = [(one["at"], one["amount"]["amount"]) for one in kinds(seen, "payout")]
    assert due == [("2026-03-03T08:00:00Z", "7.00")]


def test_a_failure_of_a_service_is_judged_by_and_its_complaints_are_told_when_it_changes(tmp_path: Path) -> None:
    began = {"at": "2026-03-02T08:00:00Z", "id": "inc-7", "service": "fibre", "started_at": "2026-03-02T07:00:00Z",
             "affects": [{"kind": "line", "id": "L-9"}]}  # fmt: skip
    over = began | {"at": "2026-03-03T08:00:00Z", "resolved_at": "2026-03-03T07:00:00Z"}
    line = {"kind": "line", "id": "L-9"}
    seen = played(tmp_path, began, letter("2026-03-02T09:00:00Z", subject=line, category="outage"), over)
    judged = [one for one in seen["moments"] if one.get("type") == "amends.verdict-reached.v1"]
    told = [one["at"] for one in seen["moments"] if one.get("type") == "amends.evidence-arrived.v1"]
    assert "inc-7" in judged[0]["says"]
    assert told == ["2026-03-03T08:00:00Z"]


def test_what_is_older_than_the_horizon_is_judged_and_nobody_is_written_to(tmp_path: Path) -> None:
    old = letter("2026-03-02T09:00:00Z", received_at="2024-01-01T00:00:00Z")
    seen = played(tmp_path, measured("2026-03-02T08:00:00Z"), old)
    assert [one for one in seen["moments"] if one.get("type") == "amends.verdict-reached.v1"]
    assert seen["cases"][0]["state"] == "history"
    assert kinds(seen, "letter") == []
    assert kinds(seen, "payout") == []


def test_billing_pays_unless_the_story_says_otherwise(tmp_path: Path) -> None:
    story = (measured("2026-03-02T08:00:00Z"), letter("2026-03-02T09:00:00Z"))
    failed = {"at": "2026-03-03T09:00:00Z", "type": "payout-failed", "complaint": "R-1", "key": "remedy/-/1",
              "reason": "account closed"}  # fmt: skip
    says = [one["says"] for one in played(tmp_path, *story)["moments"]]
    assert any("billing has paid" in sentence for sentence in says)
    seen = played(tmp_path, *story, failed)
    assert not any("billing has paid" in one["says"] for one in seen["moments"])
    assert any("billing could not pay" in one["says"] for one in seen["moments"])
    assert seen["cases"][0]["state"] == "handed_over"


def test_what_no_flow_answers_is_written_down_as_having_happened(tmp_path: Path) -> None:
    rated = {"at": "2026-03-03T09:00:00Z", "type": "satisfaction-rated", "complaint": "R-1", "score": 4}
    seen = played(tmp_path, measured("2026-03-02T08:00:00Z"), letter("2026-03-02T09:00:00Z"), rated)
    assert any("4 of 5" in one["says"] for one in seen["moments"])


def test_the_same_story_comes_out_the_same(tmp_path: Path) -> None:
    story = (letter("2026-03-02T09:00:00Z"), letter("2026-03-02T09:00:00Z", "R-2"), measured("2026-03-03T08:00:00Z"))
    assert rehearse(tmp_path, *story).stdout == rehearse(tmp_path, *story).stdout


def test_a_known_number_with_other_content_is_set_aside_and_said_so(tmp_path: Path) -> None:
    other = letter("2026-03-02T10:00:00Z", text="Something else altogether.", received_at="2026-03-02T09:00:00Z")
    (aside,) = kinds(played(tmp_path, letter("2026-03-02T09:00:00Z"), other), "refused")
    assert "R-1" in aside["says"]


WRONG = [
    ("{", "story.jsonl:2: it is not JSON"),
    ('{"id": "R-2"}', "story.jsonl:2: it lacks the field at"),
    ('{"at": "2026-03-02T10:00:00"}', "story.jsonl:2: "),
    ('{"at": "2026-03-02T10:00:00Z", "type": "apology-accepted"}', "story.jsonl:2: apology-accepted needs `complaint`"),
    (
        '{"at": "2026-03-02T10:00:00Z", "type": "apology-accepted", "complaint": "R-9"}',
        "story.jsonl:2: there is no case of complaint 'R-9' by then; there are: R-1",
    ),
    (
        '{"at": "2026-03-02T10:00:00Z", "type": "option-accepted", "complaint": "R-1", "option": "moon"}',
        "story.jsonl:2: option 'moon' was not shown by then; shown were: none",
    ),
    ('{"at": "2026-03-02T10:00:00Z", "type": "option-accepted", "complaint": "R-1"}', "story.jsonl:2: it lacks the field option"),
    ('{"at": "2026-03-02T10:00:00Z", "type": "moon-rose", "id": "x"}', "apology-accepted"),
    ('{"at": "2026-03-02T10:00:00Z", "id": "R-2"}', "story.jsonl:2: "),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_a_line_that_is_wrong_is_named_with_what_to_do(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        rehearse(tmp_path, letter("2026-03-02T09:00:00Z"), line)
    assert said in str(refused.value)
