"""What is probably wrong in a policy, and stops no service: told when somebody checks it, before it is put to use."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from shared.policy.language.form.doubt import Doubt
from shared.policy.language.form.schedule import Fact, Schedule
from shared.policy.language.form.types import ListOf, MoneyIn, OneOf, Record, Simple, Type
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.proving.dead_checks import find_dead_checks
from shared.policy.language.proving.proofs import prove
from shared.policy.language.testing.library import read_library
from shared.policy.policy import Policy


def doubts_of(folder: Path, policy: Policy) -> tuple[Doubt, ...]:
    """The doubts about a policy that was loaded from `folder`, and about the schedules in it that apply to nothing yet.

    Takes a second or two, mostly for the dead checks. Raises Misconfigured where such a resting schedule is wrong.
    """
    schedules = [shelved.schedule for shelved in read_library(folder).values()]
    found: list[Doubt] = []
    for schedule in schedules:
        compiled = compile_schedule(schedule)
        found += (*prove(schedule, compiled), *find_dead_checks(schedule, compiled))
    return (*found, *_named_alike(schedules), *_sums_missing(policy))


def _named_alike(schedules: Iterable[Schedule]) -> Iterator[Doubt]:
    """One record holds one value under a name; whoever reads it as kilometres and as metres errs once."""
    first: dict[tuple[str, str], tuple[str, Schedule, Fact]] = {}
    for schedule in schedules:
        for fact in schedule.facts.values():
            kind = _kind(fact.type)
            other, where, seen = first.setdefault((fact.source, fact.named), (kind, schedule, fact))
            if other != kind:
                yield Doubt(
                    fact.place,
                    f"`{fact.named}` is {kind} here, and {other} in {where.name} on line {seen.place.line}: "
                    "records hold one of them, give the other one another name with `named`",
                )


def _kind(type_: Type) -> str:
    """How a record writes it; which words and which currency differ from promise to promise."""
    match type_:
        case MoneyIn():
            return "money"
        case OneOf():
            return "a word"
        case ListOf(item=item):
            return f"a list of {_kind(item)}"
        case Record(fields=fields):
            return "entries of " + ", ".join(f"{name}: {_kind(one)}" for name, one in fields.items())
        case Simple(name=name, unit=unit):
            return unit or name


def _sums_missing(policy: Policy) -> Iterator[Doubt]:
    """In a currency without such a sum each doubt goes to a person, however small."""
    known = {money.currency for money in policy.rounds.doubt_up_to}
    for compiled in policy.schedules.values():
        schedule = compiled.schedule
        for code in sorted(_currencies(schedule) - known):
            yield Doubt(
                schedule.place,
                f"{schedule.name} pays {code}, and up to which sum a doubt counts for the customer is not said: "
                f"add it to `doubt_up_to` in policy.yaml, like `20 {code}`",
            )


def _currencies(schedule: Schedule) -> set[str]:
    if schedule.currency_fact is None:
        return {schedule.currency}
    type_ = schedule.facts[schedule.currency_fact].type
    return set(type_.words) if isinstance(type_, OneOf) else set()
