"""What the business edits: promises and what breaking them costs, the menu of goodwill, the clocks.

These are the frozen shapes that the deciders read; `shared.policy.load` makes them from the files under
`deploy/policy/` and refuses what does not fit, with file, line and fix.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from shared.money import Money

Severity = Annotated[int, Meta(ge=1, le=4)]
Positive = Annotated[int, Meta(ge=1)]


class Intake(Struct, frozen=True, forbid_unknown_fields=True):
    """`merge_window`: a further letter about one subject joins the first within it, counted by `received_at`.

    `future`: how far ahead of the road's clock `received_at` may be (clocks differ). `horizon`: what was received
    longer ago is history: judged, never written to.
    """

    merge_window: timedelta
    future: timedelta
    horizon: timedelta


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """The wait for telemetry: `wait` from the complaint's `received_at`, but at least `floor` from its arrival."""

    wait: timedelta
    floor: timedelta


class Claim(Struct, frozen=True, forbid_unknown_fields=True):
    """How a letter says it: the CRM's categories, and words by language, compared without accents or case.

    A word counts by its beginning, but one of up to three letters, or with a point behind it, only as it stands
    (`late.` is not `later`). In a phrase `…` stands for up to three words of a sentence: `not … arriv`. `severity` is
    how grave the claim is by itself, where no measurement says more.
    """

    categories: tuple[str, ...] = ()
    words: dict[str, tuple[str, ...]] = {}
    severity: Severity = 1


class Signal(Struct, frozen=True, forbid_unknown_fields=True):
    """What the words of a letter hint at, written as those of a claim are. It brings a person or another tone, never money.

    `to_person`: such a letter reaches a person at once, before any evidence: `person`, or the one of `rounds`.
    """

    name: str
    words: dict[str, tuple[str, ...]]
    to_person: bool = False
    person: str | None = None


class Late(Struct, frozen=True, forbid_unknown_fields=True):
    """From so many days after the promise on, the failure is so severe."""

    from_days: Positive
    severity: Severity


class Never(Struct, frozen=True, forbid_unknown_fields=True):
    """It never came: a status that says so, or so many days after the promise without a delivery."""

    statuses: tuple[str, ...]
    after_days: Positive
    severity: Severity


class DeliverySchedule(Struct, frozen=True, forbid_unknown_fields=True):
    """A promise of a delivery date, kept when the thing is there by the end of that day in `zone`.

    `promised` (a date), `delivered` (an instant), `status` (a word), `pays` (a sum) and `currency` name facts of a
    measurement; so do `ordered` (the instant before which no letter can be about it) and `paid` (the sum paid in all,
    where the letter does not say it). `claims` are what the promise speaks of; about anything else its measurements
    say nothing. A claim of `contested_by` stands against a delivery on record. `arrived`: the statuses that say so.
    """

    name: str
    kind: str
    zone: str
    promised: str
    delivered: str
    status: str
    pays: str
    currency: str
    claims: tuple[str, ...]
    contested_by: tuple[str, ...]
    late: tuple[Late, ...]
    never: Never
    arrived: tuple[str, ...] = ()
    ordered: str | None = None
    paid: str | None = None


class MenuOption(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of goodwill: for which severities, in which round of options (from 1) it may appear, what it is worth.

    The amount is `percent` of what was paid, at most `at_most` in that currency; with `at_most` alone it is that sum;
    an option with neither is without money. One with money is left out where the loss is unknown or the currency is
    not among `at_most`.
    """

    id: str
    form: str
    severities: tuple[Severity, ...]
    round: Positive
    percent: Annotated[Decimal, Meta(gt=0, le=150)] | None = None
    at_most: tuple[Money, ...] = ()
    arrives: Annotated[int, Meta(ge=0)] | None = None
    conditions: str | None = None


class Rounds(Struct, frozen=True, forbid_unknown_fields=True):
    """`answer_within`: how long the customer may think. From `options_from` on a case starts at the options."""

    answer_within: timedelta
    options_from: Severity
    doubt_up_to: tuple[Money, ...]
    person: str
    final_say: str
    menu: tuple[MenuOption, ...]


class House(Struct, frozen=True, forbid_unknown_fields=True):
    """Who writes: the name in the letter, the sender's address, the language when the customer's is not known."""

    name: str
    sender: str
    signed_by: str
    language: Literal["en", "pt", "de"] = "en"


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """All that was loaded. `digest` is over the files' meaning; every decision carries `version` and `digest`.

    `signals` are in the order of their weight: of several in one letter, the first one counts.
    """

    version: str
    house: House
    intake: Intake
    evidence: Evidence
    claims: dict[str, Claim]
    schedules: tuple[DeliverySchedule, ...]
    rounds: Rounds
    signals: tuple[Signal, ...] = ()
    digest: str = ""
