"""Every part of a formula, and what a formula, a `let` or a table rests on, for whoever must look at all of them."""

from collections.abc import Iterable, Iterator, Mapping

from shared.policy.language.form.schedule import Check, DatedTable, End, Let, Schedule, Switch, Table
from shared.policy.language.form.syntax import (
    Among,
    And,
    Arithmetic,
    Call,
    Choice,
    Comparison,
    Field,
    Formula,
    Gathering,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Or,
)

Rests = Mapping[str, tuple[str, ...]]
"""What each `let`, each table, the anchor and the version rest on, by name."""


def below(node: Node) -> tuple[Node, ...]:
    """The parts that this part is directly made of, from left to right."""
    match node:
        case Literal() | Name():
            return ()
        case Field(of=of) | Negative(of=of) | Not(of=of):
            return (of,)
        case Call(arguments=parts) | And(sides=parts) | Or(sides=parts) | Comparison(operands=parts):
            return parts
        case Arithmetic(left=left, right=right):
            return left, right
        case Among(item=item, choices=choices):
            return item, *choices
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return then, condition, otherwise
        case Gathering(result=result, source=source, condition=condition):
            return (result, source) if condition is None else (result, source, condition)


def parts(node: Node) -> Iterator[Node]:
    """The part itself and all that it is made of."""
    yield node
    for one in below(node):
        yield from parts(one)


def names(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names that a formula speaks, without its comprehensions' own variables and with its bare words."""
    match node:
        case Name(name=name):
            if name not in bound:
                yield name
        case Gathering(result=result, variable=variable, source=source, condition=condition):
            yield from names(source, bound)
            for one in (result, condition):
                if one is not None:
                    yield from names(one, bound | {variable})
        case _:
            for one in below(node):
                yield from names(one, bound)


def formulas_of(part: Formula | Switch | Let | Table | DatedTable | End | None) -> Iterator[Formula]:
    """The formulas that stand in this part of a schedule."""
    match part:
        case Formula():
            yield part
        case Switch(by=by, cases=cases, otherwise=otherwise):
            yield from (by, *cases.values())
            yield from formulas_of(otherwise)
        case Let(value=value):
            yield from formulas_of(value)
        case Table(by=keys):
            yield from keys
        case DatedTable(by=key):
            yield key
        case End(reason=reason, pay=pay, again=again, severity=severity):
            yield from (one for one in (reason, pay, again, severity) if isinstance(one, Formula))
        case None:
            return


def checks_of(checks: Iterable[Check]) -> Iterator[Check]:
    """All checks, those inside of others too, in the order of the file."""
    for check in checks:
        yield check
        yield from checks_of(check.checks)
        for cases in (check.cases or {}).values():
            yield from checks_of(cases)
        yield from checks_of(check.otherwise or ())


def formulas_of_checks(checks: Iterable[Check]) -> Iterator[Formula]:
    """The formulas of all checks: conditions, categories, and what their ends pay and say."""
    for check in checks_of(checks):
        for one in (check.condition, check.by, check.then):
            yield from formulas_of(one)


def final_formulas(schedule: Schedule) -> Iterator[Formula]:
    """What is worked out once a check has ended a case: the sum, what is added, how grave it is, in which form."""
    for one in (schedule.pay, schedule.severity, schedule.remedy.quantity):
        yield from formulas_of(one)
    for addition in schedule.additions:
        yield from (addition.condition, addition.add)
    for alternative in schedule.alternatives:
        yield alternative.worth


def all_formulas(schedule: Schedule) -> Iterator[Formula]:
    """Every formula of the file."""
    yield from formulas_of(schedule.anchor)
    for part in (*schedule.lets.values(), *schedule.tables.values()):
        yield from formulas_of(part)
    yield from formulas_of_checks(schedule.checks)
    yield from final_formulas(schedule)


def names_in(formulas: Iterable[Formula]) -> tuple[str, ...]:
    """The names that these formulas speak."""
    return tuple(name for formula in formulas for name in names(formula.tree))


def names_of_check(check: Check) -> tuple[str, ...]:
    """The names that the check itself speaks, without those of the checks inside."""
    own = (one for part in (check.condition, check.by, check.then) for one in formulas_of(part))
    return (*names_in(own), *check.need, *check.excluded_by, *((check.together,) if check.together else ()))


def rests_of(schedule: Schedule) -> Rests:
    """What is worked out from what."""
    rests = {"version": ("anchor",), "anchor": names_in(formulas_of(schedule.anchor))}
    for name, part in (*schedule.lets.items(), *schedule.tables.items()):
        rests[name] = names_in(formulas_of(part))
    return rests


def reached(rests: Rests, roots: Iterable[str]) -> set[str]:
    """All names that these lead to, themselves included."""
    found: set[str] = set()
    open_ = list(roots)
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_.extend(rests.get(name, ()))
    return found
