"""Every letter that was ever written, once and for ever: what it says, whether it has gone, and if not, why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.core import State
from services.notifier.notice import PASSING, Turned, Written
from services.notifier.page import pages
from shared.runtime.flow import Outcome
from shared.runtime.tables import Statement

SCHEMA = "notifier"

# In the order in which they were written, so that a customer's letters go out in that order. The key never expires. Here
# and below the clock is asked once: left to the planner, it is asked for each use in each row.
ADD = Statement("""
with now as materialized (select clock.now() as at)
insert into notifier.letters (notice, customer, "case", complaint, source, round, severity, kind, channel, language,
    recipient, says, state, reason, at, next_at, ended_at)
select notice, customer, "case", complaint, source, round, severity, kind, channel, language, recipient, says,
    case when reason is null then 'waiting' else 'failed' end, reason, now.at, now.at,
    case when reason is not null then now.at end
from unnest(cast(:notice as text[]), cast(:customer as text[]), cast(:case as text[]), cast(:complaint as text[]),
    cast(:source as text[]), cast(:round as int[]), cast(:severity as int[]), cast(:kind as text[]),
    cast(:channel as text[]), cast(:language as text[]), cast(:recipient as text[]), cast(:says as text[]), cast(:reason as text[]))
    with ordinality as l (notice, customer, "case", complaint, source, round, severity, kind, channel, language, recipient, says,
    reason, n), now
order by n on conflict (notice) do nothing
""")

# What may go now, those that have waited longest first; only the process that leads the delivery asks. A case's letters go
# in order: one that waits for its next try holds up the later ones, unless it is of a kind that they make needless. What
# is `overtaken` goes no more: a later letter has gone, or waits and says more. `offset 0` keeps the earlier letters of a case
# from being joined: a plan made while nothing waited would go through all that waits for each letter, and stay.
WAITING = Statement("""
select l.notice, l.customer, l."case", l.complaint, l.source, l.round, l.severity, l.kind, l.channel, l.language,
    l.recipient, l.says, l.attempts, l.at, l.message, l.message_id, l.first_at, l.resent,
    (select clock.now()) as now,
    array(select message_id from (select p.message_id, p.number from notifier.letters p
        where p."case" = l."case" and p.number < l.number and p.state = 'sent' and p.message_id is not null
        order by p.number desc limit 10) as thread order by number) as earlier,
    exists (select from notifier.letters n where n."case" = l."case" and n.number > l.number
        and (n.state in ('sent', 'shadow') or n.state = 'waiting' and l.kind = any(cast(:passing as text[])))) as overtaken
from notifier.letters l
where l.state = 'waiting' and l.channel = cast(:channel as text) and l.next_at <= (select clock.now())
    and not exists (select from notifier.switches s where s.paused and s.channel in ('all', cast(:channel as text)))
    and not exists (select from notifier.letters e where e."case" = l."case" and e.number < l.number
        and e.state = 'waiting' and e.kind <> all(cast(:passing as text[])) offset 0)
order by l.next_at, l.number limit :limit
""")

# Before the first try: whoever tries again, this process or the next one, sends these bytes.
PREPARE = Statement("""
update notifier.letters as l set message = p.message, message_id = p.message_id, digest = p.digest, subject = p.subject,
    body = p.body, first_at = clock.now()
from unnest(cast(:notice as text[]), cast(:message as bytea[]), cast(:message_id as text[]), cast(:digest as bytea[]),
    cast(:subject as text[]), cast(:body as text[])) as p (notice, message, message_id, digest, subject, body)
where l.notice = p.notice and l.state = 'waiting' and l.message is null
returning l.notice
""")

# Each row is found by its key and then by its place, whatever the planner believes about the table (asked for its state
# there, it would go through all that waits); one that has been marked in the meantime is left alone. What failed keeps its
# bytes, since staff may send the very same letter again.
MARK = Statement("""
with now as materialized (select clock.now() as at)
update notifier.letters as l set state = m.state, reason = m.reason, attempts = l.attempts + m.tries,
    next_at = now.at + m.wait * interval '1 second', ended_at = case when m.state <> 'waiting' then now.at end,
    message = case when m.state in ('waiting', 'failed') then l.message end
from now, (select u.*, f.place
    from unnest(cast(:notice as text[]), cast(:state as text[]), cast(:reason as text[]), cast(:wait as float8[]),
        cast(:tries as int[])) as u (notice, state, reason, wait, tries),
    lateral (select ctid as place from notifier.letters where notice = u.notice for update) f) as m
where l.ctid = m.place and l.state = 'waiting'
returning l.notice, now.at as now
""")


class Waiting(NamedTuple):
    """A letter that waits to be sent; `now` is the road's clock when it was read. `message`: its bytes, once it was tried.

    `earlier`: the ids of what has gone to the customer in this case. `resent`: how often staff had it sent again.
    `overtaken`: it has become needless.
    """

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
    recipient: str | None
    says: str
    attempts: int
    at: datetime
    message: bytes | None
    message_id: str | None
    first_at: datetime | None
    resent: int
    now: datetime
    earlier: list[str]
    overtaken: bool

    @property
    def written(self) -> Written:
        """What it has to say."""
        return msgspec.json.decode(self.says, type=Written)


class Prepared(NamedTuple):
    """A letter as it goes out, however often it has to be tried."""

    notice: str
    message: bytes
    message_id: str
    digest: bytes
    subject: str
    body: str


class Mark(NamedTuple):
    """What became of a letter: its new state (sent, failed, shadow, overtaken; or waiting, for `wait` seconds more).

    `tries`: 1, or 0 where nobody was asked to take it.
    """

    notice: str
    state: str
    reason: str | None = None
    wait: float = 0.0
    tries: int = 1


async def keep(connection: AsyncConnection, outcome: Outcome[State]) -> None:
    """Store what the notifier's flow has said in a batch: its letters, and what the pages show from now on."""
    told = [answer for heard in outcome.answers for _, answer in heard.answers if isinstance(answer, Turned)]
    rows = [_row(turned) for turned in told if turned.letter]
    if rows:
        await ADD.run(connection, SCHEMA, **_columns(rows))
    await pages.keep(connection, told)


async def waiting(connection: AsyncConnection, channel: str, limit: int) -> list[Waiting]:
    """Letters to send now by this channel, at most `limit`, and at most one of a case: the next one follows it."""
    rows = await WAITING.run(connection, SCHEMA, channel=channel, limit=limit, passing=sorted(PASSING))
    return [Waiting._make(row) for row in rows]


async def prepare(connection: AsyncConnection, letters: Sequence[Prepared]) -> set[str]:
    """Write down what will be sent, before anyone is called; returns the notices of those that may go now."""
    rows = await PREPARE.run(connection, SCHEMA, **_by_field(Prepared._fields, sorted(letters)))
    return {notice for (notice,) in rows}


async def mark(connection: AsyncConnection, marks: Sequence[Mark]) -> dict[str, datetime]:
    """Write down what became of these letters; returns those that still waited, with the time of the mark."""
    return dict(await MARK.run(connection, SCHEMA, **_by_field(Mark._fields, sorted(marks))))


def _by_field(fields: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return dict(zip(fields, map(list, zip(*rows, strict=True)), strict=True))


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
        "channel": letter.channel,
        "language": told.reader.language,
        "recipient": None if letter.failed else told.reader.email,
        "says": msgspec.json.encode(told.written).decode(),
        "reason": letter.failed,
    }


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
