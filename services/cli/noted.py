"""What a rehearsal writes down: each thing that happened, and how every case ended."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from services.offer.case import Case
from shared.money import Money

Kind = Literal["event", "letter", "payout", "timer", "refused"]


class Noted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened: `says` is the sentence for people, `sign` a key of the timeline's marks; the rest is for
    programs.

    A letter has its kind, `subject`, `to` and `body`; a payout its key, ledger, form and sum; a timer is set for `due`.
    """

    at: datetime
    kind: Kind
    says: str
    sign: str
    complaint: str | None = None
    customer: str | None = None
    type: str | None = None
    name: str | None = None
    subject: str | None = None
    to: str | None = None
    body: str | None = None
    key: str | None = None
    ledger: str | None = None
    form: str | None = None
    amount: Money | None = None
    due: datetime | None = None


class Ended(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a complaint's case stands at the end."""

    complaint: str
    customer: str
    case: str
    state: str
    why: str | None = None
    outcome: str
    promise: str
    severity: int
    round: int
    remedy: Money | None = None
    goodwill: Money | None = None


def ended_of(case: Case) -> Ended:
    """The case as it is reported when all has been played."""
    return Ended(
        complaint=case.complaint,
        customer=case.customer,
        case=case.id,
        state=case.state,
        why=case.why,
        outcome=case.outcome,
        promise=case.promise,
        severity=case.severity,
        round=case.round,
        remedy=case.due("remedy"),
        goodwill=case.due("goodwill"),
    )
