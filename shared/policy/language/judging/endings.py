"""How a case ends: what is owed and what is added to it, how grave it was, in which form it is paid, or what is missing."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from shared.events import Promise
from shared.policy.language.arithmetic import exact
from shared.policy.language.arithmetic.computing import start_of_day
from shared.policy.language.form.evaluation import Alternate, Evaluation, Step
from shared.policy.language.form.schedule import Addition, End, Ending, Remedy, Schedule
from shared.policy.language.form.syntax import Formula
from shared.policy.language.form.values import Number
from shared.policy.language.judging.case import Case, Run
from shared.policy.language.judging.formulas import Formulas
from shared.policy.language.judging.sums import currency_of, nothing, rounded
from shared.policy.language.judging.unknown import Missing

PAYING = frozenset({"owed", "owed_in_part"})
NOTHING_DUE = frozenset({"not_owed", "excluded"})
BROKEN = frozenset({"owed", "owed_in_part", "excluded", "invalid_offer"})
BELOW_NOTHING = Missing("sum_below_zero")
UNDECIDED = Missing("no_check_decides")

Result = Literal["holds", "fails", "unknown", "not_proved"]
Ends = Callable[[Case], Evaluation]


def constant(value: Any) -> Run:
    """Always this value."""
    return lambda _case: value


class Decision(Struct, frozen=True):
    """What the deciding check comes to, before additions: `total` is not rounded yet, None where nothing is paid.

    `goes_on`: whether an end that is not known makes
    this an answer so far.
    """

    outcome: Ending
    reason: str
    promise: Promise
    total: Number | None = None
    missing: tuple[str, ...] = ()
    goes_on: bool = True

    def unknown(self, why: Missing) -> "Decision":
        """The same check, but what it needs is not known; what it says about the promise stands."""
        return replace(self, outcome="cannot_tell", reason=why.reason, total=None, missing=why.facts)


class Said(Struct, frozen=True):
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
        self._severity = formulas.run(schedule.severity) if schedule.severity else None
        self._additions = tuple(self._addition(one) for one in schedule.additions)
        self._alternatives = tuple((one.form, formulas.run(one.worth)) for one in schedule.alternatives)
        self._quantity = formulas.run(schedule.remedy.quantity) if schedule.remedy.quantity else None
        self._in_kind = schedule.remedy != Remedy() or bool(schedule.alternatives)
        self._currency = currency_of(schedule)

    def stop(self, case: Case, said: Said, why: Missing) -> Evaluation:
        """The check needs what is not known."""
        decision = Decision("cannot_tell", why.reason, "unknown", None, why.facts)
        return self._close(case, said.step("unknown"), decision, self._severity, None)

    def exclude(self, case: Case, said: Said, name: str) -> Evaluation:
        """An exclusion is proved by whoever must prove it."""
        return self._close(case, said.step("holds"), Decision("excluded", name, "broken"), self._severity, None)

    def end(self, end: End, said: Said) -> Ends:
        """What `then:` does."""
        decide, step = self._decide(end), said.step("holds")
        severity = self._formulas.run(end.severity) if end.severity else self._severity
        again = self._formulas.run(end.again) if end.again else None
        return lambda case: self._close(case, step, decide(case), severity, again)

    def _decide(self, end: End) -> Callable[[Case], Decision]:
        """What the check comes to: as it is written, or worked out where it pays or its reason is a formula."""
        promise: Promise = end.promise or ("broken" if end.outcome in BROKEN else "unknown")
        pay = end.pay or self._schedule.pay if end.outcome in PAYING else None
        if isinstance(end.reason, str) and pay is None:
            return constant(Decision(end.outcome, end.reason, promise, goes_on=end.ongoing))
        reason = self._formulas.run(end.reason) if isinstance(end.reason, Formula) else constant(end.reason)
        total, goes_on = self._formulas.run(pay) if pay else constant(None), end.ongoing
        outcome = end.outcome

        def run(case: Case) -> Decision:
            code, sum_ = reason(case), total(case)
            unknown = _unknown_of(sum_, code)
            if unknown is not None:
                return Decision("cannot_tell", unknown.reason, promise, None, unknown.facts, goes_on)
            return Decision(outcome, code, promise, sum_, (), goes_on)

        return run

    def _close(self, case: Case, step: Step, decision: Decision, severity: Run | None, again: Run | None) -> Evaluation:
        """The step that decides, then what is added, then the answer."""
        currency = self._currency(case)
        if decision.total is not None and type(currency) is Missing:
            decision = decision.unknown(currency)
        grave = severity(case) if severity else None
        later = again(case) if again else None
        day = case["anchor"]
        version = case["version"] if self._schedule.versions else None
        case.note(step)
        for addition in self._additions if decision.total is not None else ():
            decision = addition(case, decision)
        code = currency if type(currency) is str else ""
        answer = Evaluation(
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
        )
        return self._paid(case, answer, decision.total) if self._in_kind and decision.total is not None else answer

    def _paid(self, case: Case, answer: Evaluation, total: Number) -> Evaluation:
        """The answer with the form in which it is paid, and the forms of more worth that may be chosen."""
        remedy = self._schedule.remedy
        quantity = self._quantity(case) if self._quantity else None
        worths = [(form, worth(case)) for form, worth in self._alternatives]
        case.note_rest()
        return replace(
            answer,
            form=remedy.form,
            equal=remedy.equal,
            quantity=None if quantity is None or type(quantity) is Missing else exact.whole(quantity),
            alternatives=tuple(
                Alternate(form, rounded(worth, answer.currency))
                for form, worth in worths
                if type(worth) is not Missing and worth > total
            ),
            trace=tuple(case.steps),
        )

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
            total = exact.add(decision.total, more) if found else decision.total
            return replace(decision, total=total, reason=addition.reason) if found else decision

        return run

    def _moment(self, later: Any) -> datetime | None:
        if later is None or type(later) is Missing:
            return None
        return later if isinstance(later, datetime) else start_of_day(later, self._zone)


def _unknown_of(total: Any, reason: Any) -> Missing | None:
    """What cannot be said: the sum, or the reason, or a sum that is less than nothing."""
    if type(total) is Missing:
        return total
    if type(reason) is Missing:
        return reason
    return BELOW_NOTHING if total is not None and total < 0 else None


def _amount(decision: Decision, currency: str) -> Decimal | None:
    if decision.total is not None:
        return rounded(decision.total, currency)
    return nothing(currency) if decision.outcome in NOTHING_DUE else None


def _or_none(value: Any) -> Any:
    return None if type(value) is Missing else value


def _grade(severity: Any) -> int | None:
    """From 1, slight, to 4, gravest."""
    if severity is None or type(severity) is Missing:
        return None
    return int(severity) if 1 <= severity <= 4 else 1 if severity < 1 else 4
