"""How a case ends: what is owed and what is added to it, how grave it was, in which form it is paid, or what is missing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.events import Promise
from shared.policy.language import exact
from shared.policy.language.case import Case
from shared.policy.language.computing import start_of_day
from shared.policy.language.evaluation import Alternate, Evaluation, Step
from shared.policy.language.formulas import Formulas
from shared.policy.language.operations import Run, constant
from shared.policy.language.schedule import Addition, End, Ending, Schedule
from shared.policy.language.sums import currency_of, rounded
from shared.policy.language.syntax import Formula
from shared.policy.language.unknown import Missing
from shared.policy.language.values import Number

PAYING = frozenset({"owed", "owed_in_part"})
NOTHING_DUE = frozenset({"not_owed", "excluded"})
BROKEN = frozenset({"owed", "owed_in_part", "excluded", "invalid_offer"})
BELOW_NOTHING = Missing("sum_below_zero")
UNDECIDED = Missing("no_check_decides")
UNSTATED = constant(Missing("not_stated"))

Result = Literal["holds", "fails", "unknown", "not_proved"]
Ends = Callable[[Case], Evaluation]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the deciding check comes to, before additions: `total` is not rounded yet, None where nothing is paid.

    `result`: whether the check itself holds, or could not be answered. `goes_on`: whether an end that is not known makes
    this an answer so far.
    """

    outcome: Ending
    reason: str
    promise: Promise
    total: Number | None = None
    missing: tuple[str, ...] = ()
    result: Result = "holds"
    goes_on: bool = True

    def unknown(self, why: Missing) -> "Decision":
        """The same check, but what it needs is not known; what it says about the promise stands."""
        return replace(self, outcome="cannot_tell", reason=why.reason, total=None, missing=why.facts)


@dataclass(frozen=True, slots=True)
class Said:
    """Where a check stands, and what it says."""

    line: int
    says: str

    def step(self, result: Result) -> Step:
        """The check as a step of the trace, before it is known what it read."""
        return Step(self.line, self.says, result)


class Endings:
    """The endings of one schedule."""

    def __init__(self, schedule: Schedule, formulas: Formulas) -> None:
        self._schedule = schedule
        self._formulas = formulas
        self._zone = ZoneInfo(schedule.zone)
        self._pay = self._optional(schedule.pay)
        self._severity = self._optional(schedule.severity)
        self._quantity = self._optional(schedule.remedy.quantity)
        self._version = formulas.version if schedule.versions else UNSTATED
        self._additions = tuple(self._addition(one) for one in schedule.additions)
        self._alternatives = tuple((one.form, formulas.run(one.worth)) for one in schedule.alternatives)
        self._currency = currency_of(schedule)

    def stop(self, case: Case, said: Said, why: Missing) -> Evaluation:
        """The check needs what is not known."""
        decision = Decision("cannot_tell", why.reason, "unknown", None, why.facts, "unknown")
        return self._close(case, said, decision, self._severity, UNSTATED)

    def exclude(self, case: Case, said: Said, name: str) -> Evaluation:
        """An exclusion is proved by whoever must prove it."""
        return self._close(case, said, Decision("excluded", name, "broken"), self._severity, UNSTATED)

    def end(self, end: End, said: Said) -> Ends:
        """What `then:` does."""
        reason = self._formulas.run(end.reason) if isinstance(end.reason, Formula) else constant(end.reason)
        pay = self._optional(end.pay) if end.pay else self._pay
        promise: Promise = end.promise or ("broken" if end.outcome in BROKEN else "unknown")
        severity = self._optional(end.severity) if end.severity else self._severity
        again, pays, goes_on = self._optional(end.again), end.outcome in PAYING, end.ongoing

        def run(case: Case) -> Evaluation:
            decision = Decision(end.outcome, reason(case), promise, pay(case) if pays else None, goes_on=goes_on)
            return self._close(case, said, decision, severity, again)

        return run

    def _optional(self, formula: Formula | None) -> Run:
        return self._formulas.run(formula) if formula else UNSTATED

    def _close(self, case: Case, said: Said, decision: Decision, severity: Run, again: Run) -> Evaluation:
        """The step that decides, then what is added, then the answer."""
        currency = self._currency(case)
        decision = _checked(decision, currency)
        grave, later = severity(case), again(case)
        day, version = self._formulas.anchor(case), self._version(case)
        case.note(said.step(decision.result))
        for addition in self._additions if decision.total is not None else ():
            decision = addition(case, decision)
        code = currency if isinstance(currency, str) else ""
        answer: dict[str, Any] = {} if decision.total is None else self._paid(case, decision.total, code)
        case.note_rest()
        return Evaluation(
            outcome=decision.outcome,
            reason=decision.reason,
            promise=decision.promise,
            amount=_amount(decision, code),
            currency=code,
            missing=decision.missing,
            version=_or_none(version),
            as_of=_or_none(day),
            severity=_grade(grave),
            ongoing=case.ongoing and decision.goes_on,
            again=self._moment(later),
            trace=tuple(case.steps),
            **answer,
        )

    def _paid(self, case: Case, total: Number, currency: str) -> dict[str, Any]:
        """In which form it is paid, and which forms of more worth may be chosen."""
        remedy, quantity = self._schedule.remedy, self._quantity(case)
        worths = ((form, worth(case)) for form, worth in self._alternatives)
        return {
            "form": remedy.form,
            "equal": remedy.equal,
            "quantity": None if type(quantity) is Missing else exact.whole(quantity),
            "alternatives": tuple(
                Alternate(form, rounded(worth, currency))
                for form, worth in worths
                if type(worth) is not Missing and worth > total
            ),
        }

    def _addition(self, addition: Addition) -> Callable[[Case, Decision], Decision]:
        """Adds to what is paid, under a reason of its own."""
        holds, adds = self._formulas.run(addition.condition), self._formulas.run(addition.add)
        said = Said(addition.place.line, f"add {addition.add.text} if {addition.condition.text}: {addition.reason}")

        def run(case: Case, decision: Decision) -> Decision:
            if decision.total is None:
                return decision
            found = holds(case)
            more = adds(case) if found is True else found
            if type(more) is Missing:
                case.note(said.step("unknown"))
                return decision.unknown(more)
            case.note(said.step("holds" if found else "fails"))
            return (
                replace(decision, total=exact.add(decision.total, more), reason=addition.reason) if found else decision
            )

        return run

    def _moment(self, later: Any) -> datetime | None:
        if type(later) is Missing:
            return None
        return later if isinstance(later, datetime) else start_of_day(later, self._zone)


def _checked(decision: Decision, currency: str | Missing) -> Decision:
    """The decision, unless its reason, its sum or its currency is not known, or the sum is less than nothing."""
    pays = decision.outcome in PAYING
    for value in (decision.total, decision.reason, currency if pays else ""):
        if type(value) is Missing:
            return decision.unknown(value)
    if decision.total is not None and decision.total < 0:
        return decision.unknown(BELOW_NOTHING)
    return decision


def _amount(decision: Decision, currency: str) -> Decimal | None:
    if decision.total is not None:
        return rounded(decision.total, currency)
    return rounded(0, currency) if decision.outcome in NOTHING_DUE else None


def _or_none(value: Any) -> Any:
    return None if type(value) is Missing else value


def _grade(severity: Any) -> int | None:
    """From 1, slight, to 4, gravest."""
    return None if type(severity) is Missing else min(max(exact.whole(severity), 1), 4)
