"""What the house says is the business's to edit, and what cannot be said is refused before anybody reads it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from services.notifier.writing.wording import check_wording
from shared.errors import Misconfigured
from shared.policy.load import digest, load_policy
from shared.policy.policy import Policy
from shared.policy.tree import Place
from shared.policy.wording import read_wording

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SHIPPED = load_policy(DEPLOY / "policy")
Edit = Callable[[str, str, str], int]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEPLOY / "policy" / "wording", tmp_path / "wording")
    return tmp_path


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Change one passage of one file of wording/; gives the line on which it begins."""

    def change(name: str, before: str, after: str) -> int:
        file = folder / "wording" / name
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after, 1))
        return text[: text.index(before)].count("\n") + 1

    return change


def loaded(folder: Path) -> Policy:
    """The shipped policy with this wording."""
    wording = read_wording(folder / "wording", "en", Place(folder / "policy.yaml", 9))
    policy = replace(SHIPPED, wording=wording)
    return replace(policy, digest=digest(policy, policy.schedules))


def refusal(folder: Path) -> str:
    with pytest.raises(Misconfigured) as caught:
        check_wording(loaded(folder))
    assert "\n" not in str(caught.value), "the refusal is one line"
    return str(caught.value)


def test_the_shipped_wording_can_be_said() -> None:
    check_wording(SHIPPED)


def test_the_demo_speaks_with_the_words_of_the_house() -> None:
    assert (DEPLOY / "demo" / "policy" / "wording").samefile(DEPLOY / "policy" / "wording")


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("pt-BR", "pt"), ("PT_br", "pt"), ("pt", "pt"), ("de-CH-1996-x", "de"), ("xx", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_reader_is_answered_in_the_nearest_language_that_is_spoken(tag: str | None, language: str | None) -> None:
    assert SHIPPED.wording.language_of(tag) == language


def test_a_language_of_a_country_goes_before_the_language(folder: Path) -> None:
    shutil.copytree(folder / "wording" / "pt", folder / "wording" / "pt-BR")
    wording = loaded(folder).wording
    assert [wording.language_of(tag) for tag in ("pt-br", "pt-PT", "pt")] == ["pt-BR", "pt", "pt"]


def test_a_word_that_changes_is_another_policy(edit: Edit, folder: Path) -> None:
    before = loaded(folder).digest
    edit("en/words.yaml", "Your reference", "Reference")
    words = loaded(folder).digest
    edit("de/settlement.txt", "veranlasst", "unterwegs")
    assert len({before, words, loaded(folder).digest}) == 3


def test_what_one_language_leaves_unsaid_is_refused(edit: Edit, folder: Path) -> None:
    edit("de/words.yaml", '  hello: "Guten Tag,"\n', "")
    assert f"{folder}/wording/de/words.yaml:3: `letter` has no `hello`: write it as en does" in refusal(folder)


def test_a_word_that_nobody_knows_is_refused_at_its_line(edit: Edit, folder: Path) -> None:
    line = edit("de/words.yaml", "  hello:", '  helo: "Hallo"\n  hello:')
    assert f"{folder}/wording/de/words.yaml:{line}: en has no `helo` here: did you mean `hello`?" in refusal(folder)


@pytest.mark.parametrize("wrong", ["{nam}", "{name.__class__}", "{name!r}", "{name", "{}"])
def test_a_word_is_filled_in_as_in_the_house_s_own_language(wrong: str, edit: Edit, folder: Path) -> None:
    line = edit("de/words.yaml", "{name}", wrong)
    said = refusal(folder)
    assert said.startswith(f"{folder}/wording/de/words.yaml:{line}: ")
    assert said.endswith("it has {name}")


def test_a_missing_template_is_refused(folder: Path) -> None:
    (folder / "wording" / "pt" / "apology.txt").unlink()
    assert "wording/pt/apology.txt: the template is missing: en has it" in refusal(folder)
    for language in ("de", "en", "es", "fr"):
        (folder / "wording" / language / "apology.txt").unlink()
    assert "apology.txt: the template is missing: write it" in refusal(folder)


@pytest.mark.parametrize(
    ("wrong", "fix"),
    [
        ("{{ thnig }}", "nothing is known under `thnig`: did you mean `thing`?"),
        ("{{ thing.__class__.__mro__ }}", "`.` is not for letters"),
        ("{{ thing['x'] }}", "`[…]` is not for letters"),
        ("{{ thing | attr('x') }}", "`|` is not for letters"),
        ("{{ thing() }}", "calling something is not for letters"),
        ("{% set x = 1 %}", "is not for letters"),
        ("{{ 'a' * 99 }}", "is not for letters"),
        ("{% if thing %}", "nexpected"),
        ("{{ thing", "nexpected"),
        ('% include "_sory.txt"', "there is no _sory.txt: did you mean `_sorry`?"),
        ('% include "apology.txt"', "includes this one again"),
    ],
)
def test_a_template_holds_names_and_choices_and_nothing_else(wrong: str, fix: str, edit: Edit, folder: Path) -> None:
    file = folder / "wording" / "en" / "apology.txt"
    text = file.read_text()
    file.write_text(f"{text}{wrong}\n")
    said = refusal(folder)
    assert fix in said
    assert said.startswith(f"{file}:{text.count(chr(10)) + 1}: "), said


@pytest.mark.parametrize("name", ["en/words.yml", "en/apology.html", "notes.txt", "Deutsch/words.yaml"])
def test_a_file_that_nobody_reads_is_refused(name: str, folder: Path) -> None:
    file = folder / "wording" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("x")
    assert "nothing reads this" in refusal(folder)
