"""Each formula as the text of a Python function: one call a formula, where a call for every part would cost the most.

A function asks the case for names and leaves three-valued logic in plain sight. `days_late > 0 and undelivered`:

    def formula(case):
        a = case['days_late']
        b = a if type(a) is Missing else a > 0
        if b is not False:
            c = case['undelivered']
            b = c if b is True or c is False else missing_together(b, c)
        return b
"""

from collections.abc import Callable, Container, Iterable, Mapping
from functools import partial
from typing import Any

from shared.policy.language.arithmetic.computing import clamp
from shared.policy.language.form.kinds import Bound, Kinds
from shared.policy.language.form.operators import PLAIN
from shared.policy.language.form.syntax import (
    Among,
    And,
    Arithmetic,
    Call,
    Choice,
    Comparison,
    Field,
    Gathering,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Or,
)
from shared.policy.language.form.writing import written
from shared.policy.language.judging import gatherings, names
from shared.policy.language.judging.gatherings import Perhaps
from shared.policy.language.judging.lines import Lines
from shared.policy.language.judging.operations import Works, arithmetic, light
from shared.policy.language.judging.unknown import NOT_COMPUTABLE, Missing, missing_together

BEYOND = Missing(NOT_COMPUTABLE)
"""A division by nothing, a date outside of the calendar: the facts make no sense together."""
ALWAYS = {
    "Missing": Missing, "missing_together": missing_together, "Perhaps": Perhaps, "BEYOND": BEYOND,
    "first_proved": names.first_proved,
}  # fmt: skip
LIMITS: Mapping[str, Works] = {"min": min, "max": max, "clamp": clamp}


class Source:
    """The formulas of one schedule. `told`: its names. `facts_in`: the facts that a part rests on."""

    def __init__(
        self, kinds: Kinds, told: Container[str], works: Mapping[str, Works], facts_in: Callable[[Node], Iterable[str]]
    ) -> None:
        self._kinds, self._told, self._works, self._facts_in = kinds, told, works, facts_in
        self._lines = Lines(ALWAYS)
        self._entries: dict[str, str] = {}
        self._types: Bound = {}

    def lines(self, node: Node) -> Lines:
        """The function of the case that this formula is, in lines that can be read and run."""
        self._lines, self._entries, self._types = Lines(ALWAYS), {}, {}
        self._lines.add(f"return {self._part(node)}")
        return self._lines

    def _type(self, node: Node) -> Any:
        return self._kinds.of(node, self._types)

    def _part(self, node: Node) -> str:  # noqa: C901 - one case a kind of part
        """Lines that work out this part, and the variable or the literal that it is then."""
        match node:
            case Literal(value=value, type=type_):
                return self._lines.value(light(value) if type_ in PLAIN else value)
            case Name(name=name):
                return self._entries.get(name) or (
                    self._lines.set(f"case[{name!r}]") if name in self._told else repr(name)
                )
            case Field(of=of, name=name):
                return self._unless_missing("{}[" + repr(name) + "]", of)
            case Call():
                return self._call(node)
            case Negative(of=of):
                return self._unless_missing("-{}", of)
            case Arithmetic(operator=sign, left=left, right=right):
                works = arithmetic(sign, self._type(left), self._type(right))
                return self._computed(works, (left, right))
            case Comparison(operands=operands, operators=signs):
                links = zip(operands, signs, operands[1:], strict=False)
                return self._folded([partial(self._compared, *link) for link in links], ends=False)
            case Among(item=item, choices=choices):
                written_out = tuple(one.value for one in choices if isinstance(one, Literal))
                if len(written_out) == len(choices):
                    return self._unless_missing("{} in " + self._lines.value(written_out, "choices"), item)
                return self._folded([partial(self._compared, item, "==", one) for one in choices], ends=True)
            case Not(of=of):
                return self._unless_missing("not {}", of)
            case And(sides=sides):
                return self._folded([partial(self._part, one) for one in sides], ends=False)
            case Or(sides=sides):
                return self._folded([partial(self._part, one) for one in sides], ends=True)
            case Choice():
                return self._choice(node)
            case Gathering():
                return self._gathering(node)

    def _unless_missing(self, form: str, *parts: Node) -> str:
        """What `form` makes of parts that are known; else what is missing of them, with every name."""
        values = [self._part(one) for one in parts]
        made, unsure = form.format(*values), self._unsure(values)
        return self._lines.set(f"{_together(unsure)} if {_any_missing(unsure)} else {made}" if unsure else made)

    def _unsure(self, values: Iterable[str]) -> list[str]:
        """The variables among these: what is written in the rule is never missing."""
        return [one for one in values if one in self._lines.variables]

    def _compared(self, left: Node, sign: str, right: Node) -> str:
        return self._unless_missing(f"{{}} {sign} {{}}", left, right)

    def _computed(self, works: Works, arguments: Iterable[Node]) -> str:
        """What a function makes of its arguments, of which it needs each."""
        of = [self._part(one) for one in arguments]
        unsure = self._unsure(of)
        made = self._lines.variable()
        with self._lines.block(f"if {_any_missing(unsure)}:" if unsure else "if False:"):
            self._lines.add(f"{made} = {_together(unsure)}")
        with self._lines.block("else:"):
            with self._lines.block("try:"):
                self._lines.add(f"{made} = {self._lines.value(works, _called(works))}({', '.join(of)})")
            with self._lines.block("except (ArithmeticError, ValueError):"):
                self._lines.add(f"{made} = BEYOND")
        return made

    def _folded(self, sides: list[Callable[[], str]], ends: bool) -> str:
        """`ends` as soon as one side is known to be that, wherever it stands; else unknown when any is."""
        found = self._own(sides[0]())
        for side in sides[1:]:
            with self._lines.block(f"if {found} is not {ends}:"):
                one = side()
                self._lines.add(
                    f"{found} = {one} if {found} is {not ends} or {one} is {ends} else missing_together({found}, {one})"
                )
        return found

    def _own(self, value: str) -> str:
        """A variable of this value that nothing else reads."""
        return (
            value if value in self._lines.variables and value not in self._entries.values() else self._lines.set(value)
        )

    def _choice(self, node: Choice) -> str:
        """One of two values. Where the condition is unknown, the value still stands if both are the same."""
        asked = self._part(node.condition)
        then = otherwise = self._lines.set("None")
        with self._lines.block(f"if {asked} is not False:"):
            self._lines.add(f"{then} = {self._part(node.then)}")
        otherwise = self._lines.set("None")
        with self._lines.block(f"if {asked} is not True:"):
            self._lines.add(f"{otherwise} = {self._part(node.otherwise)}")
        both = f"{then} if type({then}) is not Missing and {then} == {otherwise} else {asked}"
        return self._lines.set(f"{then} if {asked} is True else {otherwise} if {asked} is False else ({both})")

    def _gathering(self, node: Gathering) -> str:
        source = self._part(node.source)
        made = self._lines.set(source)
        with self._lines.block(f"if type({made}) is not Missing:"):
            found, entry = self._lines.set("[]"), self._lines.set("None")
            outside = self._entries, self._types
            self._types = {**self._types, node.variable: self._kinds.entry(node.source, self._types)}
            self._entries = {**self._entries, node.variable: entry}
            with self._lines.block(f"for {entry} in {source}:"):
                holds = self._part(node.condition) if node.condition else "True"
                with self._lines.block(f"if {holds} is not False:"):
                    result = self._part(node.result)
                    self._lines.add(f"{found}.append({result} if {holds} is True else Perhaps({result}, {holds}))")
            self._entries, self._types = outside
            self._lines.add(f"{made} = tuple({found})")
        return made

    def _call(self, node: Call) -> str:
        function, arguments = node.function, node.arguments
        match function:
            case "known":
                value, absent = self._absence(arguments[0])
                return self._lines.set(f"False if {absent} else {value} if type({value}) is Missing else True")
            case "ongoing":
                _, absent = self._absence(arguments[0])
                return self._lines.set(f"case.so_far is not None and {absent}")
            case "first_proved":
                proofs = "".join(f", {one.name!r}" for one in arguments if isinstance(one, Name))
                return self._lines.set(f"first_proved(case{proofs})")
            case "proved":
                return self._lines.set(f"{self._part(arguments[0])} == 'proved'")
            case "first_known":
                return self._first_known(arguments)
            case "min" | "max" | "clamp":
                return self._limited(node)
            case "count" | "sum" | "any" | "all" | "first" | "last":
                asked = self._lines.value(self._of_list(function, arguments[0]), f"{function}_of")
                return self._unless_missing(asked + "({})", arguments[0])
            case "most_within":
                return self._computed(gatherings.densest, arguments)
            case _:
                return self._computed(self._works[function], arguments)

    def _absence(self, fact: Node) -> tuple[str, str]:
        """The value of a fact, and whether nobody stated it."""
        assert isinstance(fact, Name)
        return self._part(fact), f"{fact.name!r} in case.absent"

    def _first_known(self, values: Iterable[Node]) -> str:
        """The first value that is known; those behind it are not looked at."""
        first, *others = values
        found = self._own(self._part(first))
        for other in others:
            with self._lines.block(f"if type({found}) is Missing:"):
                one = self._part(other)
                self._lines.add(f"{found} = missing_together({found}, {one}) if type({one}) is Missing else {one}")
        return found

    def _limited(self, node: Call) -> str:
        """A value held by limits; where one bites, which is not the argument that is computed (or else the first), the
        step says so."""
        of = [self._part(one) for one in node.arguments]
        held = next((at for at, one in enumerate(node.arguments) if not isinstance(one, Literal)), 0)
        unsure = self._unsure(of)
        made = self._lines.variable()
        with self._lines.block(f"if {_any_missing(unsure)}:" if unsure else "if False:"):
            self._lines.add(f"{made} = {_together(unsure)}")
        with self._lines.block("else:"):
            self._lines.add(f"{made} = {self._lines.value(LIMITS[node.function], node.function)}({', '.join(of)})")
            with self._lines.block(f"if {made} != {of[held]}:"):
                self._lines.add(f"case.bite({written(node)!r})")
        return made

    def _of_list(self, function: str, list_: Node) -> Works:
        if function == "sum":
            return gatherings.total_of(self._kinds.entry(list_, self._types))
        if function in gatherings.ENDS:
            return gatherings.end_of(gatherings.ENDS[function], tuple(self._facts_in(list_)))
        return gatherings.ASKED[function]


def _together(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"missing_together({', '.join(values)})"


def _any_missing(values: Iterable[str]) -> str:
    return " or ".join(f"type({one}) is Missing" for one in values)


def _called(works: Works) -> str:
    name = getattr(works, "__name__", "work")
    return name if name.isidentifier() else "work"
