"""What working out a case gives: the answer, and every step that led to it, as data that a letter can be written from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

from shared.events import Promise
from shared.policy.language.form.schedule import Ending


class Given(Struct, frozen=True, gc=False):
    """A fact as it was put before the schedule: its JSON value and the record that says so ("" where none does)."""

    value: Any
    record: str = ""


class Read(Struct, frozen=True, omit_defaults=True, gc=False):
    """A fact as it was read: `how` says whether it was given, absent (then `value` is None), a default, or so far.

    What was given stands as it was put, so that the case can be taken again from what was read; `unreadable`: it was
    given, but not as the schedule says that this fact is written, and so it is unknown.
    """

    fact: str
    value: Any
    how: Literal["given", "absent", "default", "so_far", "unreadable"] = "given"
    record: str = ""


class Derived(Struct, frozen=True, omit_defaults=True, gc=False):
    """A `let` (or a table's row, by its line) that was worked out on the way."""

    name: str
    value: Any
    line: int = 0


class Step(Struct, frozen=True, omit_defaults=True, gc=False):
    """One check that was looked at: the line it stands on, what it says, and what came of it.

    `result`: `holds`, `fails`, `unknown`, or `not_proved` for an exclusion that did not hold. `reads`: the facts that it
    looked at first; what an earlier step has read is not told again. `caps`: the limits that bit (`max`, `min`, `clamp`)
    as they are written.
    """

    line: int
    says: str
    result: Literal["holds", "fails", "unknown", "not_proved"]
    reads: tuple[Read, ...] = ()
    derived: tuple[Derived, ...] = ()
    caps: tuple[str, ...] = ()


class Alternate(Struct, frozen=True):
    """Another form, and what it is worth."""

    form: str
    worth: Decimal


class Evaluation(Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """The answer to one case.

    `amount`: rounded half up once, to the currency's minor unit; None for cannot_tell and invalid_offer, zero for
    not_owed and excluded. `missing`: facts that the deciding check needed and that are unknown, by name. `ongoing`: an
    end was not known, so that this is what is owed so far. `again`: when time alone may change the answer. `as_of`: the
    date that chose the version.
    """

    outcome: Ending
    reason: str
    promise: Promise
    amount: Decimal | None
    currency: str
    missing: tuple[str, ...] = ()
    version: str | None = None
    as_of: date | None = None
    severity: int | None = None
    ongoing: bool = False
    again: datetime | None = None
    form: str = "money"
    quantity: int | None = None
    equal: tuple[str, ...] = ()
    alternatives: tuple[Alternate, ...] = ()
    trace: tuple[Step, ...] = ()
