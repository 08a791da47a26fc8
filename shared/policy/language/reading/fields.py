"""The parts of a schedule's file, each in the form that its name asks for, or refused with line and fix."""

import re
from collections.abc import Iterable
from datetime import date
from itertools import takewhile
from typing import NoReturn, TypeVar

from shared.policy.language.form.syntax import Formula
from shared.policy.language.reading.parse import parse
from shared.policy.tree import Branch, Leaf, Node, Place, Row, nearest

T = TypeVar("T", bound=str)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
KEYWORDS = frozenset(("if", "else", "and", "or", "not", "in", "for", "true", "false", "none"))
RESERVED = KEYWORDS | {"any", "other", "anchor", "version", "now"}
"""Words that mean something of their own, so that no fact, `let` or table is called so."""


def entries(node: Node, known: Iterable[str], needed: Iterable[str] = ()) -> Branch:
    """Named entries with no other names than `known` and with all that are `needed`."""
    branch = named(node)
    names = tuple(known)
    for name in branch.entries:
        if name not in names:
            refuse_name(branch, name, names)
    for name in needed:
        if name not in branch.entries:
            branch.place.refuse(f"`{name}` is missing here: add it, `{name}: …`")
    return branch


def named(node: Node) -> Branch:
    """Named entries, whatever their names."""
    if not isinstance(node, Branch):
        node.place.refuse("named entries belong here: `name: value`, one a line")
    return node


def refuse_name(branch: Branch, name: str, known: Iterable[str]) -> NoReturn:
    """Raises Misconfigured for a name that means nothing here; often it is the rest of a text with a comma."""
    cut = _cut_off(branch, name)
    if cut:
        branch.places[name].refuse(f"`{name}` stands behind a comma: put quotes around what has commas: `{cut}`")
    branch.places[name].refuse(f"unknown name `{name}`: {nearest(name, known)}")


def _cut_off(branch: Branch, name: str) -> str:
    """The entry that a comma inside of {…} cut `name` off from, as it was meant; empty where none did."""
    names = list(branch.entries)
    here = names.index(name)
    before = branch.entries[names[here - 1]] if here else None
    if _is_empty(branch.entries[name]) and isinstance(before, Leaf) and before.place == branch.places[name]:
        rest = takewhile(lambda one: _is_empty(branch.entries[one]), names[here:])
        return f'{names[here - 1]}: "{", ".join((before.text, *rest))}"'
    return ""


def _is_empty(node: Node) -> bool:
    return isinstance(node, Leaf) and not node.text


def items(node: Node, what: str) -> tuple[Node, ...]:
    """The entries of a list."""
    if not isinstance(node, Row):
        node.place.refuse(f"a list of {what} belongs here: begin each with `- `, or write `[first, second]`")
    return node.items


def text(node: Node) -> str:
    """A single value, as text."""
    if not isinstance(node, Leaf):
        node.place.refuse(
            "a single value belongs here, not a list or named entries: put quotes around a text with brackets"
        )
    if not node.text.strip():
        node.place.refuse("the value is missing: write one, or remove the line")
    return node.text.strip()


def code(node: Node) -> str:
    """A word without blanks, as `not_in_force`."""
    found = text(node)
    if not CODE.fullmatch(found):
        node.place.refuse(f"`{found}` is no single word: write it like `not_in_force`")
    return found


def codes(node: Node) -> tuple[str, ...]:
    """One word, or a list of them without doubles."""
    if isinstance(node, Leaf):
        return (code(node),)
    found = tuple(map(code, items(node, "words")))
    for n, one in enumerate(found):
        if one in found[:n]:
            node.place.refuse(f"`{one}` is named twice: keep one")
    if not found:
        node.place.refuse("the list is empty: name something, or remove the line")
    return found


def chosen(node: Node, words: tuple[T, ...]) -> T:
    """One of the words that the language knows in this place."""
    found = text(node)
    if found not in words:
        node.place.refuse(f"`{found}` is not known here: {nearest(found, words)}")
    return words[words.index(found)]


def yes(node: Node) -> bool:
    """`yes`; who means no leaves the line out, and may write `no` as well."""
    return chosen(node, ("yes", "no")) == "yes"


def day(node: Node) -> date:
    """A day of the calendar."""
    found = text(node)
    try:
        return date.fromisoformat(found if DAY.fullmatch(found) else "")
    except ValueError:
        node.place.refuse(f"`{found}` is no day of the calendar: write it like `2021-12-01`")


def formula(node: Node) -> Formula:
    """A formula. Raises Misconfigured with its column where it does not read."""
    if isinstance(node, Row):
        node.place.refuse('a formula that begins with a bracket needs quotes: `"[e.from for e in episodes]"`')
    if isinstance(node, Branch):
        node.place.refuse("a formula belongs here, not named entries: give a list by category a name under `let`")
    return parse(node.text.strip(), node.place)


def part_name(place: Place, name: str) -> str:
    """A name for a part of a record, as it stands behind a point: `band.sum`."""
    if not NAME.fullmatch(name) or name in KEYWORDS:
        place.refuse(
            f"`{name}` is no name: it has letters, digits and `_`, begins with a letter, and means nothing else"
        )
    return name


def new_name(place: Place, name: str) -> str:
    """A name for a fact, a `let`, a table or a version, as a formula can speak it."""
    if not NAME.fullmatch(name):
        place.refuse(f"`{name}` is no name: it has letters, digits and `_`, and begins with a letter")
    if name in RESERVED:
        place.refuse(f"`{name}` has a meaning of its own in formulas: choose another name")
    return name
