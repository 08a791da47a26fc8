"""What the business edits: promises and what breaking them costs, the menu of goodwill, the clocks.

These are the frozen shapes that the deciders read; `shared.policy.load` makes them from the files under
`deploy/policy/` and refuses what does not fit, with file, line and fix.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from shared.money import Money
from shared.policy.approvals import Approvals
from shared.policy.calendars import Calendar
from shared.policy.delivery import Delivery
from shared.policy.language.judging.compile import Compiled
from shared.policy.limits import Limits
from shared.policy.packs import Pack
from shared.policy.recovery import Recovery
from shared.policy.wording import Wording

Severity = Annotated[int, Meta(ge=1, le=4)]
Positive = Annotated[int, Meta(ge=1)]
Percent = Annotated[Decimal, Meta(ge=0, le=1000)]
Loss = Literal["money", "goods", "time", "work", "care"]
"""What a failure took: money, a thing, time, work that was not done or done badly, or care."""


class Intake(Struct, frozen=True, forbid_unknown_fields=True):
    """`merge_window`: a further letter about one subject joins the first within it, counted by `received_at`.

    `future`: how far ahead of the road's clock `received_at` may be (clocks differ). `horizon`: what was received
    longer ago is history: judged, never written to.
    """

    merge_window: timedelta
    future: timedelta
    horizon: timedelta


class Corroboration(Struct, frozen=True, forbid_unknown_fields=True):
    """So many `similar` complaints about one of these `kinds` of subjects `within` so long are evidence themselves."""

    similar: Annotated[int, Meta(ge=2)]
    within: timedelta
    kinds: tuple[str, ...]


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """The wait for telemetry: `wait` from the complaint's `received_at`, but at least `floor` from its arrival.

    `ask_within`: how long the customer has for what only they can know. `improve_within`: how long after its verdict a
    complaint is judged again, in the customer's favour, when evidence changes. A letter that names no time speaks of
    the time since `looks_back`; one that does may be off by `margin`.
    """

    wait: timedelta
    floor: timedelta
    ask_within: timedelta
    improve_within: timedelta
    looks_back: timedelta
    margin: timedelta
    corroboration: Corroboration


class Claim(Struct, frozen=True, forbid_unknown_fields=True):
    """How a letter says it: the CRM's categories, and words by language, compared without accents or case.

    A word counts by its beginning, but one of up to three letters, or with a point behind it, only as it stands
    (`late.` is not `later`). In a phrase `…` stands for up to three words of a sentence: `not … arriv`. `severity` is
    how grave the claim is by itself, where no measurement says more. `provided: no`: the house never promised it; such a
    claim gets one kind sentence and no money. `to_person`: a loss beyond the price, which no schedule can weigh.
    """

    categories: tuple[str, ...] = ()
    words: dict[str, tuple[str, ...]] = {}
    severity: Severity = 1
    provided: bool = True
    to_person: bool = False


class Signal(Struct, frozen=True, forbid_unknown_fields=True):
    """What the words of a letter hint at, written as those of a claim are. It brings a person or another tone, never money.

    `to_person`: such a letter reaches a person at once, before any evidence: `person`, or the one of `rounds`. `grave`:
    our letters say that it was far more than a nuisance.
    """

    name: str
    words: dict[str, tuple[str, ...]]
    to_person: bool = False
    person: str | None = None
    grave: bool = False


class Application(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a schedule applies: by kind of subject, category and jurisdiction; an empty cell holds for everything.

    `claims`: what the promise speaks of; about anything else its measurements say nothing. A claim of `contested_by`
    stands against a kept promise, unless it was made before the moment that the fact `since` names: then both may be
    true. `severity`: of a broken promise where the schedule names none. `owner`: who in the house is asked for missing
    records. `paid`: the fact of a measurement that says what was paid in all (in the currency that the fact `currency`
    names), where the letter does not. `promised` and `measured`: the facts that a letter shows beside each other; `began` and
    `ended`: of a failure that has a time of its own, the facts that a letter names it by.
    """

    schedule: str
    claims: tuple[str, ...]
    kind: str | None = None
    categories: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    contested_by: tuple[str, ...] = ()
    since: str | None = None
    severity: Severity = 1
    owner: str | None = None
    paid: str | None = None
    promised: str | None = None
    measured: str | None = None
    began: str | None = None
    ended: str | None = None


class Applies(Struct, frozen=True, forbid_unknown_fields=True):
    """Which promises a complaint is judged by. `when_several` speak of one claim, the first row counts, or the one
    that is most in the customer's favour."""

    when_several: Literal["largest", "first"]
    rows: tuple[Application, ...]


class MenuOption(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of goodwill: for which severities, from which round of options (from 1) on it may appear, what it is worth.

    The amount is `percent` of what was paid, at most `at_most` in that currency; with `at_most` alone it is that sum;
    an option with neither is without money. One with money is left out where the loss is unknown or the currency is
    not among `at_most`. `fits`: the losses that it makes good in kind; money does so for money by itself. `only_for`: it is
    for these losses and no others. `worth` is the value of one without money to the customer, `cost` the part of the
    value that the house bears, in percent. `excludes`: what is never on the table beside it. `role`: who does it, where
    it is a person's word that counts.
    """

    id: str
    form: str
    severities: tuple[Severity, ...]
    round: Positive
    percent: Annotated[Decimal, Meta(gt=0, le=150)] | None = None
    at_most: tuple[Money, ...] = ()
    arrives: Annotated[int, Meta(ge=0)] | None = None
    conditions: str | None = None
    fits: tuple[Loss, ...] = ()
    only_for: tuple[Loss, ...] = ()
    worth: tuple[Money, ...] = ()
    cost: Percent = Decimal(100)
    excludes: tuple[str, ...] = ()
    role: str | None = None


class Rounds(Struct, frozen=True, forbid_unknown_fields=True):
    """`answer_within`: how long the customer may think; `undo_within`: for how long they may take a choice back, and
    nothing is due before that. From `options_from` on a case starts at the options.

    After `menus` rounds of options the customer is asked what would put it right; one more round of options may follow
    that. `ceiling`: remedy and goodwill together, in percent of the loss; `ceilings`: those of schedules that say more.
    `losses`: the claims that cost the customer something besides money; `no_money`: what `sought` says where no money is
    wished.
    """

    answer_within: timedelta
    undo_within: timedelta
    options_from: Severity
    doubt_up_to: tuple[Money, ...]
    person: str
    final_say: str
    menus: Positive
    ceiling: Percent
    losses: dict[str, tuple[str, ...]]
    no_money: tuple[str, ...]
    menu: tuple[MenuOption, ...]
    ceilings: dict[str, Percent] = {}

    @property
    def last_menu(self) -> int:
        """The last round of options that a case may have."""
        return self.menus + 1

    def ceiling_of(self, schedule: str | None) -> Decimal:
        """Of a loss under this schedule, in percent."""
        return self.ceilings.get(schedule or "", self.ceiling)


class Fulfilment(Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for one form: who sees to it, and how soon it is there where the option does not say."""

    owner: str | None = None
    within: timedelta | None = None


class Payouts(Struct, frozen=True, forbid_unknown_fields=True):
    """By when what was granted is with the customer, money or not, and who in the house sees to it.

    `within`: where neither an option nor its form says how soon. `grace`: so long after that day somebody looks for what
    nobody has said to have arrived; the customer hears from them `look_within`. `owner`: a role; `forms` may have others.
    """

    within: timedelta
    grace: timedelta
    look_within: timedelta
    owner: str
    forms: dict[str, Fulfilment] = {}

    @property
    def roles(self) -> frozenset[str]:
        """All who see to something that is due."""
        return frozenset({self.owner, *(one.owner for one in self.forms.values() if one.owner)})

    def owner_of(self, form: str) -> str:
        """Who sees to what comes in this form."""
        return self.forms.get(form, Fulfilment()).owner or self.owner

    def within_of(self, form: str) -> timedelta:
        """How soon what comes in this form is there, where it does not say so itself."""
        within = self.forms.get(form, Fulfilment()).within
        return self.within if within is None else within


class Promises(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person promised and did not do is done `within` so long after all, and is `person`'s to see to where nobody
    else can put it right. It `raises` the severity: the customer was let down a second time."""

    within: timedelta
    person: str
    raises: Annotated[int, Meta(ge=0, le=3)]


class House(Struct, frozen=True, forbid_unknown_fields=True):
    """Who writes: the name in the letter, the sender's address, the language (a folder of wording/) when the customer's
    is not known."""

    name: str
    sender: str
    signed_by: str
    language: str = "en"


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """All that was loaded. `digest` is over the files' meaning; every decision carries `version` and `digest`.

    `calendars`, by name, say when the house works. `signals` are in the order of their weight: of several in one letter,
    the first one counts. `clocks` are one pack for each regime. `schedules` are those that apply somewhere, by name.
    `signals` are in the order of their weight: of several in one letter, the first one counts. `schedules` are those
    that apply somewhere, by name; `wording` is what letters and pages say.
    """

    version: str
    house: House
    intake: Intake
    evidence: Evidence
    claims: dict[str, Claim]
    applies: Applies
    rounds: Rounds
    calendars: dict[str, Calendar]
    approvals: Approvals
    payouts: Payouts
    promises: Promises
    limits: Limits
    delivery: Delivery
    signals: tuple[Signal, ...] = ()
    clocks: tuple[Pack, ...] = ()
    schedules: Mapping[str, Compiled] = {}
    recovery: Recovery = Recovery()
    wording: Wording = Wording()
    digest: str = ""
