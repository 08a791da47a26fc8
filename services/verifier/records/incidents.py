"""Which failures of services touched what our customers bought, and what is known about each."""

from collections.abc import Collection, Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.records.about import Fact, Incident, Spoken
from services.verifier.records.changes import as_fact
from shared.events import Subject
from shared.runtime.tables import Statement

SCHEMA = "verifier"
SHOWN = 20
"""Of more incidents about one subject at one time only so many count, those that began last."""

# What an incident touches follows from its facts: the service, and what `affects` lists now. One that was withdrawn
# keeps its links, so that those it touched are known when it comes back. Where nobody says when it began, it had begun
# when it was over, or else when it was told of.
UNLINK = Statement("delete from verifier.incident_subjects where incident = any(cast(:incidents as text[]))")
LINK = Statement("""
insert into verifier.incident_subjects (kind, id, incident, started_at, resolved_at, withdrawn)
select l.kind, l.id, l.incident,
    coalesce(cast(s.value #>> '{}' as timestamptz), cast(r.value #>> '{}' as timestamptz), t.told_at),
    cast(r.value #>> '{}' as timestamptz), coalesce(w.value = 'true', false) from (
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
    select max(taken_at) as told_at from verifier.facts where kind = 'incident' and subject = l.incident
) t on true
left join lateral (
    select value from verifier.facts where kind = 'incident' and subject = l.incident and fact = 'resolved_at' offset 0
) r on true
left join lateral (
    select value from verifier.facts where kind = 'incident' and subject = l.incident and fact = 'withdrawn' offset 0
) w on true
on conflict do nothing
""")

TOUCHED = Statement("""
select s.kind, s.id, i.id from unnest(cast(:incidents as text[])) as i (id),
lateral (select kind, id from verifier.incident_subjects where incident = i.id offset 0) s
""")

# Those that lasted into the time spoken of, the latest first, straight from the index.
LASTED = Statement("""
select distinct k.kind, k.id, i.incident, i.started_at
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:since as timestamptz[]), cast(:until as timestamptz[]))
    as k (kind, id, since, until),
lateral (
    select incident, started_at from verifier.incident_subjects
    where kind = k.kind and id = k.id and not withdrawn and started_at <= k.until
        and (resolved_at is null or resolved_at >= k.since)
    order by started_at desc, incident desc limit cast(:shown as int)
) i
""")

FIELDS = Statement("""
select i.id, f.fact, cast(f.value as text), f.taken_at, f.record from unnest(cast(:incidents as text[])) as i (id),
lateral (
    select * from verifier.facts where kind = 'incident' and subject = i.id and fact not in ('affects', 'withdrawn') offset 0
) f
""")


async def link(tx: AsyncConnection, incidents: Collection[str]) -> None:
    """Note what these incidents touch, as their facts, which are locked, say now."""
    if incidents:
        await UNLINK.run(tx, SCHEMA, incidents=sorted(incidents))
        await LINK.run(tx, SCHEMA, incidents=sorted(incidents))


async def touched_by(tx: AsyncConnection, incidents: Collection[str]) -> dict[str, set[Subject]]:
    """The subjects that these incidents are known to have touched."""
    found: dict[str, set[Subject]] = {incident: set() for incident in incidents}
    if incidents:
        for kind, id_, incident in await TOUCHED.run(tx, SCHEMA, incidents=sorted(incidents)):
            found[incident].add(Subject(kind, id_))
    return found


async def touching(tx: AsyncConnection, spoken: Collection[Spoken]) -> dict[Subject, tuple[Incident, ...]]:
    """The incidents that touched these subjects, which are locked, in the times spoken of, by when they began."""
    times = sorted(spoken)
    rows = await LASTED.run(
        tx,
        SCHEMA,
        kinds=[one.subject.kind for one in times],
        ids=[one.subject.id for one in times],
        since=[one.since for one in times],
        until=[one.until for one in times],
        shown=SHOWN,
    )
    if not rows:
        return {}
    known = await _read(tx, {incident for _, _, incident, _ in rows})
    found: dict[Subject, list[Incident]] = {}
    for kind, id_, incident, _ in sorted(rows, key=lambda row: (row[3], row[2])):
        found.setdefault(Subject(kind, id_), []).append(known[incident])
    return {subject: tuple(incidents) for subject, incidents in found.items()}


async def _read(tx: AsyncConnection, incidents: Iterable[str]) -> dict[str, Incident]:
    facts: dict[str, dict[str, Fact]] = {incident: {} for incident in incidents}
    for incident, fact, value, taken_at, record in await FIELDS.run(tx, SCHEMA, incidents=sorted(facts)):
        facts[incident][fact] = as_fact(value, taken_at, record)
    return {incident: Incident(incident, said) for incident, said in facts.items()}
