"""Which timers need not ring any more: what they would ask has been answered, so nobody hears them for nothing.

Only what could be answered with nothing alone is cancelled. One that has fired already is heard and answered so; what is
taken up again sets its timers anew.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from services.offer.case import Case
from services.offer.ledger import Clock, Ledger
from services.offer.negotiation.rounds import EXPIRY
from services.offer.negotiation.settling import CHOICE
from services.offer.payouts.fulfilment import clock_of
from shared.events import (
    ApologyOffered,
    CaseExpired,
    CaseJoined,
    CaseSettled,
    CaseWithdrawn,
    ChoiceNoted,
    ChoiceUndone,
    ClaimDeclined,
    FinalSayGiven,
    HandedOver,
    InputInvited,
    NoticeSent,
    OptionsOffered,
    PaymentMade,
)
from shared.policy.packs import PROGRESS
from shared.runtime.decider import Answered, Timer, TimersCancelled

CLOCK, WARN = "clock", "warn"
"""Timers of clocks are called `clock/<pack>/<rung>`, `clock/<pack>/<rung>/warn` and `clock/<pack>/progress`."""


def silenced(case: Case, said: tuple[Answered, ...], met: Iterable[Clock]) -> tuple[TimersCancelled, ...]:
    """What these answers make needless, with the clocks that they have met; what they set themselves rings."""
    ledger = case.clocks
    names = [name for clock in met if ledger for name in _of_clock(ledger, clock)]
    for one in said:
        ends = ENDS.get(type(one))
        if ends and one.case == case.id:  # type: ignore[union-attr]
            names += ends(case, one)
    if not names:
        return ()
    anew = {one.name for one in said if isinstance(one, Timer) and one.case == case.id}
    return _cancelled(case, tuple(dict.fromkeys(name for name in names if name not in anew)))


def heard_in_time(case: Case, event: Any) -> tuple[TimersCancelled, ...]:
    """A letter is on its way: where it is the first one, no clock asks for that."""
    ledger = case.clocks
    if ledger is None or not isinstance(event, NoticeSent):
        return ()
    met = (clock for clock in ledger.clocks if clock.met == event.at and clock.missed is None)
    return _cancelled(case, tuple(name for clock in met for name in _of_clock(ledger, clock)))


def _cancelled(case: Case, names: tuple[str, ...]) -> tuple[TimersCancelled, ...]:
    return (TimersCancelled(customer=case.customer, case=case.id, names=names),) if names else ()


def _of_clock(ledger: Ledger, clock: Clock) -> Iterator[str]:
    name = f"{CLOCK}/{ledger.pack}/{clock.rung}"
    yield name
    if clock.owed != "acknowledgement":
        yield f"{name}/{WARN}"


def _progress(case: Case) -> tuple[str, ...]:
    return (f"{CLOCK}/{case.clocks.pack}/{PROGRESS}",) if case.clocks else ()


def _round(case: Case, _: Any = None) -> tuple[str, ...]:
    return (EXPIRY,) if case.expires else ()


def _lapsed(case: Case, _: CaseExpired) -> tuple[str, ...]:
    """No clock asks anybody while it lies so."""
    ledger = case.clocks
    running = (clock for clock in ledger.clocks if clock.runs) if ledger else ()
    return tuple(name for clock in running if ledger for name in _of_clock(ledger, clock))


def _put(case: Case, _: Any) -> tuple[str, ...]:
    return _progress(case) if case.state == "awaiting" and case.why is None else ()


def _closed(case: Case, _: Any) -> tuple[str, ...]:
    """Somebody who looks for what is late keeps the customer posted."""
    is_ours = case.state in ("awaiting", "handed_over") and case.trouble is None
    return (*_round(case), *((CHOICE,) if case.until else ()), *(_progress(case) if is_ours else ()))


ENDS: Mapping[type[Any], Callable[[Case, Any], tuple[str, ...]]] = {
    ApologyOffered: _put,
    OptionsOffered: _put,
    InputInvited: _put,
    FinalSayGiven: _put,
    HandedOver: _round,
    ChoiceNoted: _round,
    ChoiceUndone: lambda _, __: (CHOICE,),
    CaseExpired: _lapsed,
    CaseSettled: _closed,
    ClaimDeclined: _closed,
    CaseJoined: _closed,
    CaseWithdrawn: _closed,
    PaymentMade: lambda _, made: (clock_of(made.key),),
}
"""What each answer makes needless, by name; all others make nothing so."""
