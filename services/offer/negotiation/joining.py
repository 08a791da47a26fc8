"""Who complains of one failure a second time is told what was granted for it, and goes on where the first complaint stands."""

from datetime import datetime
from functools import reduce

from msgspec.structs import replace

from services.offer.case import OFFERED, Case, Customer, State, about
from services.offer.negotiation.past import Past
from services.offer.negotiation.rounds import call_for, first_round, say_again
from services.offer.payouts.once import covered, parts_of
from services.offer.payouts.remedy import granted_so_far
from services.offer.terms import Known, weighed
from shared.events import CaseJoined, RemedyGranted, VerdictReached
from shared.policy.policy import Policy
from shared.remedy import Remedy, remedy_of, together
from shared.runtime.decider import Answered

OPEN: frozenset[State] = OFFERED | {"handed_over", "agreed"}
"""The first complaint is being looked after: whatever is found goes on there."""
OVER: frozenset[State] = frozenset({"settled", "expired"})
"""It is over, and only a new fact is worth rounds of its own."""


def first_of(customer: Customer, case: Case, verdict: VerdictReached) -> Case | None:
    """The case that this complaint joins: one that was told of the very same failures; None where it stands by itself.

    A letter that claims something else besides, or calls for a person, is answered by itself; and so is what was found
    graver than the customer was told before the first case was over.
    """
    names = _names(verdict)
    if not names or case.round or case.why or call_for(verdict) or verdict.contested:
        return None
    others = [one for one in customer.cases.values() if one.id != case.id and _answers(one, names, verdict)]
    return min(others, key=lambda one: (one.opened or verdict.at, one.id), default=None)


def join(
    customer: Customer, case: Case, first: Case, verdict: VerdictReached, granted: tuple[Answered, ...], policy: Policy
) -> tuple[Answered, ...]:
    """The complaint joins the first one, once: no second round of goodwill, and what was granted there is said. After the
    final say it is answered with that."""
    if case.into == first.id:
        return ()
    again = say_again(first, verdict.at, policy)
    further = [part for part in granted if isinstance(part, RemedyGranted)]
    before, due = _given(customer, case, first)
    joined = CaseJoined(
        **about(case, verdict.at),
        into=first.id,
        first=first.complaint,
        standing=_standing(first),
        granted=before,
        due=due,
        remedy=further[0].remedy if further else None,
        promise=verdict.promise,
        outcome=verdict.outcome,
        reasons=verdict.reasons,
        clauses=verdict.clauses,
        subject=case.subject,
        ongoing=verdict.ongoing,
        schedule=verdict.schedule,
        explained=bool(again) and not further,
    )
    return (joined, *again)


def stays_joined(case: Case, verdict: VerdictReached) -> bool:
    """A verdict that finds no failure parts no complaint from the one that it joined."""
    return case.into is not None and not any(part.promise == "broken" for part in parts_of(verdict))


def goes_on_alone(customer: Customer, first: Case, at: datetime, known: Known) -> tuple[Answered, ...]:
    """The first complaint was taken back: those that had joined it get the rounds which they did not have, unless there was
    a gift in it already."""
    if _has_gift(first):
        return ()
    joined = [one for one in customer.cases.values() if one.into == first.id and one.state == "joined"]
    following = min(joined, key=lambda one: (one.opened or at, one.id), default=None)
    return _taken_up(customer, following, at, known) if following else ()


def with_joined(customer: Customer, event: CaseJoined) -> Customer:
    """The further complaint is a further contact of the first case, and what it found weighs there."""
    case, first = customer.cases[event.case], customer.cases.get(event.into)
    cases = {**customer.cases, case.id: replace(case, state="joined", into=event.into, expires=None)}
    if first is not None:
        cases[first.id] = replace(first, contacts=first.contacts + 1, severity=_graver(first, event))
    return replace(customer, cases=cases)


def _graver(first: Case, event: CaseJoined) -> int:
    return max(first.severity, event.severity) if first.state in OPEN else first.severity


def _names(verdict: VerdictReached) -> set[str]:
    """The failures that the verdict finds; none where it says anything that is none of them."""
    parts = parts_of(verdict)
    alone = all(part.failure and part.promise == "broken" for part in parts)
    return {part.failure for part in parts if part.failure} if alone else set()


def _answers(one: Case, names: set[str], verdict: VerdictReached) -> bool:
    if one.told != "broken" or not names <= one.failures.keys():
        return False
    if one.state in OPEN:
        return True
    over = one.state in OVER or (one.state == "withdrawn" and _has_gift(one))
    return over and verdict.severity <= one.weighed


def _has_gift(case: Case) -> bool:
    return any(payout.ledger == "goodwill" for payout in case.payouts.values())


def _standing(first: Case) -> str:
    if first.final:
        return "final-say"
    if first.state == "handed_over":
        return "with-a-person"
    return "open" if first.state in OPEN else "closed"


def _given(customer: Customer, case: Case, first: Case) -> tuple[Remedy | None, datetime | None]:
    """What was granted elsewhere for the failures of this case, and by when the last of it is with the customer; no day
    where all of it has arrived."""
    others = [
        one for one in customer.cases.values() if one.id != case.id and one.failures.keys() & case.failures.keys()
    ]
    dues = [payout for one in others for payout in one.payouts.values() if payout.ledger == "remedy"]
    day = max((payout.due for payout in dues if payout.due and not payout.arrived), default=None)
    if all(one.failures.keys() == case.failures.keys() for one in others):
        parts = [part for one in others if (part := granted_so_far(one))]
        if parts and len({part.sum.currency for part in parts}) == 1 and not any(one.set_off for one in others):
            return reduce(together, parts), day
    counts = covered(customer, case)
    return remedy_of(counts) if counts else granted_so_far(first), day


def _taken_up(customer: Customer, case: Case, at: datetime, known: Known) -> tuple[Answered, ...]:
    if case.stands is None:
        return ()
    alone, terms = weighed(customer, replace(case, into=None), at, known)
    return first_round(alone, replace(case.stands, at=at), granted_so_far(case), terms, Past())
