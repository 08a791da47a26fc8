"""Complaints whose verdict waits for what operations know: which facts, about what, who is to find them, until when."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.records.evidence import SCHEMA
from shared.events import EvidenceAwaited, Subject
from shared.runtime.tables import Statement

LIMIT = 1_000
"""Complaints in one list: those whose time ends first."""

AWAIT = Statement("""
insert into verifier.awaited (source, complaint, customer, kind, subject, facts, owner, until, since)
select source, complaint, customer, kind, subject, array(select jsonb_array_elements_text(cast(facts as jsonb))), owner,
    until, since
from unnest(cast(:sources as text[]), cast(:complaints as text[]), cast(:customers as text[]), cast(:kinds as text[]),
    cast(:subjects as text[]), cast(:facts as text[]), cast(:owners as text[]), cast(:until as timestamptz[]),
    cast(:since as timestamptz[])) as e (source, complaint, customer, kind, subject, facts, owner, until, since)
on conflict (source, complaint) do update set kind = excluded.kind, subject = excluded.subject, facts = excluded.facts,
    owner = excluded.owner, until = excluded.until
""")

# What waits for nothing any more goes later (`pruning`). An upsert of what is there: its plan is the primary key, where
# a deletion would be planned by the empty table, and read all of it for ever.
END = Statement("""
insert into verifier.awaited (source, complaint, customer, facts, until, since)
select a.source, a.complaint, a.customer, '{}', a.until, a.since
from unnest(cast(:sources as text[]), cast(:complaints as text[])) as e (source, complaint),
lateral (select * from verifier.awaited where source = e.source and complaint = e.complaint offset 0) a
on conflict (source, complaint) do update set facts = excluded.facts
""")

COLUMNS = "select complaint, source, customer, kind, subject, facts, owner, until, since from verifier.awaited"
ALL = text(f"{COLUMNS} where facts <> '{{}}' order by until, source, complaint limit cast(:limit as int)")
ONE = text(f"{COLUMNS} where facts <> '{{}}' and complaint = cast(:complaint as text) order by source limit 2")


class Waiting(Struct, frozen=True, kw_only=True):
    """One complaint that waits. `owner`: the role in the house that is to find the facts, where the policy names one."""

    complaint: str
    subject: Subject | None
    facts: tuple[str, ...]
    owner: str | None
    until: datetime
    since: datetime
    customer: str
    source: str


async def keep(tx: AsyncConnection, said: Iterable[EvidenceAwaited]) -> None:
    """These wait from now on; one that waits already may wait for other facts. Each complaint once."""
    rows = sorted(said, key=lambda row: (row.source, row.complaint))
    if rows:
        parameters: dict[str, list[Any]] = {
            "sources": [row.source for row in rows],
            "complaints": [row.complaint for row in rows],
            "customers": [row.customer for row in rows],
            "kinds": [row.subject and row.subject.kind for row in rows],
            "subjects": [row.subject and row.subject.id for row in rows],
            "facts": [_written(row.facts) for row in rows],
            "owners": [row.owner for row in rows],
            "until": [row.until for row in rows],
            "since": [row.at for row in rows],
        }
        await AWAIT.run(tx, SCHEMA, **parameters)


async def end(tx: AsyncConnection, complaints: Collection[tuple[str, str]]) -> None:
    """These (source, complaint) wait no more: their verdict was said, or they were taken back."""
    if complaints:
        rows = sorted(complaints)
        await END.run(tx, SCHEMA, sources=[row[0] for row in rows], complaints=[row[1] for row in rows])


async def waiting(connection: AsyncConnection) -> list[Waiting]:
    """Those that wait, the one whose time ends first at the top."""
    return [_read(row) for row in (await connection.execute(ALL, {"limit": LIMIT})).all()]


async def find(connection: AsyncConnection, complaint: str) -> list[Waiting]:
    """Those that wait under this number: none, one, or, where several sources use it, the first two."""
    return [_read(row) for row in (await connection.execute(ONE, {"complaint": complaint})).all()]


def _read(row: Row[Any]) -> Waiting:
    subject = Subject(row.kind, row.subject) if row.kind and row.subject else None
    return Waiting(
        complaint=row.complaint,
        subject=subject,
        facts=tuple(row.facts),
        owner=row.owner,
        until=row.until,
        since=row.since,
        customer=row.customer,
        source=row.source,
    )


def _written(facts: Iterable[str]) -> str:
    """A list of lists cannot be a parameter: each goes as JSON."""
    return msgspec.json.encode(list(facts)).decode()
