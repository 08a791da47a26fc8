"""A schedule made ready to judge cases: done once, when the policy is loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.policy.language.form.evaluation import Evaluation
from shared.policy.language.form.schedule import Schedule
from shared.policy.language.judging.case import Case, Run
from shared.policy.language.judging.clauses import Clauses
from shared.policy.language.judging.endings import UNDECIDED, Endings, Said
from shared.policy.language.judging.formulas import Formulas


@dataclass(frozen=True, slots=True)
class Compiled:
    """A schedule that is ready: `names` says what each of its names stands for in a case, `judge` answers one."""

    schedule: Schedule
    names: Mapping[str, Run]
    judge: Callable[[Case], Evaluation]


def compile_schedule(schedule: Schedule) -> Compiled:
    """The schedule, ready. What the checker would refuse (an unknown name, a wrong type) is not looked for here."""
    formulas = Formulas(schedule)
    endings = Endings(schedule, formulas)
    checks = Clauses(formulas, endings).all(schedule.checks)
    fallen_through = Said(schedule.place.line, "no check decides")

    def judge(case: Case) -> Evaluation:
        answer = checks(case)
        return answer if answer is not None else endings.stop(case, fallen_through, UNDECIDED)

    return Compiled(schedule, formulas.names, judge)
