"""All that the formulas of one schedule may speak of, and whether each formula is of the kind that its place asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from shared.policy.language.form.operators import PLAIN, is_like, joined
from shared.policy.language.form.schedule import Fact, Let, Switch
from shared.policy.language.form.syntax import Formula, Literal, Name, Node
from shared.policy.language.form.types import DATE, FLAG, INSTANT, NUMBER, MoneyIn, OneOf, Record, Type
from shared.policy.language.form.walk import below, formulas_of
from shared.policy.language.form.writing import written
from shared.policy.language.reading.advice import advice, as_condition, called, completed
from shared.policy.language.reading.typing import ANY_WORD, Walk
from shared.policy.tree import Place, nearest

DEEPEST = 120
"""Levels of formulas that rest on each other; a schedule that people understand has ten."""


class Scope:
    """The names of one schedule and their types; those of the lets are worked out when they are first asked for.

    Every formula that leaves it is settled: a bare name that is a word has become a literal, so that each name that
    remains is the name of something.
    """

    def __init__(
        self,
        *,
        currency: str,
        facts: Mapping[str, Fact],
        lets: Mapping[str, Let],
        results: Mapping[str, Record],
        versions: Mapping[str, object],
        has_anchor: bool,
    ) -> None:
        self.currency, self.facts = currency, facts
        self._lets, self._settled, self._types = lets, dict[str, Let](), dict[str, Type]()
        self._busy: list[str] = []
        self._levels: dict[str, int] = {}
        self._known: dict[str, Type] = {"now": INSTANT, **results, **{name: fact.type for name, fact in facts.items()}}
        self._missing: dict[str, str] = {}
        if has_anchor:
            self._known["anchor"] = DATE
        else:
            self._missing["anchor"] = "the schedule names no `anchor`: add `anchor: local_date(…)` above the facts"
        if versions:
            self._known["version"] = OneOf(tuple(versions))
        else:
            self._missing["version"] = "the schedule has no versions: add `versions: {old: 2020-01-01, new: …}`"

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._lets or name in self._missing

    def __iter__(self) -> Iterator[str]:
        return iter((*self._known, *self._lets))

    def cheap_type(self, name: str) -> Type | None:
        """The type of what needs no working out: all but the lets."""
        return self._known.get(name)

    def type_of(self, name: str, formula: Formula, at: int) -> Type:
        """The type of a declared name. Raises Misconfigured where it rests on itself."""
        if name in self._known:
            return self._known[name]
        if name in self._missing:
            formula.refuse(at, self._missing[name])
        if name in self._busy:
            circle = " → ".join((*self._busy[self._busy.index(name) :], name))
            formula.refuse(at, f"`{name}` rests on itself, {circle}: one of them must do without")
        self._work_out(name)
        return self._types[name]

    def lets(self) -> dict[str, Let]:
        """All lets, settled."""
        for name in self._lets:
            self._work_out(name)
        return {name: self._settled[name] for name in self._lets}

    def typed(self, formula: Formula, wanted: OneOf | None = None) -> tuple[Type, Formula]:
        """Its type, and the formula with its words settled. Raises Misconfigured with column and fix."""
        walk = Walk(self, formula)
        type_ = walk.of(formula.tree, {}, wanted)
        if isinstance(type_, Record):
            formula.refuse(formula.tree.at, f"say which part of it: one of {', '.join(type_.fields)}")
        tree = settled(formula.tree, walk.words) if walk.words else formula.tree
        return type_, formula if tree is formula.tree else replace(formula, tree=tree)

    def condition(self, formula: Formula) -> Formula:
        """A formula that holds or not."""
        type_, found = self.typed(formula)
        if type_ != FLAG:
            formula.refuse(
                formula.tree.at,
                f"a condition belongs here, and this is {called(type_)}: {as_condition(formula.tree, type_)}",
            )
        return found

    def money(self, formula: Formula) -> Formula:
        """A sum in the schedule's currency."""
        wanted = MoneyIn(self.currency)
        type_, found = self.typed(formula)
        if type_ != wanted:
            formula.refuse(
                formula.tree.at,
                f"{called(wanted)} belongs here, and this is {called(type_)}: {_fix(formula, wanted, type_)}",
            )
        return found

    def number(self, formula: Formula) -> Formula:
        """A plain number."""
        return self._of_kind(formula, (NUMBER,), "a number")

    def day(self, formula: Formula) -> Formula:
        """A date."""
        return self._of_kind(formula, (DATE,), "a date")

    def time(self, formula: Formula) -> Formula:
        """A date or an instant."""
        return self._of_kind(formula, (DATE, INSTANT), "a date or an instant")

    def word(self, formula: Formula) -> tuple[OneOf, Formula]:
        """A formula that comes to a word, and the words that it can come to."""
        type_, found = self.typed(formula, ANY_WORD)
        if not isinstance(type_, OneOf):
            formula.refuse(formula.tree.at, f"a word belongs here, and this is {called(type_)}: {_as_word(type_)}")
        return type_, found

    def _of_kind(self, formula: Formula, kinds: tuple[Type, ...], what: str) -> Formula:
        type_, found = self.typed(formula)
        if not any(is_like(type_, kind) for kind in kinds):
            formula.refuse(
                formula.tree.at, f"{what} belongs here, and this is {called(type_)}: {_fix(formula, kinds[0], type_)}"
            )
        return found

    def _work_out(self, name: str) -> None:
        if name in self._types:
            return
        self._busy.append(name)
        let = self._lets[name]
        if isinstance(let.value, Switch):
            self._types[name], value = self._switch(let.value)
            self._settled[name] = replace(let, value=value)
        else:
            self._types[name], formula = self.typed(let.value)
            self._settled[name] = replace(let, value=formula)
        self._busy.pop()
        self._levels[name] = self._depth(let.place, name)

    def _depth(self, place: Place, name: str) -> int:
        """How many parts lie below that let, those of other lets included: each costs a case a step of its own."""
        formulas = formulas_of(self._settled[name])
        deep = 1 + max(_levels(formula.tree, self._levels) for formula in formulas)
        if deep > DEEPEST:
            place.refuse(
                f"`{name}` rests on {deep} levels of other formulas, and {DEEPEST} are the most: make it flatter"
            )
        return deep

    def _switch(self, switch: Switch) -> tuple[Type, Switch]:
        by_type, by = self.word(switch.by)
        for name, case in switch.cases.items():
            check_case(switch.by, by_type, name, case.place)
        whole: Type | None = None
        cases: dict[str, Formula] = {}
        for name, case in (*switch.cases.items(), *((("else", switch.otherwise),) if switch.otherwise else ())):
            type_, cases[name] = self.typed(case, ANY_WORD if isinstance(case.tree, Name) else None)
            both = type_ if whole is None else joined(whole, type_)
            if whole is not None and both is None:
                case.refuse(
                    case.tree.at,
                    f"this is {called(type_)}, and the case before it {called(whole)}: {_fix(case, whole, type_)}",
                )
            whole = both
        otherwise = cases.pop("else", None)
        assert whole is not None
        return whole, replace(switch, by=by, cases=cases, otherwise=otherwise)


def check_case(by: Formula, words: OneOf, name: str, place: Place) -> None:
    """Raises Misconfigured for a case that `by` never comes to."""
    if name not in words.words or name == "none":
        fix = "write `else` for it" if name in ("other", "none", "any") else nearest(name, words.words)
        place.refuse(f"`{by.text}` never is `{name}`: {fix}")


def _fix(formula: Formula, wanted: Type, type_: Type) -> str:
    """What belongs in the formula's place: a plain number is shown with what it lacks."""
    tree = formula.tree
    full = completed(written(tree), wanted) if isinstance(tree, Literal) and type_ in PLAIN else ""
    return f"write `{full}`" if full else advice(wanted, type_)


def _levels(node: Node, lets: Mapping[str, int]) -> int:
    if isinstance(node, Name):
        return 1 + lets.get(node.name, 0)
    return 1 + max((_levels(part, lets) for part in below(node)), default=0)


def settled(node: Node, words: Mapping[int, OneOf]) -> Node:
    """The part with each bare name that is a word, by its column, as that word."""
    if isinstance(node, Name):
        return Literal(node.at, node.name, words[node.at]) if node.at in words else node
    changes: dict[str, Any] = {field.name: _settled(getattr(node, field.name), words) for field in fields(node)}
    return replace(node, **changes)


def _settled(value: object, words: Mapping[int, OneOf]) -> object:
    if isinstance(value, Node):
        return settled(value, words)
    return tuple(_settled(one, words) for one in value) if isinstance(value, tuple) else value


def _as_word(type_: Type) -> str:
    if type_ == FLAG:
        return "a flag is asked with `if`"
    if type_ in PLAIN:
        return "a number is compared, or looked up in a table"
    return "compare it, or look it up in a table"
