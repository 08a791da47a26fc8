"""What a verdict shows of its working: the clause that decided, the exclusions that did not hold, the limits that bit."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from shared.events import Clause, FactRead
from shared.policy.language.form.evaluation import Evaluation, Read, Step

LONGEST_SHOWN = 200
"""Characters of a fact that a clause shows; the rest adds nothing to a decision."""
SHOWN = frozenset((int, Decimal, Fraction, date, datetime))
"""What is worked out and worth showing: a number, a sum or a day; what is only true or false says nothing without its rule."""
RESULTS = {"cannot_tell": "unknown"}


def reads_of(answer: Evaluation) -> list[Read]:
    """What was read, in the order of reading."""
    return [read for step in answer.trace for read in step.reads]


def clauses_of(answer: Evaluation, reads: Sequence[Read], reason: str) -> tuple[Clause, ...]:
    """The exclusions that were considered and not proved, the limits that bit, and last the clause that decided."""
    exclusions = [_exclusion(step) for step in answer.trace if step.result == "not_proved"]
    limits = [Clause(cap, "limited") for step in answer.trace for cap in step.caps]
    return (*exclusions, *limits, _deciding(answer, reads, reason))


def facts_of(reads: Sequence[Read]) -> dict[str, FactRead]:
    """The facts as they were read, so that the verdict can be taken again from them alone."""
    return {
        read.fact: FactRead(_plain(read.value), read.record) for read in reads if read.how in ("given", "unreadable")
    }


def _plain(value: Any) -> Any:
    """As it travels and is read back the same: a number with a point, and a moment, as text."""
    match value:
        case str():
            return value
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


def so_far(reads: Sequence[Read]) -> tuple[str, ...]:
    """The ends that were not known, so that the failure was judged as of the moment of the question."""
    return tuple(read.fact for read in reads if read.how == "so_far")


def shown(value: Any) -> str:
    """A value as a letter or a console shows it."""
    if type(value) is str:
        return value[:LONGEST_SHOWN]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | dict):
        return msgspec.json.encode(_plain(value)).decode()[:LONGEST_SHOWN]
    return "" if value is None else str(_plain(value))[:LONGEST_SHOWN]


def _deciding(answer: Evaluation, reads: Sequence[Read], reason: str) -> Clause:
    """With the facts and what was worked out from them, and the records behind them, each once, in the order of reading."""
    told = {read.fact: shown(read.value) for read in reads if read.how in ("given", "default")}
    told |= {one.name: shown(one.value) for step in answer.trace for one in step.derived if type(one.value) in SHOWN}
    records = dict.fromkeys([read.record for read in reads if read.record])
    return Clause(reason, RESULTS.get(answer.outcome, "met"), told, tuple(records))


def _exclusion(step: Step) -> Clause:
    return Clause(step.says, "not_proved", {read.fact: shown(read.value) for read in step.reads})
