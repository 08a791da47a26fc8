"""What each event of a case means for the customer: which letter it is worth, and what the page shows from then on."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.notifier.notice import Facts, Kind, Table, Turn
from shared.events import (
    AboutCase,
    ApologyOffered,
    CaseExpired,
    CaseOpened,
    CaseSettled,
    CaseWithdrawn,
    ClaimDeclined,
    Clause,
    CounterAnswered,
    FinalSayGiven,
    HandedOver,
    InputInvited,
    OptionsOffered,
    RemedyGranted,
    Subject,
)
from shared.policy.policy import DeliverySchedule


def turn_of(event: AboutCase, schedules: Iterable[DeliverySchedule]) -> Turn:
    """The turn that this event is for the customer; one without letter and page only adds to what is known."""
    match event:
        case CaseOpened(awaiting=until, subject=subject):
            waits = until is not None and until > event.at
            return _turn(event, "acknowledgement" if waits else None, None, Facts(subject=subject, until=until))
        case RemedyGranted(remedy=remedy, part=part, payout=payout):
            return _turn(event, "payment-made", None, Facts(paying=remedy.sum), payout=payout, part=part)
        case ApologyOffered():
            return _turn(event, "apology", "apology", _offer(event, schedules))
        case OptionsOffered():
            return _turn(event, "options", "options", _offer(event, schedules))
        case InputInvited(expires=expires):
            return _turn(event, "input", "input", Facts(expires=expires))
        case CounterAnswered(granted=granted):
            return _turn(event, "counter-answer", None, Facts(granted=granted))
        case ClaimDeclined(subject=subject, clauses=clauses):
            return _turn(event, "decline", "declined", _measured(clauses, schedules, subject=subject, promise="kept"))
        case _:
            return _end(event)


def _end(event: AboutCase) -> Turn:
    match event:
        case HandedOver(to=role):
            return _turn(event, "progress", None, Facts(role=role), person=True)
        case FinalSayGiven(role=role, expires=expires):
            return _turn(event, "final-say", "final", Facts(role=role, expires=expires))
        case CaseSettled(option=option):
            return _turn(event, "settlement", "settled", Facts(), option=option)
        case CaseExpired():
            return _turn(event, None, "expired", Facts())
        case CaseWithdrawn():
            return _turn(event, None, "withdrawn", Facts())
        case _:
            return _turn(event, None, None, Facts())


def _turn(
    event: AboutCase,
    kind: Kind | None,
    table: Table | None,
    facts: Facts,
    *,
    person: bool = False,
    payout: str | None = None,
    part: int = 0,
    option: str | None = None,
) -> Turn:
    return Turn(
        case=event.case,
        complaint=event.complaint,
        source=event.source,
        at=event.at,
        round=event.round,
        severity=event.severity,
        facts=facts,
        kind=kind,
        table=table,
        person=person,
        payout=payout,
        part=part,
        option=option,
    )


def _offer(event: ApologyOffered | OptionsOffered, schedules: Iterable[DeliverySchedule]) -> Facts:
    judged = bool(event.clauses) or event.outcome != "cannot_tell" or event.promise != "unknown"
    return _measured(
        event.clauses,
        schedules,
        subject=event.subject,
        promise=event.promise if judged or event.round <= 1 else None,
        outcome=event.outcome if judged or event.round <= 1 else None,
        remedy=event.remedy.sum if event.remedy else None,
        options=event.options if isinstance(event, OptionsOffered) else (),
        expires=event.expires,
    )


def _measured(
    clauses: Iterable[Clause], schedules: Iterable[DeliverySchedule], *, subject: Subject | None, **facts: Any
) -> Facts:
    """The facts with what the clauses read, under the names that the subject's schedule gives to them."""
    reads = {name: value for clause in clauses for name, value in clause.reads.items()}
    schedule = next((schedule for schedule in schedules if subject and schedule.kind == subject.kind), None)
    if schedule is None:
        return Facts(subject=subject, **facts)
    promised = _day(reads.get(schedule.promised, ""), schedule.zone)
    delivered = _day(reads.get(schedule.delivered, ""), schedule.zone)
    return Facts(
        subject=subject,
        promised_on=promised,
        delivered_on=delivered,
        days_late=_days_late(reads.get("days_late", ""), promised, delivered),
        zone=schedule.zone,
        **facts,
    )


def _days_late(text: str, promised: date | None, delivered: date | None) -> int | None:
    if promised and delivered:
        return (delivered - promised).days
    return int(text) if text.isascii() and text.isdigit() else None


def _day(text: str, zone: str) -> date | None:
    """The local date of a date or an instant as a clause read it; nothing where it read something else."""
    try:
        if len(text) == len("2018-02-10"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(ZoneInfo(zone)).date() if moment.tzinfo else moment.date()
