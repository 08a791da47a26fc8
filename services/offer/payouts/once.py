"""The same failure is owed once: what one complaint was granted for it counts for every other complaint about it.

Which failure a verdict is about, the verifier says by a fingerprint. For each of them we remember what was granted and in
which case, also when that case is over. What a verdict owes beyond it is granted, in whichever case finds it first.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from services.offer.case import Case, CompensationSetOff, Customer
from services.offer.granted import Granted
from shared.events import ClaimJudged, RemedyGranted, VerdictReached
from shared.money import Money
from shared.policy.limits import LONGEST

NOTHING = Decimal(0)
Needs = dict[str, Money]
"""For each failure what is still to be granted for it."""


def parts_of(verdict: VerdictReached) -> tuple[ClaimJudged | VerdictReached, ...]:
    """The claims of a letter that holds several, or the verdict itself."""
    return verdict.claims or (verdict,)


def failures_of(verdict: VerdictReached, owed: Money | None) -> dict[str, Money | None]:
    """The failures that a verdict finds, each with what is owed for it; `owed` in all, in one currency.

    What an earlier verdict owed beyond these claims, and still stands, is owed for the first of them.
    """
    found: dict[str, Money | None] = {}
    told = NOTHING
    for part in parts_of(verdict):
        mine = part.remedy.sum if part.remedy and owed and part.remedy.sum.currency == owed.currency else None
        told += mine.amount if mine else NOTHING
        if part.failure and (mine or part.promise == "broken"):
            before = found.get(part.failure)
            found[part.failure] = before + mine if before and mine else before or mine
    first = next(iter(found), None)
    if first and owed and owed.amount > told:
        rest = Money(owed.amount - told, owed.currency)
        before = found[first]
        found[first] = before + rest if before else rest
    return found


def uncovered(customer: Customer, case: Case) -> Money | None:
    """What is owed in this case and was granted in no other one."""
    if case.owed is None or not case.failures or not customer.granted:
        return case.owed
    by_name = [(owed.amount, _cover(customer, case, name, owed)) for name, owed in _owed(case)]
    of_no_name = max(NOTHING, case.owed.amount - sum((owed for owed, _ in by_name), NOTHING))
    left = of_no_name + sum((owed - cover for owed, cover in by_name), NOTHING)
    return Money(min(case.owed.amount, left), case.owed.currency)


def covered(customer: Customer, case: Case) -> Money | None:
    """What others were granted for the same failures, of what is owed here; none where nothing was."""
    left = uncovered(customer, case)
    if case.owed is None or left is None or left == case.owed:
        return None
    return case.owed - left


def needs_of(customer: Customer, case: Case) -> Needs:
    """What is still to be granted in this case for each of its failures."""
    needs = {}
    for name, owed in _owed(case):
        mine = customer.granted.get(name, {}).get(case.id)
        had = mine.amount.amount if mine and mine.amount.currency == owed.currency else NOTHING
        left = owed.amount - _cover(customer, case, name, owed) - had
        if left > 0:
            needs[name] = Money(left, owed.currency)
    return needs


def taken(needs: Needs, amount: Money) -> tuple[dict[str, Money], Needs]:
    """For which failures this sum is, the first first; and what is to be granted after it."""
    shares, left = {}, dict(needs)
    rest = amount.amount
    for name, need in needs.items():
        share = min(rest, need.amount)
        if share > 0 and need.currency == amount.currency:
            rest -= share
            shares[name] = Money(share, need.currency)
            left[name] = Money(need.amount - share, need.currency)
    return shares, left


def remembered(customer: Customer, event: RemedyGranted | CompensationSetOff) -> Customer:
    """The customer with what this case was granted for each failure; what no ledger looks back to is forgotten."""
    if not event.failures:
        return customer
    granted = {name: cases for name, cases in customer.granted.items() if _counts(cases.values(), event)}
    for name, amount in event.failures.items():
        cases = granted.get(name, {})
        before = cases.get(event.case)
        same = before is not None and before.amount.currency == amount.currency
        total = before.amount + amount if before and same else amount
        granted[name] = {**cases, event.case: Granted(total, event.at)}
    return replace(customer, granted=granted)


def adopted(customer: Customer, case: Case, at: datetime) -> Customer:
    """What the case was granted before anybody could say for which failure counts for those that it is known to be about now."""
    given = [sum_ for sum_ in (case.due("remedy"), case.set_off) if sum_]
    if not given or not case.failures or any(case.id in cases for cases in customer.granted.values()):
        return customer
    shares: dict[str, Money] = {}
    needs = needs_of(customer, case)
    for sum_ in given:
        more, needs = taken(needs, sum_)
        shares |= {name: shares[name] + share if name in shares else share for name, share in more.items()}
    granted = {name: {**customer.granted.get(name, {}), case.id: Granted(sum_, at)} for name, sum_ in shares.items()}
    return replace(customer, granted={**customer.granted, **granted})


def _counts(cases: Iterable[Granted], event: RemedyGranted | CompensationSetOff) -> bool:
    return any(one.at > event.at - LONGEST for one in cases)


def _owed(case: Case) -> list[tuple[str, Money]]:
    """The failures of the case for which money is owed, in the currency of the case."""
    currency = case.owed.currency if case.owed else ""
    return [(name, owed) for name, owed in case.failures.items() if owed and owed.currency == currency]


def _cover(customer: Customer, case: Case, name: str, owed: Money) -> Decimal:
    """So much of it was granted in other cases."""
    return min(owed.amount, _elsewhere(customer.granted.get(name, {}), case, owed.currency))


def _elsewhere(cases: Mapping[str, Granted], case: Case, currency: str) -> Decimal:
    others = (one.amount for name, one in cases.items() if name != case.id)
    return sum((amount.amount for amount in others if amount.currency == currency), NOTHING)
