"""A fact whose absence is an answer is read only where it is surely known, so that hiding it never changes a sum unseen."""

from collections.abc import Iterable

from shared.policy.language.form.schedule import Check, End, Schedule, Switch
from shared.policy.language.form.syntax import And, Call, Choice, Formula, Literal, Name, Node, Not, Or
from shared.policy.language.form.walk import below, formulas_of

ASKS = ("known", "ongoing")
PAYS = ("owed", "owed_in_part")
Facts = frozenset[str]
NONE: Facts = frozenset()


def prove_known(schedule: Schedule) -> None:
    """Raises Misconfigured where an optional fact is read and nobody has asked for it."""
    walk = _Walk(schedule)
    walk.formulas((*formulas_of(schedule.anchor), *formulas_of(schedule.severity)), NONE)
    walk.checks(schedule.checks, NONE)


class _Walk:
    """Follows the checks in order, with the optional facts that are surely known at each step.

    Where no case can come (behind an end, or where a word has the other value) all of them count as known.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.all: Facts = frozenset(fact.name for fact in schedule.facts.values() if fact.optional)
        self.parts = {
            name: tuple(formulas_of(part)) for name, part in (*schedule.lets.items(), *schedule.tables.items())
        }
        self.parts["anchor"] = self.parts["version"] = tuple(formulas_of(schedule.anchor))
        self.seen: set[tuple[str, Facts]] = set()
        self.line = schedule.place.line

    def checks(self, checks: Iterable[Check], sure: Facts) -> Facts:
        """What is known of a case that comes through all of these checks."""
        for check in checks:
            sure = self.check(check, sure)
        return sure

    def check(self, check: Check, sure: Facts) -> Facts:
        self.line = check.place.line
        outside = self.all
        if check.condition:
            self.formulas((check.condition,), sure)
            outside = sure | self.told(check.condition.tree, truth=False)
            sure |= self.told(check.condition.tree, truth=True)
        return outside & self.inside(check, sure)

    def inside(self, check: Check, sure: Facts) -> Facts:
        """What is known behind the check of a case for which its condition holds."""
        if check.then:
            self.end(check.then, sure)
            return self.all
        if check.by:
            self.formulas((check.by,), sure)
            ways = [*(check.cases or {}).values(), *([] if check.otherwise is None else [check.otherwise])]
            return self.all.intersection(*(self.checks(way, sure) for way in ways))
        return self.checks(check.checks, sure | frozenset(check.need))

    def end(self, end: End, sure: Facts) -> None:
        self.formulas(formulas_of(end), sure)
        if end.outcome in PAYS:
            self.payment(end, sure)

    def payment(self, end: End, sure: Facts) -> None:
        if end.pay is None:
            self.formulas(formulas_of(self.schedule.pay), sure)
        for addition in self.schedule.additions:
            self.formulas((addition.condition,), sure)
            self.formulas((addition.add,), sure | self.told(addition.condition.tree, truth=True))
        self.formulas(formulas_of(self.schedule.remedy.quantity), sure)
        self.formulas((one.worth for one in self.schedule.alternatives), sure)

    def formulas(self, formulas: Iterable[Formula], sure: Facts) -> None:
        for formula in formulas:
            self.read(formula, formula.tree, sure & self.all)

    def read(self, formula: Formula, node: Node, sure: Facts) -> None:
        """Raises Misconfigured where this part reads an optional fact that may be absent."""
        match node:
            case Name():
                self.name(formula, node, sure)
            case Call(function=function) if function in ASKS:
                return
            case Call(function="first_known", arguments=(*_, last)):
                self.read(formula, last, sure)
            case And(sides=sides) | Or(sides=sides):
                truth = isinstance(node, And)
                for n, side in enumerate(sides):
                    others = (self.told(other, truth=truth) for other in (*sides[:n], *sides[n + 1 :]))
                    self.read(formula, side, sure.union(*others))
            case Choice(condition=condition, then=then, otherwise=otherwise):
                self.read(formula, condition, sure)
                self.read(formula, then, sure | self.told(condition, truth=True))
                self.read(formula, otherwise, sure | self.told(condition, truth=False))
            case _:
                for one in below(node):
                    self.read(formula, one, sure)

    def name(self, formula: Formula, node: Name, sure: Facts) -> None:
        if node.name in self.all and node.name not in sure:
            asker = "" if formula.place.line == self.line else f" (line {self.line} leads here)"
            formula.refuse(
                node.at,
                f"`{node.name}` is optional and may be absent here{asker}: ask `known({node.name})` before it is read",
            )
        if node.name in self.parts and (node.name, sure) not in self.seen:
            self.seen.add((node.name, sure))
            self.formulas(self.parts[node.name], sure)

    def told(self, node: Node, *, truth: bool) -> Facts:
        """The optional facts that are known if this condition is true (or false)."""
        match node:
            case Call(function="known", arguments=(Name(name=name),)):
                return frozenset((name,)) if truth else NONE
            case Literal(value=bool(value)):
                return NONE if value is truth else self.all
            case Not(of=of):
                return self.told(of, truth=not truth)
            case And(sides=sides) | Or(sides=sides):
                each = [self.told(side, truth=truth) for side in sides]
                return NONE.union(*each) if isinstance(node, And) is truth else self.all.intersection(*each)
            case Choice(condition=condition, then=then, otherwise=otherwise):
                first = self.told(condition, truth=True) | self.told(then, truth=truth)
                return first & (self.told(condition, truth=False) | self.told(otherwise, truth=truth))
            case Name(name=name) if name in self.schedule.lets:
                return self.told_by_let(name, truth=truth)
            case _:
                return NONE

    def told_by_let(self, name: str, *, truth: bool) -> Facts:
        value = self.schedule.lets[name].value
        ways = value.cases.values() if isinstance(value, Switch) else (value,)
        more = [value.otherwise] if isinstance(value, Switch) and value.otherwise else []
        return self.all.intersection(*(self.told(way.tree, truth=truth) for way in (*ways, *more)))
