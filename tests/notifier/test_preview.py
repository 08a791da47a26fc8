"""`amends letter preview`, as an editor types it; and what is written about editing, held to what is there."""

import json
import re
import shutil
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from services.cli.__main__ import build
from services.notifier.notice import Kind, Template
from services.notifier.writing import lint
from services.notifier.writing.lint_rules import RULES
from services.notifier.writing.preview import prove_pages
from shared.errors import Misconfigured
from shared.policy.load import load_policy

ROOT = Path(__file__).resolve().parents[2]
POLICY = ROOT / "deploy" / "policy"
DOCS = (ROOT / "docs" / "wording.md").read_text()


def letter(*words: Any) -> Result:
    return CliRunner().invoke(build(["letter"]), ["letter", *map(str, words)], catch_exceptions=False)


def test_an_editor_sees_a_letter_and_its_page_as_the_customer_would(tmp_path: Path) -> None:
    out = tmp_path / "letters"
    shown = letter("preview", POLICY, "--language", "pt", "--kind", "options", "--out", out, "--json")
    rows = json.loads(shown.stdout)
    assert {(row["language"], row["kind"]) for row in rows} == {("pt", "options")}
    (late,) = (row for row in rows if row["example"] == "late")
    text, html, page = (Path(late[part]).read_text() for part in ("text", "html", "page"))
    assert text.startswith(late["subject"])
    assert "17,50" in text
    assert '<html lang="pt"' in html
    assert "<li>um vale de" in html
    assert page.startswith("<!doctype html>")
    assert "O que prefere?" in page
    assert sorted(out.rglob("*.txt")) == sorted(Path(row["text"]) for row in rows)


def test_another_text_of_the_same_letter_says_the_same_in_other_words(tmp_path: Path) -> None:
    said = []
    for variant in (0, 1):
        shown = letter(
            "preview",
            POLICY,
            "--language",
            "de",
            "--kind",
            "decline",
            "--variant",
            variant,
            "--out",
            tmp_path,
            "--json",
        )
        said.append(Path(json.loads(shown.stdout)[0]["text"]).read_text())
    assert said[0] != said[1]


def test_every_kind_of_letter_can_be_looked_at_in_every_language(tmp_path: Path) -> None:
    rows = json.loads(letter("preview", POLICY, "--out", tmp_path, "--json").stdout)
    kinds = {*get_args(Kind), *get_args(Template)}
    assert {(row["language"], row["kind"]) for row in rows} == {
        (language, kind) for language in ("de", "en", "es", "fr", "pt") for kind in kinds
    }
    assert len({row["text"] for row in rows}) == len(rows), "no file is written over another"


@pytest.mark.parametrize(
    ("option", "name", "fix"), [("--language", "dee", "`de`"), ("--kind", "apologies", "`apology`")]
)
def test_what_there_is_not_is_refused_with_what_was_probably_meant(
    option: str, name: str, fix: str, tmp_path: Path
) -> None:
    with pytest.raises(Misconfigured, match=f"did you mean {fix}"):
        letter("preview", POLICY, option, name, "--out", tmp_path)


def test_a_wording_that_breaks_a_rule_is_not_shown_as_if_it_could_be_sent(tmp_path: Path) -> None:
    folder = shutil.copytree(POLICY, tmp_path / "policy")
    file = folder / "wording" / "en" / "handed-over.txt"
    file.write_text(file.read_text().replace("A person has taken over your case.", "This is the best we can do."))
    with pytest.raises(Misconfigured, match=r"handed-over\.txt:2: .*\[not_the_last\] — “This is the best we can do"):
        letter("preview", folder, "--out", tmp_path / "letters")
    assert not (tmp_path / "letters").exists()


def test_what_is_written_about_letters_names_all_of_them_and_all_rules() -> None:
    named = set(re.findall(r"`([a-z_-]+)`", DOCS))
    assert {*get_args(Kind), *get_args(Template)} <= named
    rules = set(re.findall(r"^\| `([a-z_]+)` \|", DOCS, re.MULTILINE))
    assert rules == {rule.__name__ for rule in RULES} | {lint.NO_REPEATS, lint.NO_GAPS}


def test_a_page_without_one_of_its_words_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(POLICY, tmp_path / "policy")
    for file in (folder / "wording").glob("*/page.yaml"):
        file.write_text(re.sub(r"^  too-late: .*\n|^  settled-title: .*\n", "", file.read_text(), flags=re.MULTILINE))
    with pytest.raises(Misconfigured, match=r"page\.yaml:1: `page` has no `settled-title`: write it"):
        prove_pages(load_policy(folder))
