"""How tests of the whole road wait: by looking until it is so, and never by the clock alone."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake.flows import flows as intake
from services.notifier.flows import flows as notifier
from services.offer.flows import flows as offer
from services.verifier.flows import flows as verifier
from shared.bus.seam import Bus, Partition
from shared.bus.topics import load_topics
from shared.host.settings import CHECKOUT
from shared.policy.load import load_policy
from shared.runtime.flow import Flow

POLICY = load_policy(CHECKOUT / "deploy" / "policy")
FLOWS: dict[str, Flow[Any, Any]] = {
    flow.name: flow for flows in (intake, verifier, offer, notifier) for flow in flows(POLICY)
}
"""Every flow of the road, by name."""
WIDE = {topic: spec.partitions for topic, spec in load_topics(CHECKOUT / "deploy" / "topics.yaml").items()}
PATIENCE = 60.0
"""Seconds until a test gives up: far more than anything takes, on a machine that has other work too."""

IN_HAND = """
select (select count(*) from {service}.outbox) + (select count(*) from {service}.timers where due <= clock.now())
"""
LETTERS = "select count(*) from notifier.letters where state = 'waiting' and next_at <= clock.now()"


async def left_to_do(engine: AsyncEngine, bus: Bus, flows: Iterable[str]) -> str:
    """What is still under way, or nothing. The positions are read in one snapshot with what waits, and the ends after
    it: a log that ends where that snapshot stood holds nothing that had not been read by then."""
    wanted = [FLOWS[flow] for flow in flows]
    positions: dict[tuple[str, Partition], int] = {}
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ")
        for service in {flow.service for flow in wanted}:
            if await connection.scalar(text(IN_HAND.format(service=service))):
                return f"{service} has something to say"
            where = text(f"select flow, topic, partition, next from {service}.positions")
            for flow, topic, number, at in await connection.execute(where):
                positions[flow, Partition(topic, number)] = at
        if FLOWS["notifier"] in wanted and await connection.scalar(text(LETTERS)):
            return "letters wait"
    parts = [
        (flow.name, Partition(topic, number))
        for flow in wanted
        for topic in flow.topics
        for number in range(WIDE[topic])
    ]
    ends = await bus.ends({part for _, part in parts})
    return ", ".join(
        f"{flow} stands at {positions.get((flow, part))} of {part}, which ends at {ends[part].end}"
        for flow, part in parts
        if positions.get((flow, part)) != ends[part].end
    )


async def until(
    is_so: Callable[[], Any], what: str, seconds: float = PATIENCE, told: Callable[[], str] = lambda: ""
) -> None:
    """Wait until it is so; fail, with what was `told`, when it does not come about. `is_so` may give an awaitable."""
    deadline = time.monotonic() + seconds
    while True:
        found = is_so()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}\n{told()}"
        await asyncio.sleep(0.03)
