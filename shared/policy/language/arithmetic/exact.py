"""Sums and shares without a rounding: what comes out is exact, however often it was divided and multiplied again."""

from datetime import timedelta
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction

from shared.policy.language.form.values import Number

MICROSECOND = timedelta(microseconds=1)
TRAPS = [Inexact, InvalidOperation, DivisionByZero, Overflow]
PRODUCTS = Context(prec=60, traps=TRAPS)
"""Long enough for every product of sums; what is longer still becomes a fraction."""
QUOTIENTS = Context(prec=30, traps=TRAPS)
"""A quotient of more digits has, as a rule, no last digit."""


def add(left: Number, right: Number) -> Number:
    """left + right."""
    try:
        return PRODUCTS.add(left, right)  # type: ignore[arg-type]
    except (TypeError, Inexact):
        return Fraction(left) + Fraction(right)


def subtract(left: Number, right: Number) -> Number:
    """left - right."""
    try:
        return PRODUCTS.subtract(left, right)  # type: ignore[arg-type]
    except (TypeError, Inexact):
        return Fraction(left) - Fraction(right)


def multiply(left: Number, right: Number) -> Number:
    """left · right."""
    try:
        return PRODUCTS.multiply(left, right)  # type: ignore[arg-type]
    except (TypeError, Inexact):
        return Fraction(left) * Fraction(right)


def divide(left: Number, right: Number) -> Number:
    """left : right. Raises ArithmeticError where right is zero."""
    try:
        return QUOTIENTS.divide(left, right)  # type: ignore[arg-type]
    except (TypeError, Inexact):
        return Fraction(left) / Fraction(right)


def share(rate: Number, of: Number) -> Number:
    """So many percent of it."""
    return multiply(_hundredth(rate), of)


def _hundredth(rate: Number) -> Number:
    return rate.scaleb(-2) if isinstance(rate, Decimal) else Fraction(rate) / 100


def ratio(left: timedelta, right: timedelta) -> Number:
    """How often one duration goes into another, with its fraction. Raises ArithmeticError where right is nothing."""
    return divide(left // MICROSECOND, right // MICROSECOND)


def stretch(duration: timedelta, factor: Number) -> timedelta:
    """The duration, so many times; to the microsecond, which is finer than any comparison."""
    return timedelta(microseconds=round(Fraction(factor) * (duration // MICROSECOND)))


def whole(number: Number) -> int:
    """Rounded down, also below zero."""
    return number.__floor__()


def shared_out(duration: timedelta, among: Number) -> timedelta:
    """One of so many equal parts of the duration. Raises ArithmeticError where there are none."""
    return stretch(duration, 1 / Fraction(among))


def plain(number: Number) -> Decimal | int:
    """As a decimal for a reader: a fraction shows its first digits."""
    if not isinstance(number, Fraction):
        return number
    return Context(prec=12).divide(Decimal(number.numerator), Decimal(number.denominator))
