"""Small schedules, written inside of a test as its author would write them in a file."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from shared.policy.language.form.evaluation import Evaluation, Given
from shared.policy.language.form.schedule import Check, DatedTable, End, Fact, Let, Schedule, Switch, Table
from shared.policy.language.form.syntax import Formula
from shared.policy.language.form.types import FLAG, PROOF, MoneyIn, Type
from shared.policy.language.judging.compile import Compiled, compile_schedule
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.language.reading.parse import parse
from shared.policy.tree import Place

HERE = Place(Path("by-hand.yaml"), 1)
EURO = MoneyIn("EUR")


def at(line: int) -> Place:
    return Place(HERE.file, line)


def formula(text: str) -> Formula:
    return parse(text, HERE)


def fact(name: str, type_: Type = FLAG, **rest: Any) -> Fact:
    return Fact(name, HERE, type_, name.replace("_", " "), bearer="the house" if type_ == PROOF else None, **rest)


def end(said: str, **formulas: str | None) -> End:
    outcome, _, reason = said.partition(" ")
    return End(outcome, reason, **{name: formula(text) for name, text in formulas.items() if text})  # type: ignore[arg-type]


def check(condition: str | None, then: str, pay: str | None = None, line: int = 1) -> Check:
    return Check(at(line), formula(condition) if condition else None, end(then, pay=pay))


def switch(by: str, otherwise: str | None = None, **cases: str) -> Switch:
    written = {word: formula(text) for word, text in cases.items()}
    return Switch(HERE, formula(by), written, formula(otherwise) if otherwise else None)


def schedule(
    facts: Sequence[Fact],
    checks: Sequence[Check],
    lets: Mapping[str, str | Switch] | None = None,
    tables: Sequence[Table | DatedTable] = (),
    **rest: Any,
) -> Schedule:
    """A schedule in euros and in the time of Berlin; `rest`: any other part of it."""
    parts: dict[str, Any] = {
        "title": "By hand", "source": "", "ledger": "remedy", "currency": "EUR", "currency_fact": None,
        "zone": "Europe/Berlin", "workdays": None, "anchor": None, "versions": {}, "pay": formula("1 EUR"),
    }  # fmt: skip
    return Schedule(
        name="by_hand",
        place=HERE,
        facts={one.name: one for one in facts},
        lets={
            name: Let(name, HERE, formula(text) if isinstance(text, str) else text)
            for name, text in (lets or {}).items()
        },
        tables={one.name: one for one in tables},
        checks=tuple(checks),
        **(parts | rest),
    )


def judge(
    one: Schedule | Compiled,
    facts: Mapping[str, Any] | None = None,
    as_of: date | None = None,
    so_far: datetime | None = None,
    currency: str | None = None,
) -> Evaluation:
    ready = compile_schedule(one) if isinstance(one, Schedule) else one
    return evaluate(
        ready,
        {name: Given(value) for name, value in (facts or {}).items()},
        as_of=as_of,
        so_far=so_far,
        currency=currency,
    )


def answer(facts: Sequence[Fact], condition: str, given: Mapping[str, Any] | None = None, **rest: Any) -> str:
    """Whether the condition holds for what was given: `yes`, `no`, or the names of what is missing."""
    found = judge(schedule(facts, [check(condition, "owed yes"), check(None, "not_owed no")], **rest), given)
    return found.reason if found.outcome != "cannot_tell" else " ".join(found.missing) or found.reason


def facts_read(evaluation: Evaluation) -> dict[str, Given]:
    """The facts on which an answer rests: with these alone, `as_of` and the same moment, the case comes out the same."""
    return {
        read.fact: Given(read.value, read.record)
        for step in evaluation.trace
        for read in step.reads
        if read.how in {"given", "unreadable"}
    }
