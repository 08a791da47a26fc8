"""Single values of a file: a default, what a table's row gives, and what it asks of a key."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import NoReturn

from shared.errors import Misconfigured
from shared.policy.language.form.operators import PLAIN
from shared.policy.language.form.schedule import AnyCell, Cell, Interval, Unknown, Words
from shared.policy.language.form.syntax import Literal, Negative
from shared.policy.language.form.types import (
    COUNT,
    DATE,
    DISTANCE,
    DURATION,
    FLAG,
    METRES,
    MONTH,
    NUMBER,
    PERCENT,
    TIMES,
    ListOf,
    MoneyIn,
    OneOf,
    Simple,
    Type,
)
from shared.policy.language.form.values import Value
from shared.policy.language.reading import fields
from shared.policy.language.reading.advice import called
from shared.policy.language.reading.parse import parse
from shared.policy.tree import Leaf, Node, Row, nearest

BOUND = re.compile(r"(<=|>=|==|<|>)\s*(.+)")
WRITTEN: dict[Type, str] = {
    PERCENT: "`10%`",
    DURATION: "`2 h`",
    DISTANCE: "`1500 km`",
    DATE: "`2021-12-01`",
    MONTH: "`2021-12`",
    FLAG: "`true` or `false`",
    NUMBER: "`2.5`",
    COUNT: "`3`",
}


def literal(node: Node) -> Literal:
    """A value with its unit and nothing else. Raises Misconfigured for a formula."""
    found = fields.text(node)
    tree = parse(found, node.place).tree
    if isinstance(tree, Negative) and isinstance(tree.of, Literal):
        value = tree.of.value
        if isinstance(value, Decimal | timedelta):
            return Literal(tree.at, -value, NUMBER if tree.of.type == COUNT else tree.of.type)
    if not isinstance(tree, Literal):
        node.place.refuse(f"`{found}` is no single value: write one like `5 EUR`, `10%`, `3 h` or `true`")
    return tree


def read_value(node: Node, type_: Type) -> Value:
    """A value of that type: a plain number counts in the type's own unit or currency. Raises Misconfigured."""
    if isinstance(type_, ListOf):
        return tuple(read_value(item, type_.item) for item in fields.items(node, "values"))
    if isinstance(type_, OneOf):
        return _word(node, type_)
    if type_ not in WRITTEN and not isinstance(type_, MoneyIn):
        node.place.refuse(f"{called(type_)} cannot be written down here: leave it out")
    found = _single(node, type_)
    if found.type == type_ or (found.type == COUNT and type_ == NUMBER):
        return found.value
    plain = found.value if found.type in PLAIN and isinstance(found.value, Decimal) else None
    value = _in_own_unit(plain, type_) if plain is not None else None
    if value is None:
        _refuse_kind(node, found, type_)
    return value


def read_given(node: Node, type_: Type) -> Value | Unknown:
    """What a row gives: a value, or `unknown REASON` for a deliberate gap."""
    if isinstance(node, Leaf) and node.text.split()[:1] == ["unknown"]:
        words = node.text.split()
        if len(words) != 2 or not fields.CODE.fullmatch(words[1]):
            node.place.refuse("a gap says why: `unknown no_rate_for_date`")
        return Unknown(words[1])
    return read_value(node, type_)


def read_cell(node: Node) -> tuple[Cell, Type | None]:
    """What a row asks of a key, and of which type the key must be (None: of any)."""
    if isinstance(node, Row):
        words = fields.codes(node)
        return Words(words), OneOf(words)
    found = fields.text(node)
    if found == "any":
        return AnyCell(), None
    if found in ("true", "false"):
        return Words((found == "true",)), FLAG
    if fields.NAME.fullmatch(found):
        return Words((found,)), OneOf((found,))
    return _interval(node, found)


def _interval(node: Node, text: str) -> tuple[Interval, Type]:
    bounds = [_bound(node, part.strip()) for part in text.split(" and ")]
    signs = tuple(sign for sign, _ in bounds)
    if len(bounds) == 1:
        (sign, one), kind = bounds[0], bounds[0][1].type
        if sign == "==":
            return Interval(one.value, True, one.value, True), kind
        if sign[0] == ">":
            return Interval(one.value, sign == ">=", None, False), kind
        return Interval(None, False, one.value, sign == "<="), kind
    if len(bounds) != 2 or signs[0][0] != ">" or signs[1][0] != "<":
        node.place.refuse(f"`{text}` is no range: write it like `>= 1 h and < 3 h`")
    low, high = (one for _, one in bounds)
    if low.type != high.type and not {low.type, high.type} <= PLAIN:
        node.place.refuse(f"`{text}` goes from {called(low.type)} to {called(high.type)}: both must be of one kind")
    return Interval(low.value, signs[0] == ">=", high.value, signs[1] == "<="), low.type


def _bound(node: Node, text: str) -> tuple[str, Literal]:
    found = BOUND.fullmatch(text)
    sign, value = (found[1], found[2]) if found else ("==", text)
    return sign, literal(Leaf(node.place, value))


def _single(node: Node, type_: Type) -> Literal:
    try:
        return literal(node)
    except Misconfigured:
        node.place.refuse(
            f"`{fields.text(node)}` is no value, and {called(type_)} belongs here: write it like {_sample(type_)}"
        )


def _sample(type_: Type) -> str:
    return f"`5 {type_.currency or 'EUR'}`" if isinstance(type_, MoneyIn) else WRITTEN[type_]


def _word(node: Node, type_: OneOf) -> str:
    word = fields.text(node)
    if word not in type_.words:
        node.place.refuse(f"`{word}` is none of the words: {nearest(word, type_.words)}")
    return word


def _in_own_unit(value: Decimal, type_: Type) -> Value:
    """A plain number as the type counts it; None where it has no unit of its own."""
    if isinstance(type_, MoneyIn):
        return value
    if isinstance(type_, Simple) and type_.unit in TIMES:
        return timedelta(microseconds=int(value * (TIMES[type_.unit] // timedelta(microseconds=1))))
    if isinstance(type_, Simple) and type_.unit in METRES:
        return value * METRES[type_.unit]
    return None


def _refuse_kind(node: Node, found: Literal, type_: Type) -> NoReturn:
    how = f"`{fields.text(node)}` is {called(found.type)}, and {called(type_)} belongs here"
    node.place.refuse(f"{how}: write it like {_sample(type_)}")
