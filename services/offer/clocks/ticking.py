"""What each thing that happens in a case does to its clocks: it meets one, makes all stand still, or lets them run on."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.offer.case import Case
from services.offer.ledger import AGREED, ASKED, OFFERED, Clock, Ledger, go_on, wait
from shared.events import (
    ApologyOffered,
    CaseJoined,
    CaseSettled,
    CaseWithdrawn,
    ChoiceNoted,
    ChoiceUndone,
    ClaimDeclined,
    ClockMissed,
    FinalSayGiven,
    HandedOver,
    InformationGiven,
    InformationInvited,
    InputInvited,
    NoticeSent,
    OptionsOffered,
    ProgressReported,
    VerdictReached,
)

FIRST, ANSWERS = ("acknowledgement",), ("answer", "final-answer")


def ticked(case: Case, event: Any) -> Case:
    """The case with its clocks as they stand after this."""
    clocks = tick(case.clocks, event, person=case.why is not None) if case.clocks else None
    return case if clocks is case.clocks else replace(case, clocks=clocks)


def tick(ledger: Ledger, event: Any, *, person: bool) -> Ledger:
    """The ledger after this. With a `person` it is for us to speak, whatever was put to the customer.

    That a round has lapsed changes nothing: we wait for them as before, and an answer that was given in time may still come.
    """
    change = TICKS.get(type(event))
    return change(ledger, event, person) if change else ledger


def _put(ledger: Ledger, event: Any, person: bool) -> Ledger:
    ledger = _met(ledger, event.at, ("answer",))
    return ledger if person else wait(ledger, OFFERED, event.at)


def _asked(ledger: Ledger, event: Any, person: bool) -> Ledger:
    return ledger if person or ledger.waiting else wait(ledger, ASKED, event.at)


def _undone(ledger: Ledger, event: Any, person: bool) -> Ledger:
    return go_on(ledger, event.at) if person else wait(ledger, OFFERED, event.at)


def _told_missed(ledger: Ledger, event: ClockMissed, _: bool) -> Ledger:
    """What was said about a clock is said once."""
    if event.clock != ledger.pack:
        return ledger
    return _each(ledger, lambda one: _missed(one, event.due) if one.rung == event.rung else one)


def _reported(ledger: Ledger, event: ProgressReported, _: bool) -> Ledger:
    if event.rung is None:
        return replace(ledger, reports=ledger.reports + 1)
    return _each(ledger, lambda one: replace(one, warned=True) if one.rung == event.rung else one)


def _missed(clock: Clock, due: datetime) -> Clock:
    return clock if clock.met and clock.met <= due else replace(clock, missed=due)


def _met(ledger: Ledger, at: datetime, owed: tuple[str, ...]) -> Ledger:
    """Times decide: what was done first counts, and what was done in time was not missed, whatever was read first."""

    def meet(clock: Clock) -> Clock:
        if clock.owed not in owed or (clock.met and clock.met <= at):
            return clock
        in_time = clock.missed is not None and at <= clock.missed
        return replace(clock, met=at, missed=None if in_time else clock.missed)

    return _each(ledger, meet)


def _each(ledger: Ledger, change: Callable[[Clock], Clock]) -> Ledger:
    clocks = tuple([change(clock) for clock in ledger.clocks])
    return ledger if clocks == ledger.clocks else replace(ledger, clocks=clocks)


TICKS: Mapping[type[Any], Callable[[Ledger, Any, bool], Ledger]] = {
    NoticeSent: lambda ledger, event, _: _met(ledger, event.at, FIRST),
    ApologyOffered: _put,
    OptionsOffered: _put,
    InputInvited: _put,
    FinalSayGiven: lambda ledger, event, _: _met(ledger, event.at, ANSWERS),
    ClaimDeclined: lambda ledger, event, _: _met(ledger, event.at, ANSWERS),
    CaseJoined: lambda ledger, event, _: go_on(_met(ledger, event.at, ANSWERS), event.at),
    CaseSettled: lambda ledger, event, _: _met(ledger, event.at, (*FIRST, *ANSWERS)),
    CaseWithdrawn: lambda ledger, event, _: _met(ledger, event.at, (*FIRST, *ANSWERS)),
    HandedOver: lambda ledger, event, _: go_on(ledger, event.at),
    InformationInvited: _asked,
    InformationGiven: lambda ledger, event, _: go_on(ledger, event.at, ASKED),
    VerdictReached: lambda ledger, event, _: go_on(ledger, event.at, ASKED),
    ChoiceNoted: lambda ledger, event, _: wait(ledger, AGREED, event.at),
    ChoiceUndone: _undone,
    ClockMissed: _told_missed,
    ProgressReported: _reported,
}
"""What changes in a ledger, event by event; all others leave it as it is."""
