"""What makes two complaints speak of one failure: a schedule names what the failure is known by, so that it is owed once."""

from collections.abc import Mapping

from shared.policy.language.form.schedule import Fact
from shared.policy.language.form.types import DATE, FLAG, INSTANT, MONTH, OneOf
from shared.policy.language.reading import fields
from shared.policy.language.reading.advice import called
from shared.policy.tree import Node, nearest

SUBJECT, INCIDENT, ANCHOR = "subject", "incident", "anchor"
"""What a failure may be known by besides facts: what the complaint is about, the incident behind it, the anchor's day."""
WHOSE = (SUBJECT, INCIDENT)
BY_DEFAULT = (SUBJECT, ANCHOR)
"""What a failure is known by where the schedule does not say; where there is no anchor, by nothing."""
NAMES = (DATE, INSTANT, MONTH, FLAG)
"""Kinds of facts that say which failure it was; of the others most grow for as long as it goes on."""


def read_failure(node: Node, facts: Mapping[str, Fact], *, has_anchor: bool) -> tuple[str, ...]:
    """The names that a failure is known by: `[subject, promised_on]`."""
    found = fields.codes(node)
    for name in found:
        if name not in (*WHOSE, ANCHOR):
            _check_fact(node, name, facts)
    if ANCHOR in found and not has_anchor:
        node.place.refuse("the schedule names no `anchor`: add `anchor: local_date(…)` above the facts, or name a fact")
    if not set(found) & set(WHOSE):
        node.place.refuse(
            f"two things that failed at once would count as one failure: name whose it is, `[subject, {', '.join(found)}]`"
        )
    return found


def by_default(*, has_anchor: bool) -> tuple[str, ...]:
    """What a failure is known by where nobody has said it; nothing: each complaint counts by itself."""
    return BY_DEFAULT if has_anchor else ()


def _check_fact(node: Node, name: str, facts: Mapping[str, Fact]) -> None:
    if name not in facts:
        node.place.refuse(f"no fact is called `{name}`: {nearest(name, (*WHOSE, ANCHOR, *facts))}")
    fact = facts[name]
    if fact.ends:
        node.place.refuse(f"`{name}` is not known while the failure goes on: name what was there when it began")
    if fact.source == "history":
        node.place.refuse(f"`{name}` is our own memory, and changes with each complaint: name what happened")
    if fact.type not in NAMES and not isinstance(fact.type, OneOf):
        node.place.refuse(
            f"`{name}` is {called(fact.type)}, which may grow for as long as the failure goes on: "
            "name a date, an instant, a month, a word or a flag"
        )
