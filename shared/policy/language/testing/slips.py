"""The slips of a pen that a rule must not survive unnoticed: a bound moved, a number one off, `and` for `or`."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

from shared.policy.language.form.syntax import Among, And, Comparison, Formula, Literal, Name, Node, Not, Or
from shared.policy.language.form.types import DISTANCE, MONTH, Simple, Type
from shared.policy.language.form.values import Value
from shared.policy.tree import Place

OTHERWISE = {
    "<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="), "==": ("!=",), "!=": ("==",),
}  # fmt: skip
"""Each comparison with its bound on the other side, and turned round."""
SHORT = timedelta(hours=3)
"""Up to here a duration is told in minutes, beyond in hours."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What was there (`on`), what stands there instead (`into`), and the part in its new form."""

    place: Place
    on: str
    into: str
    part: Any

    @property
    def says(self) -> str:
        """The slip in one line; the same for the same rule, wherever it stands in its file."""
        return f"{self.on} → {self.into}"


def of_formula(formula: Formula) -> Iterator[Slip]:
    """Each comparison, number and connective of a formula in turn."""
    for at, word, into, tree in _of_node(formula.tree, formula.text):
        yield Slip(formula.place, f"`{formula.text}` column {at + 1}: {word}", into, replace(formula, tree=tree))


def of_value(value: Value, type_: Type | None, place: Place, on: str) -> Iterator[Slip]:
    """A number, sum, duration or date, one unit more and one less; nothing for a word."""
    for moved in shifted(value, type_):
        yield Slip(place, f"{on} {shown(value)}", shown(moved), moved)


def shifted(value: Value, type_: Type | None = None) -> tuple[Value, ...]:
    """One unit more and one less: a day, a month, the last digit that is written, a kilometre where it is whole."""
    match value:
        case date() if type_ == MONTH:
            return tuple((value + timedelta(days=days)).replace(day=1) for days in (31, -1))
        case date():
            return value + timedelta(days=1), value - timedelta(days=1)
        case timedelta():
            unit = timedelta(minutes=1) if value <= SHORT else timedelta(hours=1)
            return (value + unit, value - unit) if value else (value + unit,)
        case bool():
            return ()
        case int() | Decimal():
            number = Decimal(value)
            step = _step(number, type_)
            return (number + step, number - step) if number else (number + step,)
    return ()


def _step(value: Decimal, type_: Type | None) -> Decimal:
    if isinstance(type_, Simple) and type_ == DISTANCE:
        in_km = type_.unit == "km" or (not type_.unit and value % 1000 == 0)
        return Decimal(1000 if in_km else 1)
    digits = value.as_tuple().exponent
    return Decimal(1).scaleb(min(0, digits)) if isinstance(digits, int) else Decimal(1)


def shown(value: Value) -> str:
    """A value as people read it in a listing."""
    if isinstance(value, timedelta):
        minutes = value / timedelta(minutes=1)
        return f"{minutes / 60:g} h" if minutes % 60 == 0 else f"{minutes:g} min"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _of_node(node: Node, text: str) -> Iterator[tuple[int, str, str, Node]]:
    """Column, the word there, the word instead, and the tree with it."""
    match node:
        case Literal(at=at, value=value, type=type_):
            for moved in shifted(value, type_):
                yield at, shown(value), shown(moved), replace(node, value=moved)
            return
        case Name():
            return
        case Comparison():
            yield from _of_comparison(node, text)
        case Among(at=at):
            yield at, "`in`", "`not in`", Not(at, node)
        case And(at=at, sides=sides):
            yield at, "`and`", "`or`", Or(at, sides)
        case Or(at=at, sides=sides):
            yield at, "`or`", "`and`", And(at, sides)
    for field in fields(node):
        for at, word, into, part in _of_part(getattr(node, field.name), text):
            yield at, word, into, replace(node, **{field.name: part})


def _of_part(part: Any, text: str) -> Iterator[tuple[int, str, str, Any]]:
    if isinstance(part, tuple):
        for n, one in enumerate(part):
            for at, word, into, other in _of_part(one, text):
                yield at, word, into, (*part[:n], other, *part[n + 1 :])
    elif isinstance(part, get_args(Node)):
        yield from _of_node(part, text)


def _of_comparison(node: Comparison, text: str) -> Iterator[tuple[int, str, str, Node]]:
    for n, operator in enumerate(node.operators):
        at = text.rfind(operator, 0, node.operands[n + 1].at)
        for other in OTHERWISE[operator]:
            operators = (*node.operators[:n], other, *node.operators[n + 1 :])
            yield at, f"`{operator}`", f"`{other}`", replace(node, operators=operators)
