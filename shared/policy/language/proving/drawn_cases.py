"""Cases that nobody had, drawn from the numbers, dates and words that a schedule itself names."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from shared.policy.language.form.schedule import DatedRow, DatedTable, Fact, Interval, Schedule, Table, Words
from shared.policy.language.form.syntax import Literal
from shared.policy.language.form.types import METRES, TIMES, ListOf, MoneyIn, OneOf, Record, Simple, Type
from shared.policy.language.form.walk import all_formulas, parts

ABSENT, ABSENT_IF_ALLOWED = 0.04, 0.4
"""How often a fact is missing, and how often one whose absence means something."""
PROVED = 0.25
SAME_DAY = 0.8
"""How often a varied case stays around its day."""
DAYS_OF_A = (1, 7, 30, 31, 365, 366)
"""Day, week, months and years."""
FARTHEST = 3700
"""Days; working days over a lifetime are slow to count, and no case of any business."""
ANY_DAY = date(2024, 2, 27)


@dataclass(frozen=True, slots=True)
class Case:
    """A drawn case: its facts as JSON values, around one day, and for a living complaint the moment of judgement."""

    day: date
    now: datetime | None
    facts: Mapping[str, Any]


class Drawer:
    """Draws cases for one schedule. The same seed draws the same cases."""

    def __init__(self, schedule: Schedule, seed: int) -> None:
        self._facts = schedule.facts
        self._random = Random(seed)
        found = list(_named(schedule))
        self._days = sorted({one for one in found if isinstance(one, date)} | {ANY_DAY})
        self._times = sorted({one for one in found if isinstance(one, timedelta)} | {timedelta(), timedelta(days=1)})
        numbers = {Decimal(one) for one in found if isinstance(one, int | Decimal) and not isinstance(one, bool)}
        whole = {int(one) for one in numbers if one == int(one) and one <= 60} | {1, 2, 5}
        self._counts = sorted(whole)
        spans = {n * unit for n in whole for unit in DAYS_OF_A}
        self._spans = sorted({0, *(span for span in spans if span <= FARTHEST)})
        self._numbers = sorted(numbers | {Decimal(0), Decimal(1), Decimal(10), Decimal(100)})

    def new(self) -> Case:
        """A case of its own."""
        day = self._day()
        return Case(day, self._now(day), {fact.name: self._value(fact, day) for fact in self._facts.values()})

    def like(self, case: Case, names: Collection[str] = ()) -> Case:
        """The same case with one to three facts drawn again, of these or of all."""
        facts = [fact for name, fact in self._facts.items() if name in names] or list(self._facts.values())
        again = self._random.sample(facts, min(len(facts), self._random.randint(1, 3)))
        day = case.day if self._random.random() < SAME_DAY else self._day()
        now = case.now if self._random.random() < SAME_DAY else self._now(day)
        return Case(day, now, {**case.facts, **{fact.name: self._value(fact, day) for fact in again}})

    def _day(self) -> date:
        return self._near(self._random.choice(self._days))

    def _now(self, day: date) -> datetime | None:
        return self._instant(self._near(day)) if self._random.random() < 0.5 else None

    def _value(self, fact: Fact, day: date) -> Any:
        if self._random.random() < (ABSENT_IF_ALLOWED if fact.optional or fact.has_default or fact.ends else ABSENT):
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
                return self._random.choice((0, 1, 2, int(self._number()), int(self._number())))
            case "duration":
                return _whole(abs(self._length()) / TIMES.get(type_.unit, TIMES["minutes"]))
            case "distance":
                return _whole(float(self._number()) / METRES.get(type_.unit, 1))
            case _:
                return format(self._number(), "f")

    def _number(self) -> Decimal:
        """One that the schedule names, or just beside it, or a multiple."""
        number = self._random.choice(self._numbers)
        beside = self._random.choice(
            (Decimal(0), Decimal(0), Decimal(1), Decimal(-1), Decimal("0.01"), Decimal("-0.01"))
        )
        return abs(number * self._random.choice((1, 1, 1, 2, 3, 7, 20)) + beside)

    def _length(self) -> timedelta:
        """One that the schedule names, or just beside it, or a few of them."""
        length = self._random.choice(self._times) * self._random.choice((1, 1, 1, 2, 5, -1))
        return length + self._random.choice((0, 0, 0, 1, -1, 3600, 60)) * timedelta(seconds=1)

    def _instant(self, day: date) -> datetime:
        hour = time(self._random.choice((12, 12, 12, 0, 6, 18, 23)), tzinfo=UTC)
        days = timedelta(days=self._random.choice((0, 0, self._random.choice(self._counts))))
        return datetime.combine(day, hour) + self._length() + days

    def _near(self, day: date) -> date:
        """A day some days, months or years off, as many as the schedule counts, or one more or less."""
        far = self._random.choice((0, self._random.choice(self._spans))) + self._random.choice((0, 0, 1, -1, 2))
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
