"""Every complaint that ever reached us, known for ever by (source, id), and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.core import First
from services.intake.letters import Registered
from shared.runtime.tables import Statement

SCHEMA = "intake"

# Claims in the order of the primary key, so that two who claim the same complaints never wait in a circle; the later
# one waits here until the earlier has committed, and then sees whose complaint it is.
CLAIM = Statement("""
insert into intake.complaints (source, complaint, customer, digest, state, at)
select source, complaint, customer, digest, 'received', (select clock.now())
from unnest(cast(:sources as text[]), cast(:complaints as text[]), cast(:customers as text[]),
    cast(:digests as bytea[])) as c (source, complaint, customer, digest)
order by source collate "C", complaint collate "C"
on conflict do nothing
returning source, complaint
""")

# One look into the primary key for each; `offset 0` keeps the planner from making a plan on the empty table that reads
# all of it, and from keeping that plan.
FIND = Statement("""
select k.source, k.complaint, c.customer, c.digest, c.state
from unnest(cast(:sources as text[]), cast(:complaints as text[])) as k (source, complaint),
lateral (
    select customer, digest, state from intake.complaints where source = k.source and complaint = k.complaint offset 0
) c
""")

# An upsert of rows that are there: its arbiter is the primary key, and that is the whole plan.
REGISTER = Statement("""
insert into intake.complaints
    (source, complaint, customer, digest, state, into_source, into_complaint, reason, detail, at, decided_at)
select source, complaint, customer, digest, state, into_source, into_complaint, reason, detail, at, at
from unnest(cast(:sources as text[]), cast(:complaints as text[]), cast(:customers as text[]), cast(:digests as bytea[]),
    cast(:states as text[]), cast(:into_sources as text[]), cast(:into_complaints as text[]), cast(:reasons as text[]),
    cast(:details as text[]), cast(:ats as timestamptz[]))
    as c (source, complaint, customer, digest, state, into_source, into_complaint, reason, detail, at)
on conflict (source, complaint) do update set state = excluded.state, into_source = excluded.into_source,
    into_complaint = excluded.into_complaint, reason = excluded.reason, detail = excluded.detail,
    decided_at = excluded.decided_at
""")

STATUS = text("""
select complaint as id, source, state, into_complaint as into, into_source, reason, detail, at, decided_at
from intake.complaints where source = :source and complaint = :complaint
""")


class Name(NamedTuple):
    """How a complaint is known for ever."""

    source: str
    complaint: str


class Claim(NamedTuple):
    """Who says what under a name: the customer, and the digest of the content."""

    customer: str
    digest: bytes


class Status(Struct, frozen=True, omit_defaults=True):
    """How a complaint stands: received, accepted, merged (into another), rejected (and why) or withdrawn."""

    id: str
    source: str
    state: str
    at: datetime
    into: str | None = None
    into_source: str | None = None
    reason: str | None = None
    detail: str | None = None
    decided_at: datetime | None = None


async def claim(tx: AsyncConnection, claims: Mapping[Name, Claim]) -> set[Name]:
    """Register these complaints as received; returns those that nobody had registered before."""
    if not claims:
        return set()
    names = list(claims)
    claimed = await CLAIM.run(
        tx,
        SCHEMA,
        sources=[name.source for name in names],
        complaints=[name.complaint for name in names],
        customers=[claims[name].customer for name in names],
        digests=[claims[name].digest for name in names],
    )
    return {Name(*row) for row in claimed}


async def find(tx: AsyncConnection, names: Iterable[Name]) -> dict[Name, First]:
    """The complaints of these names that are known."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    sources, complaints = [name.source for name in wanted], [name.complaint for name in wanted]
    rows = await FIND.run(tx, SCHEMA, sources=sources, complaints=complaints)
    return {Name(source, complaint): First(*first) for source, complaint, *first in rows}


async def register(tx: AsyncConnection, notes: Sequence[Registered]) -> None:
    """Keep what these complaints came to; of several notes on one, the last."""
    last = list({(note.source, note.complaint): note for note in notes}.values())
    if not last:
        return
    parameters: dict[str, list[Any]] = {
        "sources": [note.source for note in last],
        "complaints": [note.complaint for note in last],
        "customers": [note.customer for note in last],
        "digests": [note.digest for note in last],
        "states": [note.state for note in last],
        "into_sources": [note.into_source for note in last],
        "into_complaints": [note.into for note in last],
        "reasons": [note.reason for note in last],
        "details": [note.detail for note in last],
        "ats": [note.at for note in last],
    }
    await REGISTER.run(tx, SCHEMA, **parameters)


async def status(tx: AsyncConnection, name: Name) -> Status | None:
    """How this complaint stands; None when nobody has heard of it."""
    row = (await tx.execute(STATUS, name._asdict())).mappings().one_or_none()
    return None if row is None else Status(**row)
