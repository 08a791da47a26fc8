"""What each event of a case means for the customer: which letter it is worth, and what the page shows from then on."""

from collections.abc import Container, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.notifier.notice import Facts, Found, Kind, Table, Turn
from shared.events import (
    NOT_PROVIDED,
    AboutCase,
    ApologyOffered,
    CaseExpired,
    CaseOpened,
    CaseSettled,
    CaseWithdrawn,
    ChoiceNoted,
    ChoiceUndone,
    ClaimDeclined,
    Clause,
    CounterAnswered,
    FinalSayGiven,
    HandedOver,
    InformationInvited,
    InputInvited,
    OptionsOffered,
    RemedyGranted,
    Subject,
)
from shared.policy.policy import Application, Policy

NO_CLAIM = ""
NEVER_PROMISED = (Found(NO_CLAIM, "unknown", (NOT_PROVIDED,)),)


TABLES: dict[str, Table] = {"apology": "apology", "options": "options", "input": "input", "final_say": "final"}
"""What lies before the customer, by the state of their case."""


def turn_of(event: AboutCase, policy: Policy) -> Turn:
    """The turn that this event is for the customer; one without letter and page only adds to what is known."""
    match event:
        case CaseOpened(awaiting=until, subject=subject):
            waits = until is not None and until > event.at
            return _turn(event, "acknowledgement" if waits else None, None, Facts(subject=subject, until=until))
        case RemedyGranted(payout=payout, part=part):
            facts = Facts(paying=event.remedy, ongoing=event.ongoing)
            return _turn(event, None if event.explained else "payment-made", None, facts, payout=payout, part=part)
        case InformationInvited(questions=questions, expires=until, subject=subject):
            facts = Facts(questions=questions, asked_until=until, subject=subject)
            return _turn(event, "question", None, facts)
        case ApologyOffered():
            return _turn(event, "apology", "apology", _offer(event, policy))
        case OptionsOffered():
            return _turn(event, "options", "options", _offer(event, policy))
        case InputInvited(expires=expires, currency=currency):
            return _turn(event, "input", "input", Facts(expires=expires, currency=currency))
        case CounterAnswered(granted=granted, reason=reason, option=option):
            facts = Facts(granted=granted, unmet=None if granted else reason, chosen=option)
            return _turn(event, None if event.explained else "counter-answer", None, facts)
        case ClaimDeclined(subject=subject, clauses=clauses):
            kept, found = event.reason != NOT_PROVIDED, _found(event, policy)
            facts = _measured(
                clauses,
                policy,
                event.schedule,
                subject=subject,
                promise="kept" if kept else "unknown",
                found=found if kept or found else NEVER_PROMISED,
            )
            return _turn(event, "decline", "declined", facts)
        case _:
            return _end(event)


def _end(event: AboutCase) -> Turn:
    match event:
        case HandedOver(to=role):
            return _turn(event, "progress", None, Facts(role=role), person=True)
        case FinalSayGiven(role=role, expires=expires, unmet=unmet):
            return _turn(event, "final-say", "final", Facts(role=role, expires=expires, unmet=unmet))
        case CaseSettled(option=option):
            return _turn(event, None if event.explained else "settlement", "settled", Facts(), option=option)
        case ChoiceNoted(option=option, ongoing=ongoing):
            facts = Facts(ongoing=ongoing)
            return _turn(event, None if event.explained else "settlement", None, facts, option=option)
        case ChoiceUndone(options=options, expires=expires):
            return _turn(event, None, TABLES[event.table], Facts(options=options, expires=expires))
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


def _offer(event: ApologyOffered | OptionsOffered, policy: Policy) -> Facts:
    judged = bool(event.clauses) or event.outcome != "cannot_tell" or event.promise != "unknown"
    return _measured(
        event.clauses,
        policy,
        event.schedule,
        subject=event.subject,
        promise=event.promise if judged or event.round <= 1 else None,
        outcome=event.outcome if judged or event.round <= 1 else None,
        remedy=event.remedy,
        found=_found(event, policy) if event.clauses or event.round <= 1 else None,
        ongoing=event.ongoing,
        options=event.options if isinstance(event, OptionsOffered) else (),
        unmet=event.unmet if isinstance(event, OptionsOffered) else None,
        expires=event.expires,
    )


def _measured(
    clauses: Iterable[Clause], policy: Policy, schedule: str | None, *, subject: Subject | None, **facts: Any
) -> Facts:
    """The facts with what the clauses read, as far as the policy says which of them a letter shows."""
    reads = {name: value for clause in clauses for name, value in clause.reads.items()}
    row = _row(policy, reads, schedule, subject)
    if row is None or row.promised is None or row.measured is None:
        return Facts(subject=subject, **facts)
    zone = policy.schedules[row.schedule].schedule.zone
    promised, delivered = _day(reads[row.promised], zone), _day(reads.get(row.measured, ""), zone)
    return Facts(
        subject=subject,
        promised_on=promised,
        delivered_on=delivered,
        days_late=_days_late(reads.get("days_late", ""), promised, delivered),
        zone=zone,
        **facts,
    )


def _row(policy: Policy, reads: Container[str], schedule: str | None, subject: Subject | None) -> Application | None:
    """The row of the promise that was judged; where that is not said, the first one about such a thing."""
    rows = [row for row in policy.applies.rows if row.promised in reads and row.measured]
    about = subject.kind if subject else None
    return min(rows, key=lambda row: (row.schedule != schedule, row.kind != about), default=None)


def _found(event: ApologyOffered | OptionsOffered | ClaimDeclined, policy: Policy) -> tuple[Found, ...]:
    """What was found for each claim, by its name; what a promise says that nobody claimed to be broken has none."""
    found = []
    for judged in event.claims:
        measured = _measured(judged.clauses, policy, judged.schedule, subject=event.subject)
        found += [
            Found(name, judged.promise, judged.reasons, measured.promised_on, measured.delivered_on, measured.days_late)
            for name in judged.claims or (NO_CLAIM,)
        ]
    return tuple(found)


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
