"""What the names of a schedule stand for in a case: facts as they were given, derived values, the moment, the version."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from shared.policy.language.arithmetic import exact
from shared.policy.language.arithmetic.computing import fixed
from shared.policy.language.form.evaluation import Derived, Read
from shared.policy.language.form.schedule import Fact
from shared.policy.language.form.types import INSTANT, PROOF
from shared.policy.language.judging.case import Case, Run
from shared.policy.language.judging.facts import reader
from shared.policy.language.judging.gatherings import Perhaps
from shared.policy.language.judging.unknown import MISSING_FACT, Missing

AS_IT_IS = frozenset((int, Decimal, str, bool, date, datetime, timedelta, type(None)))
NO_VERSION = Missing("no_version_for_date")
NO_DAY = Missing(MISSING_FACT, ("as_of",))
NO_MOMENT = Missing(MISSING_FACT, ("now",))


def fact(declared: Fact, zone: ZoneInfo) -> Run:
    """The value of a fact, noted for the step that read it first."""
    name, read_value = declared.name, reader(declared.type, declared.name)
    absent = _absence(declared, zone)
    unreadable = "unknown" if declared.type == PROOF else Missing(MISSING_FACT, (name,))

    def run(case: Case) -> Any:
        given = case.facts.get(name)
        if given is None or (told := given.value) is None:
            return absent(case)
        try:
            value = read_value(told)
        except (ValueError, TypeError, ArithmeticError):
            case.reads.append(Read(name, told, "unreadable", given.record))
            return unreadable
        case.reads.append(Read(name, told, "given", given.record))
        return value

    return run


def _absence(declared: Fact, zone: ZoneInfo) -> Run:
    """What stands where the fact was not given."""
    name, is_instant = declared.name, declared.type == INSTANT
    missing = Read(name, None, "absent")
    default = Read(name, declared.default, "default")
    value: Any = "unknown" if declared.type == PROOF else Missing(MISSING_FACT, (name,))

    def run(case: Case) -> Any:
        case.absent.add(name)
        if declared.ends and case.so_far is not None:
            return _so_far(name, case, fixed(case.so_far) if is_instant else case.so_far.astimezone(zone).date())
        if declared.has_default:
            case.reads.append(default)
            return declared.default
        case.reads.append(missing)
        return value

    return run


def _so_far(name: str, case: Case, moment: datetime | date) -> datetime | date:
    """The failure goes on: until the moment of judgement."""
    case.reads.append(Read(name, moment, "so_far"))
    case.ongoing = True
    return moment


def now(case: Case) -> Any:
    """The moment of judgement."""
    return NO_MOMENT if case.so_far is None else fixed(case.so_far)


def first_proved(case: Case, *proofs: str) -> str | None:
    """The name of the first that is proved, or none."""
    return next((proof for proof in proofs if case[proof] == "proved"), None)


def stated(declared: Fact) -> Run:
    """The fact as somebody stated it: an end that only stands so far is missing."""
    name, missing = declared.name, Missing(MISSING_FACT, (declared.name,))

    def run(case: Case) -> Any:
        found = case[name]
        return missing if declared.ends and name in case.absent else found

    return run


def let(name: str, line: int, body: Run) -> Run:
    """A derived value, noted for the step that needed it first."""

    def run(case: Case) -> Any:
        value = body(case)
        if type(value) is not Missing:
            case.derived.append(Derived(name, value if type(value) in AS_IT_IS else shown(value), line))
        return value

    return run


def shown(value: Any) -> Any:
    """A value for a reader of the trace: a fraction as a decimal, a list without what is not known of it."""
    if type(value) is tuple:
        return tuple(shown(one) for one in value if type(one) not in (Missing, Perhaps))
    if isinstance(value, Mapping):
        return {name: shown(one) for name, one in value.items() if type(one) is not Missing}
    return exact.plain(value) if isinstance(value, Fraction) else value


def switch(by: Run, cases: Mapping[Any, Run], otherwise: Run) -> Run:
    """The value of the word that `by` has."""

    def run(case: Case) -> Any:
        word = by(case)
        return word if type(word) is Missing else cases.get(word, otherwise)(case)

    return run


def anchor(computed: Run | None) -> Run:
    """The day that chooses the version: as the facts say, else as the caller says."""

    def run(case: Case) -> Any:
        value = NO_DAY if computed is None else computed(case)
        return case.as_of if type(value) is Missing and case.as_of is not None else value

    return run


def version(versions: Mapping[str, date]) -> Run:
    """The name of the version in force on the anchor's day."""
    latest_first = sorted(versions.items(), key=lambda item: item[1], reverse=True)

    def run(case: Case) -> Any:
        day = case["anchor"]
        if type(day) is Missing:
            return day
        return next((name for name, begins in latest_first if begins <= day), NO_VERSION)

    return run
