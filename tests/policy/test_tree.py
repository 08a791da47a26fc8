"""A file is read as text with places, or refused with its line, by the fast reader and by the plain one."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Misconfigured
from shared.policy import tree
from shared.policy.tree import DEEPEST, Branch, Leaf, Row, read_tree


@pytest.fixture(params=["CBaseLoader", "BaseLoader"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(yaml, request.param):
        pytest.skip("this yaml has no libyaml")
    monkeypatch.setattr(tree, "LOADER", getattr(yaml, request.param))


def refusal(folder: Path, text: str) -> str:
    file = folder / "a.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        read_tree(file)
    return str(caught.value).removeprefix(f"{file}:")


@pytest.mark.usefixtures("reader")
def test_every_value_is_text_and_knows_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: no  # a remark\nb: [2021-12-01, 0.10]\nc:\n  d: >\n    x\n    y\n")
    root = read_tree(file)
    assert isinstance(root, Branch)
    b, c = root.entries["b"], root.entries["c"]
    assert isinstance(b, Row)
    assert isinstance(c, Branch)
    assert [one.text for one in b.items if isinstance(one, Leaf)] == ["2021-12-01", "0.10"]
    assert [place.line for place in root.places.values()] == [1, 2, 3]
    assert c.entries["d"] == Leaf(tree.Place(file, 4), "x y\n")


BROKEN = {
    "x: [a, > 3 h]": (1, 'begins with a sign, like `"> 3 h"`'),
    "a: 1\nx: {if: f(a, b] }": (2, "inside {…} and […] a comma, a colon or a bracket needs quotes"),
    "a: b: c": (1, "put quotes around a text with `: `"),
    "a: 1\na: 2": (2, "`a` is written twice, first on line 1"),
    "a: 1\nb: &x 2": (2, "write the value itself"),
    "a: !!set [x]": (1, "leave the tag out"),
    "[a]: b": (1, "a name is a single word"),
    "a: 1\n---\nb: 2": (2, "a second document begins here"),
    "# only a remark": (1, "the file is empty"),
    "---\n": (1, "the file is empty"),
    "a: \x07": (1, "use printable characters only"),
    "a: " + "[" * (DEEPEST + 5) + "]" * (DEEPEST + 5): (1, "levels deep"),
}


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_policy_file_is_refused_with_line_and_fix(text: str, tmp_path: Path) -> None:
    line, said = BROKEN[text]
    found = refusal(tmp_path, text)
    assert found.startswith(f"{line}: "), found
    assert said in found


def test_ten_thousand_brackets_are_refused_and_nothing_breaks(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[" * 10_000 + "]" * 10_000)
    assert refusal(tmp_path, "a: " + "- " * 10_000)


@given(st.text(alphabet="ab:-[]{},&*!|>'\"%@`#? \n\t\x07é0") | st.text())
def test_any_text_grows_or_is_refused_with_its_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(text, encoding="utf-8", errors="ignore")
    try:
        read_tree(file)
    except Misconfigured as wrong:
        assert str(wrong).startswith(f"{file}:")  # noqa: PT017  # both ways are right
