"""What a case owes by which day, as staff see it: its clocks, when they stood still, and what was promised."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from services.offer.case import Case
from services.offer.ledger import Calendars, Clock, Ledger, Waited, due
from services.offer.promised import Promised

ENDED = ("settled", "declined", "expired", "joined", "withdrawn", "history")


class ClockRow(Struct, frozen=True, kw_only=True):
    """One clock of a `pack`. `due` is missing while it stands still, and where the case has ended; `lapsed`: its time was
    over before we could know."""

    pack: str
    rung: str
    owed: str
    since: datetime
    state: Literal["running", "standing", "met", "met-late", "missed", "lapsed", "ended"]
    due: datetime | None = None
    met: datetime | None = None


class PromiseRow(Struct, frozen=True, kw_only=True):
    """What a person promised for `due`; `owner`, a role, sees to it."""

    promised: str
    what: str
    due: datetime
    owner: str
    state: Literal["open", "kept", "kept-late", "missed"]


class DueDates(Struct, frozen=True):
    """All of it. `waits`: the times in which we waited for the customer, and what for."""

    clocks: tuple[ClockRow, ...] = ()
    waits: tuple[Waited, ...] = ()
    promises: tuple[PromiseRow, ...] = ()


def due_dates(case: Case, calendars: Calendars) -> DueDates:
    """Worked out when somebody asks, by the calendars of today."""
    ledger = case.clocks
    rows = tuple(_clock(case, ledger, clock, calendars) for clock in ledger.clocks) if ledger else ()
    promises = tuple(_promise(name, word) for name, word in sorted(case.promises.items()))
    return DueDates(rows, ledger.waits if ledger else (), promises)


def _clock(case: Case, ledger: Ledger, clock: Clock, calendars: Calendars) -> ClockRow:
    over = clock.missed or due(ledger, clock, calendars)
    facts: dict[str, Any] = {"pack": ledger.pack, "rung": clock.rung, "owed": clock.owed, "since": clock.since}
    if clock.lapsed:
        return ClockRow(**facts, state="lapsed", due=over, met=clock.met)
    if clock.met:
        late = over is not None and clock.met > over
        return ClockRow(**facts, state="met-late" if late else "met", due=over, met=clock.met)
    if clock.missed:
        return ClockRow(**facts, state="missed", due=over)
    if case.state in ENDED:
        return ClockRow(**facts, state="ended")
    return ClockRow(**facts, state="running" if over else "standing", due=over)


def _promise(name: str, word: Promised) -> PromiseRow:
    state: Literal["open", "kept", "kept-late", "missed"] = "missed" if word.missed else "open"
    if word.kept:
        state = "kept-late" if word.kept > word.due else "kept"
    return PromiseRow(promised=name, what=word.what, due=word.due, owner=word.owner, state=state)
