"""Rules made ready to run: each formula becomes a function of the case, once, when the policy is loaded."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from shared.policy.language.arithmetic.calendars import workdays
from shared.policy.language.arithmetic.computing import clamp, works
from shared.policy.language.form.kinds import Bound, Kinds
from shared.policy.language.form.operators import PLAIN
from shared.policy.language.form.schedule import DatedTable, Let, Schedule, Switch, Table
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
from shared.policy.language.form.walk import formulas_of
from shared.policy.language.form.walk import names as names_in
from shared.policy.language.form.writing import written
from shared.policy.language.judging import gatherings, names, tables
from shared.policy.language.judging.case import Case
from shared.policy.language.judging.operations import (
    COMPARISONS,
    Run,
    Works,
    all_of,
    among,
    any_of,
    arithmetic,
    chosen,
    compared,
    compared_with,
    computed,
    constant,
    denied,
    light,
)

NONE: Bound = {}
LIMITS: Mapping[str, Works] = {"min": min, "max": max, "clamp": clamp}


class Formulas:
    """The formulas of one schedule, with everything that they may name."""

    def __init__(self, schedule: Schedule) -> None:
        zone = ZoneInfo(schedule.zone)
        self._schedule = schedule
        self._kinds = Kinds(schedule)
        self._works = works(zone, workdays(schedule.workdays) if schedule.workdays else None)
        self.facts = {name: names.fact(one, zone) for name, one in schedule.facts.items()}
        bodies: dict[str, list[Run]] = {name: [] for name in schedule.lets}
        rows: dict[str, list[Run]] = {name: [] for name in schedule.tables}
        lets = {name: names.let(name, one.place.line, bodies[name]) for name, one in schedule.lets.items()}
        looked_up = {name: _later(body) for name, body in rows.items()}
        self._named: Mapping[str, Run] = self.facts | lets | looked_up | {"now": names.now}
        self.anchor = names.anchor(self.run(schedule.anchor) if schedule.anchor else None)
        self.version = names.version(self.anchor, schedule.versions)
        self._named = {**self._named, "anchor": self.anchor, "version": self.version}
        for name, table in schedule.tables.items():
            rows[name].append(self._table(table))
        for name, one in schedule.lets.items():
            bodies[name].append(self._let(one))

    def stated(self, fact: str) -> Run:
        """The fact where somebody stated it; missing where it only stands so far."""
        return names.stated(self._schedule.facts[fact], self.facts[fact])

    def run(self, formula: Formula) -> Run:
        """The formula as a function of the case."""
        return self._node(formula.tree, NONE)

    def _let(self, declared: Let) -> Run:
        value = declared.value
        if isinstance(value, Formula):
            return self.run(value)
        return self._switch(value)

    def _switch(self, value: Switch) -> Run:
        cases = {word: self.run(one) for word, one in value.cases.items()}
        otherwise = self.run(value.otherwise) if value.otherwise else constant(tables.NO_ROW)
        return names.switch(self.run(value.by), cases, otherwise)

    def _table(self, declared: Table | DatedTable) -> Run:
        if isinstance(declared, DatedTable):
            return tables.dated(declared, self.run(declared.by))
        return tables.table(declared, tuple(self.run(one) for one in declared.by))

    def _node(self, node: Node, bound: Bound) -> Run:  # noqa: C901 - one case a kind of part
        match node:
            case Literal(value=value, type=type_):
                return constant(light(value) if type_ in PLAIN else value)
            case Name(name=name):
                return self._name(name, bound)
            case Field(of=of, name=name):
                return gatherings.field(self._node(of, bound), name)
            case Call():
                return self._call(node, bound)
            case Negative(of=of):
                return computed(lambda value: -value, (self._node(of, bound),))
            case Arithmetic(operator=sign, left=left, right=right):
                does = arithmetic(sign, self._kinds.of(left, bound), self._kinds.of(right, bound))
                return computed(does, (self._node(left, bound), self._node(right, bound)))
            case Comparison():
                return self._comparison(node, bound)
            case Among(item=item, choices=choices):
                return among(self._node(item, bound), tuple(self._node(one, bound) for one in choices))
            case Not(of=of):
                return denied(self._node(of, bound))
            case And(sides=sides):
                return all_of(tuple(self._node(one, bound) for one in sides))
            case Or(sides=sides):
                return any_of(tuple(self._node(one, bound) for one in sides))
            case Choice(condition=condition, then=then, otherwise=otherwise):
                return chosen(self._node(condition, bound), self._node(then, bound), self._node(otherwise, bound))
            case Gathering():
                return self._gathering(node, bound)

    def _name(self, name: str, bound: Bound) -> Run:
        if name in bound:
            entry = _entry(name)
            return lambda case: case.memo[entry]
        return self._named.get(name) or constant(name)

    def _comparison(self, node: Comparison, bound: Bound) -> Run:
        pairs = zip(node.operands, node.operators, node.operands[1:], strict=False)
        links = tuple(self._link(left, sign, right, bound) for left, sign, right in pairs)
        return links[0] if len(links) == 1 else all_of(links)

    def _link(self, left: Node, sign: str, right: Node, bound: Bound) -> Run:
        if isinstance(right, Literal) and sign in COMPARISONS:
            value = light(right.value) if self._kinds.of(left, bound) in PLAIN else right.value
            return compared_with(self._node(left, bound), sign, value)
        return compared(self._node(left, bound), sign, self._node(right, bound))

    def _gathering(self, node: Gathering, bound: Bound) -> Run:
        inner = {**bound, node.variable: self._kinds.entry(node.source, bound)}
        condition = self._node(node.condition, inner) if node.condition else None
        source = self._node(node.source, bound)
        return gatherings.gathered(self._node(node.result, inner), _entry(node.variable), source, condition)

    def _call(self, node: Call, bound: Bound) -> Run:
        function, arguments = node.function, node.arguments
        of = tuple(self._node(one, bound) for one in arguments)
        named = tuple(one.name for one in arguments if isinstance(one, Name))
        match function:
            case "known":
                return names.known(self._schedule.facts[named[0]], of[0])
            case "ongoing":
                return names.ongoing(self._schedule.facts[named[0]], of[0])
            case "proved":
                return names.proved(of[0])
            case "first_proved":
                return names.first_proved(tuple(zip(named, of, strict=True)))
            case "first_known":
                return names.first_known(of)
            case "min" | "max" | "clamp":
                return self._limited(node, of)
            case "count" | "sum" | "any" | "all" | "first" | "last":
                return self._of_list(function, arguments[0], of[0], bound)
            case "most_within":
                return computed(gatherings.densest, of)
            case _:
                return computed(self._works[function], of)

    def _limited(self, node: Call, of: tuple[Run, ...]) -> Run:
        """A limit bites where the value is not the argument that is computed, or else the first."""
        value = next((at for at, one in enumerate(node.arguments) if not isinstance(one, Literal)), 0)
        return names.limited(LIMITS[node.function], of, value, written(node))

    def _of_list(self, function: str, list_: Node, of: Run, bound: Bound) -> Run:
        if function == "sum":
            return gatherings.listed(of, gatherings.total_of(self._kinds.entry(list_, bound)))
        if function in gatherings.ENDS:
            facts = tuple(self._facts_in(list_, set()))
            return gatherings.listed(of, gatherings.end_of(gatherings.ENDS[function], facts))
        return gatherings.listed(of, gatherings.ASKED[function])

    def _facts_in(self, node: Node, seen: set[str]) -> Iterator[str]:
        """The facts that a value rests on, also by way of derived values."""
        for name in names_in(node):
            if name in seen:
                continue
            seen.add(name)
            if name in self._schedule.facts:
                yield name
            for formula in formulas_of(self._schedule.lets.get(name)):
                yield from self._facts_in(formula.tree, seen)


def _entry(variable: str) -> str:
    """Under which name the memo keeps the entry in hand: no name of a schedule has a blank."""
    return f"entry {variable}"


def _later(body: list[Run]) -> Run:
    """What is put there once everything has its name."""

    def run(case: Case) -> Any:
        return body[0](case)

    return run
