"""Tries a dead letter again: its bytes go to the one flow that failed, and to no other reader of that topic."""

from typing import Any
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.errors import Misconfigured, Unavailable
from shared.runtime import dead_letters, outbox
from shared.runtime.dead_letters import DeadLetter
from shared.runtime.failures import named
from shared.runtime.flow import Flow
from shared.runtime.hop import Hop
from shared.runtime.reading import Letter, parked, read


async def retry(engine: AsyncEngine, flow: Flow[Any, Any], number: int, by: str) -> DeadLetter | None:
    """Feed dead letter <flow>-<number> to its flow; returns it as it is then, None when there is none.

    In one transaction, under the row's lock: retried twice, it has one effect. If it fails again it stays `waiting`, with
    the reason that it has now. Later events of the customer have gone ahead; a decider takes that. Raises Unavailable;
    Misconfigured when the bytes were too many to be kept. To wake the relay is the caller's.
    """
    with named():
        async with engine.begin() as tx:
            letter = await dead_letters.hold(tx, flow.service, flow.name, number)
            if letter is None or letter.state != "waiting":
                return letter
            if letter.kind == "too_large":
                raise Misconfigured(f"{letter.id} was over the record limit, so its bytes were not kept: discard it")
            failed = await _failed(tx, flow, letter)
            if failed is None:
                await dead_letters.end(tx, flow.service, letter, "retried", by)
            else:
                await dead_letters.fail_again(tx, flow.service, letter, failed, by)
    return await dead_letters.show(engine, flow.service, flow.name, number)


async def requeue(engine: AsyncEngine, service: str, number: int, by: str) -> DeadLetter | None:
    """The same for dead letter <service>-relay-<number>, an event that the bus would not take: it waits in the outbox again.

    Raises Unavailable. To wake the relay is the caller's.
    """
    flow = dead_letters.relay_of(service)
    with named():
        async with engine.begin() as tx:
            letter = await dead_letters.hold(tx, service, flow, number)
            if letter is None or letter.state != "waiting":
                return letter
            await outbox.append(tx, service, (_row(letter),))
            await dead_letters.end(tx, service, letter, "retried", by)
    return await dead_letters.show(engine, service, flow, number)


def _row(letter: DeadLetter) -> outbox.Row:
    record, headers = letter.record, dict(letter.record.headers)
    number = None if record.partition.number < 0 else record.partition.number
    event, ce_type = UUID(headers["ce_id"].decode()), headers["ce_type"].decode()
    return outbox.Row(record.partition.topic, number, record.key or b"", record.value or b"", event, ce_type)


async def _failed(tx: AsyncConnection, flow: Flow[Any, Any], letter: DeadLetter) -> Letter | None:
    """Run it; why it failed, if it does. Then nothing of it is left but, at most, an empty document."""
    record = replace(
        letter.record, key=None
    )  # so its answers find their partitions anew: counts may have changed since
    try:
        with named():
            async with tx.begin_nested():
                folded = await Hop(flow).run(tx, read(flow, (record,)))
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - why it failed is the outcome
        return parked(record, error)
    return folded.letters[0] if folded.letters else None
