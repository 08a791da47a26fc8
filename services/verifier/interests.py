"""Which complaints rest on which of the things that operations tell us about; kept after the verdict, too."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.evidence import names_of
from shared.events import Subject

INTERESTS = text("""
select k.kind, k.id, i.source, i.complaint, i.customer
from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
lateral (
    select source, complaint, customer from verifier.interests where kind = k.kind and subject = k.id
    order by source, complaint
) i
""")

INTEREST = text("""
insert into verifier.interests (kind, subject, source, complaint, customer)
select kind, subject, source, complaint, customer
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:sources as text[]), cast(:complaints as text[]),
    cast(:customers as text[])) as i (kind, subject, source, complaint, customer)
on conflict do nothing
""")


class Interest(NamedTuple):
    """A complaint that rests on a subject; kept after the verdict, since evidence may come later."""

    subject: Subject
    source: str
    complaint: str
    customer: str


async def resting(tx: AsyncConnection, subjects: Collection[Subject]) -> dict[Subject, tuple[Interest, ...]]:
    """The complaints that rest on these subjects, which are locked."""
    found: dict[Subject, list[Interest]] = {}
    if subjects:
        for kind, id_, source, complaint, customer in (await tx.execute(INTERESTS, names_of(sorted(subjects)))).all():
            subject = Subject(kind, id_)
            found.setdefault(subject, []).append(Interest(subject, source, complaint, customer))
    return {subject: tuple(interests) for subject, interests in found.items()}


async def keep(tx: AsyncConnection, resting: Iterable[Interest]) -> None:
    """Remember that these complaints rest on their subjects."""
    rows = sorted(set(resting))
    if not rows:
        return
    parameters = names_of([row.subject for row in rows]) | {
        "sources": [row.source for row in rows],
        "complaints": [row.complaint for row in rows],
        "customers": [row.customer for row in rows],
    }
    await tx.execute(INTEREST, parameters)
