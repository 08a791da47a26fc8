"""What nobody rests on any more is forgotten, in small batches: long after any complaint about it could be opened again."""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.records import evidence
from services.verifier.records.changes import INCIDENT
from shared.errors import Unavailable
from shared.events import Subject
from shared.policy.policy import Policy
from shared.runtime import inbox
from shared.runtime.failures import named

DELETED_AT_ONCE = 2_000
INCIDENTS_AT_ONCE = 50
"""Fewer, since one may have touched thousands of subjects, and each is looked at."""
EVERY = 60.0
"""Seconds between two looks; where much is left there is none between."""

log = structlog.get_logger()

# An interest goes by its own age: by then no evidence reopens its complaint, and the judge has forgotten the letter.
OLD = {
    "interests": "kept_at < clock.now() - cast(:age as interval)",
    "suspicions": "kept_at < clock.now() - cast(:age as interval)",
    "withdrawals": "kept_at < clock.now() - cast(:age as interval)",
    "awaited": "facts = '{}' or until < clock.now() - cast(:age as interval)",
}
FORGET = [
    text(f"""
delete from verifier.{table} where ctid = any (array(
    select ctid from verifier.{table} where {old} limit cast(:rows as int) for update skip locked
))
""")  # noqa: S608 - made of the words above
    for table, old in OLD.items()
]

# All that is known about a thing goes at once or not at all: where one fact is younger, or a complaint rests on the
# thing, all of it stays. Those found here are locked before they are looked at again, as whoever judges locks them.
FACTS_LEFT = """
f.kept_at < clock.now() - cast(:age as interval)
    and not exists (
        select from verifier.facts g
        where g.kind = f.kind and g.subject = f.subject and g.kept_at >= clock.now() - cast(:age as interval)
    )
"""
THINGS_LEFT = f"""
f.kind <> 'incident' and {FACTS_LEFT}
    and not exists (select from verifier.interests i where i.kind = f.kind and i.subject = f.subject)
"""
# A complaint that speaks of a time after an incident's last report has nothing to do with it, unless it goes on.
INCIDENTS_LEFT = f"""
f.kind = 'incident' and {FACTS_LEFT}
    and not exists (
        select from verifier.incident_subjects s join verifier.interests i on i.kind = s.kind and i.subject = s.id
        where s.incident = f.subject and (
            i.speaks_of is null
            or i.speaks_of <= (
                select max(kept_at) from verifier.facts l where l.kind = 'incident' and l.subject = f.subject
            )
            or not exists (
                select from verifier.facts r
                where r.kind = 'incident' and r.subject = f.subject and r.fact = 'resolved_at' and r.value <> 'null'
            )
        )
    )
"""  # noqa: S608 - as above


class Group(NamedTuple):
    """How some of what is left is found, and how all that is known about what was found is deleted."""

    find: TextClause
    delete: TextClause
    at_once: int


def _group(left: str, at_once: int) -> Group:
    return Group(
        text(f"select f.kind, f.subject from verifier.facts f where {left} limit cast(:rows as int)"),  # noqa: S608
        text(f"""
delete from verifier.facts where ctid = any (array(
    select f.ctid from unnest(cast(:kinds as text[]), cast(:ids as text[])) as k (kind, id),
    lateral (select *, ctid from verifier.facts where kind = k.kind and subject = k.id offset 0) f where {left}
))
"""),  # noqa: S608
        at_once,
    )


GROUPS = (_group(THINGS_LEFT, DELETED_AT_ONCE), _group(INCIDENTS_LEFT, INCIDENTS_AT_ONCE))
UNLINK = text("""
delete from verifier.incident_subjects s
where s.incident = any (cast(:ids as text[]))
    and not exists (select from verifier.facts f where f.kind = 'incident' and f.subject = s.incident)
""")


def age_of(policy: Policy) -> timedelta:
    """How old is old: nothing about it is judged any more, and no sender sends it again."""
    return max(policy.intake.horizon, policy.evidence.improve_within) + inbox.KEPT_FOR


async def prune(engine: AsyncEngine, age: timedelta) -> bool:
    """Forget some of what is older than `age` and what nobody rests on; says whether more may be left."""
    more = False
    for statement in FORGET:
        more |= await _delete(engine, statement, {"age": age, "rows": DELETED_AT_ONCE}) >= DELETED_AT_ONCE
    for group in GROUPS:
        more |= await _forget_facts(engine, group, age) >= group.at_once
    return more


async def _delete(engine: AsyncEngine, statement: TextClause, parameters: Mapping[str, Any]) -> int:
    async with engine.begin() as tx:
        return (await tx.execute(statement, parameters)).rowcount


async def _forget_facts(engine: AsyncEngine, group: Group, age: timedelta) -> int:
    """All that is known about some things of which nothing is left to know; returns how many facts led to them."""
    async with engine.begin() as tx:
        found = (await tx.execute(group.find, {"age": age, "rows": group.at_once})).all()
        things = sorted({Subject(kind, id_) for kind, id_ in found})
        if things:
            await evidence.lock_to_store(tx, things)
            await tx.execute(group.delete, {**evidence.names_of(things), "age": age})
            await tx.execute(UNLINK, {"ids": [thing.id for thing in things if thing.kind == INCIDENT]})
    return len(found)


class Pruning:
    """Prunes while the service runs. In several processes at once each does a part."""

    def __init__(self, engine: AsyncEngine, age: timedelta, every: float = EVERY) -> None:
        self._engine, self._age, self._every = engine, age, every
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Look once in a while, until `stop`; bad days of the world are waited out."""
        while not self._stopping.is_set():
            more = False
            try:
                with named():
                    more = await prune(self._engine, self._age)
            except Unavailable as away:
                log.warning("pruning_waits", reason=str(away))
            except Exception:
                log.exception("pruning_failed")
            if not more:
                await self._rest()

    async def stop(self) -> None:
        """End after the batch in hand."""
        self._stopping.set()

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), self._every)
