"""What a rule says is read as it is written, or refused with its column and with what belongs there instead."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from shared.policy.language.form import syntax
from shared.policy.language.form.syntax import Formula, Literal, Node, refuse
from shared.policy.language.form.types import FLAG, OneOf, Type
from shared.policy.language.form.values import Value
from shared.policy.language.form.walk import below
from shared.policy.language.reading import literals, misfits
from shared.policy.tree import Place

GRAMMAR = Path(__file__).with_name("grammar.lark")
LONGEST = 2_000
DEEPEST = 40
"""Levels of a formula, brackets and operators alike: what is deeper nobody can read."""
LOOP = 3
"""Levels that `[… for …]` counts for, since a list within lists is hard to follow."""
NUMBER_AND_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)[ \t]*(.+)")
NO_WORD = OneOf(("none",))


def parse(text: str, place: Place) -> Formula:
    """The formula that `text` says. Raises Misconfigured with file, line, column, and what belongs there."""
    if not text.strip():
        place.refuse("column 1: a formula is missing here: write one, or remove the line")
    if len(text) > LONGEST:
        refuse(place, text, LONGEST, f"a formula has at most {LONGEST} letters: name its parts under `let`")
    try:
        tree: Node = _reader().parse(text)  # type: ignore[assignment]  # the transformer makes nodes of what lark reads
    except UnexpectedCharacters as wrong:
        at: Any = wrong.pos_in_stream  # lark annotates it as None and puts the offset there
        refuse(place, text, at, misfits.strange_sign(wrong.char))
    except UnexpectedToken as wrong:
        _refuse_word(text, place, wrong)
    except _MisreadError as wrong:
        refuse(place, text, wrong.at, wrong.wrong)
    too_deep = _deeper_than(tree, DEEPEST)
    if too_deep is not None:
        refuse(place, text, too_deep.at, f"more than {DEEPEST} levels deep: name parts of it under `let`")
    return Formula(place, text, tree)


def _refuse_word(text: str, place: Place, wrong: UnexpectedToken) -> NoReturn:
    is_end = wrong.token.type == "$END"
    at = len(text.rstrip()) if is_end else wrong.token.start_pos or 0
    word = "" if is_end else str(wrong.token)
    refuse(place, text, at, misfits.strange_word(text, at, word, wrong.expected))


def _deeper_than(tree: Node, levels: int) -> Node | None:
    """A part that lies deeper; found without descending by call, so that any depth can be refused."""
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > levels:
            return node
        waiting.extend((part, depth + (LOOP if isinstance(node, syntax.Gathering) else 1)) for part in below(node))
    return None


class _MisreadError(Exception):
    """A word that the grammar allows and that means nothing: its column and what is wrong."""

    def __init__(self, at: int, wrong: str) -> None:
        self.at, self.wrong = at, wrong


@cache
def _reader() -> Lark:
    """Made once for the process: it takes longer than reading a whole schedule."""
    return Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer="basic", transformer=_Parts())


def _at(token: Token) -> int:
    assert token.start_pos is not None
    return token.start_pos


@v_args(inline=True)
class _Parts(Transformer[Token, Node]):
    """Each rule of the grammar as the part that it is."""

    def start(self, tree: Node) -> Node:
        return tree

    def choose(self, then: Node, condition: Node, otherwise: Node) -> Node:
        return syntax.Choice(then.at, condition, then, otherwise)

    def any_of(self, *sides: Node) -> Node:
        return syntax.Or(sides[0].at, sides)

    def all_of(self, *sides: Node) -> Node:
        return syntax.And(sides[0].at, sides)

    def deny(self, word: Token, of: Node) -> Node:
        return syntax.Not(_at(word), of)

    def compare(self, *signs: Node | Token) -> Node:
        operands = tuple(one for one in signs if not isinstance(one, Token))
        return syntax.Comparison(operands[0].at, operands, tuple(str(one) for one in signs if isinstance(one, Token)))

    def among(self, item: Node, choices: tuple[Node, ...]) -> Node:
        return syntax.Among(item.at, item, choices)

    def not_among(self, item: Node, _: Token, choices: tuple[Node, ...]) -> Node:
        return syntax.Not(item.at, syntax.Among(item.at, item, choices))

    def choices(self, _: Token, *choices: Node) -> tuple[Node, ...]:
        return choices

    def arithmetic(self, left: Node, operator: Token, right: Node) -> Node:
        return syntax.Arithmetic(left.at, str(operator), left, right)

    def negative(self, sign: Token, of: Node) -> Node:
        return syntax.Negative(_at(sign), of)

    def field(self, of: Node, name: Token) -> Node:
        return syntax.Field(of.at, of, str(name))

    def name(self, word: Token) -> Node:
        return syntax.Name(_at(word), str(word))

    def call(self, function: Token, *arguments: Node | None) -> Node:
        return syntax.Call(_at(function), str(function), tuple(one for one in arguments if one is not None))

    def inside(self, bracket: Token, inner: Node) -> Node:
        """What stands in round brackets begins at the bracket."""
        return replace(inner, at=_at(bracket))

    def gathering(self, bracket: Token, result: Node, variable: Token, source: Node, condition: Node | None) -> Node:
        return syntax.Gathering(_at(bracket), result, str(variable), source, condition)

    def true(self, word: Token) -> Node:
        return Literal(_at(word), True, FLAG)

    def false(self, word: Token) -> Node:
        return Literal(_at(word), False, FLAG)

    def none(self, word: Token) -> Node:
        return Literal(_at(word), None, NO_WORD)

    def number(self, word: Token) -> Node:
        return _literal(word, literals.plain_number, word)

    def quantity(self, word: Token) -> Node:
        found = NUMBER_AND_UNIT.fullmatch(word)
        assert found is not None
        return _literal(word, literals.quantity, *found.groups())

    def date(self, word: Token) -> Node:
        return _literal(word, literals.calendar_day, word)

    def month(self, word: Token) -> Node:
        return _literal(word, literals.calendar_month, word)


def _literal(word: Token, read: Callable[..., tuple[Value, Type]], *signs: str) -> Literal:
    try:
        return Literal(_at(word), *read(*map(str, signs)))
    except literals.NoLiteralError as wrong:
        raise _MisreadError(_at(word), str(wrong)) from None
