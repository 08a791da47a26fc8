"""A small flow with a face, and the records it reads: a desk that counts what each customer has written.

It answers each letter, falls over some of them on purpose, and remembers enough to show whether anything was lost, done
twice or done out of order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import codec
from shared.bus.seam import Batch, Partition, Record, Slice
from shared.errors import Conflict
from shared.events import (
    CASES,
    COMPLAINTS,
    CRM,
    TELEMETRY,
    TIMERS,
    WIRE,
    AnyEvent,
    CaseOpened,
    CaseWithdrawn,
    ComplaintAccepted,
    ComplaintWithdrawn,
    MeasurementTaken,
    Subject,
    TimerFired,
)
from shared.runtime.decider import Decider, Timer
from shared.runtime.flow import Flow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMES = UUID("6f1c1a3e-0d5e-4c57-9d0e-6a3f1b7a2c11")


class Memory(Struct, frozen=True):
    """What the desk remembers: letters in their order, and timers that have come."""

    letters: tuple[str, ...] = ()
    fired: int = 0


def evolve(memory: Memory, event: Any) -> Memory:
    match event:
        case ComplaintAccepted(text="bug in evolve"):
            raise KeyError("evolve")
        case ComplaintAccepted() | ComplaintWithdrawn():
            return replace_letters(memory, event.complaint)
        case TimerFired():
            return Memory(memory.letters, memory.fired + 1)
        case _:
            return memory


def replace_letters(memory: Memory, letter: str) -> Memory:
    return Memory((*memory.letters, letter), memory.fired)


def decide(memory: Memory, event: Any, _: Any) -> tuple[Any, ...]:
    match event:
        case ComplaintAccepted(text="bug in decide"):
            raise ZeroDivisionError("decide")
        case ComplaintAccepted(text="told differently"):
            raise Conflict(f"complaint {event.complaint} is known with other content")
        case ComplaintAccepted(text="what PostgreSQL refuses"):
            return (Timer(customer=event.customer, case="-", name="\0", due=event.at),)
        case ComplaintAccepted(text="too much to answer"):
            return (opened(event, "x" * 1_100_000),)
        case ComplaintAccepted():
            soon = Timer(
                customer=event.customer, case="-", name="soon", due=event.at + timedelta(seconds=len(memory.letters))
            )
            return (opened(event, f"{len(memory.letters)}"), soon)
        case ComplaintWithdrawn():
            return (
                CaseWithdrawn(customer=event.customer, complaint=event.complaint, source="-", case="-", at=event.at),
            )
        case _:
            return ()


def opened(event: ComplaintAccepted, case: str) -> CaseOpened:
    return CaseOpened(customer=event.customer, complaint=event.complaint, source="-", case=case, at=event.at)


def desk(**changes: Any) -> Flow[Memory, Any]:
    """The flow, in the offer's schema."""
    flow = Flow(
        name="desk",
        service="offer",
        topics=(COMPLAINTS, TIMERS),
        handles=frozenset({ComplaintAccepted, ComplaintWithdrawn, TimerFired}),
        key=lambda event: event.customer,
        decider=Decider(initial=Memory(), decide=decide, evolve=evolve),
        state=Memory,
    )
    return replace(flow, **changes)


def scales(**changes: Any) -> Flow[Memory, Any]:
    """A flow on a topic that others write, without documents."""
    flow = desk(
        name="scales",
        topics=(TELEMETRY,),
        handles=frozenset({MeasurementTaken}),
        key=lambda event: str(event.subject),
        decider=Decider(initial=Memory(), decide=lambda *_: (), evolve=weigh),
        inbound=True,
    )
    return replace(flow, **changes)


def weigh(memory: Memory, event: Any) -> Memory:
    if event.facts.get("falls") and not memory.letters:
        raise ValueError("the scales fell over")
    return replace_letters(memory, f"{event.facts.get('weight')}")


def letter(customer: str, complaint: str, words: str = "late") -> ComplaintAccepted:
    return ComplaintAccepted(customer=customer, complaint=complaint, source=CRM, received_at=NOON, text=words)


def measurement(subject: str, number: str, **facts: Any) -> MeasurementTaken:
    return MeasurementTaken(id=number, subject=Subject("order", subject), taken_at=NOON, facts=facts)


def record(event: AnyEvent, offset: int, number: int = 0, name: str = "") -> Record:
    """The event as it lies on its topic; named by `name`, or by its place."""
    ce_type, topic = WIRE[type(event)]
    event_id = uuid5(NAMES, name or f"{topic}/{number}/{offset}")
    headers = codec.headers(event_id, ce_type, "amends/intake", NOON)
    return Record(Partition(topic, number), offset, codec.key_of(event), codec.encode(event), headers, NOON)


def plain(event: AnyEvent, offset: int, number: int = 0) -> Record:
    """The event as others send it, without headers."""
    topic = WIRE[type(event)][1]
    return Record(Partition(topic, number), offset, codec.key_of(event), codec.encode(event), (), NOON)


def raw(value: bytes, offset: int, number: int = 0, topic: str = COMPLAINTS) -> Record:
    """Bytes that may be anything."""
    return Record(Partition(topic, number), offset, b"k", value, (("ce_type", b"amends.complaint-accepted.v1"),), NOON)


def batch_of(records: Sequence[Record], generation: int = 1) -> Batch:
    """These records as one batch, each partition from its first record to its last."""
    parts: dict[Partition, list[Record]] = {}
    for each in records:
        parts.setdefault(each.partition, []).append(each)
    slices = (Slice(part, own[0].offset, own[-1].offset + 1, tuple(own)) for part, own in parts.items())
    return Batch(generation, tuple(slices))


def batches_of(records: Sequence[Record], size: int) -> list[Batch]:
    """The stream cut into batches of so many records."""
    return [batch_of(records[start : start + size]) for start in range(0, len(records), size)]


async def place(engine: AsyncEngine, flow: Flow[Any, Any], parts: Iterable[Partition], at: int = 0) -> None:
    """Rows that say where the flow stands."""
    statement = text("insert into offer.positions values (:flow, :topic, :number, :at) on conflict do nothing")
    async with engine.begin() as tx:
        for part in parts:
            await tx.execute(statement, {"flow": flow.name, "topic": part.topic, "number": part.number, "at": at})
        await tx.execute(
            text(
                "insert into offer.flows (flow, by, since) values (:flow, 'test', clock.now()) on conflict do nothing"
            ),
            {"flow": flow.name},
        )


async def rows(engine: AsyncEngine, statement: str, **parameters: Any) -> list[Any]:
    async with engine.connect() as connection:
        return list((await connection.execute(text(statement), parameters)).all())


__all__ = [
    "CASES",
    "batch_of",
    "batches_of",
    "desk",
    "letter",
    "measurement",
    "place",
    "plain",
    "raw",
    "record",
    "rows",
]
