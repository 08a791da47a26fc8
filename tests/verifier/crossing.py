"""Letters and their telemetry are published at the same moment, on different partitions, in any order: a house that judges
them, and what each was told last."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid5

import msgspec
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.flows import flows
from shared.bus import codec
from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Bus, Outgoing, Partition
from shared.bus.topics import ensure_topics
from shared.events import (
    COMPLAINTS,
    TELEMETRY,
    TIMERS,
    VERDICTS,
    WIRE,
    ComplaintAccepted,
    EvidenceAwaited,
    Inbound,
    MeasurementTaken,
    MeasurementWithdrawn,
    Subject,
    TimerFired,
    VerdictReached,
)
from shared.host.database import make_engine
from shared.host.settings import CHECKOUT
from shared.money import Money
from shared.policy.load import load_policy
from shared.runtime.loop import Member
from shared.runtime.relay import Relay
from tests.runtime.desk import NAMES
from tests.waiting import left_to_do, until

POLICY = load_policy(CHECKOUT / "deploy" / "policy")
TOPICS = CHECKOUT / "deploy" / "topics.yaml"
FLOWS = ("evidence", "verifier")
DAY = timedelta(days=1)
AT_ONCE = 40
"""Records that are published together: small, so that both sides move in small steps."""
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class World:
    """So many complaints about parcels of this `name`, and what operations measured of each."""

    name: str
    complaints: tuple[ComplaintAccepted, ...]
    telemetry: tuple[Inbound, ...]

    def number(self, complaint: str) -> str:
        """Which complaint it is, whatever the world is called."""
        return complaint.removeprefix(self.name)


def world(name: str, count: int, now: datetime) -> World:
    """On time, late, and lost; some parcels have two complaints; some measurements were wrong, and were taken back."""
    complaints = tuple(_letter(name, n, now) for n in range(count))
    parcels = sorted({int(letter.subject.id.rpartition("-")[2]) for letter in complaints if letter.subject})
    return World(name, complaints, tuple(event for parcel in parcels for event in _measured(name, parcel, now)))


def _letter(name: str, n: int, now: datetime) -> ComplaintAccepted:
    parcel = n - 1 if n % 5 == 4 else n
    return ComplaintAccepted(
        customer=f"{name}cust-{n // 2}" if n % 7 else f"{name}cust-{n}",
        at=now,
        complaint=f"{name}C-{n}",
        source="crm.complaints.v1",
        received_at=now,
        subject=Subject("order", f"{name}o-{parcel}"),
        text="It came late.",
        language="en",
        paid=Money(Decimal("129.90"), "BRL"),
    )


def _measured(name: str, parcel: int, now: datetime) -> Iterable[Inbound]:
    subject, taken = Subject("order", f"{name}o-{parcel}"), now - 20 * DAY
    delivered = now - (30 - parcel % 9 * 2) * DAY
    facts = {
        "promised_on": f"{now - 25 * DAY:%Y-%m-%d}",
        "status": "delivered",
        "delivered_at": delivered.isoformat(),
        "freight": "17.50",
        "currency": "BRL",
    }
    right = MeasurementTaken(id=f"{name}m-{parcel}", subject=subject, taken_at=taken + DAY, facts=facts)
    yield right
    if parcel % 10 == 3:
        wrong = facts | {"delivered_at": (now - 26 * DAY).isoformat()}
        yield replace(right, id=f"{right.id}, wrong", taken_at=taken, facts=wrong)
        yield MeasurementWithdrawn(id=f"{name}w-{parcel}", withdraws=f"{right.id}, wrong", subject=subject)


class House:
    """The verifier's two flows, each by two members, and the relay, on a bus in the same database."""

    def __init__(self, engine: AsyncEngine, bus: Bus) -> None:
        self.engine, self.bus = engine, bus

    async def one_after_the_other(self, told: World) -> dict[str, Any]:
        """All telemetry is on file before the first letter comes."""
        await self._publish([_outgoing(event) for event in told.telemetry])
        await self._settled()
        await self._publish([_outgoing(letter) for letter in told.complaints])
        return await self._last_words(told)

    async def at_once(self, told: World, chance: Random) -> dict[str, Any]:
        """Both at the same moment, each in an order of its own."""
        letters, telemetry = list(told.complaints), list(told.telemetry)
        chance.shuffle(letters)
        chance.shuffle(telemetry)
        await asyncio.gather(
            self._publish([_outgoing(letter) for letter in letters]),
            self._publish([_outgoing(event) for event in telemetry]),
        )
        return await self._last_words(told)

    async def timers_fired(self) -> int:
        """How many verdicts were asked for by the end of a wait."""
        return sum(isinstance(event, TimerFired) and event.name == "evidence" for event in await self._read(TIMERS))

    async def awaited(self, told: World) -> int:
        """How many of these letters were read before their telemetry."""
        said = await self._read(VERDICTS)
        return sum(isinstance(event, EvidenceAwaited) and event.complaint.startswith(told.name) for event in said)

    async def _publish(self, records: Sequence[Outgoing]) -> None:
        for start in range(0, len(records), AT_ONCE):
            await self.bus.publish(records[start : start + AT_ONCE])

    async def _settled(self) -> None:
        async def is_so() -> bool:
            return not await left_to_do(self.engine, self.bus, FLOWS)

        await until(is_so, "all is judged", PATIENCE)

    async def _last_words(self, told: World) -> dict[str, Any]:
        """What was said last of each complaint, by its number: the same for the same complaint of any world."""
        await self._settled()
        said: dict[str, Any] = {}
        for event in await self._read(VERDICTS):
            if isinstance(event, VerdictReached) and event.complaint.startswith(told.name):
                said[told.number(event.complaint)] = _essence(event)
        return said

    async def _read(self, topic: str) -> list[Any]:
        ends = await self.bus.ends(Partition(topic, number) for number in range(await self.bus.partitions(topic)))
        positions, events = {part: end.begin for part, end in ends.items()}, []
        while records := await self.bus.read(positions, 1_000):
            positions |= {record.partition: record.offset + 1 for record in records}
            events += [codec.decode(record).event for record in records]
        return events


@asynccontextmanager
async def house(url: str, members: int = 2) -> AsyncIterator[House]:
    """A house that judges while this lasts, in the migrated database at `url`."""
    engine = make_engine(url, "a house that judges")
    bus = EmbeddedBus(engine)
    await ensure_topics(bus, TOPICS)
    relay = Relay("verifier", bus, engine)
    parts: list[Any] = [Member(flow, bus, engine, wake=(relay.wake,)) for flow in flows(POLICY) for _ in range(members)]
    parts.append(relay)
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield House(engine, bus)
    finally:
        for part in parts:
            await part.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
        await bus.stop()
        await engine.dispose()


def today() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _outgoing(event: Any) -> Outgoing:
    ce_type, topic = WIRE[type(event)]
    if topic == TELEMETRY:
        value = msgspec.json.decode(codec.encode(event)) | {"type": ce_type}
        return codec.parse_line(TELEMETRY, msgspec.json.encode(value))
    assert topic == COMPLAINTS
    headers = codec.headers(uuid5(NAMES, event.complaint), ce_type, "amends/intake", event.at)
    return Outgoing(topic, None, codec.key_of(event), codec.encode(event), headers, event.at)


def _essence(verdict: VerdictReached) -> Any:
    """All but the records: a verdict that a later record only confirms is not said again."""
    return verdict.outcome, verdict.promise, verdict.severity, verdict.remedy, verdict.reasons, verdict.missing
