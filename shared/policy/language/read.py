"""A schedule is read from its file and checked part by part, or refused with file, line and the nearest right thing."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo, available_timezones

from shared.events import Ledger
from shared.money import minor_digits
from shared.policy.language import fields
from shared.policy.language.calendars import workdays
from shared.policy.language.operators import called
from shared.policy.language.read_checks import PAYS, read_checks, read_severity
from shared.policy.language.read_examples import read_examples
from shared.policy.language.read_facts import read_facts
from shared.policy.language.read_tables import read_results, read_tables
from shared.policy.language.schedule import Addition, Alternative, Fact, Let, Remedy, Schedule, Switch
from shared.policy.language.scope import Scope
from shared.policy.language.syntax import Call, Formula
from shared.policy.language.types import OneOf
from shared.policy.language.walk import all_formulas, checks_of, parts
from shared.policy.tree import Branch, Node, Place, nearest, read_tree

NEEDED = ("schedule", "title", "source", "ledger", "currency", "zone", "facts", "checks")
KEYS = (
    *NEEDED, "workdays", "anchor", "let", "tables", "versions", "pay", "additions", "severity", "remedy", "alternatives",
    "examples",
)  # fmt: skip
ON_WORKDAYS = ("add_workdays", "is_workday", "workdays_between")


def read_schedule(file: Path) -> Schedule:
    """The schedule in `file`, each formula typed and settled.

    Raises Misconfigured, one line: file, line, in a formula the column, what is wrong and the nearest right thing.
    """
    branch = fields.entries(read_tree(file), KEYS, NEEDED)
    has = branch.entries
    currency, currency_fact = _currency(has["currency"])
    facts = read_facts(has["facts"], currency)
    versions = _versions(has["versions"]) if "versions" in has else {}
    results = read_results(has["tables"], currency) if "tables" in has else {}
    lets = _lets(has["let"]) if "let" in has else {}
    _each_name_once(branch)
    _check_currency(has["currency"], currency_fact, facts)
    scope = Scope(
        currency=currency, facts=facts, lets=lets, results=results, versions=versions, has_anchor="anchor" in has
    )
    schedule = Schedule(
        name=fields.code(has["schedule"]),
        place=Place(file, 1),
        title=fields.text(has["title"]),
        source=fields.text(has["source"]),
        ledger=_ledger(has["ledger"]),
        currency=currency,
        currency_fact=currency_fact,
        zone=_zone(has["zone"]),
        workdays=_workdays(has["workdays"]) if "workdays" in has else None,
        anchor=scope.day(fields.formula(has["anchor"])) if "anchor" in has else None,
        facts=facts,
        lets=scope.lets(),
        tables=read_tables(has["tables"], results, scope) if "tables" in has else {},
        versions=versions,
        pay=scope.money(fields.formula(has["pay"])) if "pay" in has else None,
        checks=read_checks(has["checks"], scope),
        additions=_additions(has["additions"], scope) if "additions" in has else (),
        severity=read_severity(has["severity"], scope) if "severity" in has else None,
        remedy=_remedy(has["remedy"], scope) if "remedy" in has else Remedy(),
        alternatives=_alternatives(has["alternatives"], scope) if "alternatives" in has else (),
        examples=read_examples(has["examples"], facts) if "examples" in has else (),
    )
    _check_pay(schedule)
    _check_workdays(schedule, has.get("workdays"))
    return schedule


def _currency(node: Node) -> tuple[str, str | None]:
    if isinstance(node, Branch):
        return "", fields.code(fields.entries(node, ("fact",), ("fact",)).entries["fact"])
    code = fields.text(node)
    try:
        minor_digits(code)
    except ValueError:
        node.place.refuse(
            f"`{code}` is no ISO 4217 currency code: write one like `EUR`, or `{{fact: NAME}}` where each case names its own"
        )
    return code, None


def _check_currency(node: Node, name: str | None, facts: Mapping[str, Fact]) -> None:
    if name is None:
        return
    if name not in facts:
        node.place.refuse(f"no fact is called `{name}`: {nearest(name, facts)}")
    if not isinstance(facts[name].type, OneOf):
        node.place.refuse(f"`{name}` is {called(facts[name].type)}: a currency is `{{one of: [EUR, BRL, other]}}`")


def _ledger(node: Node) -> Ledger:
    word = fields.chosen(node, get_args(Ledger))
    return next(one for one in get_args(Ledger) if one == word)


def _zone(node: Node) -> str:
    zone = fields.text(node)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        found = nearest(zone, available_timezones())
        fix = found if found.startswith("did") else "write it like `Europe/Berlin`"
        node.place.refuse(f"`{zone}` is no time zone: {fix}")
    return zone


def _workdays(node: Node) -> str:
    name = fields.text(node)
    try:
        workdays(name)
    except ValueError as wrong:
        node.place.refuse(str(wrong))
    return name


def _versions(node: Node) -> dict[str, date]:
    branch = fields.named(node)
    if not branch.entries:
        node.place.refuse("there is no version: name one, `{old: 2020-01-01}`, or remove the line")
    found = {fields.new_name(branch.places[name], name): fields.day(item) for name, item in branch.entries.items()}
    for (earlier, first), (later, then) in pairwise(found.items()):
        if then <= first:
            branch.places[later].refuse(
                f"`{later}` begins on {then}, and `{earlier}` before it on {first}: "
                "each version begins later than the one before it"
            )
    return found


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


def _additions(node: Node, scope: Scope) -> tuple[Addition, ...]:
    return tuple(_addition(one, scope) for one in fields.items(node, "additions"))


def _addition(node: Node, scope: Scope) -> Addition:
    has = fields.entries(node, ("if", "add", "reason"), ("if", "add", "reason")).entries
    return Addition(
        node.place,
        scope.condition(fields.formula(has["if"])),
        scope.money(fields.formula(has["add"])),
        fields.code(has["reason"]),
    )


def _remedy(node: Node, scope: Scope) -> Remedy:
    has = fields.entries(node, ("form", "quantity", "equal")).entries
    return Remedy(
        form=fields.code(has["form"]) if "form" in has else "money",
        quantity=scope.number(fields.formula(has["quantity"])) if "quantity" in has else None,
        equal=fields.codes(has["equal"]) if "equal" in has else (),
    )


def _alternatives(node: Node, scope: Scope) -> tuple[Alternative, ...]:
    return tuple(_alternative(one, scope) for one in fields.items(node, "alternatives"))


def _alternative(node: Node, scope: Scope) -> Alternative:
    has = fields.entries(node, ("form", "worth"), ("form", "worth")).entries
    return Alternative(node.place, fields.code(has["form"]), scope.money(fields.formula(has["worth"])))


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
