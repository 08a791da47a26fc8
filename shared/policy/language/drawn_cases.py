"""Cases that nobody had, drawn from the numbers, dates and words that a schedule itself names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from shared.policy.language.schedule import DatedRow, DatedTable, Fact, Interval, Schedule, Table, Words
from shared.policy.language.syntax import Literal
from shared.policy.language.types import ListOf, MoneyIn, OneOf, Record, Simple, Type
from shared.policy.language.walk import all_formulas, parts

ABSENT = 0.04
"""How often a fact is missing that may not be, and how often a proof says something else than `proved`."""
ABSENT_IF_OPTIONAL = 0.4
PROVED = 0.25
ANY_DAY = date(2024, 2, 27)
LENGTHS = {"km": 1000, "m": 1}
TIMES = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Case:
    """A drawn case: its facts as JSON values, around one day."""

    day: date
    facts: Mapping[str, Any]


class Drawer:
    """Draws cases for one schedule. The same seed draws the same cases."""

    def __init__(self, schedule: Schedule, seed: int) -> None:
        self._facts = tuple(schedule.facts.values())
        self._random = Random(seed)
        found = list(_named(schedule))
        self._days = sorted({one for one in found if isinstance(one, date)} | {ANY_DAY})
        self._times = sorted({one for one in found if isinstance(one, timedelta)} | {timedelta(), timedelta(days=1)})
        numbers = {Decimal(one) for one in found if isinstance(one, int | Decimal) and not isinstance(one, bool)}
        self._numbers = sorted(numbers | {Decimal(0), Decimal(1), Decimal(10), Decimal(100)})

    def new(self) -> Case:
        """A case of its own."""
        day = self._near(self._random.choice(self._days))
        return Case(day, {fact.name: self._value(fact, day) for fact in self._facts})

    def like(self, case: Case) -> Case:
        """The same case with one to three facts drawn again."""
        again = self._random.sample(self._facts, min(len(self._facts), self._random.randint(1, 3)))
        return Case(case.day, {**case.facts, **{fact.name: self._value(fact, case.day) for fact in again}})

    def _value(self, fact: Fact, day: date) -> Any:
        if self._random.random() < (ABSENT_IF_OPTIONAL if fact.optional or fact.has_default else ABSENT):
            return None
        return self._of(fact.type, day)

    def _of(self, type_: Type, day: date) -> Any:
        match type_:
            case OneOf(words=words, open=open_):
                return self._random.choice([*words, "something-else"] if open_ else words)
            case ListOf(item=item):
                return [self._of(item, day) for _ in range(self._random.randint(0, 4))]
            case Record(fields=fields):
                return {name: self._of(one, day) for name, one in fields.items()}
            case MoneyIn():
                return format(self._number(), "f")
            case Simple():
                return self._simple(type_, day)

    def _simple(self, type_: Simple, day: date) -> Any:
        match type_.name:
            case "flag":
                return self._random.random() < 0.5
            case "proof":
                return "proved" if self._random.random() < PROVED else self._random.choice(("asserted", "unknown"))
            case "instant":
                return self._instant(day).isoformat()
            case "date":
                return self._near(day).isoformat()
            case "month":
                return self._near(day).isoformat()[:7]
            case "count":
                return self._random.choice((0, 1, 2, 3, int(self._number())))
            case "duration":
                return _whole(abs(self._length()) / TIMES.get(type_.unit, TIMES["minutes"]))
            case "distance":
                return _whole(float(self._number()) / LENGTHS.get(type_.unit, 1))
            case _:
                return format(self._number(), "f")

    def _number(self) -> Decimal:
        """One that the schedule names, or just beside it, or a multiple."""
        number = self._random.choice(self._numbers)
        beside = self._random.choice(
            (Decimal(0), Decimal(0), Decimal(1), Decimal(-1), Decimal("0.01"), Decimal("-0.01"))
        )
        return abs(number * self._random.choice((1, 1, 1, 2, 3)) + beside)

    def _length(self) -> timedelta:
        """One that the schedule names, or just beside it, or a few of them."""
        length = self._random.choice(self._times) * self._random.choice((1, 1, 1, 2, 5, -1))
        return length + self._random.choice((0, 0, 0, 1, -1, 3600, 60)) * timedelta(seconds=1)

    def _instant(self, day: date) -> datetime:
        hour = time(self._random.choice((0, 6, 9, 12, 18, 23)), tzinfo=UTC)
        days = timedelta(days=self._random.choice((0, 0, 0, 0, 1, 2, 3, 5, 8, 30)))
        return datetime.combine(day, hour) + self._length() + days

    def _near(self, day: date) -> date:
        far = self._random.choice((0, 1, -1, 2, 3, 5, 14, 30, 31, 90, 365, 366, self._random.randint(-60, 800)))
        return day + timedelta(days=far)


def _whole(number: float) -> int:
    return round(number)


def _named(schedule: Schedule) -> Iterator[Any]:
    """The values that stand in the formulas and the tables."""
    for formula in all_formulas(schedule):
        yield from (part.value for part in parts(formula.tree) if isinstance(part, Literal))
    yield from schedule.versions.values()
    for table in schedule.tables.values():
        yield from _in_table(table)


def _in_table(table: Table | DatedTable) -> Iterator[Any]:
    for row in table.rows:
        yield from row.gives
        for cell in (row.begins,) if isinstance(row, DatedRow) else row.cells:
            match cell:
                case Interval(low=low, high=high):
                    yield from (low, high)
                case Words(words=words):
                    yield from words
                case date():
                    yield cell
