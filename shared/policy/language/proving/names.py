"""Nothing in a schedule goes round in a circle, and nothing stands in it that no answer rests on."""

from collections.abc import Iterator

from shared.policy.language.form.schedule import DatedTable, Fact, Schedule, Table
from shared.policy.language.form.syntax import Field, Name
from shared.policy.language.form.types import PROOF
from shared.policy.language.form.walk import (
    Rests,
    all_formulas,
    checks_of,
    final_formulas,
    names_in,
    names_of_check,
    parts,
    reached,
    rests_of,
)
from shared.policy.tree import Place


def prove_names(schedule: Schedule) -> None:
    """Raises Misconfigured at a circle, a fact, `let`, table or result that nothing reads, or a proof nobody owes."""
    rests = rests_of(schedule)
    _no_circle(schedule, rests)
    _nothing_unread(schedule, rests)
    _no_result_unread(schedule)
    for fact in schedule.facts.values():
        _one_bearer(fact)
    _two_proofs(schedule)


def _no_circle(schedule: Schedule, rests: Rests) -> None:
    done: set[str] = set()
    for name in rests:
        _follow(schedule, rests, name, (), done)


def _follow(schedule: Schedule, rests: Rests, name: str, way: tuple[str, ...], done: set[str]) -> None:
    if name in way:
        circle = (*way[way.index(name) :], name)
        _place_of(schedule, name).refuse(
            f"`{name}` needs itself to be worked out ({' → '.join(circle)}): take one of these steps out"
        )
    if name in rests and name not in done:
        for one in rests[name]:
            _follow(schedule, rests, one, (*way, name), done)
        done.add(name)


def _place_of(schedule: Schedule, name: str) -> Place:
    for parts_ in (schedule.lets, schedule.tables):
        if name in parts_:
            return parts_[name].place
    return schedule.anchor.place if schedule.anchor else schedule.place


def _nothing_unread(schedule: Schedule, rests: Rests) -> None:
    """An unread `let` is told before the facts that only it reads."""
    read = reached(rests, _roots(schedule))
    idle = [name for name in rests if name not in read and name not in ("anchor", "version")]
    for name in idle:
        if not any(name in rests[other] for other in idle):
            kind = "let" if name in schedule.lets else "table"
            _place_of(schedule, name).refuse(
                f"nothing reads the {kind} `{name}`: use it in a check, in `pay` or in another `let`, or remove it"
            )
    for fact in schedule.facts.values():
        if fact.name not in read:
            fact.place.refuse(f"no check reads the fact `{fact.name}`: use it, or remove it")


def _roots(schedule: Schedule) -> Iterator[str]:
    yield "anchor"
    yield from names_in(final_formulas(schedule))
    for check in checks_of(schedule.checks):
        yield from names_of_check(check)
    if schedule.currency_fact:
        yield schedule.currency_fact
    yield from schedule.failure


def _no_result_unread(schedule: Schedule) -> None:
    used = {
        (part.of.name, part.name)
        for formula in all_formulas(schedule)
        for part in parts(formula.tree)
        if isinstance(part, Field) and isinstance(part.of, Name)
    }
    for table in schedule.tables.values():
        for result in table.gives:
            if (table.name, result) not in used:
                _refuse_result(table, result)


def _refuse_result(table: Table | DatedTable, result: str) -> None:
    table.place.refuse(
        f"nothing reads `{table.name}.{result}`: use it, or remove `{result}` from `gives` and from the rows"
    )


def _one_bearer(fact: Fact) -> None:
    if fact.type == PROOF and not fact.bearer:
        fact.place.refuse(f"nobody has to prove `{fact.name}`: say who, `{{proof: …, by: provider}}`")


def _two_proofs(schedule: Schedule) -> None:
    for check in checks_of(schedule.checks):
        if check.together in check.excluded_by:
            check.place.refuse(f"`{check.together}` cannot go together with itself: name the other proof in `with`")
