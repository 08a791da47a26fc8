"""The examples that stand beside the rules come to what they say, or the check that decides otherwise is named."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from shared.policy.language.form.evaluation import Evaluation, Given, Read
from shared.policy.language.form.schedule import Example, Expectation, Schedule
from shared.policy.language.form.walk import checks_of, formulas_of, names_in, names_of_check, reached, rests_of
from shared.policy.language.judging.compile import Compiled
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.tree import nearest

ASKED = ("currency", "promise", "severity", "ongoing", "again")
"""What an expectation may leave open."""


def prove_examples(schedule: Schedule, compiled: Compiled) -> None:
    """Raises Misconfigured at the first example that comes to something else, with the check and its facts."""
    for example in schedule.examples:
        _facts_are_declared(schedule, example)
        facts = {name: Given(value) for name, value in example.facts.items()}
        found = evaluate(compiled, facts, as_of=example.as_of, so_far=example.now)
        _facts_are_readable(example, found)
        apart = apart_from(example.expect, found)
        if apart:
            example.place.refuse(f"the example `{example.name}` comes to {apart}: {decided(schedule, found)}")


def apart_from(wanted: Expectation, found: Evaluation) -> str:
    """Where the answer differs from what is expected: `A and not B`; empty where it does not."""
    amount = None if wanted.amount is None else Decimal(wanted.amount)
    if (found.outcome, found.reason, found.amount) != (wanted.outcome, wanted.reason, amount):
        here, there = _answer(found), f"{wanted.outcome} {wanted.reason}, {wanted.amount or 'no sum'}"
        return f"`{here}` and not to `{there}`"
    for name in ASKED:
        asked, got = getattr(wanted, name), getattr(found, name)
        if asked is not None and asked != got:
            return f"{name} `{got}` and not to `{asked}`"
    return ""


def _answer(found: Evaluation) -> str:
    return f"{found.outcome} {found.reason}, {'no sum' if found.amount is None else found.amount}"


def decided(schedule: Schedule, found: Evaluation) -> str:
    """The check that ended the case (or the addition that held after it), and the facts that it rests on."""
    last = next(step for step in reversed(found.trace) if step.result in ("holds", "unknown"))
    read = {one.fact: one for one in _reads(found)}
    rests = _rests_of_line(schedule, last.line)
    facts = ", ".join(_told(one) for name, one in read.items() if name in rests)
    missing = f", and {', '.join(found.missing)} is missing" if found.missing else ""
    return f"line {last.line} decides (`{last.says}`){f' with {facts}' if facts else ''}{missing}"


def _rests_of_line(schedule: Schedule, line: int) -> set[str]:
    """The names behind what stands on this line. An end without a condition rests on what it pays."""
    here = [check for check in checks_of(schedule.checks) if check.place.line == line]
    spoken = [name for check in here for name in names_of_check(check)]
    added = [one for one in schedule.additions if one.place.line == line]
    spoken += names_in(formula for one in added for formula in (one.condition, one.add))
    if not spoken or any(check.then and not check.condition for check in here):
        spoken += names_in(formulas_of(schedule.pay))
    return reached(rests_of(schedule), spoken)


def _told(read: Read) -> str:
    match read.how:
        case "absent":
            return f"`{read.fact}` absent"
        case "given":
            return f"`{read.fact}` {_short(read.value)}"
        case how:
            return f"`{read.fact}` {_short(read.value)} ({how.replace('_', ' ')})"


def _short(value: object) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _reads(found: Evaluation) -> Iterator[Read]:
    for step in found.trace:
        yield from step.reads


def _facts_are_declared(schedule: Schedule, example: Example) -> None:
    for name in example.facts:
        if name not in schedule.facts:
            example.place.refuse(
                f"the example `{example.name}` gives `{name}`, which is no fact: {nearest(name, schedule.facts)}"
            )


def _facts_are_readable(example: Example, found: Evaluation) -> None:
    for read in _reads(found):
        if read.how == "unreadable":
            example.place.refuse(
                f"the example `{example.name}` gives `{read.fact}` as `{_short(read.value)}`, and that cannot be read: "
                "write it as the type of the fact asks for"
            )
