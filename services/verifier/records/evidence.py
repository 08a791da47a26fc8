"""Everything operations told us about the things our customers bought.

A complaint and its evidence must meet, though they come on different partitions: both sides first insert and lock the
rows of the subjects that they touch, to judge or to store, and look only in the next statement, which sees whatever the
other side has committed.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.records import incidents
from services.verifier.records.about import About, Fact, Spoken
from services.verifier.records.changes import INCIDENT, Measured, OnFile, Reported, as_fact, read, written
from shared.events import Subject
from shared.runtime.tables import Statement

SCHEMA = "verifier"

# Bytewise in order, so that two who want the same subjects never wait for each other in a circle.
FIRST = Statement("""
insert into verifier.subjects (kind, id)
select kind, id from unnest(cast(:kinds as text[]), cast(:ids as text[])) as s (kind, id)
order by kind collate "C", id collate "C" on conflict do nothing
""")

# One look into the primary key per subject, locked in the order given. Here and below the lateral look is fenced (by a
# lock, an order, a limit, or `offset 0`): a planner that may flatten it makes a plan on the empty table that reads all
# of it, and keeps that plan.
TO_JUDGE = Statement("""
select count(*) from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
lateral (select 1 from verifier.subjects where kind = k.kind and id = k.id for share) s
""")
TO_STORE = Statement("""
select count(*) from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
lateral (select 1 from verifier.subjects where kind = k.kind and id = k.id for update) s
""")

FACTS = Statement("""
select k.kind, k.id, f.fact, cast(f.value as text), f.taken_at, f.record
from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
lateral (select * from verifier.facts where kind = k.kind and subject = k.id offset 0) f
""")

# Where facts disagree the later one stands, whichever comes first; `value` decides where nothing else does. What a
# measurement said that was taken back, also before it came, is unknown, and stands as such until a later one.
STORE = Statement("""
insert into verifier.facts as f (kind, subject, fact, value, taken_at, record, kept_at)
select e.kind, e.subject, e.fact, case when w.back is null then cast(e.value as jsonb) else 'null' end,
    e.taken_at, e.record, (select clock.now())
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:facts as text[]), cast(:values as text[]),
    cast(:ats as timestamptz[]), cast(:records as text[])) as e (kind, subject, fact, value, taken_at, record)
left join lateral (
    select true as back from verifier.withdrawals where kind = e.kind and subject = e.subject and record = e.record offset 0
) w on true
on conflict (kind, subject, fact) do update
set value = excluded.value, taken_at = excluded.taken_at, record = excluded.record, kept_at = excluded.kept_at
where (excluded.taken_at, excluded.record, cast(excluded.value as text) collate "C")
    > (f.taken_at, f.record, cast(f.value as text) collate "C")
""")

WITHDRAWN = Statement("""
select k.kind, k.id, k.record
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:records as text[])) as k (kind, id, record),
lateral (select from verifier.withdrawals where kind = k.kind and subject = k.id and record = k.record offset 0) w
""")

WITHDRAW = Statement("""
insert into verifier.withdrawals (kind, subject, record, kept_at)
select kind, id, record, (select clock.now())
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:records as text[])) as k (kind, id, record)
on conflict do nothing
""")

# An upsert of what is there: its plan is the primary key, where an update would be planned by the empty table.
TAKE_BACK = Statement("""
insert into verifier.facts as f (kind, subject, fact, value, taken_at, record, kept_at)
select k.kind, k.id, s.fact, 'null', s.taken_at, s.record, (select clock.now())
from unnest(cast(:kinds as text[]), cast(:ids as text[]), cast(:records as text[])) as k (kind, id, record),
lateral (
    select fact, taken_at, record from verifier.facts
    where kind = k.kind and subject = k.id and record = k.record and value <> 'null' offset 0
) s
on conflict (kind, subject, fact) do update set value = excluded.value, kept_at = excluded.kept_at
""")


async def lock_to_judge(tx: AsyncConnection, subjects: Collection[Subject]) -> None:
    """Nobody stores anything about these subjects until `tx` ends."""
    await _lock(tx, TO_JUDGE, subjects)


async def lock_to_store(tx: AsyncConnection, subjects: Collection[Subject]) -> None:
    """Nobody judges by these subjects, nor stores anything about them, until `tx` ends."""
    await _lock(tx, TO_STORE, subjects)


async def _lock(tx: AsyncConnection, statement: Statement, subjects: Collection[Subject]) -> None:
    if subjects:
        names = names_of(sorted(subjects))
        await FIRST.run(tx, SCHEMA, **names)
        await statement.run(tx, SCHEMA, **names)


async def about(tx: AsyncConnection, spoken: Collection[Spoken]) -> dict[Subject, About]:
    """What is on file about these subjects, which are locked, with the incidents of the times spoken of; those without
    anything are missing."""
    if not spoken:
        return {}
    names = names_of(sorted({one.subject for one in spoken}))
    facts: dict[Subject, dict[str, Fact]] = {}
    for kind, subject, fact, value, taken_at, record in await FACTS.run(tx, SCHEMA, **names):
        facts.setdefault(Subject(kind, subject), {})[fact] = as_fact(value, taken_at, record)
    touching = await incidents.touching(tx, spoken)
    return {
        subject: About(facts.get(subject, {}), touching.get(subject, ())) for subject in facts.keys() | touching.keys()
    }


async def kept(tx: AsyncConnection, subjects: Collection[Subject], measured: Collection[Measured]) -> OnFile:
    """The facts of these subjects, which are locked, as they are kept, and which of these measurements are taken back."""
    on_file = OnFile()
    if subjects:
        for kind, id_, fact, value, at, record in await FACTS.run(tx, SCHEMA, **names_of(sorted(subjects))):
            known = on_file.facts.setdefault(Subject(kind, id_), {})
            known[fact] = Reported(at, record, written(read(value)))
    if measured:
        for kind, id_, record in await WITHDRAWN.run(tx, SCHEMA, **_records_of(measured)):
            on_file.withdrawn.add((Subject(kind, id_), record))
    return on_file


async def store(tx: AsyncConnection, said: OnFile) -> None:
    """Keep these facts, each where it is later than what is there, what is taken back, and what the incidents touch."""
    if said.withdrawn:
        await WITHDRAW.run(tx, SCHEMA, **_records_of(said.withdrawn))
    await _store_facts(tx, said)
    if said.withdrawn:
        await TAKE_BACK.run(tx, SCHEMA, **_records_of(said.withdrawn))
    await incidents.link(tx, {subject.id for subject in said.facts if subject.kind == INCIDENT})


async def _store_facts(tx: AsyncConnection, said: OnFile) -> None:
    rows = [(subject, *fact) for subject, facts in sorted(said.facts.items()) for fact in sorted(facts.items())]
    if rows:
        parameters: dict[str, list[Any]] = {
            **names_of([subject for subject, _, _ in rows]),
            "facts": [name for _, name, _ in rows],
            "values": [fact.value for _, _, fact in rows],
            "ats": [fact.taken_at for _, _, fact in rows],
            "records": [fact.record for _, _, fact in rows],
        }
        await STORE.run(tx, SCHEMA, **parameters)


def names_of(subjects: Sequence[Subject]) -> dict[str, list[str]]:
    """The subjects as statements take them: `kinds` and `ids`."""
    return {"kinds": [subject.kind for subject in subjects], "ids": [subject.id for subject in subjects]}


def _records_of(measured: Collection[Measured]) -> dict[str, list[str]]:
    rows = sorted(measured)
    return names_of([subject for subject, _ in rows]) | {"records": [record for _, record in rows]}
