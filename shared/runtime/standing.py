"""How a flow stands in this process: may it run, and if it does not get on, what is in its way?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.seam import Partition
from shared.runtime import flows, positions
from shared.runtime.failures import named
from shared.runtime.flow import Flow


@dataclass(frozen=True, slots=True)
class State:
    """`placing`: it does not know yet where to go on. `unavailable`: PostgreSQL or the bus is away, and it tries again."""

    name: Literal["running", "placing", "unavailable", "paused", "flooded", "outside_log"]
    reason: str = ""


class Standing:
    """What the table of flows says, as last read, and what this member has met since."""

    def __init__(self, flow: Flow[Any, Any], engine: AsyncEngine) -> None:
        self._flow, self._engine = flow, engine
        self._read: flows.FlowState | None = None
        self._troubles: dict[str, str] = {}
        self._placing: dict[int, bool] = {}

    @property
    def runs(self) -> bool:
        """Whether the flow may run. Not before the table has been read: a flow stays stopped over a restart."""
        return self._read is not None and self._read.state == "running"

    def state(self) -> State:
        """For readiness and for `/admin/flows`."""
        if self._read is not None and self._read.state != "running":
            return State(self._read.state, self._read.reason)
        if self._troubles:
            return State("unavailable", next(iter(self._troubles.values())))
        return State("placing" if self._read is None or any(self._placing.values()) else "running")

    def trouble(self, part: str, text: str) -> None:
        """This part of the member is held up."""
        self._troubles[part] = text

    def well(self, part: str) -> None:
        """This part of the member gets on again."""
        self._troubles.pop(part, None)

    def placing(self, lane: int, waits: bool) -> None:
        """Whether the lane has partitions that wait for a position."""
        self._placing[lane] = waits

    async def look(self) -> None:
        """Read the table. Raises Unavailable."""
        with named():
            async with self._engine.begin() as tx:
                found = await flows.read(tx, self._flow.service, self._flow.name)
                if found is None:
                    await flows.add(tx, self._flow.service, self._flow.name)
                    found = await flows.read(tx, self._flow.service, self._flow.name)
        self._read = found

    async def stop_outside(self, seen: Mapping[Partition, int], reason: str) -> bool:
        """Stop the flow, here and on all its other members, since these positions lie outside their logs.

        Not so when they have been moved since they were seen: then a person has just let the flow go on. Raises
        Unavailable.
        """
        service, name = self._flow.service, self._flow.name
        with named():
            async with self._engine.begin() as tx:
                await flows.hold(tx, service, name)
                now = await positions.read(tx, service, name)
                if any(now.get(part) != at for part, at in seen.items()):
                    return False
                await flows.stop(tx, service, name, "outside_log", reason)
        return True
