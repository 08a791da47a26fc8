"""Every table answers every case, and none of its rows stands there in vain."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import floor
from typing import Any, NoReturn

from shared.policy.language.form.kinds import Kinds
from shared.policy.language.form.schedule import AnyCell, Cell, DatedTable, Interval, Row, Schedule, Table, Words
from shared.policy.language.form.syntax import Formula
from shared.policy.language.form.types import COUNT
from shared.policy.language.form.values import Value
from shared.policy.language.form.writing import literal
from shared.policy.language.proving.domains import domain_of

ONE_DAY, ONE_SECOND = timedelta(days=1), timedelta(seconds=1)
Point = tuple[Value, int]
"""A value of a key that is tried, and the rows (as bits) whose cell holds for it."""


def prove_tables(schedule: Schedule) -> None:
    """Raises Misconfigured at a gap, at a row that is never first, and where dates do not rise."""
    for table in schedule.tables.values():
        if isinstance(table, DatedTable):
            _dates_rise(table)
        else:
            _prove_table(schedule, table)


def _dates_rise(table: DatedTable) -> None:
    for before, after in pairwise(table.rows):
        if after.begins <= before.begins:
            after.place.refuse(
                f"{after.begins} does not come after {before.begins} on line {before.place.line}: "
                "each row begins later than the one before, put them in the order of their dates"
            )


def _prove_table(schedule: Schedule, table: Table) -> None:
    keys = [_points(schedule, table, n, key) for n, key in enumerate(table.by)]
    everywhere = (1 << len(table.rows)) - 1
    used = _search(schedule, table, keys, everywhere, ())
    for n, row in enumerate(table.rows):
        if not used >> n & 1:
            _refuse_idle(table, n, row, keys)


def _search(
    schedule: Schedule, table: Table, keys: Sequence[Sequence[Point]], fitting: int, chosen: tuple[Value, ...]
) -> int:
    """The rows (as bits) that come first for some combination of the keys. Raises Misconfigured at a gap."""
    if not fitting:
        _refuse_gap(schedule, table, chosen)
    if len(chosen) == len(keys):
        return fitting & -fitting
    used = 0
    for value, rows in keys[len(chosen)]:
        used |= _search(schedule, table, keys, fitting & rows, (*chosen, value))
    return used


def _refuse_gap(schedule: Schedule, table: Table, chosen: tuple[Value, ...]) -> NoReturn:
    kinds = Kinds(schedule)
    case = ", ".join(
        f"`{key.text}` is {literal(value, kinds.of(key.tree, {}))}"
        for key, value in zip(table.by, chosen, strict=False)
    )
    table.place.refuse(f"no row of `{table.name}` fits {case}: add a row, or let the last one begin with `any`")


def _refuse_idle(table: Table, n: int, row: Row, keys: Sequence[Sequence[Point]]) -> None:
    for key, points in zip(table.by, keys, strict=True):
        if not any(rows >> n & 1 for _, rows in points):
            row.place.refuse(
                f"nothing fits this row's cell of `{key.text}`: put its bounds in order, or remove the row"
            )
    above = ", ".join(str(other.place.line) for other in table.rows[:n])
    row.place.refuse(f"this row is never the first that fits (rows above: line {above}): move it up, or remove it")


def _points(schedule: Schedule, table: Table, n: int, key: Formula) -> list[Point]:
    """The values to try, one for each set of rows whose cells hold there: more of them would prove nothing more."""
    cells = [row.cells[n] for row in table.rows]
    points: dict[int, Value] = {}
    for value in _values(schedule, table, n, key):
        rows = sum(1 << m for m, cell in enumerate(cells) if _holds(cell, value))
        points.setdefault(rows, value)
    return [(value, rows) for rows, value in points.items()]


def _values(schedule: Schedule, table: Table, n: int, key: Formula) -> list[Value]:
    domain = domain_of(schedule, key.tree)
    if domain is None:
        whole = Kinds(schedule).of(key.tree, {}) == COUNT
        return _around(_cuts(row.cells[n] for row in table.rows), whole=whole)
    return sorted(domain, key=str)


def _words_of(cell: Cell) -> tuple[Value, ...]:
    return cell.words if isinstance(cell, Words) else ()


def _cuts(cells: Iterable[Cell]) -> list[Any]:
    """The values at which some cell begins or ends to hold, in order."""
    cuts: set[Any] = set()
    for cell in cells:
        ends = (cell.low, cell.high) if isinstance(cell, Interval) else _words_of(cell)
        cuts.update(end for end in ends if end is not None)
    return sorted(cuts)


def _around(cuts: list[Any], *, whole: bool) -> list[Value]:
    """One below, each cut, what lies in the middle of two, one above; of a count the first in each stretch."""
    if not cuts:
        return [None]
    if whole:
        return sorted({0, *(floor(cut) + n for cut in cuts for n in (0, 1) if floor(cut) + n > 0)})
    step = _step(cuts[0])
    tried = [cuts[0] - step, *cuts, cuts[-1] + step, *(_middle(a, b) for a, b in pairwise(cuts))]
    return sorted(set(tried))


def _step(cut: Any) -> Any:
    match cut:
        case datetime() | timedelta():
            return ONE_SECOND
        case date():
            return ONE_DAY
        case _:
            return 1


def _middle(low: Any, high: Any) -> Any:
    """Of two dates the day in the middle; where none lies between them, the first again."""
    if isinstance(low, date) and not isinstance(low, datetime):
        return low + timedelta(days=(high - low).days // 2)
    return low + (high - low) / 2


def _holds(cell: Cell, value: Any) -> bool:
    match cell:
        case AnyCell():
            return True
        case Words(words=words):
            return value in words
        case Interval(low=low, low_in=low_in, high=high, high_in=high_in):
            above = low is None or value > low or (low_in and value == low)
            return above and (high is None or value < high or (high_in and value == high))
