"""Sums as they are paid: rounded half up, once, to the smallest unit of their currency."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from math import floor

from shared.money import minor_digits
from shared.policy.language.form.evaluation import Read
from shared.policy.language.form.schedule import Schedule
from shared.policy.language.form.values import Number
from shared.policy.language.judging.case import Case
from shared.policy.language.judging.unknown import MISSING_FACT, Missing

ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation])

CurrencyOf = Callable[[Case], str | Missing]


def rounded(total: Number, currency: str) -> Decimal:
    """Half up to the currency's minor unit; to two places where the currency is unknown ("") and nothing is paid."""
    unit = _unit(currency)
    if isinstance(total, Fraction):
        return floor(total / Fraction(unit) + Fraction(1, 2)) * unit
    if type(total) is Decimal and total.same_quantum(unit):
        return total
    return ROUNDING.quantize(total, unit)


@cache
def nothing(currency: str) -> Decimal:
    """Zero, as it is written in that currency."""
    return rounded(0, currency)


@cache
def _unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-(minor_digits(currency) if currency else 2))


def currency_of(schedule: Schedule) -> CurrencyOf:
    """The currency of a case: the schedule's own, or what its fact says, or else what the caller says."""
    if schedule.currency_fact is None:
        return lambda _case: schedule.currency
    return _told_by(schedule.currency_fact)


def _told_by(fact: str) -> CurrencyOf:
    missing = Missing(MISSING_FACT, (fact,))

    def run(case: Case) -> str | Missing:
        given = case.facts.get(fact)
        if given is None or given.value is None:
            case.reads.append(Read(fact, None, "absent"))
            return case.currency or missing
        if not isinstance(given.value, str) or not _is_currency(given.value):
            case.reads.append(Read(fact, given.value, "unreadable", given.record))
            return missing
        case.reads.append(Read(fact, given.value, "given", given.record))
        return given.value

    return run


@cache
def _is_currency(code: str) -> bool:
    try:
        minor_digits(code)
    except ValueError:
        return False
    return True
