"""What we remember about a customer's cases: what is owed and was paid, what was shown, and until when we wait."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct, field

from services.offer.granted import Granted
from services.offer.ledger import Ledger as Clocks
from services.offer.payout import Payout
from services.offer.promised import Promised
from shared.events import (
    Clause,
    Ledger,
    Option,
    Outcome,
    Promise,
    Subject,
    VerdictReached,
)
from shared.money import Money
from shared.remedy import Remedy
from shared.runtime.decider import Note

State = Literal[
    "unopened",  # heard of, not taken up: a second letter or a withdrawal that came before the verdict
    "awaiting",  # waits for evidence
    "apology",  # these four wait for the customer
    "options",
    "input",
    "final_say",
    "handed_over",  # a person has it; the rounds have stopped
    "agreed",  # they have chosen, and the thing is still broken
    "settled",
    "declined",
    "expired",
    "withdrawn",
    "joined",  # the same failure is answered in another case, since it is owed once
    "history",  # older than the policy's horizon: judged, never written to
]
FOR_A_PERSON = ("loss-beyond-price", "word-above-doubt", "another-currency")
"""What a verdict says where no promise can weigh the loss, or where more than the sum for doubt rests on the customer's
word alone: it goes to a person, once."""
OFFERED: frozenset[State] = frozenset({"apology", "options", "input", "final_say"})


class Compensation(Struct, frozen=True, omit_defaults=True):
    """Given elsewhere, for one case or for a subject; `left` has not been set off against anything yet."""

    left: Money
    case: str | None = None
    subject: Subject | None = None


class Grounds(Struct, frozen=True):
    """What shows that the promise was kept, for a customer who was first told something else."""

    reason: str
    clauses: tuple[Clause, ...]
    schedule: str | None = None


class Gift(Struct, frozen=True):
    """Money that was given because we are sorry: when it became due, in which form, how much."""

    at: datetime
    form: str
    amount: Money


Ended = Literal["given", "denied", "amended", "overtaken"]


class Request(Struct, frozen=True, omit_defaults=True):
    """What somebody of the house has to say yes or no to; the fields are those of `ApprovalRequested`, said last.

    `asked`: when it was said first. `ended`: given, denied, amended, or overtaken by what the customer did meanwhile.
    """

    option: Option
    first: str
    level: str
    asked: datetime
    due: datetime
    kind: Literal["wish", "amendment", "gift"] = "wish"
    asked_by: str | None = None
    yes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    late: bool = False
    ended: Ended | None = None


class Failure(Struct, frozen=True):
    """A failure that was verified: when the letter about it was received, when it was `found`, and what it was about.

    `names`: its fingerprints, where it has some; who complains of it twice was let down once.
    """

    at: datetime
    found: datetime
    subject: Subject | None = None
    names: tuple[str, ...] = ()


class Case(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The offer's side of one complaint.

    `why`: it waits for a person, for this reason; a closed case may, too. `round` counts what was put to the customer,
    `menus` how many rounds of options were among it. `invited`: they were asked what would put it right; `denied`: the
    round in which something that they asked for was declined. `again`: a closed case had to be opened again. `chosen`: what they agreed
    to, when they `agreed`, and `until` when they may take it back; then `table` lies before them again, with the `laid` options shown last. Answers count until `expires`; without one, whenever they come.
    `signals`: what its letters hint at; `called`: those of them, and the reasons of verdicts, for which a person was
    called at once; they have the case whatever else becomes of it.
    `clocks`: by when we owe them what, and what has come of it; `promises`: what people have promised them, by name.
    `told`: what the customer last heard about the promise; `asked`: they were asked for what only they can know.
    `reason`: why it was declined; `rated`: how well we put it right, from 1 to 5, says the customer.
    `concerns`: what its letters claim, `schedule` what it was judged by. `owed` is what the largest remedy of any verdict is worth, `in_kind` that remedy where it is no plain sum, `set_off`
    the part of it that others had paid. `contested`: their word stands against a measurement. `requests`: what people of the
    house were asked for, by id; `unasked`: how often one of them gave something unasked. `ongoing`: the failure had not ended when it was judged last.
    `tier`: what the CRM calls the customer. `received`: when the letter was, and `heard`: when they had our first word;
    `failures`: what the verdict that owes most found, by fingerprint, and what is owed for each; `into`: the case that answers
    for the same failure, and `stands` the verdict on which nothing was said; `weighed`: how grave it was when told.
    `hand_overs`: how often a person took over. `booked_at`: since when it counts in the house's budget as it does.
    """

    id: str
    customer: str
    complaint: str
    source: str
    state: State = "unopened"
    why: str | None = None
    signals: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    undelivered: bool = False
    opened: datetime | None = None
    contacts: int = 1
    hand_overs: int = 0
    tier: str | None = None
    received: datetime | None = None
    heard: datetime | None = None
    booked_at: datetime | None = None
    round: int = 0
    menus: int = 0
    invited: bool = False
    denied: int = 0
    again: bool = False
    chosen: Option | None = None
    agreed: datetime | None = None
    until: datetime | None = None
    table: State = "apology"
    laid: int = 0
    final: bool = False
    expires: datetime | None = None
    severity: int = 1
    subject: Subject | None = None
    outcome: Outcome = "cannot_tell"
    promise: Promise = "unknown"
    told: Promise | None = None
    asked: bool = False
    ongoing: bool = False
    contested: bool = False
    grounds: Grounds | None = None
    reason: str | None = None
    rated: int | None = None
    paid: Money | None = None
    lost: Money | None = None
    sought: str | None = None
    schedule: str | None = None
    concerns: tuple[str, ...] = ()
    incident: str | None = None
    owed: Money | None = None
    in_kind: Remedy | None = None
    set_off: Money | None = None
    shown: tuple[Option, ...] = ()
    payouts: dict[str, Payout] = {}
    requests: dict[str, Request] = {}
    unasked: int = 0
    clocks: Clocks | None = None
    promises: dict[str, Promised] = {}
    failures: dict[str, Money | None] = {}
    into: str | None = None
    stands: VerdictReached | None = None
    weighed: int = 0

    @property
    def request(self) -> tuple[str, Request] | None:
        """What waits for somebody's yes or no, with its id; one at a time."""
        return next(((name, one) for name, one in self.requests.items() if not one.ended), None)

    @property
    def alarmed(self) -> bool:
        """A person has it because of what a letter hints at: then nothing is put to the customer without them."""
        return self.why in self.called

    @property
    def loss(self) -> Money | None:
        """What the failure cost the customer: the loss where one is known, else what was paid."""
        return self.lost or self.paid

    @property
    def parts(self) -> int:
        """In how many parts the remedy became due."""
        return sum(payout.ledger == "remedy" for payout in self.payouts.values())

    def due(self, ledger: Ledger) -> Money | None:
        """The sum that became due on this ledger; none where nothing did."""
        amounts = [payout.amount for payout in self.payouts.values() if payout.ledger == ledger and payout.amount]
        return Money(sum((money.amount for money in amounts), Decimal(0)), amounts[0].currency) if amounts else None

    @property
    def trouble(self) -> str | None:
        """Why a person has to look at something that was granted here, a code."""
        return next((payout.trouble for _, payout in sorted(self.payouts.items()) if payout.trouble), None)

    def in_time(self, at: datetime) -> bool:
        """Times decide, not arrival: the same answer whether or not the expiry was read first."""
        return self.expires is None or at <= self.expires


class Customer(Struct, frozen=True, omit_defaults=True):
    """One customer's document: cases by id, second letters (the case each would have had → the case it joined),
    and what was given elsewhere. Of the last three years: `gifts` by the key of their payout,
    `failures` that were verified and, by when their letters were received, claims that are `contradicted`, by case; and what
    was `granted` for each failure, by its fingerprint and by the case that it was granted in."""

    cases: dict[str, Case] = {}
    merged: dict[str, str] = {}
    compensations: dict[str, Compensation] = {}
    gifts: dict[str, Gift] = {}
    failures: dict[str, Failure] = {}
    contradicted: dict[str, datetime] = {}
    granted: dict[str, dict[str, Granted]] = {}


class CompensationSetOff(Note, frozen=True, kw_only=True):
    """So much of this compensation counts as paid on the case's remedy; `failures` is as with what is granted."""

    customer: str
    case: str
    compensation: str
    amount: Money
    at: datetime
    failures: dict[str, Money] = field(default_factory=dict)


class ClocksStarted(Note, frozen=True, kw_only=True):
    """From now on these clocks run, and those that had run out before we could know are written down as such."""

    customer: str
    case: str
    clocks: Clocks
    at: datetime


class HistoryKept(Note, frozen=True, kw_only=True):
    """The complaint is older than the horizon: it is judged, and nobody is written to."""

    customer: str
    case: str
    at: datetime


def about(case: Case, at: datetime) -> dict[str, Any]:
    """What every fact about a case carries; `at` is that of the event which is answered."""
    return {
        "case": case.id,
        "complaint": case.complaint,
        "source": case.source,
        "customer": case.customer,
        "at": at,
        "round": case.round,
        "severity": case.severity,
        "incident": case.incident,
    }
