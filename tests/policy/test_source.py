"""What a formula becomes can be read, and it says where something is not known."""

from textwrap import dedent

import pytest

from shared.policy.language.form.types import COUNT, DATE, FLAG, ListOf
from shared.policy.language.judging.formulas import Formulas
from tests.policy.hand_made import answer, check, fact, formula, schedule

DAYS = [fact("late", FLAG), fact("days", COUNT), fact("dates", ListOf(DATE))]
DEEP = {
    "lists within lists": "any([" * 6 + "late" + " for day in dates])" * 6,
    "brackets": "(late or (days > 1 and " * 12 + "late" + "))" * 12,
    "choices": "(true if late else " * 30 + "late" + ")" * 30,
}


def test_a_formula_becomes_lines_that_a_person_can_follow() -> None:
    rules = schedule(DAYS, [check(None, "not_owed no")])
    assert str(Formulas(rules).lines(formula("days > 2 and late"))) == dedent("""\
        def formula(case):
            a = case['days']
            b = a if type(a) is Missing else a > 2
            if b is not False:
                c = case['late']
                b = c if b is True or c is False else missing_together(b, c)
            return b""")


@pytest.mark.parametrize("name", DEEP)
def test_the_deepest_formula_that_may_be_written_can_be_run(name: str) -> None:
    assert answer(DAYS, DEEP[name], {"late": True, "days": 3, "dates": ["2026-05-20"]}) == "yes"
