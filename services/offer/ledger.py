"""How much of its time a clock has used: a budget, less only the time in which we waited for the customer.

A target is never moved. It is worked out from when the clock began, its budget and the waits, so that what is written down
stays true whatever came late, and the sum can be checked by hand.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from shared.policy.business_time import later, open_between
from shared.policy.calendars import Calendar

Calendars = Mapping[str, Calendar]
ASKED, OFFERED, AGREED = "asked", "offered", "agreed"
"""How we wait for the customer: for what only they can know, for a choice, or for nothing more, since they have agreed."""
NONE = timedelta()


class Waited(Struct, frozen=True, omit_defaults=True):
    """We waited for the customer, and why; without `until` we still do."""

    why: str
    since: datetime
    until: datetime | None = None


class Clock(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rung of a pack: what is `owed` within `budget` from `since` on, in the open hours of `calendar` if it names one.

    `lapsed`: the time was over before we could know. `met`: when it was done, in time or late; `missed`: the moment that
    was missed, once that was told. `warned`: the customer has heard where we are before it.
    """

    rung: str
    owed: str
    since: datetime
    budget: timedelta
    calendar: str | None = None
    lapsed: bool = False
    warned: bool = False
    met: datetime | None = None
    missed: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether anything may still come of it."""
        return self.met is None and self.missed is None and not self.lapsed


class Ledger(Struct, frozen=True, omit_defaults=True):
    """The clocks of a case, by the pack that they are of, and every time in which we waited for the customer.

    `reports`: how often the customer heard that we are still at it. Of the waits those count that are among `pauses`, and the time in which they had agreed. Waits follow each other.
    """

    pack: str
    pauses: tuple[str, ...]
    clocks: tuple[Clock, ...]
    waits: tuple[Waited, ...] = ()
    reports: int = 0

    @property
    def waiting(self) -> Waited | None:
        """What we wait for now."""
        return self.waits[-1] if self.waits and self.waits[-1].until is None else None

    def counted(self, clock: Clock) -> Iterator[Waited]:
        """The waits in which this clock stands still; that we heard them we can say in any case."""
        pauses = (AGREED,) if clock.owed == "acknowledgement" else (AGREED, *self.pauses)
        return (wait for wait in self.waits if wait.why in pauses)

    def clock(self, rung: str) -> Clock | None:
        """The clock of that rung."""
        return next((clock for clock in self.clocks if clock.rung == rung), None)


def due(ledger: Ledger, clock: Clock, calendars: Calendars) -> datetime | None:
    """When its time is over, as things stand; None while the clock stands still."""
    left, cursor = clock.budget, clock.since
    for wait in ledger.counted(clock):
        ran = between(clock, cursor, wait.since, calendars)
        if ran >= left:
            break
        if wait.until is None:
            return None
        left -= ran
        cursor = max(cursor, wait.until)
    return _after(clock, cursor, left, calendars)


def used(ledger: Ledger, clock: Clock, now: datetime, calendars: Calendars) -> timedelta:
    """For how long the clock has run until `now`."""
    return between(clock, clock.since, now, calendars) - stood_still(ledger, clock, now, calendars)


def stood_still(ledger: Ledger, clock: Clock, now: datetime, calendars: Calendars) -> timedelta:
    """For how much of the time until `now` the clock has stood still."""
    waits = ((max(clock.since, wait.since), min(wait.until or now, now)) for wait in ledger.counted(clock))
    return sum((between(clock, since, until, calendars) for since, until in waits), NONE)


def between(clock: Clock, since: datetime, until: datetime, calendars: Calendars) -> timedelta:
    """From the one moment to the other as the clock counts; nothing where that is not later."""
    calendar = calendars.get(clock.calendar or "")
    if calendar is None:  # also where the policy has it no more: plain time is over sooner, never later
        return max(until - since, NONE)
    return open_between(calendar, since, until)


def wait(ledger: Ledger, why: str, at: datetime) -> Ledger:
    """From now on we wait for the customer in this way."""
    if ledger.waiting and ledger.waiting.why == why:
        return ledger
    ledger = go_on(ledger, at)
    since = max(at, ledger.waits[-1].until or at) if ledger.waits else at
    return _with_waits(ledger, (*ledger.waits, Waited(why, since)))


def go_on(ledger: Ledger, at: datetime, *whys: str) -> Ledger:
    """The wait is over: any, or only one for these reasons."""
    waiting = ledger.waiting
    if waiting is None or (whys and waiting.why not in whys):
        return ledger
    over = Waited(waiting.why, waiting.since, max(at, waiting.since))
    return _with_waits(ledger, (*ledger.waits[:-1], over))


def _with_waits(ledger: Ledger, waits: tuple[Waited, ...]) -> Ledger:
    return replace(ledger, waits=waits)


def _after(clock: Clock, at: datetime, span: timedelta, calendars: Calendars) -> datetime:
    calendar = calendars.get(clock.calendar or "")
    return at + span if calendar is None else later(calendar, at, span)
