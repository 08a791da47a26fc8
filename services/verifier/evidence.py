"""Everything operations told us about the things our customers bought, and which complaints rest on which of them.

A complaint and its evidence must meet, though they come on different partitions: both sides first insert and lock the
rows of the subjects that they touch, to judge or to store, and look only in the next statement, which sees whatever the
other side has committed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.changes import INCIDENT, Name, Reported, as_fact, read, written
from services.verifier.record import About, Fact
from shared.events import Subject

# Bytewise in order, so that two who want the same subjects never wait for each other in a circle.
FIRST = text("""
insert into verifier.subjects (kind, id)
select kind, id from unnest(cast(:kinds as text[]), cast(:ids as text[])) as s (kind, id)
order by kind collate "C", id collate "C" on conflict do nothing
""")

# One look into the primary key per subject, locked in the order given. Here and below the lateral look is fenced (by a
# lock, an order, a limit, or `offset 0`): a planner that may flatten it makes a plan on the empty table that reads all
# of it, and keeps that plan.
TO_JUDGE = text("""
select count(*) from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
lateral (select 1 from verifier.subjects where kind = k.kind and id = k.id for share) s
""")
TO_STORE = text("""
select count(*) from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
lateral (select 1 from verifier.subjects where kind = k.kind and id = k.id for update) s
""")

FACTS = text("""
select k.kind, k.id, f.fact, cast(f.value as text), f.taken_at, f.record
from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
lateral (select * from verifier.facts where kind = k.kind and subject = k.id offset 0) f
""")

# Where facts disagree the later one stands, whichever comes first; `value` decides where nothing else does.
STORE = text("""
insert into verifier.facts as f (kind, subject, fact, value, taken_at, record)
select kind, subject, fact, cast(value as jsonb), taken_at, record
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:facts as text[]), cast(:values as text[]),
    cast(:ats as timestamptz[]), cast(:records as text[])) as e (kind, subject, fact, value, taken_at, record)
on conflict (kind, subject, fact) do update
set value = excluded.value, taken_at = excluded.taken_at, record = excluded.record
where (excluded.taken_at, excluded.record, cast(excluded.value as text) collate "C")
    > (f.taken_at, f.record, cast(f.value as text) collate "C")
""")

# What an incident touches follows from its facts: the service, and what `affects` lists now.
UNLINK = text("delete from verifier.incident_subjects where incident = any(cast(:incidents as text[]))")
LINK = text("""
insert into verifier.incident_subjects (kind, id, incident)
select kind, id, incident from (
    select 'service' as kind, f.value #>> '{}' as id, f.subject as incident
    from unnest(cast(:incidents as text[])) as i (id),
    lateral (select * from verifier.facts where kind = 'incident' and subject = i.id and fact = 'service' offset 0) f
    union
    select a.kind, a.id, f.subject from unnest(cast(:incidents as text[])) as i (id),
    lateral (select * from verifier.facts where kind = 'incident' and subject = i.id and fact = 'affects' offset 0) f,
    lateral jsonb_to_recordset(case jsonb_typeof(f.value) when 'array' then f.value else '[]' end) as a (kind text, id text)
) as links on conflict do nothing
""")

TOUCHED = text("""
select s.kind, s.id, i.id from unnest(cast(:incidents as text[])) as i (id),
lateral (select kind, id from verifier.incident_subjects where incident = i.id offset 0) s
""")

# The latest failure that touched a subject is the one that a complaint about it speaks of.
INCIDENTS = text("""
select k.kind, k.id, i.incident from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
lateral (
    select s.incident from verifier.incident_subjects s where s.kind = k.kind and s.id = k.id
    order by (
        select cast(value #>> '{}' as timestamptz) from verifier.facts
        where kind = 'incident' and subject = s.incident and fact = 'started_at'
    ) desc nulls last, s.incident desc limit 1
) i
""")

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


async def lock_to_judge(tx: AsyncConnection, subjects: Collection[Subject]) -> None:
    """Nobody stores anything about these subjects until `tx` ends."""
    await _lock(tx, TO_JUDGE, subjects)


async def lock_to_store(tx: AsyncConnection, subjects: Collection[Subject]) -> None:
    """Nobody judges by these subjects, nor stores anything about them, until `tx` ends."""
    await _lock(tx, TO_STORE, subjects)


async def _lock(tx: AsyncConnection, statement: object, subjects: Collection[Subject]) -> None:
    if subjects:
        names = _names(sorted(subjects))
        await tx.execute(FIRST, names)
        await tx.execute(statement, names)  # type: ignore[call-overload]


async def about(tx: AsyncConnection, subjects: Collection[Subject]) -> dict[Subject, About]:
    """What is on file about these subjects, which are locked; those without anything are missing."""
    if not subjects:
        return {}
    names = _names(sorted(subjects))
    facts: dict[Subject, dict[str, Fact]] = {}
    for kind, subject, fact, value, taken_at, record in (await tx.execute(FACTS, names)).all():
        facts.setdefault(Subject(kind, subject), {})[fact] = as_fact(value, taken_at, record)
    incidents = {Subject(kind, id_): incident for kind, id_, incident in (await tx.execute(INCIDENTS, names)).all()}
    return {
        subject: About(facts.get(subject, {}), incidents.get(subject)) for subject in facts.keys() | incidents.keys()
    }


async def kept(tx: AsyncConnection, subjects: Collection[Subject]) -> dict[Name, Reported]:
    """The facts of these subjects, which are locked, as they are kept."""
    if not subjects:
        return {}
    rows = (await tx.execute(FACTS, _names(sorted(subjects)))).all()
    return {
        (Subject(kind, id_), fact): Reported(at, record, written(read(value)))
        for kind, id_, fact, value, at, record in rows
    }


async def store(tx: AsyncConnection, facts: Mapping[Name, Reported]) -> None:
    """Keep these facts, each where it is later than what is there, and what the incidents among them touch."""
    if not facts:
        return
    rows = sorted(facts.items())
    parameters = _names([subject for (subject, _), _ in rows]) | {
        "facts": [name for (_, name), _ in rows],
        "values": [fact.value for _, fact in rows],
        "ats": [fact.taken_at for _, fact in rows],
        "records": [fact.record for _, fact in rows],
    }
    await tx.execute(STORE, parameters)
    incidents = sorted({subject.id for subject, _ in facts if subject.kind == INCIDENT})
    if incidents:
        await tx.execute(UNLINK, {"incidents": incidents})
        await tx.execute(LINK, {"incidents": incidents})


async def touched_by(tx: AsyncConnection, incidents: Collection[str]) -> dict[str, set[Subject]]:
    """The subjects that these incidents are known to have touched."""
    found: dict[str, set[Subject]] = {incident: set() for incident in incidents}
    if incidents:
        for kind, id_, incident in (await tx.execute(TOUCHED, {"incidents": sorted(incidents)})).all():
            found[incident].add(Subject(kind, id_))
    return found


async def interests(tx: AsyncConnection, subjects: Collection[Subject]) -> dict[Subject, tuple[Interest, ...]]:
    """The complaints that rest on these subjects, which are locked."""
    found: dict[Subject, list[Interest]] = {}
    if subjects:
        for kind, id_, source, complaint, customer in (await tx.execute(INTERESTS, _names(sorted(subjects)))).all():
            subject = Subject(kind, id_)
            found.setdefault(subject, []).append(Interest(subject, source, complaint, customer))
    return {subject: tuple(resting) for subject, resting in found.items()}


async def keep_interests(tx: AsyncConnection, resting: Iterable[Interest]) -> None:
    """Remember that these complaints rest on their subjects."""
    rows = sorted(set(resting))
    if not rows:
        return
    parameters = _names([row.subject for row in rows]) | {
        "sources": [row.source for row in rows],
        "complaints": [row.complaint for row in rows],
        "customers": [row.customer for row in rows],
    }
    await tx.execute(INTEREST, parameters)


def _names(subjects: Sequence[Subject]) -> dict[str, list[str]]:
    return {"kinds": [subject.kind for subject in subjects], "ids": [subject.id for subject in subjects]}
