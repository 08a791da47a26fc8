"""By when a complaint is acknowledged, answered and done with: the house's own clocks, and those of regulators.

A pack is one regime, one file of `clocks/`: where it applies, and its rungs. It is data; what happens when a rung is missed
is decided by whoever looks after cases.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from shared.events import Subject

HOUSE = "house"
"""The pack for all that no other one is for."""
PROGRESS = "progress"
"""Names the clock of progress reports, and so no rung."""
Owed = Literal["acknowledgement", "answer", "final-answer"]
Wait = Literal["asked", "offered"]


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the customer may turn to: an ombudsman or a regulator, and `where` they find it."""

    name: str
    where: str


class Rung(Struct, frozen=True, forbid_unknown_fields=True):
    """What is `due`, counted `since` the day the letter was received, or since the case reached us (`at`).

    `within` so long: of plain time, or of the open hours of `calendar`; or at the end of that many `working_days` of the
    calendar, where the first day does not count. `warn`: so long before it is missed the customer hears where we are.
    Missed, it is for `to`, a role; `names_body`: the customer is told then whom they may turn to.
    """

    name: str
    due: Owed
    since: Literal["received_at", "at"]
    to: str
    within: timedelta | None = None
    working_days: Annotated[int, Meta(ge=1, le=366)] | None = None
    calendar: str | None = None
    warn: timedelta | None = None
    names_body: bool = False


class Pack(Struct, frozen=True, forbid_unknown_fields=True):
    """The rungs of one regime, in the order in which they fall due.

    It is for complaints from one of `jurisdictions` (any, where none is named) about one of these `kinds` of subjects (any
    likewise), received from the day `begins` to the day `ends` in `zone`. Its clocks stand still while we wait for the
    customer in one of the ways of `pauses`: they were `asked` what only they can know, or choices lie before them (`offered`).
    While it is for us to say something, they hear from us every `progress_every`, but no more than `progress_at_most` times:
    after that somebody higher has the case. `source`: where the regime is written down.
    """

    pack: str
    title: str
    progress_every: timedelta
    rungs: tuple[Rung, ...]
    source: str | None = None
    progress_at_most: Annotated[int, Meta(ge=1, le=50)] = 6
    body: Body | None = None
    jurisdictions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    begins: date | None = None
    ends: date | None = None
    zone: str = "Etc/UTC"
    pauses: tuple[Wait, ...] = ()

    def rung(self, name: str) -> Rung | None:
        """The rung of that name, where it has one."""
        return next((rung for rung in self.rungs if rung.name == name), None)

    def fits(self, jurisdiction: str | None, subject: Subject | None, received_at: datetime) -> bool:
        """Whether it is for such a complaint. What is not known fits no pack that names it."""
        return (
            (not self.jurisdictions or jurisdiction in self.jurisdictions)
            and (not self.kinds or (subject is not None and subject.kind in self.kinds))
            and self._is_in_force(received_at.astimezone(ZoneInfo(self.zone)).date())
        )

    def _is_in_force(self, day: date) -> bool:
        return (self.begins is None or day >= self.begins) and (self.ends is None or day <= self.ends)


def pack_for(
    packs: tuple[Pack, ...], jurisdiction: str | None, subject: Subject | None, received_at: datetime
) -> Pack | None:
    """The one regime that is for such a complaint, else the house's own; none where there are no clocks at all."""
    fitting = (pack for pack in packs if pack.pack != HOUSE and pack.fits(jurisdiction, subject, received_at))
    return next(fitting, None) or next((pack for pack in packs if pack.pack == HOUSE), None)
