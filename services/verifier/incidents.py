"""Which failures of services touched what our customers bought, and what is known about each."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.about import Fact, Incident
from services.verifier.changes import as_fact
from shared.events import NEVER, Subject

SHOWN = 200
"""Of more incidents about one subject only so many count, the newest: no complaint speaks of the hundreds before."""

# What an incident touches follows from its facts: the service, and what `affects` lists now. One that was withdrawn
# keeps its links, so that those it touched are known when it comes back.
UNLINK = text("delete from verifier.incident_subjects where incident = any(cast(:incidents as text[]))")
LINK = text("""
insert into verifier.incident_subjects (kind, id, incident, started_at, withdrawn)
select l.kind, l.id, l.incident, cast(s.value #>> '{}' as timestamptz), coalesce(w.value = 'true', false) from (
    select 'service' as kind, f.value #>> '{}' as id, f.subject as incident
    from unnest(cast(:incidents as text[])) as i (id),
    lateral (select * from verifier.facts where kind = 'incident' and subject = i.id and fact = 'service' offset 0) f
    union
    select a.kind, a.id, f.subject from unnest(cast(:incidents as text[])) as i (id),
    lateral (select * from verifier.facts where kind = 'incident' and subject = i.id and fact = 'affects' offset 0) f,
    lateral jsonb_to_recordset(case jsonb_typeof(f.value) when 'array' then f.value else '[]' end) as a (kind text, id text)
) as l
left join lateral (
    select value from verifier.facts where kind = 'incident' and subject = l.incident and fact = 'started_at' offset 0
) s on true
left join lateral (
    select value from verifier.facts where kind = 'incident' and subject = l.incident and fact = 'withdrawn' offset 0
) w on true
on conflict do nothing
""")

TOUCHED = text("""
select s.kind, s.id, i.id from unnest(cast(:incidents as text[])) as i (id),
lateral (select kind, id from verifier.incident_subjects where incident = i.id offset 0) s
""")

# Of each subject the newest, straight from the index; where nobody knows when it began it counts as the oldest.
NEWEST = text("""
select k.kind, k.id, i.incident, i.started_at from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
lateral (
    select incident, started_at from verifier.incident_subjects where kind = k.kind and id = k.id and not withdrawn
    order by started_at desc nulls last, incident desc limit cast(:shown as int)
) i
""")

FIELDS = text("""
select i.id, f.fact, cast(f.value as text), f.taken_at, f.record from unnest(cast(:incidents as text[])) as i (id),
lateral (
    select * from verifier.facts where kind = 'incident' and subject = i.id and fact not in ('affects', 'withdrawn') offset 0
) f
""")


async def link(tx: AsyncConnection, incidents: Collection[str]) -> None:
    """Note what these incidents touch, as their facts, which are locked, say now."""
    if incidents:
        await tx.execute(UNLINK, {"incidents": sorted(incidents)})
        await tx.execute(LINK, {"incidents": sorted(incidents)})


async def touched_by(tx: AsyncConnection, incidents: Collection[str]) -> dict[str, set[Subject]]:
    """The subjects that these incidents are known to have touched."""
    found: dict[str, set[Subject]] = {incident: set() for incident in incidents}
    if incidents:
        for kind, id_, incident in (await tx.execute(TOUCHED, {"incidents": sorted(incidents)})).all():
            found[incident].add(Subject(kind, id_))
    return found


async def touching(tx: AsyncConnection, names: Mapping[str, Sequence[str]]) -> dict[Subject, tuple[Incident, ...]]:
    """The incidents that touched these subjects (their `kinds` and `ids`), which are locked, by when they began."""
    rows = (await tx.execute(NEWEST, {**names, "shown": SHOWN})).all()
    if not rows:
        return {}
    known = await _read(tx, {row.incident for row in rows})
    found: dict[Subject, list[Incident]] = {}
    for row in sorted(rows, key=lambda row: (row.started_at or NEVER, row.incident)):
        found.setdefault(Subject(row.kind, row.id), []).append(known[row.incident])
    return {subject: tuple(incidents) for subject, incidents in found.items()}


async def _read(tx: AsyncConnection, incidents: Iterable[str]) -> dict[str, Incident]:
    facts: dict[str, dict[str, Fact]] = {incident: {} for incident in incidents}
    for incident, fact, value, taken_at, record in (await tx.execute(FIELDS, {"incidents": sorted(facts)})).all():
        facts[incident][fact] = as_fact(value, taken_at, record)
    return {incident: Incident(incident, said) for incident, said in facts.items()}
