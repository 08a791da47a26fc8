"""What it would come to if the house came forward now: each complaint through the pure cores, in memory, as of this moment."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from services.cli.recovery import Draft
from services.intake import in_memory as intake
from services.offer import in_memory as offer
from services.offer import menu
from services.offer.case import Case
from services.verifier import in_memory as verifier
from services.verifier.records.affected import Failure
from shared.events import ComplaintMerged, ComplaintRejected, MeasurementTaken, Subject, VerdictReached, case_id
from shared.money import Money
from shared.policy.policy import Policy
from shared.runtime.flow import Answer, Heard
from shared.runtime.memory_road import Desk, MemoryRoad

States = Mapping[tuple[str, str], Any]
"""What each flow remembers of each customer, by (flow, customer)."""


class Expected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one complaint would lead to. `becomes`: the state of its case, or `merges` (into one that is there), `rejected`.

    `cheapest` and `dearest`: what goodwill may cost, from content with the least to all that the menu has.
    """

    complaint: str
    customer: str
    subject: Subject
    becomes: str
    reachable: bool
    into: str | None = None
    outcome: str | None = None
    severity: int | None = None
    remedy: Money | None = None
    cheapest: Money | None = None
    dearest: Money | None = None


class Forecast(Struct, frozen=True):
    """All of it together: how many of which kind, and sums by currency. `unknown` says what nobody can tell now."""

    complaints: int
    known: int
    becomes: dict[str, int]
    remedy: tuple[Money, ...]
    cheapest: tuple[Money, ...]
    dearest: tuple[Money, ...]
    unreachable: tuple[str, ...]
    unknown: tuple[str, ...]
    expected: tuple[Expected, ...]


class _Ear:
    """Hears what is said of one complaint."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def told(self, _: str, answer: Answer) -> None:
        self.said += [said for _name, said in answer.answers]

    def refused(self, flow: str, heard: Heard, why: str) -> None:
        """It is known already, and the first one stands."""


def forecast(
    policy: Policy,
    failure: Failure,
    letters: Sequence[Draft],
    measured: Mapping[Subject, Iterable[MeasurementTaken]],
    states: States,
    now: datetime,
    known: int = 0,
) -> Forecast:
    """Each by itself, with what is on file about its subject and about its customer; `known` were handed in before."""
    desks = (intake.desk(policy), verifier.desk(policy), offer.desk(policy))
    expected = tuple(_expected(policy, failure, desks, draft, measured, states, now) for draft in letters)
    return Forecast(
        complaints=len(letters),
        known=known,
        becomes=dict(Counter(one.becomes for one in expected)),
        remedy=_total(one.remedy for one in expected),
        cheapest=_total(one.cheapest for one in expected),
        dearest=_total(one.dearest for one in expected),
        unreachable=tuple(dict.fromkeys(one.customer for one in expected if not one.reachable)),
        unknown=tuple(_unknown(expected)),
        expected=expected,
    )


def _expected(
    policy: Policy,
    failure: Failure,
    desks: Sequence[Desk],
    draft: Draft,
    measured: Mapping[Subject, Iterable[MeasurementTaken]],
    states: States,
    now: datetime,
) -> Expected:
    letter, ear = draft.letter, _Ear()
    assert letter.subject is not None
    road = MemoryRoad([station for desk in desks for station in desk()], ear, now)
    road.states |= {name: state for name, state in states.items() if name[1] == letter.customer.id}
    for n, event in enumerate((failure.of(letter.subject), *measured.get(letter.subject, ()), letter)):
        road.publish(uuid5(NAMESPACE_URL, f"{letter.id}\n{n}"), event)
    road.run(now)
    facts: dict[str, Any] = {"complaint": letter.id, "customer": letter.customer.id, "subject": letter.subject}
    return Expected(
        **facts,
        reachable=draft.reachable or _is_known(draft, states),
        **_comes_to(policy, road, ear.said, letter.id, letter.source),
    )


def _is_known(draft: Draft, states: States) -> bool:
    """Whether the notifier has an address of an earlier letter, where the house has none of its own to give."""
    known = states.get(("notifier", draft.letter.customer.id))
    if known is None or draft.letter.customer.email:
        return False
    return any(case.reader and case.reader.email and case.reader.by_mail for case in known.cases.values())


def _comes_to(policy: Policy, road: MemoryRoad, said: Sequence[Any], complaint: str, source: str) -> dict[str, Any]:
    for event in said:
        if isinstance(event, ComplaintMerged):
            return {"becomes": "merges", "into": event.into}
        if isinstance(event, ComplaintRejected):
            return {"becomes": "rejected"}
    case = next(
        (
            state.cases[case_id(source, complaint)]
            for (flow, _), state in road.states.items()
            if flow == "offer" and case_id(source, complaint) in state.cases
        ),
        None,
    )
    if case is None:
        return {"becomes": "unopened"}
    verdict = next((event for event in reversed(said) if isinstance(event, VerdictReached)), None)
    cheapest, dearest = _goodwill(policy, case)
    return {
        "becomes": case.state,
        "outcome": verdict.outcome if verdict else None,
        "severity": case.severity,
        "remedy": case.due("remedy"),
        "cheapest": cheapest,
        "dearest": dearest,
    }


def _goodwill(policy: Policy, case: Case) -> tuple[Money | None, Money | None]:
    """From whoever takes what costs least to whoever asks for the dearest; nothing where nothing is offered."""
    if case.state not in ("apology", "options"):
        return None, None
    dearest = menu.dearest(policy.rounds, case)
    if dearest is None:
        return None, None
    laid = [option.amount for option in case.shown]
    sums = [amount for amount in laid if amount is not None]
    free = not laid or len(sums) < len(laid)
    return Money(Decimal(0), dearest.currency) if free else min(sums), dearest


def _total(sums: Iterable[Money | None]) -> tuple[Money, ...]:
    total: dict[str, Decimal] = defaultdict(Decimal)
    for money in sums:
        if money is not None:
            total[money.currency] += money.amount
    return tuple(Money(amount, currency) for currency, amount in sorted(total.items()))


def _unknown(expected: Sequence[Expected]) -> Iterable[str]:
    waiting = sum(one.becomes == "awaiting" for one in expected)
    if waiting:
        yield f"{waiting} would wait for evidence: what they are owed is not in the sums"
    unclear = sum(one.outcome == "cannot_tell" and one.becomes != "awaiting" for one in expected)
    if unclear:
        yield f"of {unclear} nobody can tell whether anything is owed"
    without = sum(one.becomes in ("apology", "options") and one.dearest is None for one in expected)
    if without:
        yield f"of {without} nobody knows what they paid, so that no goodwill in money is in the sums"
    yield "what the house's budget of the month and later evidence change is not foreseen"
