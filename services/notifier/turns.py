"""What each event of a case means for the customer: which letter it is worth, and what the page shows from then on."""

from collections.abc import Container, Iterable
from typing import Any

from msgspec.structs import replace

from services.notifier.notice import Facts, Found, Kind, Table, Template, Turn
from services.notifier.reads import day, days_late, moment
from shared.events import (
    APPROVAL,
    NOT_PROVIDED,
    AboutCase,
    ApologyOffered,
    ApprovalRequested,
    CaseExpired,
    CaseJoined,
    CaseOpened,
    CaseSettled,
    CaseWithdrawn,
    ChoiceNoted,
    ChoiceUndone,
    ClaimDeclined,
    Clause,
    ClockMissed,
    CounterAnswered,
    FinalSayGiven,
    GoodwillGiven,
    HandedOver,
    InformationInvited,
    InputInvited,
    Option,
    OptionsOffered,
    PaymentDelayed,
    PaymentMade,
    ProgressReported,
    PromiseKept,
    PromiseMissed,
    RemedyGranted,
    Subject,
)
from shared.policy.policy import Application, Policy
from shared.remedy import remedy_of, together

NO_CLAIM = ""
NEVER_PROMISED = (Found(NO_CLAIM, "unknown", (NOT_PROVIDED,)),)


TABLES: dict[str, Table] = {"apology": "apology", "options": "options", "input": "input", "final_say": "final"}
"""What lies before the customer, by the state of their case."""


def turn_of(event: AboutCase, policy: Policy) -> Turn:
    """The turn that this event is for the customer; one without letter and page only adds to what is known."""
    match event:
        case CaseOpened(awaiting=until, subject=subject, answer_by=answer_by):
            waits = until is not None and until > event.at
            facts = Facts(subject=subject, until=answer_by or until)
            return _turn(event, "acknowledgement" if waits else None, None, facts)
        case RemedyGranted(payout=payout, part=part):
            facts = Facts(paying=event.remedy, ongoing=event.ongoing, paid_by=event.due)
            kind: Kind | None = None if event.explained else "payment-made"
            return _turn(event, kind, None, facts, payout=payout, part=part, template="remedy-raised")
        case InformationInvited(questions=questions, expires=until, subject=subject):
            facts = Facts(questions=questions, asked_until=until, subject=subject)
            return _turn(event, "question", None, facts)
        case ApologyOffered():
            return _turn(event, "apology", "apology", _offer(event, policy))
        case OptionsOffered():
            return _turn(event, "options", "options", _offer(event, policy))
        case InputInvited(expires=expires, currency=currency):
            return _turn(event, "input", "input", Facts(expires=expires, currency=currency))
        case ApprovalRequested(option=option, kind="wish"):
            return _turn(event, None, None, Facts(asked=option))
        case CounterAnswered(granted=granted, reason=reason, option=option):
            facts = Facts(granted=granted, unmet=None if granted else reason, chosen=option, asked=event.asked)
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
            return _end(event, policy)


def _end(event: AboutCase, policy: Policy) -> Turn:
    match event:
        case HandedOver(to=role, why=why):
            # Whoever only says yes or no to a wish does not look after the case: the customer may still ask for a person.
            person = why != APPROVAL
            return _turn(event, "progress", None, Facts(role=role), person=person, template="handed-over")
        case GoodwillGiven(option=option):
            facts = Facts(given=option, gift=True)
            return _turn(event, "progress", None, facts, template="goodwill-given", about=f"goodwill/{option.id}")
        case FinalSayGiven(role=role, expires=expires, unmet=unmet):
            return _turn(event, "final-say", "final", Facts(role=role, expires=expires, unmet=unmet))
        case CaseSettled(option=option):
            facts = Facts(goodwill=event.goodwill, contacts=event.contacts)
            return _turn(event, None if event.explained else "settlement", "settled", facts, option=option)
        case ChoiceNoted(option=option, ongoing=ongoing):
            facts = Facts(ongoing=ongoing, chosen=event.gift, expires=event.until, undo_until=event.until)
            return _turn(event, None if event.explained else "settlement", "agreed", facts, option=option)
        case ChoiceUndone(options=options, expires=expires):
            facts = Facts(options=options, expires=expires)
            return _turn(event, "progress", TABLES[event.table], facts, template="choice-undone", about="choice-undone")
        case CaseExpired():
            return _turn(event, None, "expired", Facts())
        case CaseWithdrawn():
            return _turn(event, None, "withdrawn", Facts())
        case CaseJoined():
            kind: Kind | None = None if event.explained else "progress"
            return _turn(event, kind, "joined", _joined(event, policy), template="joined", about=f"joined/{event.into}")
        case _:
            return _kept_word(event)


def _kept_word(event: AboutCase) -> Turn:
    """What became of what we said that we would do, and by when."""
    match event:
        case ClockMissed(due=due, to=owner, next=until, body=body):
            names_body = body is not None
            facts = Facts(due=due, owner=owner, next=until, body=body, body_at=event.body_at, names_body=names_body)
            kind: Kind | None = "progress" if event.met is None else None
            return _turn(event, kind, None, facts, template="clock-missed", about=f"{event.clock}/{event.rung}")
        case ProgressReported(reason=reason, next=until, owner=owner):
            facts = Facts(reason=reason, next=until, owner=owner)
            return _turn(event, "progress", None, facts, about=f"{until:%Y-%m-%d}")
        case PromiseKept(promised=promised, what=what, on=on):
            return _turn(event, "promise-kept", None, Facts(what=what, on=on), about=promised)
        case PromiseMissed(promised=promised, what=what, due=due, owner=owner, next=until):
            facts = Facts(what=what, due=due, owner=owner, next=until)
            return _turn(event, "promise-missed", None, facts, about=f"{promised}/{due:%Y-%m-%d}")
        case PaymentMade(key=key, ledger=ledger):
            facts = _given(key, event)
            facts = replace(facts, gift=ledger == "goodwill", instead_of=event.instead_of, was_late=event.late or None)
            return _turn(event, "payment-made", None, facts, about=f"{key}/paid")
        case PaymentDelayed(key=key, ledger=ledger, due=due, next=until, owner=owner):
            facts = Facts(given=Option(key, event.form, event.amount), gift=ledger == "goodwill")
            return _turn(
                event,
                "payment-late",
                None,
                replace(facts, due=due, next=until, owner=owner),
                about=f"{key}/{due:%Y-%m-%d}",
            )
        case _:
            return _turn(event, None, None, Facts())


def _given(key: str, event: PaymentMade | PaymentDelayed) -> Facts:
    """What was paid, or is late; of something that comes in pieces, how many."""
    pieces = remedy_of(event.amount, event.form, event.quantity) if event.quantity and event.amount else None
    return Facts(given=Option(key, event.form, event.amount), pieces=pieces)


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
    template: Template | None = None,
    about: str | None = None,
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
        template=template,
        about=about,
    )


def _joined(event: CaseJoined, policy: Policy) -> Facts:
    """What the letter about the same failure, and the page, say of it: what was granted before, and what is now."""
    both = event.granted or event.remedy
    if event.granted and event.remedy and event.granted.sum.currency == event.remedy.sum.currency:
        both = together(event.granted, event.remedy)
    return replace(
        _measured(event.clauses, policy, event.schedule, subject=event.subject, promise=event.promise),
        outcome=event.outcome,
        remedy=both,
        paying=event.remedy,
        ongoing=event.ongoing,
        first=event.first,
        standing=event.standing,
        before=event.granted,
        before_by=event.due,
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
        repeated=event.repeated or None,
        limited=bool(event.limits) if isinstance(event, OptionsOffered) else None,
        expires=event.expires,
    )


def _measured(
    clauses: Iterable[Clause], policy: Policy, schedule: str | None, *, subject: Subject | None, **facts: Any
) -> Facts:
    """The facts with what the clauses read, as far as the policy says which of them a letter shows."""
    reads = {name: value for clause in clauses for name, value in clause.reads.items()}
    row = _row(policy, reads, schedule, subject)
    if row is None:
        return Facts(subject=subject, **facts)
    zone = policy.schedules[row.schedule].schedule.zone
    promised, delivered = (day(reads.get(name or "", ""), zone) for name in (row.promised, row.measured))
    began, ended = (moment(reads.get(name or "", "")) for name in (row.began, row.ended))
    return Facts(
        subject=subject,
        promised_on=promised,
        delivered_on=delivered,
        days_late=days_late(reads.get("days_late", ""), promised, delivered),
        began=began,
        ended=ended,
        zone=zone,
        **facts,
    )


def _row(policy: Policy, reads: Container[str], schedule: str | None, subject: Subject | None) -> Application | None:
    """The row of the promise that was judged; where that is not said, the first one about such a thing."""
    rows = [
        row for row in policy.applies.rows if (row.promised in reads and row.measured) or (row.began or "") in reads
    ]
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
