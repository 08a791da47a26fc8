"""Every letter that was ever written, once and for ever: what it says, whether it has gone, and if not, why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier import pages
from services.notifier.core import State
from services.notifier.notice import EMAIL, Turned, Written
from shared.runtime.flow import Outcome
from shared.runtime.tables import Statement

SCHEMA = "notifier"

# In the order in which they were written, so that a customer's letters go out in that order. The key never expires. Here
# and below the clock is asked once: left to the planner, it is asked for each use in each row.
ADD = Statement("""
with now as materialized (select clock.now() as at)
insert into notifier.letters (notice, customer, "case", complaint, source, round, severity, kind, channel, language,
    recipient, says, state, reason, at, next_at, ended_at)
select notice, customer, "case", complaint, source, round, severity, kind, :channel, language, recipient, says,
    case when reason is null then 'waiting' else 'failed' end, reason, now.at, now.at,
    case when reason is not null then now.at end
from unnest(cast(:notice as text[]), cast(:customer as text[]), cast(:case as text[]), cast(:complaint as text[]),
    cast(:source as text[]), cast(:round as int[]), cast(:severity as int[]), cast(:kind as text[]),
    cast(:language as text[]), cast(:recipient as text[]), cast(:says as text[]), cast(:reason as text[]))
    with ordinality as l (notice, customer, "case", complaint, source, round, severity, kind, language, recipient, says,
    reason, n), now
order by n on conflict (notice) do nothing
""")

# What may go now, those that have waited longest first; only the process that leads the delivery asks.
WAITING = Statement("""
select notice, customer, "case", complaint, source, round, severity, kind, channel, language, recipient,
    says, attempts, at, (select clock.now()) as now
from notifier.letters where state = 'waiting' and next_at <= (select clock.now()) order by next_at, number limit :limit
""")

# Each row is found by its key and then by its place, whatever the planner believes about the table (asked for its state
# there, it would go through all that waits); one that has been marked in the meantime is left alone.
MARK = Statement("""
with now as materialized (select clock.now() as at)
update notifier.letters as l set state = m.state, reason = m.reason, attempts = l.attempts + 1,
    next_at = now.at + m.wait * interval '1 second', ended_at = case when m.state <> 'waiting' then now.at end,
    subject = m.subject, body = m.body, digest = m.digest
from now, (select u.*, f.place
    from unnest(cast(:notice as text[]), cast(:state as text[]), cast(:reason as text[]), cast(:wait as float8[]),
        cast(:subject as text[]), cast(:body as text[]), cast(:digest as bytea[]))
        as u (notice, state, reason, wait, subject, body, digest),
    lateral (select ctid as place from notifier.letters where notice = u.notice for update) f) as m
where l.ctid = m.place and l.state = 'waiting'
returning l.notice, now.at as now
""")


class Waiting(NamedTuple):
    """A letter that waits to be sent; `now` is the road's clock when it was read."""

    notice: str
    customer: str
    case: str
    complaint: str
    source: str
    round: int
    severity: int
    kind: str
    channel: str
    language: str
    recipient: str
    says: str
    attempts: int
    at: datetime
    now: datetime

    @property
    def written(self) -> Written:
        """What it has to say."""
        return msgspec.json.decode(self.says, type=Written)


class Mark(NamedTuple):
    """What became of a letter: its new state (sent, failed, shadow; or waiting, for `wait` seconds more) and its text."""

    notice: str
    state: str
    reason: str | None = None
    wait: float = 0.0
    subject: str | None = None
    body: str | None = None
    digest: bytes | None = None


async def keep(connection: AsyncConnection, outcome: Outcome[State]) -> None:
    """Store what the notifier's flow has said in a batch: its letters, and what the pages show from now on."""
    told = [answer for heard in outcome.answers for _, answer in heard.answers if isinstance(answer, Turned)]
    rows = [_row(turned) for turned in told if turned.letter]
    if rows:
        await ADD.run(connection, SCHEMA, channel=EMAIL, **_columns(rows))
    await pages.keep(connection, told)


async def waiting(connection: AsyncConnection, limit: int) -> list[Waiting]:
    """Letters to send now, at most `limit`."""
    return [Waiting._make(row) for row in await WAITING.run(connection, SCHEMA, limit=limit)]


async def mark(connection: AsyncConnection, marks: Sequence[Mark]) -> dict[str, datetime]:
    """Write down what became of these letters; returns those that still waited, with the time of the mark."""
    ordered = sorted(marks)
    columns: dict[str, Any] = dict(zip(Mark._fields, map(list, zip(*ordered, strict=True)), strict=True))
    return dict(await MARK.run(connection, SCHEMA, **columns))


def _row(told: Turned) -> dict[str, Any]:
    turn, letter = told.turn, told.letter
    assert letter is not None
    return {
        "notice": letter.notice,
        "customer": told.customer,
        "case": turn.case,
        "complaint": turn.complaint,
        "source": turn.source,
        "round": turn.round,
        "severity": turn.severity,
        "kind": letter.kind,
        "language": told.reader.language,
        "recipient": None if letter.failed else told.reader.email,
        "says": msgspec.json.encode(told.written).decode(),
        "reason": letter.failed,
    }


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
