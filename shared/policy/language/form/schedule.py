"""One schedule as its author wrote it: the promises, the facts they rest on, and what breaking them costs.

These shapes hold a file of `schedules/` after it was read and before it is compiled. Everything remembers its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from shared.events import Ledger, Promise
from shared.policy.language.form.syntax import Formula
from shared.policy.language.form.types import Type
from shared.policy.language.form.values import Value
from shared.policy.tree import Place

Source = Literal["measurement", "incident", "complaint", "customer", "history"]
"""Who states a fact: operations about the subject, operations about a failure of a service, the letter as the CRM sent
it, the customer (who alone can know it, and is asked once), or the house's own record of the customer's earlier
complaints."""

Ending = Literal["owed", "owed_in_part", "not_owed", "excluded", "cannot_tell", "invalid_offer"]
"""An outcome, or `invalid_offer`: money is owed and the form offered does not satisfy the rule."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that the schedule may read.

    `meaning`: what it is, in the author's words. `named`: what its source calls it (mostly the same). `optional`: its
    absence is an answer, asked with `known()`. `default`: stands where it is absent. `bearer`: who must prove it (a
    proof only). `ends`: the end of a failure; where it is absent while the case is judged for a living complaint, the
    failure goes on, and is judged as of that moment. `cause`: a proof of source `incident` holds when the incident has
    one of these causes, and counts as proved when the incident says so.
    """

    name: str
    place: Place
    type: Type
    meaning: str
    source: Source = "measurement"
    named: str = ""
    optional: bool = False
    default: Value = None
    has_default: bool = False
    bearer: str | None = None
    ends: bool = False
    cause: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """`{by: kind, planned: …, emergency: …, else: …}`: the formula of the word that `by` has."""

    place: Place
    by: Formula
    cases: Mapping[str, Formula]
    otherwise: Formula | None


@dataclass(frozen=True, slots=True)
class Let:
    """A derived value, worked out when it is first read, then kept."""

    name: str
    place: Place
    value: Formula | Switch


@dataclass(frozen=True, slots=True)
class Interval:
    """A cell that holds from `low` to `high`, each with whether the bound itself belongs to it; None: no bound."""

    low: Value
    low_in: bool
    high: Value
    high_in: bool


@dataclass(frozen=True, slots=True)
class Words:
    """A cell that holds for any of these words or flags (`true`, `[standard_ia, one_zone_ia]`)."""

    words: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AnyCell:
    """A cell that always holds."""


Cell = Interval | Words | AnyCell


@dataclass(frozen=True, slots=True)
class Unknown:
    """A deliberate gap of a table: a value that is known to be unknown, with the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it asks of each key, and what it gives (a literal value, or a gap)."""

    place: Place
    cells: tuple[Cell, ...]
    gives: tuple[Value | Unknown, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table: the first row that fits gives its results. `band.sum` is the result `sum` of table `band`."""

    name: str
    place: Place
    by: tuple[Formula, ...]
    gives: Mapping[str, Type]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class DatedRow:
    """What is in force from that date on."""

    place: Place
    begins: date
    gives: tuple[Value | Unknown, ...]


@dataclass(frozen=True, slots=True)
class DatedTable:
    """Results by date: the last row that has begun on the date of `by` (written `from:`)."""

    name: str
    place: Place
    by: Formula
    gives: Mapping[str, Type]
    rows: tuple[DatedRow, ...]


@dataclass(frozen=True, slots=True)
class End:
    """How a case ends: `then: owed reason`, with what is paid, and what it says about the promise.

    `reason`: a code, or a formula whose word it is (`reason: band.reason`). `pay` None: the schedule's own. `promise`
    None: broken where something is owed or excluded, unknown else. `again`: the date or instant at which time alone may
    change the answer. `severity` None: the schedule's own. `ongoing` False: that an end is not known makes no difference
    to this answer, which is not one so far.
    """

    outcome: Ending
    reason: str | Formula
    pay: Formula | None = None
    promise: Promise | None = None
    again: Formula | None = None
    severity: Formula | None = None
    ongoing: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the list; exactly one of `then`, `checks`, `need`, `excluded_by`, `by` says what it does.

    `then`: ends the case where `condition` is true (None: always). `checks`: these follow where it is true. `need`: the
    case stops here without that fact. `excluded_by`: the first of these proofs that is proved (`together` with a second
    one, where given) ends the case as excluded, under its name. `by` with `cases`: the list of the word that it has.
    """

    place: Place
    condition: Formula | None = None
    then: End | None = None
    checks: tuple["Check", ...] = ()
    need: tuple[str, ...] = ()
    excluded_by: tuple[str, ...] = ()
    together: str | None = None
    by: Formula | None = None
    cases: Mapping[str, tuple["Check", ...]] | None = None
    otherwise: tuple["Check", ...] | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """Added to any sum that is paid, where `condition` holds; it changes the reason and not the outcome."""

    place: Place
    condition: Formula
    add: Formula
    reason: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """In which form it is made good, how many of it, and which forms count as equal. `money` is the plain sum."""

    form: str = "money"
    quantity: Formula | None = None
    equal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another form that may be chosen in place of the sum; `worth` must be more than what is owed."""

    place: Place
    form: str
    worth: Formula


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an example or a vector must come to. `amount`: a decimal with two places, None for cannot_tell.

    The rest is looked at where it is given (None: not asked): the code of the currency, whether the promise was kept,
    the severity, whether the failure goes on, and when time alone may change the answer.
    """

    outcome: Ending
    amount: str | None
    reason: str
    currency: str | None = None
    promise: Promise | None = None
    severity: int | None = None
    ongoing: bool | None = None
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A case with its answer, written beside the rules. `as_of` selects the version where the anchor is missing.

    `now`: the moment of judgement, for a failure that goes on (an instant; without it an end that is not known is
    missing).
    """

    place: Place
    name: str
    facts: Mapping[str, Any]
    expect: Expectation
    as_of: date | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A whole file. `currency` "" with `currency_fact`: each case names its own. `workdays`: a calendar, `GB/ENG`.

    `failure`: what one failure is known by, `subject`, `incident`, `anchor` or facts; by nothing: no two are the same.
    """

    name: str
    place: Place
    title: str
    source: str
    ledger: Ledger
    currency: str
    currency_fact: str | None
    zone: str
    workdays: str | None
    anchor: Formula | None
    facts: Mapping[str, Fact]
    lets: Mapping[str, Let]
    tables: Mapping[str, Table | DatedTable]
    versions: Mapping[str, date]
    pay: Formula | None
    checks: tuple[Check, ...]
    additions: tuple[Addition, ...] = ()
    severity: Formula | None = None
    remedy: Remedy = Remedy()
    alternatives: tuple[Alternative, ...] = ()
    examples: tuple[Example, ...] = ()
    failure: tuple[str, ...] = ()
