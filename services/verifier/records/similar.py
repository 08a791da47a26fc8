"""Who says the same of one thing at about the same time; and whether operations were told of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.records.about import Similar
from services.verifier.records.evidence import SCHEMA, names_of
from shared.events import Subject
from shared.runtime.tables import Statement

ON_EACH_SIDE = 250
"""Before a moment and after it no more are looked at: where so many say the same, a policy needs no exact number."""

SIMILAR = Statement("""
select k.kind, k.id, i.received_at, i.source, i.complaint, i.customer, i.claims
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:since as timestamptz[]), cast(:at as timestamptz[]),
    cast(:until as timestamptz[])) as k (kind, id, since, at, until),
lateral (
    (
        select received_at, source, complaint, customer, claims from verifier.interests
        where kind = k.kind and subject = k.id and received_at between k.since and k.at
        order by received_at desc limit cast(:most as int)
    ) union all (
        select received_at, source, complaint, customer, claims from verifier.interests
        where kind = k.kind and subject = k.id and received_at > k.at and received_at <= k.until
        order by received_at limit cast(:most as int)
    )
) i
""")

SUSPECTED = Statement("""
select distinct k.kind, k.id, s.received_at
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:since as timestamptz[]), cast(:until as timestamptz[]))
    as k (kind, id, since, until),
lateral (
    select received_at from verifier.suspicions
    where kind = k.kind and subject = k.id and received_at between k.since and k.until offset 0
) s
""")

SUSPECT = Statement("""
insert into verifier.suspicions (kind, subject, received_at, kept_at)
select kind, subject, received_at, (select clock.now())
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:received as timestamptz[])) as s (kind, subject, received_at)
on conflict do nothing
""")


class Around(NamedTuple):
    """The time around some moments of one subject that lie close together."""

    subject: Subject
    since: datetime
    at: datetime
    until: datetime


def around(moments: Mapping[Subject, Collection[datetime]], within: timedelta) -> Iterator[Around]:
    """All times within so long of these moments; what lies no further apart than that is looked up together.

    The nearest ones to the first moment of such a bundle are, as far as they go, also those of each other moment: all
    of the bundle lies in the reach of each.
    """
    for subject in sorted(moments):
        bundle: list[datetime] = []
        for moment in sorted(moments[subject]):
            if bundle and moment - bundle[0] > within:
                yield Around(subject, bundle[0] - within, bundle[0], bundle[-1] + within)
                bundle = []
            bundle.append(moment)
        if bundle:
            yield Around(subject, bundle[0] - within, bundle[0], bundle[-1] + within)


async def look(tx: AsyncConnection, times: Collection[Around]) -> dict[Subject, set[Similar]]:
    """The complaints about these subjects that were received then: of each time the nearest, ON_EACH_SIDE at most."""
    found: dict[Subject, set[Similar]] = {}
    if times:
        rows = await SIMILAR.run(tx, SCHEMA, **_of(times), at=[one.at for one in times], most=ON_EACH_SIDE)
        for kind, id_, received_at, source, complaint, customer, claims in rows:
            about = found.setdefault(Subject(kind, id_), set())
            about.add(Similar(received_at, source, complaint, customer, tuple(claims)))
    return found


async def suspected(tx: AsyncConnection, times: Collection[Around]) -> dict[Subject, set[datetime]]:
    """The moments of these times by which operations were told about these subjects."""
    found: dict[Subject, set[datetime]] = {}
    if times:
        for kind, id_, received_at in await SUSPECTED.run(tx, SCHEMA, **_of(times)):
            found.setdefault(Subject(kind, id_), set()).add(received_at)
    return found


async def suspect(tx: AsyncConnection, tipped: Iterable[tuple[Subject, datetime]]) -> None:
    """Remember that operations were told, by when the complaint was received that tipped it."""
    rows = sorted(set(tipped))
    if rows:
        names, received = names_of([subject for subject, _ in rows]), [received for _, received in rows]
        await SUSPECT.run(tx, SCHEMA, **names, received=received)


def _of(times: Collection[Around]) -> dict[str, object]:
    return {
        **names_of([one.subject for one in times]),
        "since": [one.since for one in times],
        "until": [one.until for one in times],
    }
