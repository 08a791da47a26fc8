"""What lies before each customer on the page that their letters link to, and what they last said there."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.notice import OPEN, Facts, Reader, Table, Turned
from shared.events import Option
from shared.runtime.tables import Statement

# One row a case, in the order of their keys. A turn that puts nothing on the table leaves there what lies there.
KEEP = Statement("""
insert into notifier.pages as p ("case", customer, complaint, source, severity, round, state, person, options, expires,
    says, at)
select "case", customer, complaint, source, severity, round, state, person, options, expires, says, (select clock.now())
from unnest(cast(:case as text[]), cast(:customer as text[]), cast(:complaint as text[]), cast(:source as text[]),
    cast(:severity as int[]), cast(:round as int[]), cast(:state as text[]), cast(:person as boolean[]),
    cast(:options as text[]), cast(:expires as timestamptz[]), cast(:says as text[]))
    as t ("case", customer, complaint, source, severity, round, state, person, options, expires, says)
on conflict ("case") do update set severity = excluded.severity, says = excluded.says, at = excluded.at,
    person = excluded.person,
    state = coalesce(excluded.state, p.state),
    round = case when excluded.state is null then p.round else excluded.round end,
    options = case when excluded.state is null then p.options else excluded.options end,
    expires = case when excluded.state is null then p.expires else excluded.expires end
""")

READ = """
select "case", customer, complaint, source, severity, round, state, person, options, expires,
    says, answered_round, answer, answer_event, told, clock.now()
from notifier.pages where "case" = :case
"""

ANSWERED = text("""
update notifier.pages set answered_round = round, answer = :answer, answer_event = :event, answered_at = clock.now()
where "case" = :case
""")

TOLD = text('update notifier.pages set told = :event, told_at = clock.now() where "case" = :case')


class Says(Struct, frozen=True, omit_defaults=True):
    """What the page tells: to whom, and the story so far."""

    reader: Reader
    facts: Facts


class Page(NamedTuple):
    """One case's page as it stands; `now` is the road's clock when it was read.

    `told`: the event of what the customer said to our questions, which they answer once.
    """

    case: str
    customer: str
    complaint: str
    source: str
    severity: int
    round: int
    state: Table | None
    person: bool
    options: tuple[Option, ...]
    expires: datetime | None
    says: Says
    answered_round: int | None
    answer: str | None
    answer_event: UUID | None
    told: UUID | None
    now: datetime

    @property
    def open(self) -> bool:
        """Whether there is something to answer, and still time to."""
        return self.state in OPEN and (self.expires is None or self.now <= self.expires)

    @property
    def said(self) -> str | None:
        """What the customer has said to what lies before them now."""
        return self.answer if self.answered_round == self.round else None


async def keep(connection: AsyncConnection, told: Iterable[Turned]) -> None:
    """Lay on each customer's table what these turns put there."""
    rows: dict[str, dict[str, Any]] = {}
    for turned in told:
        facts = turned.turn.facts
        if turned.turn.table or turned.turn.person or facts.paying or facts.questions:
            row = _row(turned)
            before = rows.get(turned.turn.case)
            if before and row["state"] is None:
                row |= {name: before[name] for name in ("state", "round", "options", "expires")}
            rows[turned.turn.case] = row
    if rows:
        ordered = [rows[case] for case in sorted(rows)]
        await KEEP.run(connection, "notifier", **{name: [row[name] for row in ordered] for name in ordered[0]})


async def read(connection: AsyncConnection, case: str, *, lock: bool = False) -> Page | None:
    """The page of this case; none where nothing was ever said. With `lock` nobody else answers it meanwhile."""
    row = (await connection.execute(text(READ + (" for update" if lock else "")), {"case": case})).one_or_none()
    if row is None:
        return None
    page = Page(*row)
    return page._replace(
        options=msgspec.json.decode(row[8] or "[]", type=tuple[Option, ...]),
        says=msgspec.json.decode(row[10], type=Says),
    )


async def answered(connection: AsyncConnection, case: str, answer: str, event: UUID) -> None:
    """Remember what was said on the page, so that saying it again changes nothing."""
    await connection.execute(ANSWERED, {"case": case, "answer": answer, "event": event})


async def information_given(connection: AsyncConnection, case: str, event: UUID) -> None:
    """Remember that our questions were answered, so that they are asked no more."""
    await connection.execute(TOLD, {"case": case, "event": event})


def _row(told: Turned) -> dict[str, Any]:
    turn = told.turn
    return {
        "case": turn.case,
        "customer": told.customer,
        "complaint": turn.complaint,
        "source": turn.source,
        "severity": turn.severity,
        "round": turn.round,
        "state": turn.table,
        "person": told.person,
        "options": msgspec.json.encode(turn.facts.options).decode() if turn.table else None,
        "expires": turn.facts.expires,
        "says": msgspec.json.encode(Says(told.reader, told.facts)).decode(),
    }
