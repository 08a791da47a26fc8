"""Tables: the first row that fits gives its results, and a row that could fit stops where a key is unknown."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

from shared.policy.language.form.evaluation import Derived
from shared.policy.language.form.operators import PLAIN
from shared.policy.language.form.schedule import AnyCell, Cell, DatedTable, Row, Table, Unknown, Words
from shared.policy.language.form.types import Type
from shared.policy.language.judging.case import Case, Run
from shared.policy.language.judging.operations import light
from shared.policy.language.judging.unknown import Missing, missing_together

Fits = Callable[[Any], bool]
NO_ROW = Missing("no_row_fits")
NO_RATE = Missing("no_rate_for_date")


def table(declared: Table, keys: tuple[Run, ...]) -> Run:
    """The results of the first row that fits, by name."""
    rows = [(_cells(row), *_results(declared.gives, row.gives, declared.name, row.place.line)) for row in declared.rows]
    if len(keys) == 1:
        asked = [(cells[0][1] if cells else None, results, derived) for cells, results, derived in rows]
        return _by_one_key(keys[0], asked)

    def look(case: Case) -> Any:
        found: dict[int, Any] = {}
        for cells, results, derived in rows:
            unknown = _unknown_keys(case, keys, cells, found)
            if unknown is None:
                continue
            if unknown:
                return missing_together(*unknown)
            case.derived.append(derived)
            return results
        return NO_ROW

    return look


def _by_one_key(key: Run, rows: list[tuple[Fits | None, Mapping[str, Any], Derived]]) -> Run:
    """The same for the common table: a row that asks nothing (None) fits whatever the key is."""

    def look(case: Case) -> Any:
        value: Any = NO_ROW
        for fits, results, derived in rows:
            if fits is not None:
                value = key(case) if value is NO_ROW else value
                if type(value) is Missing:
                    return value
                if not fits(value):
                    continue
            case.derived.append(derived)
            return results
        return NO_ROW

    return look


def _unknown_keys(
    case: Case, keys: tuple[Run, ...], cells: tuple[tuple[int, Fits], ...], found: dict[int, Any]
) -> tuple[Missing, ...] | None:
    """None where a cell fails; else what is unknown of the keys that the row asks for: nothing where it fits."""
    unknown: tuple[Missing, ...] = ()
    for at, fits in cells:
        key = found[at] if at in found else found.setdefault(at, keys[at](case))
        if type(key) is Missing:
            unknown = (*unknown, key)
        elif not fits(key):
            return None
    return unknown


def dated(declared: DatedTable, day: Run) -> Run:
    """The results in force on that day: of the last row that has begun."""
    rows = [_results(declared.gives, row.gives, declared.name, row.place.line) for row in declared.rows]
    begins = [row.begins for row in declared.rows]
    before = dict.fromkeys(declared.gives, NO_RATE)

    def look(case: Case) -> Any:
        value = day(case)
        if type(value) is Missing:
            return value
        place = bisect_right(begins, value)
        if not place:
            return before
        results, derived = rows[place - 1]
        case.derived.append(derived)
        return results

    return look


def _results(
    gives: Mapping[str, Type], values: tuple[Any, ...], name: str, line: int
) -> tuple[Mapping[str, Any], Derived]:
    """A row's results, a gap as what is missing, and the row as the trace shows it."""
    results = {
        result: Missing(value.reason) if isinstance(value, Unknown) else light(value) if type_ in PLAIN else value
        for (result, type_), value in zip(gives.items(), values, strict=True)
    }
    shown = {result: value for result, value in results.items() if type(value) is not Missing}
    return results, Derived(name, shown, line)


def _cells(row: Row) -> tuple[tuple[int, Fits], ...]:
    """Position of the key and what it asks, for the cells that ask anything."""
    return tuple((at, fits(cell)) for at, cell in enumerate(row.cells) if not isinstance(cell, AnyCell))


def fits(cell: Cell) -> Fits:
    """Whether a key that is known fits a cell."""
    if isinstance(cell, Words):
        return frozenset(cell.words).__contains__
    if isinstance(cell, AnyCell):
        return lambda _key: True
    above, below = _above(light(cell.low), cell.low_in), _below(light(cell.high), cell.high_in)
    if above and below:
        return lambda key: above(key) and below(key)
    return above or below or (lambda _key: True)


def _above(low: Any, included: bool) -> Fits | None:
    if low is None:
        return None
    return (lambda key: bool(key >= low)) if included else (lambda key: bool(key > low))


def _below(high: Any, included: bool) -> Fits | None:
    if high is None:
        return None
    return (lambda key: bool(key <= high)) if included else (lambda key: bool(key < high))
