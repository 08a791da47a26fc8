"""Where a member of staff says yes, no or otherwise: what they say is stored before they hear that it was, and decides nothing
here. What cannot be followed as the case stands is refused at once, with the reason; the rest is for the case to answer.
"""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.offer.case import Case
from services.offer.console import waiting
from services.offer.console.cases import find_case, weighed_case
from services.offer.staff import approvals, rulings
from services.offer.staff.approvals import ACTIONS
from services.offer.terms import Terms
from shared.errors import AmendsError
from shared.events import (
    CUSTOMER,
    ApprovalAmended,
    ApprovalDenied,
    ApprovalGiven,
    CaseOverruled,
)
from shared.money import Money
from shared.policy.policy import Policy
from shared.runtime import outbox
from shared.runtime.failures import named

SERVICE = "offer"
LONGEST = 4_000
"""Characters of a reason."""
ANSWERS: dict[str, type[ApprovalGiven] | type[ApprovalDenied] | type[ApprovalAmended]] = {
    action: kind for kind, action in ACTIONS.items()
}
OVERRULES = ("give", "decline", "stop", "hand_on")
WORDS = {
    "no-such-request": "nobody has asked for that",
    "no-such-case": "there is no such case",
    "already-given": "somebody has said yes to it already",
    "already-denied": "somebody has said no to it already",
    "already-amended": "somebody has offered something else already",
    "already-overtaken": "the customer has chosen or taken back the complaint meanwhile",
    "role-may-not": "this role may not decide so much",
    "role-unknown": "the house has no such role: approvals.yaml names them",
    "asked-for-it": "nobody approves what they asked for themselves",
    "said-yes-already": "it takes a second person",
    "sum-too-high": "this role may not give so much",
    "above-ceiling": "with what is owed it would pass the ceiling",
    "beyond-all-levels": "nobody of the house may give so much of such a loss",
    "nothing-amended": "name another amount or another form than what was asked for",
    "nothing-beside-it": "there is nothing that could lie beside it, and one option alone is never offered",
    "not-a-wish": "what a member of staff wishes to give is approved or denied",
    "alarmed": "a person was called to this customer, who speaks with them first",
    "asked-for-already": "something else waits for a yes or a no in this case",
    "nothing-named": "name an amount or a form",
    "nothing-said-yet": "nothing was said to the customer yet",
    "nothing-to-decline": "there is no goodwill left to decline",
    "has-a-person": "a person has it already",
    "not-opened": "the case is not open yet",
    "over": "the case was taken back, or is history",
}
"""Why something is refused, as a sentence."""


class NotTaken(AmendsError):
    """A ruling that cannot be followed as the case stands; `why` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(WORDS.get(why, why))
        self.why = why


class Said(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody decides, who they are, in which role, and why. `to`: the role that a case is handed on to."""

    action: str
    by: str
    role: str
    reason: str
    amount: Money | None = None
    form: str | None = None
    to: str | None = None


class Taken(Struct, frozen=True, kw_only=True):
    """It is stored, and goes its way as event `id`; `request` and `case` say where its effect is seen."""

    id: UUID
    action: str
    case: str
    request: str | None = None


async def rule_on_request(engine: AsyncEngine, policy: Policy, name: str, said: Said) -> Taken:
    """Store a yes, a no, or what else they would give. Raises NotTaken; Unavailable when it cannot be stored."""
    with named():
        async with engine.begin() as tx:
            row = await waiting.find(tx, name)
            if row is None:
                raise NotTaken("no-such-request")
            case, terms = await _weighed(tx, row.case, row.customer, policy)
            ruling = _answer(case, name, said)
            if why := approvals.why_not(case, ruling, terms):
                raise NotTaken(why)
            request = case.requests[name]
            event_id = _id(name, said, request.level, *request.yes)
            await outbox.queue(tx, SERVICE, ruling, event_id)
    return Taken(id=event_id, action=said.action, case=case.id, request=name)


async def rule_on_case(engine: AsyncEngine, policy: Policy, name: str, said: Said, key: str) -> Taken:
    """Store what they decide otherwise; `key` names it, so that the same again is the same. Raises NotTaken, Unavailable."""
    with named():
        async with engine.begin() as tx:
            row = await find_case(tx, name)
            if row is None:
                raise NotTaken("no-such-case")
            case, terms = await _weighed(tx, row.case, row.customer, policy)
            ruling = _overruling(case, said)
            if why := rulings.why_not(case, ruling, terms.policy):
                raise NotTaken(why)
            event_id = uuid5(NAMESPACE_URL, f"amends:ruling:{case.id}\n{key}")
            await outbox.queue(tx, SERVICE, ruling, event_id)
    return Taken(id=event_id, action=said.action, case=case.id)


def misfit(said: Said, actions: tuple[str, ...]) -> str | None:
    """What is missing or too much in what they say, as a sentence; None where nothing is."""
    if said.action not in actions:
        return f"action: {said.action!r} is none of {', '.join(actions)}"
    for name in ("by", "role", "reason"):
        if not getattr(said, name).strip():
            return f"{name}: it is empty"
    if " ".join(said.by.split()).casefold() == CUSTOMER:
        return "by: give the name of the member of staff"
    if len(said.reason) > LONGEST or len(said.by) > 200:
        return f"reason: at most {LONGEST:,} characters, and 200 for a name"
    if said.amount and (said.amount.amount <= 0 or said.amount != said.amount.rounded()):
        return f"amount: a sum above nothing, with the digits of {said.amount.currency}"
    return None


async def _weighed(tx: AsyncConnection, case: str, customer: str, policy: Policy) -> tuple[Case, Terms]:
    weighed = await weighed_case(tx, case, customer, policy)
    if weighed is None:
        raise NotTaken("not-opened")
    return weighed


def _id(name: str, said: Said, *stage: str) -> UUID:
    """Derived from what was said at which stage, so that saying it twice is one event."""
    what = (said.action, " ".join(said.by.split()).casefold(), str(said.amount), said.form, *stage)
    return uuid5(NAMESPACE_URL, f"amends:ruling:{name}\n" + "\n".join(map(str, what)))


def _answer(case: Case, name: str, said: Said) -> ApprovalGiven | ApprovalDenied | ApprovalAmended:
    kind = ANSWERS[said.action]
    instead: dict[str, Any] = {"amount": said.amount, "form": said.form} if kind is ApprovalAmended else {}
    return kind(**_facts(case, said), id=name, **instead)


def _overruling(case: Case, said: Said) -> CaseOverruled:
    what: dict[str, Any] = {"action": said.action, "amount": said.amount, "form": said.form, "to": said.to}
    return CaseOverruled(**_facts(case, said), **what)


def _facts(case: Case, said: Said) -> dict[str, Any]:
    return {
        "customer": case.customer,
        "complaint": case.complaint,
        "source": case.source,
        "case": case.id,
        "round": case.round,
        "severity": case.severity,
        "incident": case.incident,
        "by": " ".join(said.by.split()),
        "role": said.role.strip(),
        "reason": said.reason.strip(),
    }
