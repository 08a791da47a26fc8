"""A schedule with one small mistake in it, each that there can be, to see whether an example or a vector minds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import Any

from shared.policy.language.form.schedule import (
    Cell,
    DatedRow,
    DatedTable,
    Fact,
    Interval,
    Row,
    Schedule,
    Table,
    Unknown,
)
from shared.policy.language.form.syntax import Formula, Name
from shared.policy.language.form.types import Type
from shared.policy.language.form.values import Value
from shared.policy.language.testing.slips import Slip, of_formula, of_value, shown
from shared.policy.tree import Place

PARTS = (
    "facts",
    "lets",
    "tables",
    "versions",
    "anchor",
    "pay",
    "checks",
    "additions",
    "severity",
    "remedy",
    "alternatives",
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """The schedule with one mistake: where it was made, and what it is, as it is listed."""

    place: Place
    says: str
    schedule: Schedule


def mutants(schedule: Schedule) -> Iterator[Mutant]:
    """Each comparison and bound otherwise, each number and date one unit up and one down, `and` for `or`."""
    for name in PARTS:
        for slip in _slips(getattr(schedule, name), name, schedule.place, schedule):
            yield Mutant(slip.place, slip.says, replace(schedule, **{name: slip.part}))


def _slips(part: Any, name: str, place: Place, schedule: Schedule) -> Iterator[Slip]:
    """Every mistake that can be made once in this part or below it. `name`: what the part is called in the file."""
    match part:
        case Formula():
            yield from of_formula(part)
        case Fact():
            yield from _of_default(part)
        case Table():
            yield from _of_table(part, schedule)
        case DatedTable():
            yield from _of_dated_table(part, schedule)
        case date():
            yield from of_value(part, None, place, f"{name}:")
        case _:
            yield from _inside(part, name, place, schedule)


def _inside(part: Any, name: str, place: Place, schedule: Schedule) -> Iterator[Slip]:
    """The slips of what the part is made of, as slips of the part."""
    match part:
        case Mapping():
            for key, one in part.items():
                for slip in _slips(one, key, place, schedule):
                    yield replace(slip, part={**part, key: slip.part})
        case tuple():
            yield from _each(part, (_slips(one, name, place, schedule) for one in part))
        case _ if is_dataclass(part) and not isinstance(part, type):
            for field in fields(part):
                for slip in _slips(getattr(part, field.name), name, getattr(part, "place", place), schedule):
                    yield replace(slip, part=replace(part, **{field.name: slip.part}))


def _each(whole: tuple[Any, ...], slips: Iterable[Iterable[Slip]]) -> Iterator[Slip]:
    """The slips of each entry, as slips of the whole."""
    for n, of_one in enumerate(slips):
        for slip in of_one:
            yield replace(slip, part=(*whole[:n], slip.part, *whole[n + 1 :]))


def _of_default(fact: Fact) -> Iterator[Slip]:
    for slip in of_value(fact.default, fact.type, fact.place, f"{fact.name}: default"):
        yield replace(slip, part=replace(fact, default=slip.part))


def _of_table(table: Table, schedule: Schedule) -> Iterator[Slip]:
    types = tuple(_type_of(key, schedule) for key in table.by)
    for slip in _each(table.rows, (_of_row(row, table, types) for row in table.rows)):
        yield replace(slip, part=replace(table, rows=slip.part))
    for slip in _slips(table.by, table.name, table.place, schedule):
        yield replace(slip, part=replace(table, by=slip.part))


def _type_of(key: Formula, schedule: Schedule) -> Type | None:
    """Of a bare fact: its bounds are moved by the unit in which it is stated."""
    fact = schedule.facts.get(key.tree.name) if isinstance(key.tree, Name) else None
    return fact.type if fact else None


def _of_row(row: Row, table: Table, types: tuple[Type | None, ...]) -> Iterator[Slip]:
    keys = zip(row.cells, types, table.by, strict=True)
    cells = (_of_cell(cell, type_, row.place, f"{table.name}: `{key.text}`") for cell, type_, key in keys)
    for slip in _each(row.cells, cells):
        yield replace(slip, part=replace(row, cells=slip.part))
    yield from _of_gives(row, table)


def _of_cell(cell: Cell, type_: Type | None, place: Place, key: str) -> Iterator[Slip]:
    if not isinstance(cell, Interval):
        return
    for bound, value, inside in (("low", cell.low, cell.low_in), ("high", cell.high, cell.high_in)):
        if value is None:
            continue
        there, instead = ("with", "without") if inside else ("without", "with")
        on = f"{key} {bound} bound"
        yield Slip(place, f"{on} {there} {shown(value)}", instead, replace(cell, **{f"{bound}_in": not inside}))
        for slip in of_value(value, type_, place, on):
            yield replace(slip, part=replace(cell, **{bound: slip.part}))


def _of_dated_table(table: DatedTable, schedule: Schedule) -> Iterator[Slip]:
    for slip in _each(table.rows, (_of_dated_row(row, table) for row in table.rows)):
        yield replace(slip, part=replace(table, rows=slip.part))
    for slip in _slips(table.by, table.name, table.place, schedule):
        yield replace(slip, part=replace(table, by=slip.part))


def _of_dated_row(row: DatedRow, table: DatedTable) -> Iterator[Slip]:
    for slip in of_value(row.begins, None, row.place, f"{table.name}: from"):
        yield replace(slip, part=replace(row, begins=slip.part))
    yield from _of_gives(row, table)


def _of_gives(row: Row | DatedRow, table: Table | DatedTable) -> Iterator[Slip]:
    named = zip(row.gives, table.gives.items(), strict=True)
    given = (_of_given(one, type_, row.place, f"{table.name}.{name}:") for one, (name, type_) in named)
    for slip in _each(row.gives, given):
        yield replace(slip, part=replace(row, gives=slip.part))


def _of_given(value: Value | Unknown, type_: Type, place: Place, on: str) -> Iterator[Slip]:
    if not isinstance(value, Unknown):
        yield from of_value(value, type_, place, on)
