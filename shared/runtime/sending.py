"""From the outbox to the bus: in order, each row forgotten only when it is surely on the log.

What the bus will never take becomes a dead letter, and those behind it go on.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import codec
from shared.bus.seam import Bus, MovingBus, Outgoing, Partition, Record
from shared.errors import TooLarge, Unavailable
from shared.runtime import dead_letters, failpoints, metrics, outbox
from shared.runtime.failures import Refused, named
from shared.runtime.hop import At
from shared.runtime.outbox import Unsent
from shared.runtime.reading import Letter
from shared.runtime.right import Right

ROWS = 2_000
BYTES = 8 * 1_048_576


class Sending:
    """Sends the outbox of one service, some rows at a time."""

    def __init__(self, service: str, bus: Bus, engine: AsyncEngine, at: At) -> None:
        self._service, self._bus, self._engine, self._at = service, bus, engine, at
        self._rows = ROWS

    async def send(self, right: Right) -> bool:
        """Send the oldest rows; whether there may be more, beyond what goes at once. Raises Unavailable, Misconfigured."""
        try:
            sent, more = await (self._move(right) if isinstance(self._bus, MovingBus) else self._publish_some(right))
        except Unavailable:
            self._rows = max(1, self._rows // 2)  # perhaps it was too much to be done in time
            raise
        self._rows = min(ROWS, self._rows * 2)
        metrics.PUBLISHED.labels(self._service).inc(sent)
        return more

    async def _move(self, right: Right) -> tuple[int, bool]:
        """On the bus in the same database one statement does it all: how many went, and whether that was the limit."""
        assert isinstance(self._bus, MovingBus)
        try:
            with named():
                sent = await self._bus.move(right.connection, self._service, self._rows)
        except Refused as refused:
            if self._rows > 1:
                self._rows = 1  # one by one, until the one that it is comes first
                return await self._move(right)
            oldest = await outbox.unsent(right.connection, self._service, 1)
            await self._park(oldest[0], str(refused))
            return 1, True
        if sent:
            failpoints.reach("after-publish-before-delete")
        return sent, sent == self._rows

    async def _publish_some(self, right: Right) -> tuple[int, bool]:
        waiting = await outbox.unsent(right.connection, self._service, self._rows)
        rows = _within(waiting, BYTES)
        if rows:
            await self._at("read")
            await self._publish(right, rows)
        return len(rows), len(waiting) == self._rows or len(rows) < len(waiting)

    async def _publish(self, right: Right, rows: Sequence[Unsent]) -> None:
        try:
            await right.kept_while(self._bus.publish([self._outgoing(row) for row in rows]))
        except TooLarge as refused:
            if len(rows) == 1:
                await self._park(rows[0], str(refused))
                return
            middle = len(rows) // 2
            await self._publish(right, rows[:middle])
            await self._publish(right, rows[middle:])
            return
        failpoints.reach("after-publish-before-delete")
        await self._at("published")
        await outbox.forget(right.connection, self._service, rows)

    def _outgoing(self, row: Unsent) -> Outgoing:
        headers = codec.headers(row.event, row.type, f"amends/{self._service}", row.at)
        return Outgoing(row.topic, row.partition, row.key, row.value, headers, row.at)

    async def _park(self, row: Unsent, refused: str) -> None:
        """The bus will never take this row: it becomes a dead letter of the relay, and leaves the outbox with that."""
        outgoing = self._outgoing(row)
        part = Partition(row.topic, -1 if row.partition is None else row.partition)
        record = Record(part, row.id, row.key, row.value, outgoing.headers, row.at)
        letter = Letter(record, "refused", f"the bus refuses it: {refused}")
        async with self._engine.begin() as tx:
            await outbox.forget(tx, self._service, (row,))
            await dead_letters.append(tx, self._service, dead_letters.relay_of(self._service), (letter,), (0,))


def _within(rows: list[Unsent], limit: int) -> list[Unsent]:
    """The first of these rows, up to so many bytes; always one."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.value)
        if size > limit and number:
            return rows[:number]
    return rows
