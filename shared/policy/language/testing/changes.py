"""What a new text of a schedule says otherwise: which clauses are new, gone or changed, each where it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from typing import Any

from shared.policy.language.form.schedule import Check, DatedTable, End, Interval, Schedule, Table
from shared.policy.language.form.syntax import Formula
from shared.policy.language.form.types import ListOf, MoneyIn, OneOf, Record, Simple
from shared.policy.language.testing.slips import shown
from shared.policy.tree import Place

HEAD = ("ledger", "currency", "currency_fact", "zone", "workdays", "anchor", "pay", "severity", "remedy")
NAMED = ("facts", "lets", "versions")
LISTED = ("additions", "alternatives")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a schedule that can change by itself: what it is, what it says, and where."""

    what: str
    says: str
    place: Place


@dataclass(frozen=True, slots=True)
class Change:
    """`was` "" for a new clause, `now` "" for one that is gone. The place is in the new text, or the old where it is gone."""

    what: str
    was: str
    now: str
    place: Place


def changes(old: Schedule, new: Schedule) -> tuple[Change, ...]:
    """What `new` says otherwise than `old`; titles, meanings, examples and comments do not count."""
    return (*_named(_by_name(old), _by_name(new)), *_listed(_in_order(old), _in_order(new)))


def _named(old: Mapping[str, Clause], new: Mapping[str, Clause]) -> Iterator[Change]:
    for what in {**old, **new}:
        was, now = old.get(what), new.get(what)
        if was and now and was.says != now.says:
            yield Change(what, was.says, now.says, now.place)
        elif was and not now:
            yield Change(what, was.says, "", was.place)
        elif now and not was:
            yield Change(what, "", now.says, now.place)


def _listed(old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[Change]:
    """Checks and rows are known by their order: what stands between the same neighbours has changed."""
    matcher = SequenceMatcher(
        None, [(one.what, one.says) for one in old], [(one.what, one.says) for one in new], autojunk=False
    )
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            continue
        was, now = old[old_from:old_to], new[new_from:new_to]
        pairs = min(len(was), len(now))
        yield from (
            Change(after.what, before.says, after.says, after.place) for before, after in zip(was, now, strict=False)
        )
        yield from (Change(gone.what, gone.says, "", gone.place) for gone in was[pairs:])
        yield from (Change(added.what, "", added.says, added.place) for added in now[pairs:])


def _by_name(schedule: Schedule) -> dict[str, Clause]:
    found = {name: Clause(name, _said(getattr(schedule, name)), schedule.place) for name in HEAD}
    for kind in NAMED:
        for name, part in getattr(schedule, kind).items():
            what = f"{kind.removesuffix('s')} {name}"
            found[what] = Clause(what, _said(part), getattr(part, "place", schedule.place))
    return found


def _in_order(schedule: Schedule) -> list[Clause]:
    clauses: list[Clause] = []
    for table in schedule.tables.values():
        clauses += _rows(table)
    clauses += _checks(schedule.checks, ())
    for kind in LISTED:
        clauses += [Clause(kind.removesuffix("s"), _said(part), part.place) for part in getattr(schedule, kind)]
    return clauses


def _rows(table: Table | DatedTable) -> Iterator[Clause]:
    yield Clause(f"table {table.name}", f"{_said(table.by)} gives {', '.join(table.gives)}", table.place)
    for row in table.rows:
        yield Clause(f"row of {table.name}", _said(row), row.place)


def _checks(checks: Sequence[Check], under: tuple[str, ...]) -> Iterator[Clause]:
    """Every check with the conditions that it stands under."""
    for check in checks:
        here = (*under, _check(check))
        yield Clause("check", " › ".join(filter(None, here)), check.place)
        yield from _checks(check.checks, here)
        for word, case in (check.cases or {}).items():
            yield from _checks(case, (*here, word))
        yield from _checks(check.otherwise or (), (*here, "else"))


def _check(check: Check) -> str:
    """What one check says by itself, without those inside of it."""
    parts = {"if": check.condition, "need": check.need, "excluded by": check.excluded_by, "with": check.together}
    told = {**parts, "by": check.by, "then": check.then}
    return " ".join(f"{word} {said}" for word, part in told.items() if (said := _said(part)))


def _ending(end: End) -> str:
    named = ("pay", "promise", "severity", "again")
    told = [f"{name} {said}" for name in named if (said := _said(getattr(end, name)))]
    return ", ".join([f"{end.outcome} {_said(end.reason)}", *told, *([] if end.ongoing else ["ongoing no"])])


def _said(part: Any) -> str:
    """A part as text that is the same for the same meaning: formulas as written, nothing of places and meanings."""
    match part:
        case None | False:
            return ""
        case End():
            return _ending(part)
        case Formula(text=text):
            return " ".join(text.split())
        case Interval(low=low, low_in=low_in, high=high, high_in=high_in):
            least = "" if low is None else f"{'>=' if low_in else '>'} {shown(low)}"
            most = "" if high is None else f"{'<=' if high_in else '<'} {shown(high)}"
            return " ".join(filter(None, (least, most)))
        case Simple() | MoneyIn() | OneOf() | ListOf() | Record():
            return str(part)
        case tuple():
            return ", ".join(map(_said, part))
        case Mapping():
            return ", ".join(f"{name}: {_said(one)}" for name, one in part.items())
        case _ if is_dataclass(part):
            skipped = ("place", "meaning", "name")
            told = (
                (field.name, _said(getattr(part, field.name))) for field in fields(part) if field.name not in skipped
            )
            return " ".join(f"{name} {said}" for name, said in told if said) or type(part).__name__
    return shown(part)
