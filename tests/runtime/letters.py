"""Letters on the bus, and a look at how far the desk has come with them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Outgoing
from shared.events import COMPLAINTS
from tests.runtime.desk import letter, record, rows

OTHERS = "from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
"""All sessions but the one that asks."""


def outgoing(customer: str, number: int, words: str = "late") -> Outgoing:
    written = record(letter(customer, f"C-{number}", words), number)
    return Outgoing(COMPLAINTS, None, written.key or b"", written.value or b"", written.headers, written.at)


async def publish(bus: EmbeddedBus, first: int, last: int, words: str = "late") -> None:
    await bus.publish([outgoing(f"customer {n % 7}", n, words) for n in range(first, last)])


async def answered(engine: AsyncEngine) -> int:
    letters = "coalesce(sum(jsonb_array_length(cast(state as jsonb) -> 'letters')), 0)"
    ((count,),) = await rows(engine, f"select {letters} from offer.documents")
    return int(count)


def has_answered(engine: AsyncEngine, count: int) -> Any:
    async def look() -> bool:
        return await answered(engine) == count

    return look


async def in_order(engine: AsyncEngine) -> bool:
    """Each customer's letters lie in the document once, in the order in which they were written."""
    documents = await rows(engine, "select cast(state as jsonb) -> 'letters' from offer.documents")
    numbers = [[int(name[2:]) for name in letters] for (letters,) in documents]
    return all(each == sorted(set(each)) for each in numbers)
