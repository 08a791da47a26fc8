"""Comparing, computing, and the logic of three values: true, false, and not known."""

import operator
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shared.policy.language.arithmetic import exact
from shared.policy.language.form.kinds import is_measure
from shared.policy.language.form.operators import PLAIN
from shared.policy.language.form.types import DATE, DURATION, INSTANT, PERCENT, Type
from shared.policy.language.judging.case import Case
from shared.policy.language.judging.unknown import NOT_COMPUTABLE, Missing, missing_together

Run = Callable[[Case], Any]
Works = Callable[..., Any]

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
BEYOND = Missing(NOT_COMPUTABLE)
"""A division by nothing, a date outside of the calendar: the facts make no sense together."""


def constant(value: Any) -> Run:
    """Always this value."""
    return lambda _case: value


def compared(left: Run, sign: str, right: Run) -> Run:
    """One comparison of two values."""
    holds = COMPARISONS[sign]

    def run(case: Case) -> Any:
        one, other = left(case), right(case)
        if type(one) is Missing or type(other) is Missing:
            return missing_together(one, other)
        return holds(one, other)

    return run


def light(value: Any) -> Any:
    """The same number as an int, if it is whole: what is counted is an int too, and two ints are compared fastest."""
    return int(value) if isinstance(value, Decimal) and value == int(value) else value


def compared_with(left: Run, sign: str, bound: Any) -> Run:
    """A comparison with a value that is written in the rule."""
    holds = COMPARISONS[sign]

    def run(case: Case) -> Any:
        one = left(case)
        return one if type(one) is Missing else holds(one, bound)

    return run


def among(item: Run, choices: tuple[Run, ...]) -> Run:
    """Whether it is one of these: true as soon as one is known to be it."""
    return any_of(tuple(compared(item, "==", one) for one in choices))


def denied(of: Run) -> Run:
    """The opposite; of what is not known, nothing is known."""

    def run(case: Case) -> Any:
        value = of(case)
        return value if type(value) is Missing else not value

    return run


def all_of(sides: tuple[Run, ...]) -> Run:
    """False when any side is known false, wherever it stands; else unknown when any is."""
    return _settled(sides, ends=False)


def any_of(sides: tuple[Run, ...]) -> Run:
    """True when any side is known true, wherever it stands; else unknown when any is, with the names of all."""
    return _settled(sides, ends=True)


def _settled(sides: tuple[Run, ...], ends: bool) -> Run:
    otherwise = not ends

    def run(case: Case) -> Any:
        unknown = None
        for side in sides:
            value = side(case)
            if value is ends:
                return ends
            if type(value) is Missing:
                unknown = missing_together(unknown, value)
        return otherwise if unknown is None else unknown

    return run


def chosen(condition: Run, then: Run, otherwise: Run) -> Run:
    """One of two values. Where the condition is unknown, the value still stands if both are the same."""

    def run(case: Case) -> Any:
        value = condition(case)
        if type(value) is not Missing:
            return then(case) if value else otherwise(case)
        one, other = then(case), otherwise(case)
        return one if type(one) is not Missing and one == other else value

    return run


def computed(works: Works, arguments: tuple[Run, ...]) -> Run:
    """What a function or an operator makes of its arguments; unknown, with every name, when one of them is."""
    if len(arguments) == 1:
        return _computed_of_one(works, arguments[0])
    if len(arguments) == 2:
        return _computed_of_two(works, *arguments)

    def run(case: Case) -> Any:
        values = [one(case) for one in arguments]
        if any(type(one) is Missing for one in values):
            return missing_together(*values)
        try:
            return works(*values)
        except (ArithmeticError, ValueError):
            return BEYOND

    return run


def _computed_of_one(works: Works, argument: Run) -> Run:
    def run(case: Case) -> Any:
        value = argument(case)
        if type(value) is Missing:
            return value
        try:
            return works(value)
        except (ArithmeticError, ValueError):
            return BEYOND

    return run


def _computed_of_two(works: Works, left: Run, right: Run) -> Run:
    def run(case: Case) -> Any:
        one, other = left(case), right(case)
        if type(one) is Missing or type(other) is Missing:
            return missing_together(one, other)
        try:
            return works(one, other)
        except (ArithmeticError, ValueError):
            return BEYOND

    return run


def arithmetic(sign: str, left: Type, right: Type) -> Works:
    """How two values of these types are added, subtracted, multiplied or divided."""
    if sign == "+":
        return operator.add if INSTANT in (left, right) or left == DURATION else exact.add
    if sign == "-":
        return _subtraction(left)
    return _product(left, right) if sign == "*" else _quotient(left, right)


def _subtraction(left: Type) -> Works:
    if left == DATE:
        return _days_between
    return operator.sub if left in (INSTANT, DURATION) else exact.subtract


def _days_between(later: date, earlier: date) -> int:
    return (later - earlier).days


def _product(left: Type, right: Type) -> Works:
    if DURATION in (left, right):
        times = _stretch_by_share if PERCENT in (left, right) else exact.stretch
        return times if left == DURATION else lambda one, other: times(other, one)
    if PERCENT in (left, right) and (is_measure(left) or is_measure(right) or left == right):
        return exact.share if left == PERCENT else lambda one, other: exact.share(other, one)
    return exact.multiply


def _stretch_by_share(duration: Any, rate: Any) -> Any:
    return exact.stretch(duration, Fraction(rate) / 100)


def _quotient(left: Type, right: Type) -> Works:
    if left == DURATION:
        return exact.ratio if right == DURATION else exact.shared_out
    if right == PERCENT and left != PERCENT and left not in PLAIN:
        return lambda one, other: exact.divide(exact.multiply(one, 100), other)
    return exact.divide
