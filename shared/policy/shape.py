"""From what an analyst wrote to what the deciders read: each value in the shape that its name asks for, or refused."""

import operator
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from shared.money import Money
from shared.policy.calendars import TimeOfDay
from shared.policy.tree import Branch, Leaf, Node, Place, nearest

T = TypeVar("T", bound=Struct)
Path = tuple[str | int, ...]
Places = dict[Path, Place]
"""Where each part of a policy is written, by its path: `("schedules", 0, "claims", 1)`."""

UNITS = {
    "s": Decimal(1),
    "min": Decimal(60),
    "h": Decimal(3600),
    "day": Decimal(86400),
    "days": Decimal(86400),
    "week": Decimal(604800),
    "weeks": Decimal(604800),
}
BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "gt": (operator.gt, "more than"),
    "ge": (operator.ge, "at least"),
    "le": (operator.le, "at most"),
}
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([a-z]+)")
TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
MONEY = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,4})?) ([A-Z]{3})")


def read_shape(node: Node, shape: type[T]) -> tuple[T, Places]:
    """The tree as a `shape`, and where each part of it is written. Raises Misconfigured for the first misfit."""
    places: Places = {}
    made = _read(node, shape, (), places)
    assert isinstance(made, shape)
    return made, places


def _read(node: Node, kind: Any, path: Path, places: Places) -> Any:
    places[path] = node.place
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _within(node, _read(node, args[0], path, places), args[1:])
    if origin in (Union, UnionType):
        return _read(node, next(arg for arg in args if arg is not NoneType), path, places)
    if origin is Literal:
        return _one_of(node, args)
    if origin is tuple:
        return tuple(_read(item, args[0], (*path, n), places) for n, item in enumerate(_row(node)))
    if origin is dict:
        return {name: _read(item, args[1], (*path, name), places) for name, item in _branch(node).entries.items()}
    if kind in LEAVES:
        return LEAVES[kind](_leaf(node))
    return _struct(_branch(node), kind, path, places)


def _struct(branch: Branch, kind: type[Struct], path: Path, places: Places) -> Struct:
    hints = get_type_hints(kind, include_extras=True)
    for name in branch.entries:
        if name not in hints:
            branch.places[name].refuse(f"unknown name `{name}`: {nearest(name, hints)}")
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in branch.entries:
            branch.place.refuse(f"`{field.name}` is missing here: add it ({_example(hints[field.name])})")
    values = {name: _read(item, hints[name], (*path, name), places) for name, item in branch.entries.items()}
    places.update({(*path, name): place for name, place in branch.places.items()})
    return kind(**values)


def _leaf(node: Node) -> Leaf:
    if not isinstance(node, Leaf):
        node.place.refuse("a single value belongs here, not a list or named entries")
    if not node.text.strip():
        node.place.refuse("the value is missing: write one, or remove the line")
    return node


def _row(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Leaf):
        node.place.refuse(f"a list belongs here: `[{node.text}]`")
    if isinstance(node, Branch):
        node.place.refuse("a list belongs here: begin each entry with `- `")
    return node.items


def _branch(node: Node) -> Branch:
    if not isinstance(node, Branch):
        node.place.refuse("named entries belong here: `name: value`, one a line")
    return node


def _one_of(node: Node, words: tuple[str, ...]) -> str:
    text = _leaf(node).text
    if text not in words:
        node.place.refuse(f"`{text}` is not known here: {nearest(text, words)}")
    return text


def _within(node: Node, value: Any, bounds: Iterable[Any]) -> Any:
    """The value, within the bounds that its type names."""
    for bound in bounds:
        for name, (holds, words) in BOUNDS.items():
            limit = getattr(bound, name)
            if limit is not None and not holds(value, limit):
                node.place.refuse(f"`{_leaf(node).text}` is out of bounds: it must be {words} {limit}")
    return value


def _text(leaf: Leaf) -> str:
    return leaf.text


def _whole(leaf: Leaf) -> int:
    if not NUMBER.fullmatch(leaf.text) or "." in leaf.text:
        leaf.place.refuse(f"`{leaf.text}` is no whole number: write it like `14`")
    return int(leaf.text)


def _flag(leaf: Leaf) -> bool:
    if leaf.text not in ("yes", "no"):
        leaf.place.refuse(f"`{leaf.text}` is neither `yes` nor `no`: write one of them")
    return leaf.text == "yes"


def _decimal(leaf: Leaf) -> Decimal:
    if not NUMBER.fullmatch(leaf.text):
        leaf.place.refuse(f"`{leaf.text}` is no number: write it like `10` or `7.5`")
    return Decimal(leaf.text)


def _duration(leaf: Leaf) -> timedelta:
    found = DURATION.fullmatch(leaf.text)
    if not found:
        leaf.place.refuse(f"`{leaf.text}` is no duration: write it like `14 days`, `3 h` or `90 s`")
    number, unit = found.groups()
    if unit not in UNITS:
        leaf.place.refuse(f"`{unit}` is no unit of time: {nearest(unit, UNITS)}")
    return timedelta(microseconds=int(Decimal(number) * UNITS[unit] * 1_000_000))


def _date(leaf: Leaf) -> date:
    try:
        return date.fromisoformat(leaf.text)
    except ValueError:
        leaf.place.refuse(f"`{leaf.text}` is no day: write it like `2026-04-08`")


def _time(leaf: Leaf) -> TimeOfDay:
    if not TIME.fullmatch(leaf.text):
        leaf.place.refuse(f"`{leaf.text}` is no time of day: write it like `09:00`, and `24:00` for its end")
    hours, minutes = leaf.text.split(":")
    return TimeOfDay(int(hours) * 60 + int(minutes))


def _money(leaf: Leaf) -> Money:
    found = MONEY.fullmatch(leaf.text)
    if not found:
        leaf.place.refuse(f"`{leaf.text}` is no sum: write it like `25.00 EUR`")
    try:
        return Money(Decimal(found[1]), found[2])
    except ValueError as wrong:
        leaf.place.refuse(f"{wrong}: write it like `25.00 EUR`")


LEAVES: dict[Any, Callable[[Leaf], Any]] = {
    str: _text,
    int: _whole,
    bool: _flag,
    Decimal: _decimal,
    timedelta: _duration,
    TimeOfDay: _time,
    date: _date,
    Money: _money,
}
EXAMPLES = {
    int: "a whole number",
    bool: "`yes` or `no`",
    Decimal: "a number",
    timedelta: "like `14 days`",
    TimeOfDay: "like `09:00`",
    date: "like `2026-04-08`",
    Money: "like `25.00 EUR`",
    str: "a text",
}


def _example(kind: Any) -> str:
    if get_origin(kind) is Annotated:
        return _example(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    if get_origin(kind) is tuple:
        return "a list"
    return EXAMPLES.get(kind, "named entries")
