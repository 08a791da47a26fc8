"""A brake: when many of a flow's last records became dead letters, the fault is ours, and the flow stops.

Only bugs and refused data count. What upstream sends and nobody can read raises an alert and nothing else.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.errors import Flooded
from shared.runtime import flows
from shared.runtime.tables import Statement

LETTERS = 100
"""So many dead letters …"""
RECORDS = 1_000
"""… among so many records are a flood."""
COUNTED = ("bug", "refused")

EARLIER = Statement("""
select mark from {schema}.dead_letters
where flow = :flow and kind in ('bug', 'refused') and mark > :since and number > :forgiven order by mark desc limit :rows
""")


async def earlier(tx: AsyncConnection, schema: str, flow: str, since: int) -> list[int]:
    """Where dead letters that count lie, after `since` records: their marks. Raises Flooded when the flow has stopped."""
    # Held, so that of two batches with letters the second sees those of the first.
    state, forgiven = await flows.hold(tx, schema, flow)
    if state != "running":
        raise Flooded(f"the flow is {state}, so this batch waits")
    parameters = {"flow": flow, "since": since, "forgiven": forgiven, "rows": LETTERS}
    return list((await tx.execute(EARLIER.on(schema), parameters)).scalars())


def crossing(before: Sequence[int], marks: Sequence[int]) -> int | None:
    """Which of the new dead letters, by their `marks` in ascending order, makes it a flood; none: there is none yet."""
    for number, mark in enumerate(marks):
        if number + 1 + sum(old > mark - RECORDS for old in before) >= LETTERS:
            return number
    return None
