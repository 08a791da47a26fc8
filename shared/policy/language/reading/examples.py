"""The examples that stand beside the rules: a case and what it must come to, in the words of the schedule."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from shared.events import Promise
from shared.policy.language.form.schedule import Ending, Example, Expectation, Fact
from shared.policy.language.form.types import FLAG, ListOf, Record, Type
from shared.policy.language.reading import fields
from shared.policy.tree import Branch, Leaf, Node

KEYS = ("name", "as_of", "now", "facts", "expect")
ANSWER = ("outcome", "amount", "reason", "currency", "promise", "severity", "ongoing", "again")
AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")
FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def read_examples(node: Node, facts: Mapping[str, Fact]) -> tuple[Example, ...]:
    """All examples in the order of the file. Raises Misconfigured."""
    found: dict[str, Example] = {}
    for one in fields.items(node, "examples"):
        example = _example(one, facts)
        if example.name in found:
            first = found[example.name].place.line
            example.place.refuse(
                f"the example `{example.name}` is there already, on line {first}: give it another name"
            )
        found[example.name] = example
    return tuple(found.values())


def _example(node: Node, facts: Mapping[str, Fact]) -> Example:
    has = fields.entries(node, KEYS, ("name", "facts", "expect")).entries
    given = fields.named(has["facts"])
    return Example(
        node.place,
        fields.text(has["name"]),
        {name: _json(item, facts[name].type if name in facts else None) for name, item in given.entries.items()},
        _expectation(has["expect"]),
        as_of=fields.day(has["as_of"]) if "as_of" in has else None,
        now=_instant(has["now"]) if "now" in has else None,
    )


def _json(node: Node, type_: Type | None) -> Any:
    """The value as an operations system would send it: sums and numbers as text, flags as flags."""
    if isinstance(node, Leaf):
        if node.text.strip() in ("", "null"):
            return None
        return FLAGS.get(node.text.strip(), node.text) if type_ == FLAG else node.text.strip()
    if isinstance(node, Branch):
        inner = type_.fields if isinstance(type_, Record) else {}
        return {name: _json(item, inner.get(name)) for name, item in node.entries.items()}
    return [_json(item, type_.item if isinstance(type_, ListOf) else None) for item in node.items]


def _expectation(node: Node) -> Expectation:
    has = fields.entries(node, ANSWER, ("outcome", "reason")).entries
    return Expectation(
        fields.chosen(has["outcome"], get_args(Ending)),
        _amount(has["amount"]) if "amount" in has else None,
        fields.code(has["reason"]),
        currency=fields.code(has["currency"]) if "currency" in has else None,
        promise=fields.chosen(has["promise"], get_args(Promise)) if "promise" in has else None,
        severity=int(fields.chosen(has["severity"], ("1", "2", "3", "4"))) if "severity" in has else None,
        ongoing=fields.yes(has["ongoing"]) if "ongoing" in has else None,
        again=_instant(has["again"]) if "again" in has else None,
    )


def _amount(node: Node) -> str | None:
    found = fields.text(node)
    if found == "null":
        return None
    if not AMOUNT.fullmatch(found):
        node.place.refuse(f"`{found}` is no sum: write it like `40.89`, or `null` where there is none")
    return found


def _instant(node: Node) -> datetime:
    found = fields.text(node)
    try:
        instant = datetime.fromisoformat(found)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        node.place.refuse(f"`{found}` is no instant: write it with its offset, like `2026-05-20T18:30:00+02:00`")
    return instant
