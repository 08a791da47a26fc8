"""What each flow has heard before, so that an event which comes twice is answered once.

Behind it stand keys that never expire (complaint, payout, notice), so old rows may go: long after any topic has
forgotten the event, and any sender has given up sending it again.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.runtime.tables import Statement

KEPT_FOR = timedelta(days=60)
"""Longer than the longest retention in deploy/topics.yaml."""
DELETED_AT_ONCE = 2_000

# In the order of ids, so that two members with the same duplicates never wait for each other in a circle.
CLAIM = Statement("""
insert into {schema}.inbox (flow, id, digest, at)
select :flow, id, digest, (select clock.now())
from unnest(cast(:ids as uuid[]), cast(:digests as bytea[])) as e (id, digest)
order by id on conflict do nothing returning id
""")

# The same for flows that keep no digests: half as much to send.
CLAIM_IDS = Statement("""
insert into {schema}.inbox (flow, id, at)
select :flow, id, (select clock.now()) from unnest(cast(:ids as uuid[])) as e (id)
order by id on conflict do nothing returning id
""")

DIGESTS = Statement("""
select e.id, i.digest from unnest(cast(:ids as uuid[])) as e (id),
lateral (select digest from {schema}.inbox where flow = :flow and id = e.id) i
""")

RELEASE = Statement("""
delete from {schema}.inbox i using unnest(cast(:ids as uuid[])) as e (id) where i.flow = :flow and i.id = e.id
""")

CORRECT = Statement("""
update {schema}.inbox i set digest = e.digest from unnest(cast(:ids as uuid[]), cast(:digests as bytea[])) as e (id, digest)
where i.flow = :flow and i.id = e.id
""")

FORGET = Statement("""
delete from {schema}.inbox where ctid = any (array(
    select ctid from {schema}.inbox where at < clock.now() - cast(:age as interval) limit :rows
))
""")


async def claim(tx: AsyncConnection, schema: str, flow: str, events: Mapping[UUID, bytes | None]) -> set[UUID]:
    """Remember these events, each with its digest; returns those that were not known. Waits for who claims them now."""
    if None in events.values():
        claimed = await CLAIM_IDS.run(tx, schema, flow=flow, ids=list(events))
    else:
        claimed = await CLAIM.run(tx, schema, flow=flow, ids=list(events), digests=list(events.values()))
    return {known for (known,) in claimed}


async def digests(tx: AsyncConnection, schema: str, flow: str, ids: Collection[UUID]) -> dict[UUID, bytes | None]:
    """What these events, known from before, contained."""
    return dict(await DIGESTS.run(tx, schema, flow=flow, ids=list(ids)))


async def settle(
    tx: AsyncConnection,
    schema: str,
    flow: str,
    claimed: Mapping[UUID, bytes | None],
    done: Mapping[UUID, bytes | None],
) -> None:
    """Give back what was claimed and became a dead letter, and note which of two contents was the one that counts."""
    released = [known for known in claimed if known not in done]
    corrected = {known: digest for known, digest in done.items() if digest != claimed[known]}
    if released:
        await RELEASE.run(tx, schema, flow=flow, ids=released)
    if corrected:
        await CORRECT.run(tx, schema, flow=flow, ids=list(corrected), digests=list(corrected.values()))


async def forget(tx: AsyncConnection, schema: str) -> int:
    """Delete some rows that are older than KEPT_FOR; returns how many."""
    gone = await tx.execute(FORGET.on(schema), {"age": KEPT_FOR, "rows": DELETED_AT_ONCE})
    return gone.rowcount
