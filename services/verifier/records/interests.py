"""Which complaints rest on which of the things that operations tell us about; kept after the verdict, too."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.records.evidence import SCHEMA, names_of
from shared.events import Subject
from shared.runtime.tables import Statement

_encode = msgspec.json.Encoder().encode

# In the order in which they are told, from the index; what is asked for begins at the complaint that it names.
RESTING = Statement("""
select k.n, i.source, i.complaint, i.customer
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:sources as text[]), cast(:complaints as text[]))
    with ordinality as k (kind, id, source, complaint, n),
lateral (
    select source, complaint, customer from verifier.interests
    where kind = k.kind and subject = k.id and (source, complaint) >= (k.source, k.complaint)
    order by source, complaint limit cast(:most as int)
) i
order by k.n, i.source, i.complaint
""")

# A further letter adds claims to its complaint, and is the latest moment at which it was received (none: it was taken
# back, and stands beside no other any more); all else is as the first one said.
KEEP = Statement("""
insert into verifier.interests as i (kind, subject, source, complaint, customer, received_at, speaks_of, claims, kept_at)
select kind, subject, source, complaint, customer, received_at, speaks_of,
    array(select jsonb_array_elements_text(cast(claims as jsonb))), (select clock.now())
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:sources as text[]), cast(:complaints as text[]),
    cast(:customers as text[]), cast(:received as timestamptz[]), cast(:speak_of as timestamptz[]), cast(:claims as text[]))
    as e (kind, subject, source, complaint, customer, received_at, speaks_of, claims)
on conflict (kind, subject, source, complaint) do update set claims = excluded.claims,
    received_at = case when excluded.received_at is null then null else greatest(i.received_at, excluded.received_at) end
where (i.claims, i.received_at) is distinct from (excluded.claims, excluded.received_at)
""")


class Resting(NamedTuple):
    """A complaint that rests on a subject, as it is told that something has changed; sorted as they are told."""

    subject: Subject
    source: str
    complaint: str
    customer: str


class Begin(NamedTuple):
    """Where a part of those that rest on a subject begins; by itself at the first."""

    subject: Subject
    source: str = ""
    complaint: str = ""


class Interest(NamedTuple):
    """A complaint that rests on a subject, with what others' complaints about it are compared by.

    `received_at`: when its latest letter was; None where it was taken back. `speaks_of`: when it happened, where the letter says so, else when it was received.
    """

    subject: Subject
    source: str
    complaint: str
    customer: str
    received_at: datetime | None
    speaks_of: datetime
    claims: tuple[str, ...]


async def resting(tx: AsyncConnection, begins: Collection[Begin], most: int) -> dict[Begin, tuple[Resting, ...]]:
    """From each beginning on up to `most` complaints that rest on its subject, in order.

    All are seen whose verdict did not see what is stored, where the subject was locked to store, in `tx` or before.
    """
    if not begins:
        return {}
    asked = sorted(begins)
    parameters = names_of([begin.subject for begin in asked]) | {
        "sources": [begin.source for begin in asked],
        "complaints": [begin.complaint for begin in asked],
    }
    found: dict[Begin, list[Resting]] = {}
    for n, source, complaint, customer in await RESTING.run(tx, SCHEMA, **parameters, most=most):
        begin = asked[n - 1]
        found.setdefault(begin, []).append(Resting(begin.subject, source, complaint, customer))
    return {begin: tuple(some) for begin, some in found.items()}


async def keep(tx: AsyncConnection, interests: Iterable[Interest]) -> None:
    """Remember that these complaints rest on their subjects, each complaint once."""
    rows = sorted(interests)
    if rows:
        parameters: dict[str, list[Any]] = {
            **names_of([row.subject for row in rows]),
            "sources": [row.source for row in rows],
            "complaints": [row.complaint for row in rows],
            "customers": [row.customer for row in rows],
            "received": [row.received_at for row in rows],
            "speak_of": [row.speaks_of for row in rows],
            "claims": [_encode(row.claims).decode() for row in rows],
        }
        await KEEP.run(tx, SCHEMA, **parameters)
