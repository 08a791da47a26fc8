"""Policy files as they are written: every value is text, and everything remembers its file and line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

import yaml

from shared.errors import Misconfigured

PLAIN_TAGS = frozenset(("!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))))
LOADER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
"""The C one reads a schedule in half a millisecond, the other in ten."""
DEEPEST = 40


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
    """The file as a tree. Raises Misconfigured for what is no YAML, no UTF-8, too deep, or written twice."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        Place(file, 1).refuse("the file is not UTF-8: save it as UTF-8 text")
    except OSError as wrong:
        Place(file, 1).refuse(f"the file cannot be read ({wrong.strerror}): policy files are readable YAML")
    try:
        return _Events(file, text).root()
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        Place(file, line).refuse(f"{wrong.problem}: {_fix(wrong, text)}")
    except yaml.YAMLError as wrong:
        Place(file, 1).refuse(f"{str(wrong).splitlines()[0]}: use printable characters only")


def _fix(wrong: yaml.MarkedYAMLError, text: str) -> str:
    if "flow" in str(wrong.context):
        return "inside {…} and […] a comma, a colon or a bracket needs quotes"
    if wrong.problem_mark and text[wrong.problem_mark.index : wrong.problem_mark.index + 1] == "\t":
        return "indent with spaces"
    if "cannot start" in str(wrong.problem):
        return 'put quotes around a text that begins with a sign, like `"> 3 h"`'
    return "check the indentation, and put quotes around a text with `: ` or ` #`"


class _Events:
    """The file's events, one after the other, grown into a tree of at most DEEPEST levels."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.events = yaml.parse(text, Loader=LOADER)

    def root(self) -> Node:
        start, first = next(self.events), next(self.events)
        assert isinstance(start, yaml.StreamStartEvent)
        if not isinstance(first, yaml.DocumentStartEvent):
            Place(self.file, 1).refuse("the file is empty: fill it, or remove it")
        node = self._grow(next(self.events), 1)
        if isinstance(node, Leaf) and not node.text:
            Place(self.file, 1).refuse("the file is empty: fill it, or remove it")
        next(self.events)
        second = next(self.events)
        if not isinstance(second, yaml.StreamEndEvent):
            self._place(second).refuse("a second document begins here: one file holds one, leave the `---` out")
        return node

    def _place(self, event: yaml.Event) -> Place:
        assert event.start_mark is not None
        return Place(self.file, event.start_mark.line + 1)

    def _grow(self, event: yaml.Event, depth: int) -> Node:
        place = self._place(event)
        anchor = getattr(event, "anchor", None)
        if anchor:
            place.refuse(f"`{anchor}` is an anchor or alias: write the value itself")
        assert isinstance(event, yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent)
        if event.tag and event.tag not in PLAIN_TAGS:
            place.refuse(f"`{event.tag}` is no kind of value here: every value is plain text, leave the tag out")
        if isinstance(event, yaml.ScalarEvent):
            return Leaf(place, event.value)
        if depth > DEEPEST:
            place.refuse(f"this lies more than {DEEPEST} levels deep: write it flatter")
        if isinstance(event, yaml.SequenceStartEvent):
            return Row(place, tuple(self._grow(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)))
        return self._branch(place, depth)

    def _branch(self, place: Place, depth: int) -> Branch:
        entries: dict[str, Node] = {}
        places: dict[str, Place] = {}
        for key in self._until(yaml.MappingEndEvent):
            leaf = self._grow(key, depth + 1)
            if not isinstance(leaf, Leaf):
                leaf.place.refuse("a name is a single word, not a list or a mapping")
            if leaf.text in entries:
                leaf.place.refuse(f"`{leaf.text}` is written twice, first on line {places[leaf.text].line}: keep one")
            entries[leaf.text], places[leaf.text] = self._grow(next(self.events), depth + 1), leaf.place
        return Branch(place, entries, places)

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        for event in self.events:
            if isinstance(event, end):
                return
            yield event


def nearest(word: str, known: Iterable[str]) -> str:
    """The fix for a word that nobody knows: what was probably meant, else all there is."""
    words = sorted(known)
    close = get_close_matches(word, words, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    shown = words if len(words) <= 20 else [*words[:20], "…"]
    return "there is " + ", ".join(f"`{one}`" if one != "…" else one for one in shown)
