"""The words that a rule may compute with: a closed list, each with what it takes and what comes of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from shared.policy.language.form.operators import ORDERED, PLAIN, is_amount, is_like
from shared.policy.language.form.types import (
    COUNT,
    DATE,
    DURATION,
    FLAG,
    INSTANT,
    MONTH,
    NUMBER,
    PROOF,
    ListOf,
    MoneyIn,
    OneOf,
    Type,
)

Types = tuple[Type, ...]
Names = tuple[str, ...]
Fit = Callable[[Types, Names], Type | None]


@dataclass(frozen=True, slots=True)
class Signature:
    """What one function takes: `usage` shows it in a message, as `add_months(date, number)`.

    `fit(types, names)` is the type of the result, or None where arguments of these types do not fit; `names` are the
    bare names that stand as arguments ("" for an argument that is no bare name). `takes`: `values`; or `fact`: one bare
    name of a fact, whose presence is asked and not its value; or `proofs`: bare names of proofs.
    """

    usage: str
    fit: Fit
    takes: Literal["values", "fact", "proofs"] = "values"


def _fixed(*wanted: Type, gives: Type) -> Fit:
    def fit(types: Types, _names: Names) -> Type | None:
        if len(types) != len(wanted):
            return None
        return gives if all(map(is_like, types, wanted)) else None

    return fit


def _common(types: Iterable[Type]) -> Type | None:
    """The one ordered type that all of these are; a count among numbers is a number."""
    found = set(types)
    if found <= PLAIN:
        return COUNT if found == {COUNT} else NUMBER
    (only, *others) = found
    return only if not others and (only in ORDERED or isinstance(only, MoneyIn)) else None


def _limits(types: Types, _names: Names) -> Type | None:
    return _common(types) if len(types) >= 2 else None


def _alike(types: Types, _names: Names) -> Type | None:
    """The one type that all of these are, whatever it is."""
    same = len(types) >= 2 and all(one == types[0] for one in types)
    return types[0] if same else _limits(types, _names)


def _clamped(types: Types, _names: Names) -> Type | None:
    return _common(types) if len(types) == 3 else None


def _presence(types: Types, _names: Names) -> Type | None:
    return FLAG if len(types) == 1 else None


def _proofs(types: Types, names: Names) -> Type | None:
    return OneOf(names) if types and all(one == PROOF for one in types) else None


def _moved_by_months(types: Types, _names: Names) -> Type | None:
    fits = len(types) == 2 and types[0] in (DATE, MONTH) and types[1] in PLAIN
    return types[0] if fits else None


def _of_month(gives: Type) -> Fit:
    return lambda types, _names: gives if len(types) == 1 and types[0] in (DATE, MONTH) else None


def _item(types: Types) -> Type | None:
    """The type of the entries, where the one argument is a list."""
    return types[0].item if len(types) == 1 and isinstance(types[0], ListOf) else None


def _counted(types: Types, _names: Names) -> Type | None:
    return COUNT if _item(types) else None


def _entry(types: Types, _names: Names) -> Type | None:
    return _item(types)


def _total(types: Types, _names: Names) -> Type | None:
    item = _item(types)
    return item if item in PLAIN or is_amount(item) else None


def _flags(types: Types, _names: Names) -> Type | None:
    return FLAG if _item(types) == FLAG else None


SIGNATURES: dict[str, Signature] = {
    "min": Signature("min(a, b, …), all of one type", _limits),
    "max": Signature("max(a, b, …), all of one type", _limits),
    "clamp": Signature("clamp(value, lowest, highest), all of one type", _clamped),
    "whole": Signature("whole(number)", _fixed(NUMBER, gives=NUMBER)),
    "first_known": Signature("first_known(value, value, …), all of one type", _alike),
    "known": Signature("known(fact)", _presence, "fact"),
    "ongoing": Signature("ongoing(fact), the end of a failure (`ends: yes`)", _presence, "fact"),
    "proved": Signature("proved(proof)", _fixed(PROOF, gives=FLAG), "proofs"),
    "first_proved": Signature("first_proved(proof, proof, …)", _proofs, "proofs"),
    "local_date": Signature("local_date(instant)", _fixed(INSTANT, gives=DATE)),
    "written_date": Signature("written_date(instant)", _fixed(INSTANT, gives=DATE)),
    "start_of_day": Signature("start_of_day(date)", _fixed(DATE, gives=INSTANT)),
    "add_days": Signature("add_days(date, number)", _fixed(DATE, NUMBER, gives=DATE)),
    "add_months": Signature("add_months(date or month, number)", _moved_by_months),
    "add_years": Signature("add_years(date, number)", _fixed(DATE, NUMBER, gives=DATE)),
    "add_workdays": Signature("add_workdays(date, number)", _fixed(DATE, NUMBER, gives=DATE)),
    "is_workday": Signature("is_workday(date)", _fixed(DATE, gives=FLAG)),
    "workdays_between": Signature("workdays_between(date, date)", _fixed(DATE, DATE, gives=COUNT)),
    "month_of": Signature("month_of(date)", _fixed(DATE, gives=MONTH)),
    "first_of_month": Signature("first_of_month(date or month)", _of_month(DATE)),
    "last_of_month": Signature("last_of_month(date or month)", _of_month(DATE)),
    "days_in": Signature("days_in(month)", _fixed(MONTH, gives=COUNT)),
    "year_start": Signature("year_start(date, number of its first month)", _fixed(DATE, NUMBER, gives=DATE)),
    "minutes": Signature("minutes(duration)", _fixed(DURATION, gives=NUMBER)),
    "hours": Signature("hours(duration)", _fixed(DURATION, gives=NUMBER)),
    "days": Signature("days(duration)", _fixed(DURATION, gives=NUMBER)),
    "blocks": Signature("blocks(duration, duration of one block)", _fixed(DURATION, DURATION, gives=COUNT)),
    "blocks_begun": Signature("blocks_begun(duration, duration of one block)", _fixed(DURATION, DURATION, gives=COUNT)),
    "overlap": Signature(
        "overlap(from, to, from, to), all instants", _fixed(INSTANT, INSTANT, INSTANT, INSTANT, gives=DURATION)
    ),
    "overlap_days": Signature(
        "overlap_days(from, to, from, to), all dates", _fixed(DATE, DATE, DATE, DATE, gives=COUNT)
    ),
    "count": Signature("count(list)", _counted),
    "sum": Signature("sum(list of numbers or sums of one kind)", _total),
    "any": Signature("any(list of flags)", _flags),
    "all": Signature("all(list of flags)", _flags),
    "first": Signature("first(list)", _entry),
    "last": Signature("last(list)", _entry),
    "most_within": Signature("most_within(list of dates, number of days)", _fixed(ListOf(DATE), NUMBER, gives=COUNT)),
}
"""Name to signature. What each does stands in `arithmetic/computing.py`, and of lists in `judging/gatherings.py`."""
