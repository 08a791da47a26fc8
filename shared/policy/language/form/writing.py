"""A part of a formula as it is written, for the trace."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.policy.language.form.syntax import (
    Among,
    And,
    Arithmetic,
    Call,
    Choice,
    Comparison,
    Field,
    Gathering,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Or,
)
from shared.policy.language.form.types import DISTANCE, MONTH, PERCENT, MoneyIn, Type


def written(node: Node) -> str:  # noqa: C901 - one case a kind of part
    """The part in the language's own words, with brackets wherever they could matter."""
    match node:
        case Literal(value=value, type=type_):
            return literal(value, type_)
        case Name(name=name):
            return name
        case Field(of=of, name=name):
            return f"{_held(of)}.{name}"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(written, arguments))})"
        case Negative(of=of):
            return f"-{_held(of)}"
        case Not(of=of):
            return f"not {_held(of)}"
        case Arithmetic(operator=operator, left=left, right=right):
            return f"{_held(left)} {operator} {_held(right)}"
        case Comparison(operands=operands, operators=operators):
            rest = zip(operators, operands[1:], strict=True)
            return " ".join([_held(operands[0]), *(f"{one} {_held(other)}" for one, other in rest)])
        case Among(item=item, choices=choices):
            return f"{_held(item)} in [{', '.join(map(written, choices))}]"
        case And(sides=sides):
            return " and ".join(map(_held, sides))
        case Or(sides=sides):
            return " or ".join(map(_held, sides))
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return f"{_held(then)} if {_held(condition)} else {_held(otherwise)}"
        case Gathering(result=result, variable=variable, source=source, condition=condition):
            where = f" if {written(condition)}" if condition else ""
            return f"[{written(result)} for {variable} in {written(source)}{where}]"


def _held(node: Node) -> str:
    return written(node) if isinstance(node, Literal | Name | Field | Call | Gathering) else f"({written(node)})"


def literal(value: Any, type_: Type) -> str:
    """A value with its unit."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value:%Y-%m}" if type_ == MONTH else value.isoformat()
    if isinstance(value, Decimal) and type_ == DISTANCE:
        return f"{value / 1000:f} km" if value % 1000 == 0 else f"{value:f} m"
    unit = "%" if type_ == PERCENT else f" {type_.currency}" if isinstance(type_, MoneyIn) else ""
    return f"{value:f}{unit}" if isinstance(value, Decimal) else f"{value}{unit}"


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds % size == 0 and (size == 60 or seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
