"""By when we owe a customer a word, and what follows when we did not keep to it: we say so, and somebody else has the case.

A case has the clocks of one pack of the policy. What they have used is kept as a ledger (`services.offer.ledger`); a timer
only asks to look at it, so one that comes late, twice or for a clock that stands still is answered with nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.offer.case import OFFERED, Case, ClocksStarted, State, about
from services.offer.clocks.silence import CLOCK, WARN, silenced
from services.offer.clocks.ticking import tick
from services.offer.ledger import Clock, Ledger, due
from shared.events import (
    APPROVAL,
    CaseOpened,
    ChoiceUndone,
    ClockMissed,
    ComplaintAccepted,
    EvidenceAwaited,
    HandedOver,
    InformationGiven,
    InformationRequested,
    ProgressReported,
    TimerFired,
    VerdictReached,
)
from shared.policy.business_time import open_in_working_days
from shared.policy.packs import HOUSE, PROGRESS, Pack, Rung, pack_for
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, Timer

MISSED, KEPT_WAITING = "clock_missed", "kept_waiting"
"""Why a person has the case: what was owed by a date was not done; or they heard too often that we are still at it."""
Stated = EvidenceAwaited | InformationRequested | VerdictReached | ComplaintAccepted
"""What says when the complaint was received, and where it is from."""
ENDS_A_WAIT = InformationGiven | VerdictReached
"""What may end a wait by itself."""
IS_OVER = ("settled", "declined", "expired", "joined", "withdrawn", "history")
"""No clock begins here any more."""
IS_OURS: frozenset[State] = frozenset({"awaiting", "handed_over"})
"""It is for us to say something."""


def with_clocks(case: Case, event: Any, answers: tuple[Answered, ...], policy: Policy) -> tuple[Answered, ...]:
    """These answers, with what they and the event mean for the clocks of the case, which has heard the event."""
    if case.clocks is None:
        said = _started(case, event, answers, policy) if isinstance(event, Stated) else answers
        return (*said, *silenced(case, said, ()))
    if not answers and not isinstance(event, ENDS_A_WAIT):
        return answers  # most events say nothing of a clock
    after = _ticked(case, case.clocks, answers)
    met = () if after is case.clocks else tuple(_newly_met(case.clocks, after))
    late = (_done_late(case, clock, event.at, policy) for clock in met)
    said = (*answers, *(missed for missed in late if missed), *_wound(case, after, event, answers, policy))
    return (*said, *silenced(case, said, met))


def is_clock(timer: TimerFired) -> bool:
    """Whether it is one of these that asks to be looked at."""
    return timer.name.startswith(f"{CLOCK}/")


def ring(case: Case, timer: TimerFired, policy: Policy) -> tuple[Answered, ...]:
    """What a clock says when it is looked at: mostly nothing. Where its time has come it says it once."""
    _, pack, rung, *warn = timer.name.split("/")
    if case.clocks is None or pack != case.clocks.pack or not policy.clocks or case.state not in OFFERED | IS_OURS:
        return ()
    if rung == PROGRESS:
        return _reported(case, timer.at, policy)
    clock = case.clocks.clock(rung)
    over = due(case.clocks, clock, policy.calendars) if clock and clock.missed is None and not clock.lapsed else None
    if clock is None or over is None:
        return ()
    if warn:
        return _warned(case, clock, over, timer, policy)
    if timer.due < over or (clock.met and clock.met <= over):
        return ()
    return _missed(case, clock, over, timer.at, policy)


def _started(case: Case, event: Stated, answers: tuple[Answered, ...], policy: Policy) -> tuple[Answered, ...]:
    """The clocks begin with the case, or with the first verdict where a further letter had opened it, which does not say
    when the first one was received."""
    opens = any(isinstance(answer, CaseOpened) for answer in answers)
    begins = opens or (isinstance(event, VerdictReached) and case.opened is not None)
    if event.received_at is None or case.state in IS_OVER or not begins:
        return answers
    subject = event.subject or case.subject
    pack = pack_for(policy.clocks, event.jurisdiction, subject, event.received_at)
    if pack is None:
        return answers
    ledger = _ledger(pack, event.received_at, case.opened or event.at, event.at, policy)
    by = _answer_by(ledger, policy)
    told = [replace(one, answer_by=by) if isinstance(one, CaseOpened) else one for one in answers]
    told.insert(int(opens), ClocksStarted(customer=case.customer, case=case.id, clocks=ledger, at=event.at))
    after = _ticked(case, ledger, answers)
    waits = any(isinstance(one, HandedOver) or (isinstance(one, CaseOpened) and one.awaiting) for one in answers)
    again = _next_report(case, after, event.at, policy) if waits or case.state in IS_OURS else ()
    return (*told, *_timers(case, after, policy), *again)


def _ledger(pack: Pack, received_at: datetime, opened: datetime, now: datetime, policy: Policy) -> Ledger:
    """What a law counts begins at the fact that it names, and may be over before we hear of it: then that is written down,
    and no letter of today speaks of it."""
    since = {"received_at": received_at, "at": opened}
    clocks = tuple(_clock(rung, since[rung.since], policy) for rung in pack.rungs)
    ledger = Ledger(pack.pack, pack.pauses, clocks)
    lapsed = {clock.rung for clock in clocks if _over(ledger, clock, policy) <= now}
    return (
        replace(ledger, clocks=tuple(replace(one, lapsed=one.rung in lapsed) for one in clocks)) if lapsed else ledger
    )


def _clock(rung: Rung, since: datetime, policy: Policy) -> Clock:
    """Working days are counted once, at the beginning: from then on they are so much open time."""
    budget = rung.within
    if budget is None:
        assert rung.calendar is not None
        assert rung.working_days is not None
        budget = open_in_working_days(policy.calendars[rung.calendar], since, rung.working_days)
    return Clock(rung=rung.name, owed=rung.due, since=since, budget=budget, calendar=rung.calendar)


def _over(ledger: Ledger, clock: Clock, policy: Policy) -> datetime:
    over = due(ledger, clock, policy.calendars)
    assert over is not None
    return over


def _answer_by(ledger: Ledger, policy: Policy) -> datetime | None:
    """By when the customer has an answer, which they may be told."""
    for owed in ("answer", "final-answer"):
        ahead = [_over(ledger, clock, policy) for clock in ledger.clocks if clock.owed == owed and not clock.lapsed]
        if ahead:
            return min(ahead)
    return None


def _ticked(case: Case, ledger: Ledger, answers: Iterable[Any]) -> Ledger:
    """The ledger after these answers; a person has the case from the answer on that says so."""
    person = case.why is not None
    for answer in answers:
        if getattr(answer, "case", case.id) != case.id:
            continue  # said in another case because of this one
        person = person or isinstance(answer, HandedOver)
        ledger = tick(ledger, answer, person=person)
    return ledger


def _newly_met(before: Ledger, after: Ledger) -> Iterator[Clock]:
    pairs = zip(before.clocks, after.clocks, strict=True)
    return (now for was, now in pairs if was.met is None and now.met is not None and now.missed is None)


def _done_late(case: Case, clock: Clock, at: datetime, policy: Policy) -> ClockMissed | None:
    """What is done now was due before: that is said, too, whether or not the timer has been read."""
    assert case.clocks is not None
    over = None if clock.lapsed else due(case.clocks, clock, policy.calendars)
    return _miss(case, clock, over, at, policy, met=at) if over is not None and over < at else None


def _wound(
    case: Case, after: Ledger, event: Any, answers: tuple[Answered, ...], policy: Policy
) -> tuple[Answered, ...]:
    """What stood still runs on: it is looked at again when its time will be over now. So it is in a case that had lapsed,
    in which nobody listened to clocks, and where a choice was taken back: while that stood, every clock did."""
    handed_over = any(isinstance(answer, HandedOver) for answer in answers)
    waited = isinstance(event, ENDS_A_WAIT) or (case.clocks and case.clocks.waiting)
    went_on = bool(after.waits and after.waiting is None and waited) or (case.state == "expired" and bool(answers))
    undone = any(isinstance(answer, ChoiceUndone) for answer in answers)
    again = handed_over or (went_on and case.state == "awaiting")
    report = _next_report(case, after, event.at, policy) if again else ()
    return (*(_timers(case, after, policy) if went_on or undone else ()), *report)


def _timers(case: Case, ledger: Ledger, policy: Policy) -> Iterator[Timer]:
    pack = _pack(ledger.pack, policy)
    for clock in ledger.clocks:
        over = due(ledger, clock, policy.calendars) if clock.runs else None
        if over is None:
            continue
        yield _timer(case, f"{ledger.pack}/{clock.rung}", over)
        rung = pack.rung(clock.rung) if pack else None
        if rung and rung.warn and not clock.warned:
            yield _timer(case, f"{ledger.pack}/{clock.rung}/{WARN}", over - rung.warn)


def _timer(case: Case, name: str, at: datetime) -> Timer:
    return Timer(customer=case.customer, case=case.id, name=f"{CLOCK}/{name}", due=at)


def _next_report(case: Case, ledger: Ledger, at: datetime, policy: Policy) -> tuple[Timer, ...]:
    by = _heard_by(case, ledger, at, policy)
    return (_timer(case, f"{ledger.pack}/{PROGRESS}", by),) if by else ()


def _heard_by(case: Case, ledger: Ledger, at: datetime, policy: Policy) -> datetime | None:
    """By when the customer hears from us again; nobody is put off for ever."""
    pack = _pack(ledger.pack, policy)
    if pack is None or case.alarmed or ledger.reports >= pack.progress_at_most:
        return None
    return at + pack.progress_every


def _missed(case: Case, clock: Clock, over: datetime, at: datetime, policy: Policy) -> tuple[Answered, ...]:
    """Said once, and somebody else looks after it, unless it has been done or somebody graver has the case."""
    missed = _miss(case, clock, over, at, policy, met=clock.met)
    if clock.met or (clock.owed == "acknowledgement" and case.state not in IS_OURS):
        return (missed,)  # something lies before the customer already: the rounds go on
    if not _is_in_good_hands(case, missed.to, policy):
        return (missed, HandedOver(**about(case, at), to=missed.to, why=MISSED))
    return (missed, *(() if missed.next is None else (_timer(case, f"{missed.clock}/{PROGRESS}", missed.next),)))


def _miss(
    case: Case, clock: Clock, over: datetime, at: datetime, policy: Policy, *, met: datetime | None
) -> ClockMissed:
    assert case.clocks is not None
    pack = _pack(case.clocks.pack, policy)
    rung = pack.rung(clock.rung) if pack else None
    body = pack.body if pack and rung and rung.names_body else None
    with_them = clock.owed == "acknowledgement" and case.state not in IS_OURS
    quiet = met is not None or with_them
    return ClockMissed(
        **about(case, at),
        clock=case.clocks.pack,
        rung=clock.rung,
        due=over,
        to=rung.to if rung else policy.rounds.person,
        owed=clock.owed,
        since=clock.since,
        next=None if quiet else _heard_by(case, case.clocks, at, policy),
        body=body.name if body else None,
        body_at=body.where if body else None,
        met=met,
        subject=case.subject,
    )


def _is_in_good_hands(case: Case, role: str, policy: Policy) -> bool:
    """Somebody has the case for something graver, or this very role has it for another clock."""
    if case.alarmed or case.why == APPROVAL:
        return True
    assert case.clocks is not None
    pack = _pack(case.clocks.pack, policy)
    missed = (pack.rung(clock.rung) for clock in case.clocks.clocks if clock.missed) if pack else ()
    return case.why == MISSED and any(rung and rung.to == role for rung in missed)


def _warned(case: Case, clock: Clock, over: datetime, timer: TimerFired, policy: Policy) -> tuple[Answered, ...]:
    """Before a date that we gave passes, the customer hears where we are, once."""
    if clock.warned or clock.met or over <= timer.at or not _is_for_us_to_speak(case):
        return ()
    pack = _pack(case.clocks.pack, policy) if case.clocks else None
    rung = pack.rung(clock.rung) if pack else None
    if rung is None or rung.warn is None or timer.due < over - rung.warn:
        return ()
    return (_report(case, timer.at, over, rung.to, clock.rung),)


def _reported(case: Case, at: datetime, policy: Policy) -> tuple[Answered, ...]:
    """While it is for us to speak, the customer hears from us as often as the policy says."""
    if not _is_for_us_to_speak(case):
        return ()
    ledger = case.clocks
    pack = _pack(ledger.pack, policy) if ledger else None
    if ledger is None or pack is None:
        return ()
    if ledger.reports >= pack.progress_at_most:
        last = HandedOver(**about(case, at), to=pack.rungs[-1].to, why=KEPT_WAITING)
        return () if case.why in (APPROVAL, KEPT_WAITING) else (last,)
    by = at + pack.progress_every
    owner = None if case.state == "awaiting" else policy.rounds.person
    return (_report(case, at, by, owner), _timer(case, f"{ledger.pack}/{PROGRESS}", by))


def _report(case: Case, at: datetime, by: datetime, owner: str | None, rung: str | None = None) -> ProgressReported:
    reason = "evidence-awaited" if case.state == "awaiting" else "with-a-person"
    facts = about(case, at) | {"subject": case.subject}
    return ProgressReported(**facts, reason=reason, next=by, owner=owner, rung=rung)


def _is_for_us_to_speak(case: Case) -> bool:
    """Not while they are asked something; and where a letter called a person, that person speaks with them."""
    return case.clocks is not None and case.clocks.waiting is None and case.state in IS_OURS and not case.alarmed


def _pack(name: str, policy: Policy) -> Pack | None:
    """The pack that the case began with; the house's where the policy has it no more."""
    packs = {pack.pack: pack for pack in policy.clocks}
    return packs.get(name) or packs.get(HOUSE)
