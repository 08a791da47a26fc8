"""What is said of that which is due: it has arrived, it could not be paid, it is late, the customer has not got it.

Nothing is paid twice, whatever is said how often and in what order: what has arrived is never due again, and anything
else becomes due once more only under its own key, by a person's word.
"""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.offer.case import Case, about
from services.offer.negotiation.let_down import gets_options, let_down_again
from services.offer.negotiation.rounds import hand_over, lay_beside_a_person
from services.offer.payout import DIFFERS, TROUBLES, Payout
from services.offer.payouts.fulfilment import clock_of, due_again, key_behind
from services.offer.terms import Terms
from shared.events import (
    FulfilmentContested,
    HandedOver,
    PaymentDelayed,
    PaymentMade,
    PayoutCompleted,
    PayoutFailed,
    PayoutRenewed,
    PayoutUnrecognised,
    RulingFollowed,
    RulingRefused,
    TimerFired,
)
from shared.money import Money
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, Timer

UNKNOWN = "payout_unknown"
"""Billing speaks of a key of this case that was never due."""


def answer_billing(case: Case, said: PayoutCompleted | PayoutFailed, policy: Policy) -> tuple[Answered, ...]:
    """What has arrived is told once, and cannot fail any more; what could not be paid is a person's to put right."""
    payout = case.payouts.get(said.key)
    if payout is None:
        return hand_over(case, UNKNOWN, said.at, policy)
    if payout.arrived:
        return ()
    if isinstance(said, PayoutFailed):
        return hand_over(case, "payout_failed", said.at, policy)
    return _arrived(case, payout, said, policy)


def _arrived(case: Case, payout: Payout, said: PayoutCompleted, policy: Policy) -> tuple[Answered, ...]:
    """Where another sum was paid than was due, a person sees to the rest."""
    differs = _differs(payout, said.amount)
    made = made_of(case, said.key, payout, said.at)
    if differs:
        made = replace(made, amount=said.amount, instead_of=payout.amount)
    return (made, *(hand_over(case, DIFFERS, said.at, policy) if differs else ()))


def made_of(case: Case, key: str, payout: Payout, at: datetime) -> PaymentMade:
    """It has arrived as it was due."""
    return PaymentMade(
        **about(case, at),
        key=key,
        ledger=payout.ledger,
        form=payout.form,
        amount=payout.amount,
        quantity=payout.quantity,
        late=payout.state == "late",
    )


def _differs(payout: Payout, paid: Money | None) -> bool:
    """Of what comes in pieces, or has no price, billing may say what it cost."""
    return payout.amount is not None and payout.quantity is None and paid not in (None, payout.amount)


def unrecognised(said: Any, policy: Policy) -> tuple[Answered, ...]:
    """What billing says of a key that is of no case of this customer's; nothing else that concerns no case has an answer."""
    if not isinstance(said, PayoutCompleted | PayoutFailed) or not said.customer:
        return ()
    paid, to = isinstance(said, PayoutCompleted), policy.payouts.owner
    about_it = PayoutUnrecognised(
        customer=said.customer, at=said.at, key=said.key, to=to, paid=paid, amount=said.amount
    )
    return (about_it,)


def ask_where_it_is(timer: TimerFired, case: Case, terms: Terms) -> tuple[Answered, ...]:
    """Nobody has said that it arrived, and its day has passed: the customer hears so from us, and a person looks for it. On
    the day that we then named it is somebody higher's, where it still has not."""
    key = key_behind(timer) or ""
    payout = case.payouts.get(key)
    if payout is None:
        return ()
    if payout.state == "late" and timer.due == payout.next and not case.alarmed:
        return (HandedOver(**about(case, timer.at), to=terms.policy.promises.person, why=TROUBLES["late"]),)
    if payout.state != "due" or payout.due is None or timer.due < payout.due:
        return ()
    return _delayed(case, key, payout, timer, terms)


def _delayed(case: Case, key: str, payout: Payout, timer: TimerFired, terms: Terms) -> tuple[Answered, ...]:
    """Late, and said so with the day by which they hear more, which is kept in mind like every day that we name. A person
    looks for it; what somebody of ours was to do, and did not, is a failure of its own besides."""
    policy = terms.policy
    case = let_down_again(case, policy) if payout.in_kind else case
    options = lay_beside_a_person(case, timer.at, terms) if payout.in_kind and gets_options(case) else ()
    delayed = PaymentDelayed(
        **about(case, timer.at),
        key=key,
        ledger=payout.ledger,
        form=payout.form,
        due=payout.due or timer.due,
        next=timer.at + policy.payouts.look_within,
        owner=payout.owner or policy.payouts.owner,
        amount=payout.amount,
        quantity=payout.quantity,
    )
    again = Timer(customer=case.customer, case=case.id, name=clock_of(key), due=delayed.next)
    return (delayed, *options, *hand_over(case, TROUBLES["late"], timer.at, policy), again)


def contested(case: Case, answer: FulfilmentContested, policy: Policy) -> tuple[Answered, ...]:
    """A person finds out where it went; it is never paid again by itself."""
    return hand_over(case, "fulfilment_contested", answer.at, policy) if answer.key in case.payouts else ()


def renew(case: Case, ruling: PayoutRenewed, policy: Policy) -> tuple[Answered, ...]:
    """Due once more under the same key, which is paid once however often it is read; or it is said why not."""
    facts: dict[str, Any] = about(case, ruling.at) | {"action": "renew", "by": ruling.by, "role": ruling.role}
    if why := why_not_renewed(case.payouts.get(ruling.key), ruling, policy):
        return (RulingRefused(**facts, why=why),)
    return (RulingFollowed(**facts), *due_again(case, ruling.key, ruling.at, policy.payouts))


def why_not_renewed(payout: Payout | None, ruling: PayoutRenewed, policy: Policy) -> str | None:
    """Only what could not be paid, or has been waited for too long, and only by somebody of the house; None: it may be."""
    if ruling.role not in {*policy.approvals.roles, *policy.payouts.roles}:
        return "role-unknown"
    if payout is None:
        return "never-due"
    return None if payout.state in ("failed", "late") else f"is-{payout.state}"
