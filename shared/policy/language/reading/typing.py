"""Whether a formula means something: each name is known, each kind goes with the next, each word is one of its list."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import NoReturn, Protocol

from shared.policy.language.form.operators import PLAIN, can_compare, joined, result
from shared.policy.language.form.schedule import Fact
from shared.policy.language.form.signatures import SIGNATURES, Signature
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
from shared.policy.language.form.types import FLAG, NUMBER, PROOF, ListOf, OneOf, Record, Type
from shared.policy.language.form.writing import written
from shared.policy.language.reading.advice import advice_for, as_condition, called
from shared.policy.tree import nearest

Bound = Mapping[str, Type]
"""The names that comprehensions around a part have given to the entries of their lists."""
ANY_WORD = OneOf((), open=True)
"""Where any word may stand."""
LIKENESS = 0.85
"""From here on a word is a name that was written wrongly."""


class Names(Protocol):
    """All that a formula may speak of."""

    @property
    def facts(self) -> Mapping[str, Fact]: ...

    def __contains__(self, name: object) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...

    def cheap_type(self, name: str) -> Type | None:
        """The type of what needs no working out: all but the lets."""

    def type_of(self, name: str, formula: Formula, at: int) -> Type:
        """The type of a declared name. Raises Misconfigured where it rests on itself."""


class Walk:
    """One formula on its way through the types. `words`: the columns of bare names that turned out to be words."""

    def __init__(self, names: Names, formula: Formula) -> None:
        self.names, self.formula = names, formula
        self.words: dict[int, OneOf] = {}

    def of(self, node: Node, bound: Bound, wanted: OneOf | None = None) -> Type:
        """The type of a part; `wanted`: the words that a bare name may be here. Raises Misconfigured."""
        match node:
            case Literal(type=type_):
                return type_
            case Name():
                return self._name(node, bound, wanted)
            case Choice():
                return self._choice(node, bound, wanted)
            case Call():
                return self._call(node, bound)
            case Field():
                return self._field(node, bound)
            case Gathering():
                return self._gathering(node, bound)
            case Negative() | Arithmetic():
                return self._computed(node, bound)
            case _:
                return self._flag(node, bound)

    def _computed(self, node: Negative | Arithmetic, bound: Bound) -> Type:
        if isinstance(node, Negative):
            return self._negative(node, self._value(node.of, bound))
        parts = node.left, node.right
        left, right = self._value(node.left, bound), self._value(node.right, bound)
        return result(node.operator, left, right) or self._misfit(node, node.operator, parts, (left, right))

    def _flag(self, node: Comparison | Among | Not | And | Or, bound: Bound) -> Type:
        match node:
            case Comparison():
                return self._comparison(node, bound)
            case Among():
                return self._among(node, bound)
            case Not(of=of):
                return self._flags(node, (of,), bound)
            case And(sides=sides) | Or(sides=sides):
                return self._flags(node, sides, bound)

    def _among(self, node: Among, bound: Bound) -> Type:
        item, *choices = self._operands((node.item, *node.choices), bound)
        for choice, type_ in zip(node.choices, choices, strict=True):
            if not can_compare("==", item, type_):
                self._misfit(choice, "in", (node.item, choice), (item, type_))
        return FLAG

    def _name(self, node: Name, bound: Bound, wanted: OneOf | None) -> Type:
        if node.name in bound:
            return bound[node.name]
        if wanted is not None and node.name in wanted.words:
            self._unambiguous(node)
            self.words[node.at] = wanted
            return wanted
        if node.name in self.names:
            return self.names.type_of(node.name, self.formula, node.at)
        if wanted is None or not self._is_new_word(node, wanted):
            self._unknown_name(node, bound, wanted)
        self.words[node.at] = OneOf((node.name,))
        return self.words[node.at]

    def _is_new_word(self, node: Name, wanted: OneOf) -> bool:
        """Any word will do, and this one does not look like a name that was written wrongly."""
        return wanted == ANY_WORD and not get_close_matches(node.name, self.names, n=1, cutoff=LIKENESS)

    def _unambiguous(self, node: Name) -> None:
        """A word that is a name too counts as the word, unless the name means a word as well."""
        if node.name in self.names and isinstance(self.names.cheap_type(node.name), OneOf):
            self.formula.refuse(
                node.at, f"`{node.name}` is a word here and a fact of words too: give the fact another name"
            )

    def _unknown_name(self, node: Name, bound: Bound, wanted: OneOf | None) -> NoReturn:
        if wanted is None or wanted == ANY_WORD:
            self.formula.refuse(
                node.at, f"nothing is called `{node.name}`: {nearest(node.name, (*self.names, *bound))}"
            )
        if node.name == "other":
            self.formula.refuse(
                node.at,
                f"`other` stands for all words that are not listed: ask with `not in [{', '.join(wanted.words)}]`",
            )
        self.formula.refuse(
            node.at, f"`{node.name}` is none of the words that stand here: {nearest(node.name, wanted.words)}"
        )

    def _field(self, node: Field, bound: Bound) -> Type:
        record = self._value(node.of, bound, as_record=True)
        if not isinstance(record, Record):
            self.formula.refuse(
                node.at, f"`{written(node.of)}` is {called(record)} and has no parts: leave `.{node.name}` out"
            )
        if node.name not in record.fields:
            self.formula.refuse(
                node.at, f"`{written(node.of)}` has no `{node.name}`: {nearest(node.name, record.fields)}"
            )
        return record.fields[node.name]

    def _value(self, node: Node, bound: Bound, *, as_record: bool = False) -> Type:
        type_ = self.of(node, bound)
        if isinstance(type_, Record) and not as_record:
            self.formula.refuse(
                node.at, f"say which part of `{written(node)}`: `{written(node)}.{next(iter(type_.fields))}`"
            )
        return type_

    def _negative(self, node: Negative, type_: Type) -> Type:
        found = NUMBER if type_ in PLAIN else result("-", type_, type_)
        if found != (NUMBER if type_ in PLAIN else type_):
            self.formula.refuse(
                node.at, f"`{written(node.of)}` is {called(type_)}: only numbers and amounts have a minus"
            )
        return found

    def _comparison(self, node: Comparison, bound: Bound) -> Type:
        types = self._operands(node.operands, bound)
        for n, operator in enumerate(node.operators):
            if not can_compare(operator, types[n], types[n + 1]):
                self._misfit(node.operands[n], operator, node.operands[n : n + 2], types[n : n + 2])
        return FLAG

    def _operands(self, nodes: tuple[Node, ...], bound: Bound) -> tuple[Type, ...]:
        """What is compared: first what says of itself of which words it is, so that bare names can be these words."""
        types: dict[int, Type] = {}
        wanted: OneOf | None = None
        for n in sorted(range(len(nodes)), key=lambda n: self._rank(nodes[n], bound)):
            type_ = types[n] = self.of(nodes[n], bound, wanted)
            wanted = wanted or (type_ if isinstance(type_, OneOf) and type_.words != ("none",) else None)
        return tuple(types[n] for n in range(len(nodes)))

    def _rank(self, node: Node, bound: Bound) -> int:
        if not isinstance(node, Name | Choice):
            return 0
        if isinstance(node, Choice):
            return 1
        known = bound.get(node.name) or self.names.cheap_type(node.name)
        if isinstance(known, OneOf):
            return 0
        return 2 if node.name in self.names else 3

    def _flags(self, node: Node, sides: tuple[Node, ...], bound: Bound) -> Type:
        word = {Not: "not", And: "and", Or: "or"}[type(node)]
        for side in sides:
            type_ = self._value(side, bound)
            if type_ != FLAG:
                what = f"`{word}` wants conditions, and `{written(side)}` is {called(type_)}"
                self.formula.refuse(side.at, f"{what}: {as_condition(side, type_)}")
        return FLAG

    def _choice(self, node: Choice, bound: Bound, wanted: OneOf | None) -> Type:
        condition = self._value(node.condition, bound)
        if condition != FLAG:
            self.formula.refuse(
                node.condition.at,
                f"behind `if` stands a condition, and this is {called(condition)}: {as_condition(node.condition, condition)}",
            )
        types = self.of(node.then, bound, wanted or ANY_WORD), self.of(node.otherwise, bound, wanted or ANY_WORD)
        return joined(*types) or self._misfit(node, "if … else", (node.then, node.otherwise), types)

    def _gathering(self, node: Gathering, bound: Bound) -> Type:
        if node.variable in self.names or node.variable in bound:
            self.formula.refuse(node.at, f"`{node.variable}` means something already: call the entry by another name")
        source = self.of(node.source, bound)
        if not isinstance(source, ListOf):
            self.formula.refuse(
                node.source.at, f"`{written(node.source)}` is {called(source)}, and no list that has entries"
            )
        inner = {**bound, node.variable: source.item}
        if node.condition is not None and (type_ := self._value(node.condition, inner)) != FLAG:
            self.formula.refuse(
                node.condition.at,
                f"behind `if` stands a condition, and this is {called(type_)}: {as_condition(node.condition, type_)}",
            )
        return ListOf(self.of(node.result, inner))

    def _call(self, node: Call, bound: Bound) -> Type:
        signature = SIGNATURES.get(node.function)
        if signature is None:
            self.formula.refuse(
                node.at, f"there is no function `{node.function}`: {nearest(node.function, SIGNATURES)}"
            )
        if signature.takes != "values":
            self._asked_facts(node, signature)
        types = tuple(self._value(one, bound, as_record=node.function in ("first", "last")) for one in node.arguments)
        names = tuple(one.name if isinstance(one, Name) else "" for one in node.arguments)
        found = signature.fit(types, names)
        if found is None:
            given = ", ".join(map(str, types)) or "nothing"
            self.formula.refuse(
                node.at,
                f"`{node.function}` is written `{signature.usage}`, and got {given}: {advice_for(node.arguments, types)}",
            )
        if node.function == "first_proved":
            return OneOf((*names, "none"))
        return found

    def _asked_facts(self, node: Call, signature: Signature) -> None:
        """Raises Misconfigured where a function about facts is asked about something else."""
        for one in node.arguments:
            if not isinstance(one, Name) or one.name not in self.names.facts:
                known = nearest(one.name if isinstance(one, Name) else "", self.names.facts)
                self.formula.refuse(one.at, f"`{signature.usage}` is asked about a fact by its name: {known}")
            fact = self.names.facts[one.name]
            if signature.takes == "proofs" and fact.type != PROOF:
                proofs = [name for name, other in self.names.facts.items() if other.type == PROOF]
                self.formula.refuse(
                    one.at, f"`{one.name}` is {called(fact.type)} and no proof: {nearest(one.name, proofs)}"
                )
            if node.function == "known" and not fact.optional:
                self.formula.refuse(
                    one.at,
                    f"`{one.name}` is not optional, so that the case stops without it: "
                    "write `optional: yes` behind it, or leave `known` out",
                )
            if node.function == "ongoing" and not fact.ends:
                self.formula.refuse(
                    one.at,
                    f"`{one.name}` is not the end of a failure: write `ends: yes` behind it, or leave `ongoing` out",
                )

    def _misfit(self, node: Node, operator: str, parts: tuple[Node, ...], types: tuple[Type, ...]) -> NoReturn:
        left, right = (f"`{written(part)}` is {called(type_)}" for part, type_ in zip(parts, types, strict=True))
        self.formula.refuse(
            node.at, f"`{operator}` does not go with these: {left}, {right}: {advice_for(parts, types, operator)}"
        )
