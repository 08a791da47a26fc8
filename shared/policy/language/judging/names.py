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
from shared.policy.language.judging.case import Case
from shared.policy.language.judging.facts import reader
from shared.policy.language.judging.gatherings import Perhaps
from shared.policy.language.judging.operations import Run, Works
from shared.policy.language.judging.unknown import MISSING_FACT, Missing, missing_together

AS_IT_IS = frozenset((int, Decimal, str, bool, date, datetime, timedelta, type(None)))
NO_VERSION = Missing("no_version_for_date")
NO_MOMENT = Missing(MISSING_FACT, ("now",))


def fact(declared: Fact, zone: ZoneInfo) -> Run:
    """The value of a fact; it is read once, and noted for the step that read it first."""
    name, read_value = declared.name, reader(declared.type, declared.name)
    absent = _absence(declared, zone)
    unreadable = "unknown" if declared.type == PROOF else Missing(MISSING_FACT, (name,))

    def run(case: Case) -> Any:
        memo = case.memo
        if name in memo:
            return memo[name]
        given = case.facts.get(name)
        told = None if given is None else given.value
        if given is None or told is None:
            value = absent(case)
        else:
            try:
                value = read_value(told)
                case.reads.append(Read(name, told, "given", given.record))
            except (ValueError, TypeError, ArithmeticError):
                value = unreadable
                case.reads.append(Read(name, told, "unreadable", given.record))
        memo[name] = value
        return value

    return run


def _absence(declared: Fact, zone: ZoneInfo) -> Run:
    """What stands where the fact was not given."""
    name, is_instant = declared.name, declared.type == INSTANT
    missing = Read(name, None, "absent")
    default = Read(name, declared.default, "default")
    value: Any = "unknown" if declared.type == PROOF else Missing(MISSING_FACT, (name,))

    def run(case: Case) -> Any:
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


def known(declared: Fact, value: Run) -> Run:
    """Whether the fact was given; unknown where it was given and cannot be read."""
    name = declared.name

    def run(case: Case) -> Any:
        found = value(case)
        given = case.facts.get(name)
        if given is None or given.value is None:
            return False
        return found if type(found) is Missing else True

    return run


def stated(declared: Fact, value: Run) -> Run:
    """The fact as somebody stated it: an end that only stands so far is missing."""
    if not declared.ends:
        return value
    missing = Missing(MISSING_FACT, (declared.name,))

    def run(case: Case) -> Any:
        found = value(case)
        given = case.facts.get(declared.name)
        return missing if given is None or given.value is None else found

    return run


def ongoing(declared: Fact, value: Run) -> Run:
    """Whether the end stands so far: it was not given, and the case is judged as of a moment."""
    name = declared.name

    def run(case: Case) -> Any:
        value(case)
        given = case.facts.get(name)
        return (given is None or given.value is None) and case.so_far is not None

    return run


def proved(value: Run) -> Run:
    """Whether it is proved; asserted is not proved."""
    return lambda case: value(case) == "proved"


def first_proved(proofs: tuple[tuple[str, Run], ...]) -> Run:
    """The name of the first that is proved, or none."""

    def run(case: Case) -> Any:
        for name, value in proofs:
            if value(case) == "proved":
                return name
        return None

    return run


def first_known(values: tuple[Run, ...]) -> Run:
    """The first value that is known; those behind it are not looked at."""

    def run(case: Case) -> Any:
        missing = []
        for value in values:
            found = value(case)
            if type(found) is not Missing:
                return found
            missing.append(found)
        return missing_together(*missing)

    return run


def let(name: str, line: int, body: list[Run]) -> Run:
    """A derived value: worked out when it is first read, then kept. `body` holds one formula, put there later."""

    def run(case: Case) -> Any:
        memo = case.memo
        if name in memo:
            return memo[name]
        value = memo[name] = body[0](case)
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


def limited(limit: Works, arguments: tuple[Run, ...], value: int, says: str) -> Run:
    """A value held by limits; where one bites, the step says so. `value`: which argument is held."""

    def run(case: Case) -> Any:
        values = [one(case) for one in arguments]
        if any(type(one) is Missing for one in values):
            return missing_together(*values)
        found = limit(*values)
        if found != values[value]:
            case.bite(says)
        return found

    return run


def anchor(computed: Run | None) -> Run:
    """The day that chooses the version: as the facts say, else as the caller says."""
    unknown = Missing(MISSING_FACT, ("as_of",))

    def run(case: Case) -> Any:
        memo = case.memo
        if "anchor" in memo:
            return memo["anchor"]
        value = unknown if computed is None else computed(case)
        if type(value) is Missing and case.as_of is not None:
            value = case.as_of
        memo["anchor"] = value
        return value

    return run


def version(day: Run, versions: Mapping[str, date]) -> Run:
    """The name of the version in force on the anchor's day."""
    latest_first = sorted(versions.items(), key=lambda item: item[1], reverse=True)

    def run(case: Case) -> Any:
        value = day(case)
        if type(value) is Missing:
            return value
        return next((name for name, begins in latest_first if begins <= value), NO_VERSION)

    return run
