"""Who reads together: members are rows with a heartbeat, and share the partitions of their topics evenly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus.seam import Partition

CHANNEL = "bus_members"
"""Where a member says that it has come or gone; the payload is its group."""
SESSION = 2.5
"""Seconds of silence after which a member counts as dead; others have its share within three."""
BEAT = 0.4
"""Seconds between two heartbeats."""


@dataclass(frozen=True, slots=True, order=True)
class MemberRow:
    """One member as the others see it."""

    group: str
    member: UUID
    topics: tuple[str, ...]


# The machine's own time here and below, not the house's clock: that one can stand still, and a dead member would live on.
BEAT_ROWS = text(
    """
    with beating as (
        insert into bus.members ("group", member, topics, seen)
        select u."group", u.member, string_to_array(u.topics, ','), clock_timestamp()
        from unnest(cast(:groups as text[]), cast(:members as uuid[]), cast(:topics as text[])) as u("group", member, topics)
        order by 1, 2
        on conflict ("group", member) do update set seen = excluded.seen
    )
    select m."group", m.member, m.topics from unnest(cast(:distinct as text[])) as g("group"),
    lateral (select * from bus.members x where x."group" = g."group") m
    where m.seen > clock_timestamp() - make_interval(secs => :session)
    """
)

LEAVE = text(
    """
    with left_behind as (
        delete from bus.members where ("group" = :group and member = :member) or seen < clock_timestamp() - interval '1 minute'
        returning 1
    )
    select pg_notify('bus_members', :group), count(*) from left_behind
    """
)

ARRIVE = text("select pg_notify('bus_members', :group)")


async def beat(connection: AsyncConnection, mine: Sequence[MemberRow], session: float) -> set[MemberRow]:
    """Say that these members live; returns all living members of their groups, these included."""
    rows = await connection.execute(
        BEAT_ROWS,
        {
            "groups": [row.group for row in mine],
            "members": [row.member for row in mine],
            "topics": [",".join(row.topics) for row in mine],
            "distinct": sorted({row.group for row in mine}),
            "session": session,
        },
    )
    return {MemberRow(group, member, tuple(topics)) for group, member, topics in rows}.union(mine)


async def arrive(connection: AsyncConnection, row: MemberRow) -> None:
    """Tell the others of the group, whose shares become smaller."""
    await connection.execute(ARRIVE, {"group": row.group})


async def leave(connection: AsyncConnection, row: MemberRow) -> None:
    """Go, and tell the others of the group, who take over at once."""
    await connection.execute(LEAVE, {"group": row.group, "member": row.member})


def share_of(mine: MemberRow, living: Iterable[MemberRow], counts: Mapping[str, int]) -> set[Partition]:
    """This member's range of each of its topics, as Apache Kafka's range assignor gives it.

    The members in order get one run of partitions each, the first ones one more where it does not come out even: so
    topics of one count meet in one member, number by number.
    """
    group = sorted(row for row in living if row.group == mine.group)
    share: set[Partition] = set()
    for topic in mine.topics:
        readers = [row for row in group if topic in row.topics]
        each, more = divmod(counts.get(topic, 0), len(readers))
        place = readers.index(mine)
        start = each * place + min(place, more)
        share.update(Partition(topic, number) for number in range(start, start + each + (place < more)))
    return share
