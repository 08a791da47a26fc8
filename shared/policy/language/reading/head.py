"""The head of a schedule: its money, its ledger, the clock and the calendar that it counts by, its versions."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo, available_timezones

from shared.events import Ledger
from shared.money import minor_digits
from shared.policy.language.arithmetic.calendars import workdays
from shared.policy.language.form.schedule import Fact
from shared.policy.language.form.types import OneOf
from shared.policy.language.reading import fields
from shared.policy.language.reading.advice import called
from shared.policy.tree import Branch, Node, nearest


def read_currency(node: Node) -> tuple[str, str | None]:
    """The code of the currency, or "" with the fact that names it."""
    if isinstance(node, Branch):
        return "", fields.code(fields.entries(node, ("fact",), ("fact",)).entries["fact"])
    code = fields.text(node)
    try:
        minor_digits(code)
    except ValueError:
        node.place.refuse(
            f"`{code}` is no ISO 4217 currency code: write one like `EUR`, or `{{fact: NAME}}` where each case names its own"
        )
    return code, None


def check_currency(node: Node, name: str | None, facts: Mapping[str, Fact]) -> None:
    """Raises Misconfigured where the fact that names the currency is none, or no word."""
    if name is None:
        return
    if name not in facts:
        node.place.refuse(f"no fact is called `{name}`: {nearest(name, facts)}")
    if not isinstance(facts[name].type, OneOf):
        node.place.refuse(f"`{name}` is {called(facts[name].type)}: a currency is `{{one of: [EUR, BRL, other]}}`")


def read_ledger(node: Node) -> Ledger:
    """Whether it is owed or given."""
    ledger: Ledger = fields.chosen(node, get_args(Ledger))
    return ledger


def read_zone(node: Node) -> str:
    """A time zone by its name."""
    zone = fields.text(node)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        found = nearest(zone, available_timezones())
        fix = found if found.startswith("did") else "write it like `Europe/Berlin`"
        node.place.refuse(f"`{zone}` is no time zone: {fix}")
    return zone


def read_workdays(node: Node) -> str:
    """A calendar by its country, or country/part."""
    name = fields.text(node)
    try:
        workdays(name)
    except ValueError as wrong:
        node.place.refuse(str(wrong))
    return name


def read_versions(node: Node) -> dict[str, date]:
    """The versions by name, each with the day from which it is in force."""
    branch = fields.named(node)
    if not branch.entries:
        node.place.refuse("there is no version: name one, `{old: 2020-01-01}`, or remove the line")
    found = {fields.new_name(branch.places[name], name): fields.day(item) for name, item in branch.entries.items()}
    for (earlier, first), (later, then) in pairwise(found.items()):
        if then <= first:
            branch.places[later].refuse(
                f"`{later}` begins on {then}, and `{earlier}` before it on {first}: "
                "each version begins later than the one before it"
            )
    return found
