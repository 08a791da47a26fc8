"""A schedule is read from its file and checked part by part, or refused with file, line and the nearest right thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shared.policy.language.form.schedule import Fact, Let, Remedy, Schedule, Switch
from shared.policy.language.form.syntax import Call, Formula
from shared.policy.language.form.types import Record
from shared.policy.language.form.walk import all_formulas, checks_of, parts
from shared.policy.language.reading import fields
from shared.policy.language.reading.checks import PAYS, read_checks, read_severity
from shared.policy.language.reading.examples import read_examples
from shared.policy.language.reading.facts import read_facts
from shared.policy.language.reading.failure import by_default, read_failure
from shared.policy.language.reading.head import (
    check_currency,
    read_currency,
    read_ledger,
    read_versions,
    read_workdays,
    read_zone,
)
from shared.policy.language.reading.remedy import read_additions, read_alternatives, read_remedy
from shared.policy.language.reading.scope import Scope
from shared.policy.language.reading.tables import read_results, read_tables
from shared.policy.tree import Branch, Node, Place, read_tree

NEEDED = ("schedule", "title", "source", "ledger", "currency", "zone", "facts", "checks")
KEYS = (
    *NEEDED, "workdays", "anchor", "let", "tables", "versions", "pay", "additions", "severity", "remedy", "alternatives",
    "examples", "failure",
)  # fmt: skip
ON_WORKDAYS = ("add_workdays", "is_workday", "workdays_between")


def read_schedule(file: Path) -> Schedule:
    """The schedule in `file`, each formula typed and settled.

    Raises Misconfigured, one line: file, line, in a formula the column, what is wrong and the nearest right thing.
    """
    try:
        return _read(file)
    except RecursionError:
        Place(file, 1).refuse("the lets rest on each other too deeply: write a let below those that it rests on")


def _read(file: Path) -> Schedule:
    branch = fields.entries(read_tree(file), KEYS, NEEDED)
    has = branch.entries
    names = _names(branch)
    scope = names.scope
    schedule = Schedule(
        name=fields.code(has["schedule"]),
        place=Place(file, 1),
        title=fields.text(has["title"]),
        source=fields.text(has["source"]),
        ledger=read_ledger(has["ledger"]),
        currency=names.currency,
        currency_fact=names.currency_fact,
        zone=read_zone(has["zone"]),
        workdays=read_workdays(has["workdays"]) if "workdays" in has else None,
        anchor=scope.day(fields.formula(has["anchor"])) if "anchor" in has else None,
        facts=names.facts,
        lets=scope.lets(),
        tables=read_tables(has["tables"], names.results, scope) if "tables" in has else {},
        versions=names.versions,
        pay=scope.money(fields.formula(has["pay"])) if "pay" in has else None,
        checks=read_checks(has["checks"], scope),
        additions=read_additions(has["additions"], scope) if "additions" in has else (),
        severity=read_severity(has["severity"], scope) if "severity" in has else None,
        remedy=read_remedy(has["remedy"], scope) if "remedy" in has else Remedy(),
        alternatives=read_alternatives(has["alternatives"], scope) if "alternatives" in has else (),
        examples=read_examples(has["examples"], names.facts) if "examples" in has else (),
        failure=_failure(has, names.facts),
    )
    _check_pay(schedule)
    _check_workdays(schedule, has.get("workdays"))
    return schedule


def _failure(has: Mapping[str, Node], facts: Mapping[str, Fact]) -> tuple[str, ...]:
    has_anchor = "anchor" in has
    if "failure" in has:
        return read_failure(has["failure"], facts, has_anchor=has_anchor)
    return by_default(has_anchor=has_anchor)


@dataclass(frozen=True, slots=True)
class _Names:
    """What the formulas of a file may speak of."""

    currency: str
    currency_fact: str | None
    facts: Mapping[str, Fact]
    versions: Mapping[str, date]
    results: Mapping[str, Record]
    scope: Scope


def _names(branch: Branch) -> _Names:
    has = branch.entries
    currency, currency_fact = read_currency(has["currency"])
    facts = read_facts(has["facts"], currency)
    versions = read_versions(has["versions"]) if "versions" in has else {}
    results = read_results(has["tables"], currency) if "tables" in has else {}
    lets = _lets(has["let"]) if "let" in has else {}
    _each_name_once(branch)
    check_currency(has["currency"], currency_fact, facts)
    scope = Scope(
        currency=currency, facts=facts, lets=lets, results=results, versions=versions, has_anchor="anchor" in has
    )
    return _Names(currency, currency_fact, facts, versions, results, scope)


def _lets(node: Node) -> dict[str, Let]:
    branch = fields.named(node)
    return {
        fields.new_name(place, name): Let(name, place, _value(branch.entries[name]))
        for name, place in branch.places.items()
    }


def _value(node: Node) -> Formula | Switch:
    if not isinstance(node, Branch):
        return fields.formula(node)
    if "by" not in node.entries:
        node.place.refuse("a list by category says of what: `by: FACT`, then a line for each word")
    cases = {name: fields.formula(item) for name, item in node.entries.items() if name not in ("by", "else")}
    if not cases:
        node.place.refuse("no word has its line: write one for each word that `by` can be")
    otherwise = node.entries.get("else")
    return Switch(
        node.place, fields.formula(node.entries["by"]), cases, fields.formula(otherwise) if otherwise else None
    )


def _each_name_once(branch: Branch) -> None:
    """Raises Misconfigured where a fact, a let and a table share a name."""
    seen: dict[str, Place] = {}
    for part in ("facts", "let", "tables"):
        if part in branch.entries:
            for name, place in fields.named(branch.entries[part]).places.items():
                if name in seen:
                    place.refuse(
                        f"`{name}` stands for something already, on line {seen[name].line}: choose another name"
                    )
                seen[name] = place


def _check_pay(schedule: Schedule) -> None:
    """Raises Misconfigured for an end that owes something while nothing says how much."""
    for check in checks_of(schedule.checks):
        end = check.then
        if end is not None and end.outcome in PAYS and end.pay is None and schedule.pay is None:
            check.place.refuse(f"`{end.outcome}` does not say how much: add `pay:` here, or for all checks above them")


def _check_workdays(schedule: Schedule, written: Node | None) -> None:
    """Raises Misconfigured where working days are counted without a calendar, or a calendar stands there for nothing."""
    calls = (
        (formula, part)
        for formula in all_formulas(schedule)
        for part in parts(formula.tree)
        if isinstance(part, Call) and part.function in ON_WORKDAYS
    )
    first = next(calls, None)
    if first and written is None:
        formula, part = first
        formula.refuse(part.at, "which days are worked is not said: add `workdays: GB/ENG`, a country or country/part")
    if written and first is None:
        written.place.refuse(f"no rule counts working days: use `{ON_WORKDAYS[0]}`, or remove the line")
