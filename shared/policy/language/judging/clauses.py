"""The checks of a schedule, one after the other: the first that decides ends the case, and each is noted."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.policy.language.form.evaluation import Evaluation
from shared.policy.language.form.schedule import Check, End
from shared.policy.language.form.syntax import Formula
from shared.policy.language.judging.case import Case, Run
from shared.policy.language.judging.endings import Endings, Said
from shared.policy.language.judging.formulas import Formulas
from shared.policy.language.judging.unknown import Missing, missing_together

Clause = Callable[[Case], Evaluation | None]
"""None: this check does not decide, the next one follows."""


class Clauses:
    """Makes checks ready to run."""

    def __init__(self, formulas: Formulas, endings: Endings) -> None:
        self._formulas = formulas
        self._endings = endings

    def all(self, checks: tuple[Check, ...]) -> Clause:
        """A list of checks."""
        clauses = tuple(map(self._clause, checks))
        if len(clauses) == 1:
            return clauses[0]

        def run(case: Case) -> Evaluation | None:
            for clause in clauses:
                answer = clause(case)
                if answer is not None:
                    return answer
            return None

        return run

    def _clause(self, check: Check) -> Clause:
        if check.condition is None:
            return self._does(check)
        if check.then:
            return self._ending_if(check.condition, check, check.then)
        says = Said(check.place.line, f"if {check.condition.text}")
        return self._where(self._formulas.run(check.condition), says, self._does(check))

    def _does(self, check: Check) -> Clause:
        """What the check does where its condition holds."""
        if check.then:
            return self._endings.end(check.then, Said(check.place.line, _ending(check.then)))
        if check.need:
            return self._needing(check)
        if check.excluded_by:
            return self._excluding(check)
        if check.by:
            return self._sorting(check, check.by)
        return self.all(check.checks)

    def _ending_if(self, condition: Formula, check: Check, end: End) -> Clause:
        said = Said(check.place.line, f"if {condition.text} {_ending(end)}")
        holds, ends = self._formulas.run(condition), self._endings.end(end, said)
        fails = said.step("fails")

        def run(case: Case) -> Evaluation | None:
            found = holds(case)
            if found is True:
                return ends(case)
            if found is False:
                case.note(fails)
                return None
            return self._endings.stop(case, said, found)

        return run

    def _where(self, holds: Run, said: Said, follows: Clause) -> Clause:
        stands, fails = said.step("holds"), said.step("fails")

        def run(case: Case) -> Evaluation | None:
            found = holds(case)
            if type(found) is Missing:
                return self._endings.stop(case, said, found)
            case.note(stands if found else fails)
            return follows(case) if found else None

        return run

    def _needing(self, check: Check) -> Clause:
        said = Said(check.place.line, f"need {', '.join(check.need)}")
        stands, facts = said.step("holds"), tuple(map(self._formulas.stated, check.need))

        def run(case: Case) -> Evaluation | None:
            missing = None
            for fact in facts:
                value = fact(case)
                if type(value) is Missing:
                    missing = missing_together(missing, value)
            if missing is not None:
                return self._endings.stop(case, said, missing)
            case.note(stands)
            return None

        return run

    def _excluding(self, check: Check) -> Clause:
        together = f" with {check.together}" if check.together else ""
        said = Said(check.place.line, f"excluded by {', '.join(check.excluded_by)}{together}")
        proofs, second = check.excluded_by, check.together
        not_proved = said.step("not_proved")

        def run(case: Case) -> Evaluation | None:
            for proof in proofs:
                if case[proof] == "proved" and (second is None or case[second] == "proved"):
                    return self._endings.exclude(case, said, proof)
            case.note(not_proved)
            return None

        return run

    def _sorting(self, check: Check, by: Formula) -> Clause:
        said = Said(check.place.line, f"by {by.text}")
        stands, fails = said.step("holds"), said.step("fails")
        word = self._formulas.run(by)
        lists: Mapping[Any, Clause] = {one: self.all(checks) for one, checks in (check.cases or {}).items()}
        otherwise = None if check.otherwise is None else self.all(check.otherwise)

        def run(case: Case) -> Evaluation | None:
            found = word(case)
            if type(found) is Missing:
                return self._endings.stop(case, said, found)
            follows = lists.get(found, otherwise)
            case.note(stands if follows else fails)
            return follows(case) if follows else None

        return run


def _ending(end: End) -> str:
    reason = end.reason.text if isinstance(end.reason, Formula) else end.reason
    return f"then {end.outcome} {reason}"
