"""What lies before each customer on the page that their letters link to, and what they last said there."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.notice import OPEN, Facts, Reader, Table, Turned
from shared.events import Option
from shared.runtime.tables import Statement

# One row a case, in the order of their keys. A turn that puts nothing on the table leaves there what lies there; where it
# calls a person in time, no clock runs any more (its `expires` is then the moment at which it was called).
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
    expires = case when excluded.state is not null then excluded.expires
        when p.expires >= excluded.expires then null else p.expires end
""")

COLUMNS = """
select p."case", p.customer, p.complaint, p.source, p.severity, p.round, p.state, p.person, p.options, p.expires,
    p.says, p.answered_round, p.answer, p.answer_event, p.told, p.rated, clock.now()
"""
OF_CASE = COLUMNS + 'from notifier.pages p where p."case" = :case'

# Whoever has just answered by a link is led on by it for a while, although the next round's letter has closed it.
BY_TOKEN = (
    COLUMNS
    + """
from notifier.tokens t join notifier.pages p on p."case" = t."case"
where t.digest = :digest
    and (t.revoked_at is null or (t.used_at is not null and clock.now() < t.revoked_at + interval '1 hour'))
"""
)
# With the row locked, nobody else answers it meanwhile.
LOCKED = " for update of p"
READ, READ_LOCKED = Statement(OF_CASE), Statement(OF_CASE + LOCKED)
OPEN_BY, OPEN_BY_LOCKED = Statement(BY_TOKEN), Statement(BY_TOKEN + LOCKED)

ANSWERED = Statement("""
update notifier.pages set answered_round = round, answer = :answer, answer_event = :event, answered_at = clock.now()
where "case" = :case
""")

RATED = Statement('update notifier.pages set rated = :event, rated_at = clock.now() where "case" = :case')

TOLD = Statement('update notifier.pages set told = :event, told_at = clock.now() where "case" = :case')


class Says(Struct, frozen=True, omit_defaults=True):
    """What the page tells: to whom, and the story so far."""

    reader: Reader
    facts: Facts


class Page(NamedTuple):
    """One case's page as it stands; `now` is the road's clock when it was read.

    `answer`: what was last said, as a form names it. `told`: the event of what the customer said to our questions, which
    they answer once; `rated`: that of how well we put it right.
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
    rated: UUID | None
    now: datetime

    @property
    def open(self) -> bool:
        """Whether there is something to answer, and still time to."""
        return self.state in OPEN and self.in_time

    @property
    def in_time(self) -> bool:
        """Whether what lies there may still be answered; or a choice, taken back."""
        return self.expires is None or self.now <= self.expires

    @property
    def choice(self) -> str | None:
        """What the customer has said to what lies before them now, as the form named it."""
        return self.answer if self.answered_round == self.round else None

    @property
    def said(self) -> str | None:
        """The same without the option that it names."""
        return self.choice.partition("/")[0] if self.choice else None


async def keep(connection: AsyncConnection, told: Iterable[Turned]) -> None:
    """Lay on each customer's table what these turns put there."""
    rows: dict[str, dict[str, Any]] = {}
    for turned in told:
        facts = turned.turn.facts
        if turned.turn.table or turned.turn.person or facts.paying or facts.questions:
            row = _row(turned)
            before = rows.get(turned.turn.case)
            if before and row["state"] is None:
                called = row["expires"]
                row |= {name: before[name] for name in ("state", "round", "options", "expires")}
                if before["state"] and called and before["expires"] and before["expires"] >= called:
                    row["expires"] = None
            rows[turned.turn.case] = row
    if rows:
        ordered = [rows[case] for case in sorted(rows)]
        await KEEP.run(connection, "notifier", **{name: [row[name] for row in ordered] for name in ordered[0]})


async def read(connection: AsyncConnection, case: str, *, lock: bool = False) -> Page | None:
    """The page of this case; none where nothing was ever said. With `lock` nobody else answers it meanwhile."""
    return await _page(connection, READ_LOCKED if lock else READ, case=case)


async def open_by(connection: AsyncConnection, digest: bytes, *, lock: bool = False) -> Page | None:
    """The page that this token leads to; none where it leads nowhere, or no more. With `lock` as above."""
    return await _page(connection, OPEN_BY_LOCKED if lock else OPEN_BY, digest=digest)


async def _page(connection: AsyncConnection, statement: Statement, **by: Any) -> Page | None:
    rows = await statement.run(connection, "notifier", **by)
    if not rows:
        return None
    (row,) = rows
    page = Page(*row)
    return page._replace(
        options=msgspec.json.decode(row[8] or "[]", type=tuple[Option, ...]),
        says=msgspec.json.decode(row[10], type=Says),
    )


async def answered(connection: AsyncConnection, case: str, answer: str, event: UUID) -> None:
    """Remember what was said on the page, so that saying it again changes nothing."""
    await ANSWERED.run(connection, "notifier", case=case, answer=answer, event=event)


async def rated(connection: AsyncConnection, case: str, event: UUID) -> None:
    """Remember that they said how well we put it right, so that they are asked no more."""
    await RATED.run(connection, "notifier", case=case, event=event)


async def information_given(connection: AsyncConnection, case: str, event: UUID) -> None:
    """Remember that our questions were answered, so that they are asked no more."""
    await TOLD.run(connection, "notifier", case=case, event=event)


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
        "expires": turn.at if turn.person and not turn.table else turn.facts.expires,
        "says": msgspec.json.encode(Says(told.reader, told.facts)).decode(),
    }
