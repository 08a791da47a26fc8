"""What a service needs to serve, part by part: the database it cannot do without, the bus and the flows it can."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.seam import Bus, Partition
from shared.errors import AmendsError, Unavailable
from shared.events import TIMERS
from shared.host.http import Part
from shared.host.migrate import schema_is_current
from shared.runtime.loop import Member

PATIENCE = 2.0
"""Seconds that a part may take to answer; who asks for readiness asks often."""


def database_part(engine: AsyncEngine) -> Part:
    """The database answers and has all tables. Needed: without it no page and no complaint can be served."""

    async def look() -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(PATIENCE):
                if await schema_is_current(engine):
                    return {"ok": True}
        except (AmendsError, TimeoutError) as away:
            return {"ok": False, "needed": True, "reason": str(away) or f"no answer within {PATIENCE:.0f} s"}
        return {
            "ok": False,
            "needed": True,
            "reason": "the schema is not what this version needs: run `amends migrate`",
        }

    return look


def bus_part(bus: Bus) -> Part:
    """The bus answers. Not needed: what comes in by HTTP waits in the outbox, and pages stay up."""

    async def look() -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(PATIENCE):
                await bus.ends([Partition(TIMERS, 0)])
        except (Unavailable, TimeoutError) as away:
            return {"ok": False, "reason": str(away) or f"no answer within {PATIENCE:.0f} s"}
        except AmendsError as wrong:
            return {"ok": False, "reason": str(wrong)}
        return {"ok": True}

    return look


def flow_parts(members: Iterable[Member]) -> dict[str, Part]:
    """Each flow runs. Not needed: its backlog waits, while HTTP goes on."""

    def part(member: Member) -> Part:
        async def look() -> Mapping[str, Any]:
            state = member.state()
            if state.name in ("running", "placing"):
                return {"ok": True}
            return {"ok": False, "state": state.name, "reason": state.reason}

        return look

    return {f"flow {member.flow.name}": part(member) for member in members}
