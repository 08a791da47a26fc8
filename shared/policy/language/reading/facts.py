"""The facts that a schedule may read, each with what it is, who states it and who must prove it."""

import re
from typing import get_args

from shared.policy.language.form.schedule import Fact, Source
from shared.policy.language.form.types import (
    COUNT,
    DATE,
    DURATION,
    FLAG,
    INSTANT,
    MONTH,
    NUMBER,
    PERCENT,
    PROOF,
    ListOf,
    MoneyIn,
    OneOf,
    Record,
    Simple,
    Type,
)
from shared.policy.language.reading import fields
from shared.policy.language.reading.cells import read_value
from shared.policy.tree import Branch, Leaf, Node, nearest

SIMPLE: dict[str, Type] = {
    "instant": INSTANT,
    "date": DATE,
    "month": MONTH,
    "number": NUMBER,
    "count": COUNT,
    "km": Simple("distance", "km"),
    "m": Simple("distance", "m"),
    "minutes": Simple("duration", "minutes"),
    "hours": Simple("duration", "hours"),
    "days": Simple("duration", "days"),
    "percent": PERCENT,
    "flag": FLAG,
    "proof": PROOF,
}
KINDS = (*SIMPLE, "money", "one of", "list of")
MORE = ("means", "optional", "default", "by", "source", "named", "ends", "cause")
ONE_OF = re.compile(r"one of \[([^\]]*)\]")


def read_facts(node: Node, currency: str) -> dict[str, Fact]:
    """All facts by name. `currency`: of every sum ("" for that of the case)."""
    branch = fields.named(node)
    return {name: _fact(fields.new_name(branch.places[name], name), branch, currency) for name in branch.entries}


def read_type(node: Node, currency: str) -> Type:
    """A type as it is written inside of a list or above a table's results: `instant`, `{one of: [a, b]}`, `money`."""
    if isinstance(node, Leaf):
        return _type_of_word(node, currency)
    branch = fields.named(node)
    if "one of" in branch.entries:
        return _one_of(fields.entries(branch, ("one of",)).entries["one of"])
    if "list of" in branch.entries:
        return ListOf(read_type(fields.entries(branch, ("list of",)).entries["list of"], currency))
    if not branch.entries:
        branch.place.refuse("a record names its parts: `{from: instant, to: instant}`")
    return Record(
        {
            fields.part_name(branch.places[name], name): read_type(item, currency)
            for name, item in branch.entries.items()
        }
    )


def _type_of_word(leaf: Leaf, currency: str) -> Type:
    word = fields.text(leaf)
    found = ONE_OF.fullmatch(word)
    if found:
        return _words(leaf, tuple(one.strip() for one in found[1].split(",")))
    if word == "money":
        return MoneyIn(currency)
    if word == "duration":
        return DURATION
    if word not in SIMPLE:
        leaf.place.refuse(f"`{word}` is no kind of value: {nearest(word, (*SIMPLE, 'money', 'duration'))}")
    return SIMPLE[word]


def _one_of(node: Node) -> OneOf:
    return _words(node, tuple(map(fields.text, fields.items(node, "words"))))


def _words(node: Node, words: tuple[str, ...]) -> OneOf:
    """`other` says that there are more words than those that are listed."""
    listed = tuple(word for word in words if word != "other")
    for n, word in enumerate(listed):
        if not fields.NAME.fullmatch(word) or word in fields.RESERVED:
            node.place.refuse(
                f"`{word}` cannot be a word: it has letters, digits and `_`, begins with a letter, and means nothing else"
            )
        if word in listed[:n]:
            node.place.refuse(f"`{word}` is named twice: keep one")
    if not listed:
        node.place.refuse("the list is empty: name the words, `one of: [first, second]`")
    return OneOf(listed, open="other" in words)


def _fact(name: str, facts: Branch, currency: str) -> Fact:
    node = facts.entries[name]
    if not isinstance(node, Branch):
        node.place.refuse(f"a fact names its kind and what it means: `{name}: {{date: what it means}}`")
    branch = fields.entries(node, (*KINDS, *MORE))
    kinds = [kind for kind in KINDS if kind in branch.entries]
    if len(kinds) != 1:
        more = (
            f"has {len(kinds)} kinds, {' and '.join(kinds)}: keep one"
            if kinds
            else f"has no kind: {nearest('', KINDS)}"
        )
        branch.place.refuse(f"the fact `{name}` {more}")
    type_, meaning = _type_and_meaning(kinds[0], branch, currency)
    _check_fit(branch, type_)
    return Fact(
        name=name,
        place=facts.places[name],
        type=type_,
        meaning=meaning,
        source=_source(branch),
        named=fields.text(branch.entries["named"]) if "named" in branch.entries else name,
        optional="optional" in branch.entries and fields.yes(branch.entries["optional"]),
        default=read_value(branch.entries["default"], type_) if "default" in branch.entries else None,
        has_default="default" in branch.entries,
        bearer=fields.text(branch.entries["by"]) if "by" in branch.entries else None,
        ends="ends" in branch.entries and fields.yes(branch.entries["ends"]),
        cause=fields.codes(branch.entries["cause"]) if "cause" in branch.entries else (),
    )


def _type_and_meaning(kind: str, branch: Branch, currency: str) -> tuple[Type, str]:
    node, means = branch.entries[kind], branch.entries.get("means")
    if kind in ("one of", "list of"):
        type_ = _one_of(node) if kind == "one of" else ListOf(read_type(node, currency))
        return type_, fields.text(means) if means else ""
    if means:
        means.place.refuse(f"what the fact means stands behind its kind already: `{kind}: {fields.text(node)}`")
    return MoneyIn(currency) if kind == "money" else SIMPLE[kind], fields.text(node)


def _source(branch: Branch) -> Source:
    if "source" not in branch.entries:
        return "measurement"
    source: Source = fields.chosen(branch.entries["source"], get_args(Source))
    return source


def _check_fit(branch: Branch, type_: Type) -> None:
    """Raises Misconfigured for what a fact of this type cannot have."""
    has, at = branch.entries, branch.places
    if "optional" in has and "default" in has:
        at["default"].refuse("a fact with a default is never absent: keep `optional` or `default`")
    if "by" in has and type_ != PROOF:
        at["by"].refuse("only a proof has somebody who must bring it: leave `by` out, or write `proof: …`")
    if type_ == PROOF and ("default" in has or "optional" in has):
        at["default" if "default" in has else "optional"].refuse(
            "a proof that is absent is not proved, and needs nothing else: leave it out"
        )
    if "ends" in has and type_ not in (INSTANT, DATE):
        at["ends"].refuse("only an instant or a date can be the end of a failure: leave `ends` out")
    if "cause" in has and (type_ != PROOF or _source(branch) != "incident"):
        at["cause"].refuse(
            "causes are those of an incident: write `proof: …` and `source: incident`, or leave `cause` out"
        )
