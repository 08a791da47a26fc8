"""What was proved of a schedule holds for thousands of cases that nobody had in mind."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest

from shared.policy.language.form.evaluation import Evaluation, Given
from shared.policy.language.form.syntax import Call
from shared.policy.language.form.types import PROOF
from shared.policy.language.form.walk import all_formulas, checks_of, names, parts, reached, rests_of
from shared.policy.language.judging.compile import Compiled
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.language.proving.drawn_cases import Case, Drawer
from tests.policy.shelf import FILES as SHIPPED
from tests.policy.shelf import ready
from tests.policy.sound import GOOD

FILES = [*SHIPPED.values(), GOOD]
DRAWS = 400


def judged(compiled: Compiled) -> Iterator[tuple[Case, Evaluation]]:
    drawer = Drawer(compiled.schedule, seed=7)
    for _ in range(DRAWS // 2):
        case = drawer.new()
        for one in (case, drawer.like(case)):
            yield one, judge(compiled, one)


def judge(compiled: Compiled, case: Case, without: str | None = None, as_of: date | None = None) -> Evaluation:
    facts = {name: Given(value) for name, value in case.facts.items() if value is not None and name != without}
    return evaluate(compiled, facts, as_of=as_of, so_far=case.now)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_every_case_comes_to_an_answer_and_every_table_has_its_row(file: Path) -> None:
    reasons = {found.reason for _, found in judged(ready(file))}
    assert not reasons & {"no_check_decides", "no_row_fits", "not_stated"}
    assert len(reasons) > 2


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_nothing_ever_waits_for_a_fact_that_may_be_absent(file: Path) -> None:
    compiled = ready(file)
    schedule = compiled.schedule
    needed = {name for check in checks_of(schedule.checks) for name in check.need}
    optional = {fact.name for fact in schedule.facts.values() if fact.optional} - needed
    for case, found in judged(compiled):
        assert not optional & set(found.missing), case


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_hiding_a_fact_whose_absence_says_nothing_never_leads_to_another_decision(file: Path) -> None:
    compiled = ready(file)
    schedule = compiled.schedule
    stood_in_for = {
        name
        for formula in all_formulas(schedule)
        for part in parts(formula.tree)
        if isinstance(part, Call) and part.function == "first_known"
        for name in reached(rests_of(schedule), names(part))
    }
    plain = [
        fact.name
        for fact in schedule.facts.values()
        if not (fact.optional or fact.has_default or fact.ends or fact.type == PROOF or fact.name in stood_in_for)
    ]
    drawn = Random(7)
    for case, found in judged(compiled):
        name = drawn.choice(plain)
        hidden = judge(compiled, case, without=name, as_of=found.as_of)
        assert hidden.outcome == "cannot_tell" or decision(hidden) == decision(found), (name, case)


def decision(found: Evaluation) -> tuple[object, ...]:
    return found.outcome, found.reason, found.amount
