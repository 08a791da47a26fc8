"""Policy files as they are written: every value is text, and everything remembers its file and line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import yaml

from shared.errors import Misconfigured

PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written; `line` counts from 1."""

    file: Path
    line: int

    def refuse(self, wrong: str) -> NoReturn:
        """Raises Misconfigured with file, line, what is wrong and the nearest right thing."""
        raise Misconfigured(f"{self.file}:{self.line}: {wrong}")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value, as text: `no`, `2018-02-10` and `0.10` are what they look like."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A list."""

    place: Place
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """Named entries, in the order of the file; `places` says where each name is written."""

    place: Place
    entries: Mapping[str, "Node"]
    places: Mapping[str, Place]


Node = Leaf | Row | Branch


def read_tree(file: Path) -> Node:
    """The file as a tree. Raises Misconfigured for what is no YAML, no UTF-8, or written twice."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        Place(file, 1).refuse("the file is not UTF-8: save it as UTF-8 text")
    except OSError as wrong:
        Place(file, 1).refuse(f"the file cannot be read ({wrong.strerror}): policy files are readable YAML")
    try:
        node = yaml.compose(_without_aliases(file, text), Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        Place(file, line).refuse(f"{wrong.problem}: {_fix(wrong)}")
    except yaml.YAMLError as wrong:
        Place(file, 1).refuse(f"{str(wrong).splitlines()[0]}: use printable characters only")
    if node is None:
        Place(file, 1).refuse("the file is empty: fill it, or remove it")
    return _grow(file, node)


def _without_aliases(file: Path, text: str) -> str:
    """The text itself; an anchor would be a rule that stands somewhere else than where it is read."""
    for token in yaml.scan(text, Loader=yaml.BaseLoader):
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
            Place(file, token.start_mark.line + 1).refuse(
                f"`{token.value}` is an anchor or alias: write the value itself"
            )
    return text


def _fix(wrong: yaml.MarkedYAMLError) -> str:
    if "flow" in str(wrong.context):
        return "inside {…} and […] a comma, a colon or a bracket needs quotes"
    if "\\t" in str(wrong.problem):
        return "indent with spaces"
    return "check the indentation, and put quotes around a text with `: ` or ` #`"


def _grow(file: Path, node: yaml.Node) -> Node:
    place = Place(file, node.start_mark.line + 1)
    if node.tag not in PLAIN_TAGS:
        place.refuse(f"`{node.tag}` is no kind of value here: every value is plain text, leave the tag out")
    if isinstance(node, yaml.ScalarNode):
        return Leaf(place, str(node.value))
    if isinstance(node, yaml.SequenceNode):
        return Row(place, tuple(_grow(file, item) for item in node.value))
    assert isinstance(node, yaml.MappingNode)
    return _branch(file, place, node)


def _branch(file: Path, place: Place, node: yaml.MappingNode) -> Branch:
    entries: dict[str, Node] = {}
    places: dict[str, Place] = {}
    for key, value in node.value:
        at = Place(file, key.start_mark.line + 1)
        if not isinstance(key, yaml.ScalarNode):
            at.refuse("a name is a single word, not a list or a mapping")
        name = str(key.value)
        if name in entries:
            at.refuse(f"`{name}` is written twice, first on line {places[name].line}: keep one")
        entries[name], places[name] = _grow(file, value), at
    return Branch(place, entries, places)


def nearest(word: str, known: Iterable[str]) -> str:
    """The fix for a word that nobody knows: what was probably meant, else all there is."""
    words = sorted(known)
    close = get_close_matches(word, words, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    shown = words if len(words) <= 20 else [*words[:20], "…"]
    return "there is " + ", ".join(f"`{one}`" if one != "…" else one for one in shown)
