"""Which operation a sign stands for between values of two types; what is known is computed exactly."""

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

Works = Callable[..., Any]


def light(value: Any) -> Any:
    """The same number as an int, if it is whole: what is counted is an int too, and two ints are compared fastest."""
    return int(value) if isinstance(value, Decimal) and value == int(value) else value


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
