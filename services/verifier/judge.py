"""Whether the promise was kept, and what is owed if not: operations' own figures beside what the customer claims."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from services.verifier.about import About
from services.verifier.record import Delivery, after, local_day, read_delivery, start_of_day
from shared.events import Clause, Outcome, Promise
from shared.money import Money
from shared.policy.policy import DeliverySchedule

NOT_YET_DUE = "not-yet-due"
LATE = "late-delivery"
NEVER = "never-arrived"


class Matter(Struct, frozen=True, kw_only=True):
    """What is to be judged. `claims` are the claims of all letters, each with the latest moment at which it was made.

    `last_letter` is when the last of them was received. What is undelivered is undelivered as of `as_of`, or of the
    latest record if that is later, but never as of a moment after `now`, when the question is asked. `gravity`: how
    grave each kind of claim is by itself.
    """

    claims: Mapping[str, datetime]
    last_letter: datetime
    as_of: datetime
    now: datetime
    paid: Money | None = None
    gravity: Mapping[str, int] = {}

    @property
    def severity(self) -> int:
        """Of what is claimed, where no measurement says more."""
        return max((self.gravity.get(claim, 1) for claim in self.claims), default=1)


class Finding(Struct, frozen=True, kw_only=True):
    """What the record says now. `waits_for`: facts that are worth waiting for before this is said.

    `missing`: facts without which no more can be said. `again`: when time alone will have changed the answer.
    """

    outcome: Outcome
    promise: Promise
    reasons: tuple[str, ...]
    severity: int
    clauses: tuple[Clause, ...] = ()
    remedy: Money | None = None
    missing: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    contested: bool = False
    ongoing: bool = False
    paid: Money | None = None
    again: datetime | None = None


def judge(schedule: DeliverySchedule | None, matter: Matter, about: About) -> Finding:
    """The schedule's answer to these claims, from these facts; pure, and the same for the same facts."""
    if schedule is None:
        return Finding(outcome="cannot_tell", promise="unknown", reasons=("no-schedule",), severity=matter.severity)
    delivery = read_delivery(schedule, about.facts, matter.paid.currency if matter.paid else None)
    latest = max(matter.as_of, delivery.latest or matter.as_of)
    matter = replace(matter, as_of=min(latest, matter.now))
    finding = _find(schedule, matter, delivery)
    return replace(finding, paid=matter.paid or delivery.paid)


def _find(schedule: DeliverySchedule, matter: Matter, delivery: Delivery) -> Finding:
    if delivery.promised is None:
        return _lacks(schedule.promised, matter, delivery)
    if delivery.ordered_at is not None and matter.last_letter < delivery.ordered_at:
        return _cannot_tell("older-than-order", matter, delivery)
    if delivery.delivered_on is not None:
        return _delivered(schedule, matter, delivery)
    if delivery.status in schedule.never.statuses:
        return _broken(NEVER, schedule.never.severity, schedule, matter, delivery)
    if delivery.status in schedule.arrived:
        lacks = _lacks(schedule.delivered, matter, delivery)
        return replace(lacks, contested=any(claim in schedule.contested_by for claim in matter.claims))
    return _undelivered(schedule, matter, delivery)


def _delivered(schedule: DeliverySchedule, matter: Matter, delivery: Delivery) -> Finding:
    """It arrived, and the record says when. `kept` is said only to who claims nothing else than that it was late."""
    assert delivery.promised is not None
    assert delivery.delivered_on is not None
    days_late = (delivery.delivered_on - delivery.promised).days
    if days_late > 0:
        return _broken(LATE, _severity_of(days_late, schedule), schedule, matter, delivery, days_late=days_late)
    if delivery.status in schedule.never.statuses and delivery.status_after_delivery:
        return _cannot_tell("records-disagree", matter, delivery)
    if any(_stands_against(claim, made, schedule, delivery) for claim, made in matter.claims.items()):
        return replace(_cannot_tell("contested", matter, delivery), contested=True)
    if not matter.claims:
        return _cannot_tell("claim-unclear", matter, delivery)
    if not _is_answered(matter, schedule):
        return _cannot_tell("not-measured", matter, delivery)
    return Finding(
        outcome="not_owed",
        promise="kept",
        reasons=("delivered-on-time",),
        severity=matter.severity,
        clauses=(_clause("delivered-on-time", "met", delivery, days_late=days_late),),
    )


def _undelivered(schedule: DeliverySchedule, matter: Matter, delivery: Delivery) -> Finding:
    """Nothing on record says that it arrived. Where the letter does not say so either, the record may lag behind."""
    assert delivery.promised is not None
    days_late = (local_day(matter.as_of, schedule.zone) - delivery.promised).days
    if days_late <= 0:
        return _not_yet_due(schedule, matter, delivery)
    if days_late > schedule.never.after_days:
        found = _broken(NEVER, schedule.never.severity, schedule, matter, delivery, days_late=days_late)
    else:
        severity = _severity_of(days_late, schedule)
        found = replace(
            _broken(LATE, severity, schedule, matter, delivery, days_late=days_late),
            ongoing=True,
            again=start_of_day(after(delivery.promised, schedule.never.after_days + 1), schedule.zone),
        )
    if any(claim in schedule.claims for claim in matter.claims):
        return found
    return replace(found, waits_for=(schedule.delivered, *found.waits_for))


def _not_yet_due(schedule: DeliverySchedule, matter: Matter, delivery: Delivery) -> Finding:
    assert delivery.promised is not None
    again = start_of_day(after(delivery.promised, 1), schedule.zone)
    if not _is_answered(matter, schedule):
        lagging = (schedule.delivered,)
        return replace(_cannot_tell("not-measured", matter, delivery), waits_for=lagging, again=again)
    return Finding(
        outcome="not_owed",
        promise="unknown",
        reasons=(NOT_YET_DUE,),
        severity=matter.severity,
        clauses=(_clause(NOT_YET_DUE, "met", delivery),),
        again=again,
    )


def _broken(
    name: str, severity: int, schedule: DeliverySchedule, matter: Matter, delivery: Delivery, **reads: int
) -> Finding:
    """The promise was broken: what the schedule pays is owed, once it is known how much that is."""
    beside = [matter.gravity.get(claim, 1) for claim in matter.claims if claim not in schedule.claims]
    found = Finding(
        outcome="owed",
        promise="broken",
        reasons=(name,),
        severity=max(severity, *beside, 1),
        clauses=(_clause(name, "met", delivery, **reads),),
        remedy=delivery.pays,
    )
    if delivery.pays is None:
        lacks = delivery.missing_of_sum
        return replace(found, outcome="cannot_tell", remedy=None, missing=lacks, waits_for=lacks)
    if delivery.pays.amount == 0:
        return replace(found, outcome="not_owed", remedy=None, reasons=(name, "nothing-was-paid-for-it"))
    return found


def _lacks(fact: str, matter: Matter, delivery: Delivery) -> Finding:
    found = _cannot_tell("no-record", matter, delivery)
    return replace(found, missing=(fact,), waits_for=(fact,))


def _cannot_tell(reason: str, matter: Matter, delivery: Delivery) -> Finding:
    return Finding(
        outcome="cannot_tell",
        promise="unknown",
        reasons=(reason,),
        severity=matter.severity,
        clauses=(_clause(reason, "unknown", delivery),),
    )


def _clause(name: str, result: str, delivery: Delivery, **reads: int) -> Clause:
    counted = {fact: str(number) for fact, number in reads.items()}
    return Clause(name, result, {**delivery.shown, **counted}, delivery.records)


def _severity_of(days_late: int, schedule: DeliverySchedule) -> int:
    return max(late.severity for late in schedule.late if late.from_days <= days_late)


def _is_answered(matter: Matter, schedule: DeliverySchedule) -> bool:
    """Whether the schedule speaks of all that is claimed."""
    return all(claim in schedule.claims for claim in matter.claims)


def _stands_against(claim: str, made: datetime, schedule: DeliverySchedule, delivery: Delivery) -> bool:
    """Whether the claim was made when the delivery was already on record: before, both may be true."""
    if claim not in schedule.contested_by:
        return False
    if delivery.delivered_at is not None:
        return made >= delivery.delivered_at
    return delivery.delivered_on is not None and local_day(made, schedule.zone) >= delivery.delivered_on
