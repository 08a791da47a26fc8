"""What counts of a customer's past: what was given to them because we are sorry, and how often they were right, or not."""

from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from services.offer.case import Customer, Failure, Gift
from services.offer.naming import case_of
from services.offer.negotiation.judged import grounds_of
from services.offer.payouts.once import parts_of
from shared.events import PayoutDue, VerdictReached
from shared.policy.limits import LONGEST, Repeats


class Past(NamedTuple):
    """How this verdict stands among others of the policy's time, itself included; 0 below the policy's numbers.

    `failures`: so many of this customer were verified, and this verdict has just added one; `of_subject`: so many of them
    of its subject, the first `since` then. `contradicted`: so many of their claims measurements contradict.
    """

    failures: int = 0
    of_subject: int = 0
    since: datetime | None = None
    contradicted: int = 0


def with_gift(customer: Customer, due: PayoutDue) -> Customer:
    """What is given because we are sorry counts for the limits; what no limit looks back to is forgotten."""
    if due.ledger != "goodwill" or not due.amount:
        return customer
    kept = {key: gift for key, gift in customer.gifts.items() if gift.at > due.at - LONGEST}
    return replace(customer, gifts={**kept, due.key: Gift(due.at, due.form, due.amount)})


def with_verdict(customer: Customer, verdict: VerdictReached) -> Customer:
    """A failure that was verified once stays so; a claim is contradicted until measurements say otherwise."""
    case, oldest = case_of(verdict), verdict.at - LONGEST
    if customer.cases[case].state == "withdrawn":
        return customer
    names = tuple(part.failure for part in parts_of(verdict) if part.failure and part.promise == "broken")
    if _is_verified(verdict) and case not in customer.failures and not _is_known(customer, names):
        failures = {name: one for name, one in customer.failures.items() if one.at > oldest}
        failures[case] = Failure(verdict.received_at, verdict.at, verdict.subject, names)
        customer = replace(customer, failures=failures)
    contradicted = grounds_of(verdict) is not None
    if contradicted == (case in customer.contradicted):
        return customer
    others = {name: at for name, at in customer.contradicted.items() if at > oldest and name != case}
    return replace(customer, contradicted={**others, case: verdict.received_at} if contradicted else others)


def _is_known(customer: Customer, names: tuple[str, ...]) -> bool:
    """Who complains of one failure in two ways was let down once."""
    known = {name for one in customer.failures.values() for name in one.names}
    return bool(names) and known.issuperset(names)


def _is_verified(verdict: VerdictReached) -> bool:
    return verdict.promise == "broken" and not verdict.contested


def past(customer: Customer, verdict: VerdictReached, repeats: Repeats) -> Past:
    """How often it has happened, by the days on which the letters were received."""
    since = verdict.at - repeats.within
    contradicted = _from(repeats.contradicted, sum(at > since for at in customer.contradicted.values()))
    found = customer.failures.get(case_of(verdict))
    if found is None or found.found != verdict.at:
        return Past(contradicted=contradicted)
    failures = [one for one in customer.failures.values() if one.at > since]
    same = [one.at for one in failures if one.subject is not None and one.subject == found.subject]
    return Past(
        failures=_from(repeats.verified, len(failures)),
        of_subject=_from(repeats.of_one_subject, len(same)),
        since=min(same, default=None),
        contradicted=contradicted,
    )


def _from(least: int, number: int) -> int:
    return number if number >= least else 0
