"""Which flows run and which wait for a person: stopped by hand, by a flood of dead letters, or by a log that was cut."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.bus.seam import Bus, Ends, Partition
from shared.runtime import positions
from shared.runtime.failures import named
from shared.runtime.tables import Statement

Standing = Literal["running", "paused", "flooded", "outside_log"]
GoOn = Literal["begin", "end"]


@dataclass(frozen=True, slots=True)
class FlowState:
    """How a flow stands, for all its members: `since` (UTC) and `by` say when and who, `reason` why."""

    flow: str
    state: Standing
    reason: str
    by: str
    since: datetime


ADD = Statement("""
insert into {schema}.flows (flow, by, since) values (:flow, 'amends', (select clock.now())) on conflict do nothing
""")

LIST = Statement("select flow, state, reason, by, since from {schema}.flows order by flow")

READ = Statement("select flow, state, reason, by, since from {schema}.flows where flow = :flow")

HOLD = Statement("select state, forgiven from {schema}.flows where flow = :flow for update")

STOP = Statement("""
update {schema}.flows set state = :state, reason = :reason, by = :by, since = (select clock.now())
where flow = :flow and state = 'running'
""")

# What has been written so far no longer counts towards a flood.
RESUME = Statement("""
update {schema}.flows set state = 'running', reason = '', by = :by, since = (select clock.now()),
    forgiven = greatest(forgiven, coalesce((select max(number) from {schema}.dead_letters where flow = :flow), 0))
where flow = :flow returning flow, state, reason, by, since
""")


async def list_flows(engine: AsyncEngine, service: str) -> list[FlowState]:
    """Every flow of the service that has ever run. Raises Unavailable."""
    with named():
        async with engine.connect() as connection:
            return [FlowState(*row) for row in await connection.execute(LIST.on(service))]


async def pause(engine: AsyncEngine, service: str, flow: str, by: str, reason: str = "") -> FlowState | None:
    """Stop the flow within about a second, on all its members, until `resume`; None: no such flow has ever run.

    A flow that has stopped by itself is left as it is, with its reason. Raises Unavailable.
    """
    with named():
        async with engine.begin() as tx:
            await stop(tx, service, flow, "paused", reason, by)
            return await read(tx, service, flow)


async def resume(
    engine: AsyncEngine, service: str, flow: str, by: str, bus: Bus | None = None, go_on: GoOn | None = None
) -> FlowState | None:
    """Let the flow go on; None: no such flow has ever run. Raises Unavailable.

    Dead letters so far are forgiven. With `go_on`, positions outside the log are put to the log's begin or end, which
    `bus` tells; without it they stay, and the flow stops again where its log still lacks them.
    """
    logs: Mapping[Partition, Ends] = {}
    if bus is not None and go_on is not None:
        with named():
            async with engine.connect() as connection:
                found = await positions.read(connection, service, flow)
        logs = await bus.ends(found)
    with named():
        async with engine.begin() as tx:
            if go_on is not None and logs:
                await _move_inside(tx, service, flow, logs, go_on)
            row = (await tx.execute(RESUME.on(service), {"flow": flow, "by": by})).one_or_none()
    return FlowState(*row) if row else None


async def add(tx: AsyncConnection, service: str, flow: str) -> None:
    """The flow is known from now on, and runs unless it was stopped before."""
    await tx.execute(ADD.on(service), {"flow": flow})


async def read(connection: AsyncConnection, service: str, flow: str) -> FlowState | None:
    """How the flow stands."""
    row = (await connection.execute(READ.on(service), {"flow": flow})).one_or_none()
    return FlowState(*row) if row else None


async def hold(tx: AsyncConnection, service: str, flow: str) -> tuple[Standing, int]:
    """Its state, and the number up to which dead letters are forgiven; locked, last in the order of locks."""
    row = (await tx.execute(HOLD.on(service), {"flow": flow})).one_or_none()
    return (row.state, row.forgiven) if row else ("running", 0)


async def stop(tx: AsyncConnection, service: str, flow: str, state: Standing, reason: str, by: str = "amends") -> None:
    """Stop the flow on all its members; the first reason stands."""
    await tx.execute(STOP.on(service), {"flow": flow, "state": state, "reason": reason, "by": by})


async def _move_inside(
    tx: AsyncConnection, service: str, flow: str, logs: Mapping[Partition, Ends], go_on: GoOn
) -> None:
    found = await positions.read(tx, service, flow)
    outside = positions.outside({part: at for part, at in found.items() if part in logs}, logs)
    inside = {part: logs[part].begin if go_on == "begin" else logs[part].end for part in outside}
    await positions.move(tx, service, flow, inside)
