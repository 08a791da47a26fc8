"""The cases of one failure as they are on file, each with all that happened in it, to lay them side by side."""

from collections import defaultdict
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.offer.console.fairness import Fairness, compare
from services.offer.console.told import Told, tell
from services.offer.timeline import TYPES, Moment

MOST = 10_000
"""Cases that are compared at once: what is more is a matter for the topic."""
KINDS: dict[str, Any] = {name: kind for kind, name in TYPES.items()}

CASES = text("""
select "case", complaint, customer, state from offer.cases where incident = :incident order by opened_at, "case" limit :most
""")
TIMELINES = text("""
select t."case", t.moments from offer.timeline t join offer.cases c on c."case" = t."case" and c.customer = t.customer
where c.incident = :incident order by t.n
""")


async def read_fairness(connection: AsyncConnection, incident: str) -> Fairness:
    """The cases of this incident, compared; no cases where there are none."""
    rows = await connection.execute(CASES, {"incident": incident, "most": MOST})
    cases = [Told(case, complaint, customer, state) for case, complaint, customer, state in rows]
    events: dict[str, list[Any]] = defaultdict(list)
    for case, moments in await connection.execute(TIMELINES, {"incident": incident}):
        events[case] += (_event(moment) for moment in msgspec.json.decode(moments, type=tuple[Moment, ...]))
    return compare(incident, [tell(case, events[case.case]) for case in cases])


def _event(moment: Moment) -> Any:
    """As it was said; of a kind that a newer release writes, nothing can be told."""
    kind = KINDS.get(moment.type)
    return msgspec.convert(moment.value, kind, strict=False) if kind else None
