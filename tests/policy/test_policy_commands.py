"""`amends policy test`, `explain` and `diff`, as an analyst types them."""

import json
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from services.cli.__main__ import build
from shared.errors import Misconfigured
from shared.events import FactRead, VerdictReached
from tests.policy.shelf import FILES

FACTS = {
    "customer_type": "consumer",
    "outage": "complete",
    "reported_at": "2025-03-03T08:40:00+01:00",
    "restored_at": "2025-03-07T17:05:00+01:00",
    "monthly_fee": "44.90",
}


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with one schedule and no examples, as a policy of its own."""
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "tkg58.yaml").write_text(FILES["tkg58"].read_text().split("examples:")[0])
    return folder


def policy(*words: Any) -> Result:
    return CliRunner().invoke(build(["policy"]), ["policy", *map(str, words)], catch_exceptions=False)


def rewritten(shelf: Path, before: str, after: str) -> Path:
    """The same schedule with a passage written otherwise, in a folder beside it."""
    new = shutil.copytree(shelf, shelf.with_name("new"))
    text = (new / "tkg58.yaml").read_text()
    assert text.count(before) == 1
    (new / "tkg58.yaml").write_text(text.replace(before, after))
    return new


def vectors(shelf: Path, amount: str, **more: Any) -> Path:
    expect = {"outcome": "owed", "amount": amount, "reason": "outage"}
    file = shelf.with_name("some.jsonl")
    vector = {"schedule": "tkg58", "id": "tkg58.four-days", "facts": {**FACTS, **more}, "expect": expect}
    file.write_text(json.dumps(vector) + "\n")
    return file


def verdicts(shelf: Path, facts: Iterable[dict[str, Any]]) -> Path:
    """Verdicts as they lie on the topic, one a line."""
    file = shelf.with_name("verdicts.jsonl")
    lines = []
    for n, one in enumerate(facts, 1):
        verdict = VerdictReached(
            complaint=f"C-{n}", source="crm.complaints.v1", customer="cust-77", at=datetime(2025, 3, 20, tzinfo=UTC),
            outcome="owed", promise="broken", severity=3, schedule="tkg58", policy="2025.1", policy_digest="0",
            received_at=datetime(2025, 3, 19, tzinfo=UTC), as_of=date(2025, 3, 3),
            facts={name: FactRead(value, "m-1") for name, value in one.items()},
        )  # fmt: skip
        data = json.loads(msgspec.json.encode(verdict))
        lines.append(json.dumps({"specversion": "1.0", "type": "amends.verdict-reached.v1", "data": data}))
    lines.append(json.dumps({"specversion": "1.0", "type": "amends.evidence-awaited.v1", "data": {}}))
    file.write_text("\n".join(lines))
    return file


def test_what_every_vector_says_is_told_in_a_line_a_schedule(shelf: Path) -> None:
    done = policy("test", shelf, vectors(shelf, "10.00"), "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "schedules": [{"schedule": "tkg58", "cases": 1, "failed": 0}],
        "failures": [],
    }


def test_a_vector_that_differs_names_the_clause_and_the_facts(shelf: Path) -> None:
    done = policy("test", shelf, vectors(shelf, "12.00", restored_at="2025-03-05T09:00:00+01:00"))
    assert done.exit_code == 1
    said = done.stdout.splitlines()[0]
    assert said.startswith(f"{shelf.with_name('some.jsonl')}:1: tkg58.four-days comes to")
    assert "if days_out < 3 then not_owed within_two_days" in said
    assert "`restored_at` 2025-03-05T09:00:00+01:00" in said


def test_vectors_beside_a_schedule_are_judged_with_it(shelf: Path) -> None:
    shutil.move(vectors(shelf, "11.00"), shelf / "tkg58.jsonl")
    (failure,) = json.loads(policy("test", shelf, "--json").stdout)["failures"]
    assert (failure["id"], failure["found"]["amount"]) == ("tkg58.four-days", "10.00")
    assert failure["clause"]["says"] == "then owed outage"


def test_a_vector_of_no_schedule_is_refused_with_the_nearest(shelf: Path) -> None:
    file = vectors(shelf, "10.00")
    file.write_text(file.read_text().replace('"schedule": "tkg58"', '"schedule": "tkg85"'))
    with pytest.raises(Misconfigured, match="`tkg58`"):
        policy("test", shelf, file)


def test_a_slip_that_no_case_notices_is_listed_with_its_line(shelf: Path) -> None:
    file = vectors(shelf, "10.00")
    done = policy("test", shelf, file, "--mutate")
    assert done.exit_code == 1
    line = next(
        n for n, text in enumerate((shelf / "tkg58.yaml").read_text().splitlines(), 1) if "days_out < 3" in text
    )
    assert f"{shelf / 'tkg58.yaml'}:{line}: `days_out < 3` column 10: `<` → `<=`" in done.stdout.splitlines()


def test_a_slip_that_is_known_to_change_nothing_is_none(shelf: Path) -> None:
    file = vectors(shelf, "10.00")
    slip = "`days_out < 3` column 10: `<` → `<=`"
    (shelf / "tkg58.same.txt").write_text(f"# why\n{slip}\n    nobody is ever without a line for three days\n")
    found = json.loads(policy("test", shelf, file, "--mutate", "--json").stdout)
    assert found["schedules"][0]["known"] == 1
    assert slip not in [one["says"] for one in found["survived"]]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("`days_out < 3` column 10: `<` → `>`\n    never\n", "is no mistake that goes unnoticed"),
        ("`days_out < 3` column 10: `<` → `<=`\n", "why does it change nothing"),
    ],
)
def test_a_list_of_known_slips_is_right_and_gives_reasons(shelf: Path, known: str, said: str) -> None:
    (shelf / "tkg58.same.txt").write_text(known)
    with pytest.raises(Misconfigured, match=said):
        policy("test", shelf, vectors(shelf, "10.00"), "--mutate")


def test_no_slip_is_looked_for_while_a_case_differs(shelf: Path) -> None:
    with pytest.raises(Misconfigured, match="before any mistake was made"):
        policy("test", shelf, vectors(shelf, "11.00"), "--mutate")


def test_facts_in_a_file_are_explained_step_by_step(shelf: Path, tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({"facts": FACTS, "schedule": "tkg58"}))
    done = policy("explain", file, "--folder", shelf)
    assert done.exit_code == 0
    assert "tkg58: owed 10.00 EUR, outage; promise broken" in done.stdout
    assert "monthly_fee: 44.90" in done.stdout
    assert "then owed outage" in done.stdout


def test_bare_facts_of_the_only_schedule_need_no_name_and_say_what_is_missing(shelf: Path, tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({name: value for name, value in FACTS.items() if name != "monthly_fee"}))
    (found,) = json.loads(policy("explain", file, "--folder", shelf, "--json").stdout)
    assert (found["outcome"], found["missing"]) == ("cannot_tell", ["monthly_fee"])


@pytest.mark.parametrize("text", ["[1, 2]", "{", '{"facts": {}, "now": "soon"}'])
def test_a_file_that_holds_no_facts_is_refused_with_its_name(shelf: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "facts.json"
    file.write_text(text)
    with pytest.raises(Misconfigured, match=r"facts\.json"):
        policy("explain", file, "--folder", shelf)


def test_a_new_text_is_told_apart_clause_by_clause(shelf: Path) -> None:
    new = rewritten(shelf, "{if: days_out < 3, then", "{if: days_out < 4, then")
    found = json.loads(policy("diff", shelf, new, "--clauses-only", "--json").stdout)
    (clause,) = found["clauses"]
    assert clause["was"].endswith("if days_out < 3 then not_owed within_two_days")
    assert clause["now"].endswith("if days_out < 4 then not_owed within_two_days")
    assert clause["place"].startswith("tkg58.yaml:")


def test_a_comment_changes_nothing(shelf: Path) -> None:
    new = rewritten(shelf, "# for the third and the fourth day", "# day three and day four")
    assert policy("diff", shelf, new, "--clauses-only").stdout.strip() == "no clause has changed"


def test_recorded_cases_are_judged_by_both_texts(shelf: Path) -> None:
    file = verdicts(shelf, [FACTS, {**FACTS, "restored_at": "2025-03-05T12:00:00+01:00"}])
    new = rewritten(shelf, "max(5 EUR, 10% * monthly_fee)", "max(6 EUR, 10% * monthly_fee)")
    found = json.loads(policy("diff", shelf, new, "--cases", file, "--json").stdout)
    assert [one["clause"] for one in found["clauses"]] == ["let first_rate"]
    assert found["cases"] == [
        {
            "complaint": "C-1",
            "schedule": "tkg58",
            "was": "owed outage 10.00",
            "now": "owed outage 12.00",
            "difference": "+2.00 EUR",
        }
    ]
    assert found["sums"] == {"EUR": "2.00"}


def test_of_two_verdicts_on_a_complaint_the_later_one_counts(shelf: Path) -> None:
    file = verdicts(shelf, [FACTS, {**FACTS, "restored_at": "2025-03-05T12:00:00+01:00"}])
    file.write_text(file.read_text().replace("C-2", "C-1"))
    new = rewritten(shelf, "max(5 EUR, 10% * monthly_fee)", "max(6 EUR, 10% * monthly_fee)")
    assert json.loads(policy("diff", shelf, new, "--cases", file, "--json").stdout)["cases"] == []


def test_a_line_that_is_no_verdict_is_refused(shelf: Path) -> None:
    file = verdicts(shelf, [FACTS])
    file.write_text('{"complaint": "C-1"}\n')
    with pytest.raises(Misconfigured, match=r"verdicts\.jsonl:1: .*no verdict"):
        policy("diff", shelf, shelf, "--cases", file)


def test_a_schedule_that_is_new_or_gone_is_a_change(shelf: Path) -> None:
    new = shutil.copytree(shelf, shelf.with_name("new"))
    (new / "tkg58.yaml").unlink()
    shutil.copy(FILES["welsh_water_goodwill"], new)
    found = json.loads(policy("diff", shelf, new, "--clauses-only", "--json").stdout)["clauses"]
    assert [(one["schedule"], one["was"], one["now"]) for one in found] == [
        ("tkg58", "a schedule", ""),
        ("welsh_water_goodwill", "", "a schedule"),
    ]
