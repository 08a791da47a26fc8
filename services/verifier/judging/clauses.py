"""What a verdict shows of its working: the clause that decided, the exclusions that did not hold, the limits that bit."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from shared.events import Clause, FactRead
from shared.policy.language.form.evaluation import Evaluation, Read

LONGEST_SHOWN = 200
"""Characters of a fact that a clause shows; the rest adds nothing to a decision."""
SHOWN = frozenset((int, Decimal, Fraction, date, datetime))
"""What is worked out and worth showing: a number, a sum or a day; what is only true or false says nothing without its rule."""
RESULTS = {"cannot_tell": "unknown"}


def clauses_of(answer: Evaluation, reason: str) -> tuple[Clause, ...]:
    """The exclusions that were considered and not proved, the limits that bit, and last the clause that decided."""
    return (*_exclusions(answer), *_limits(answer), _deciding(answer, reason))


def facts_of(answer: Evaluation) -> dict[str, FactRead]:
    """The facts as they were read, so that the verdict can be taken again from them alone."""
    return {
        read.fact: FactRead(_plain(read.value), read.record)
        for read in _reads(answer)
        if read.how in ("given", "unreadable")
    }


def _plain(value: Any) -> Any:
    """As it travels and is read back the same: a number with a point, and a moment, as text."""
    match value:
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case _:
            return value


def so_far(answer: Evaluation) -> tuple[str, ...]:
    """The ends that were not known, so that the failure was judged as of the moment of the question."""
    return tuple(read.fact for read in _reads(answer) if read.how == "so_far")


def records_of(answer: Evaluation) -> tuple[str, ...]:
    """The records behind the facts, each once, in the order in which they were read."""
    return tuple(dict.fromkeys(read.record for read in _reads(answer) if read.record))


def shown(value: Any) -> str:
    """A value as a letter or a console shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | dict):
        return msgspec.json.encode(_plain(value)).decode()[:LONGEST_SHOWN]
    return "" if value is None else str(_plain(value))[:LONGEST_SHOWN]


def _deciding(answer: Evaluation, reason: str) -> Clause:
    reads = {read.fact: shown(read.value) for read in _reads(answer) if read.how in ("given", "default")}
    reads |= {one.name: shown(one.value) for step in answer.trace for one in step.derived if type(one.value) in SHOWN}
    return Clause(reason, RESULTS.get(answer.outcome, "met"), reads, records_of(answer))


def _exclusions(answer: Evaluation) -> Iterator[Clause]:
    for step in answer.trace:
        if step.result == "not_proved":
            yield Clause(step.says, "not_proved", {read.fact: shown(read.value) for read in step.reads})


def _limits(answer: Evaluation) -> Iterator[Clause]:
    for step in answer.trace:
        yield from (Clause(cap, "limited") for cap in step.caps)


def _reads(answer: Evaluation) -> list[Read]:
    return [read for step in answer.trace for read in step.reads]
