"""What a bus must do for the road; Apache Kafka and the embedded bus both do it, and one contract suite holds them to it.

Positions belong to the runtime (they are rows beside the state), seeking belongs to the bus.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

RECORD_LIMIT = 1_048_576
"""Bytes of value that a record may have, everywhere."""
BATCH_RECORDS = 500
BATCH_BYTES = 8 * 1_048_576
LANES = 2
"""Transactions that a member runs at a time: lane = partition number modulo LANES."""


class Partition(NamedTuple):
    """One ordered log of a topic."""

    topic: str
    number: int


class Record(Struct, frozen=True, gc=False):
    """Bytes as they lie on a topic. `at` (UTC) is the record's timestamp; a value over the limit is still a Record."""

    partition: Partition
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    at: datetime


class Outgoing(Struct, frozen=True, gc=False):
    """Bytes to publish. `partition` none: the bus takes murmur2(key) modulo the topic's count, on both buses alike.

    `at` (UTC) becomes the record's timestamp; none: the moment at which it is appended, as on topics that others write.
    """

    topic: str
    partition: int | None
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Slice:
    """What one partition gave: where the reader stood before (`begin`), where it stands after (`end`), the records.

    `begin` is the reader's own position and may be lower than the first record's offset: logs have holes.
    """

    partition: Partition
    begin: int
    end: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """At most BATCH_RECORDS records or BATCH_BYTES bytes that had arrived, from some partitions of one lane.

    A single record is taken whatever its size. `generation` is the assignment under which they were read.
    """

    generation: int
    slices: tuple[Slice, ...]

    @property
    def records(self) -> int:
        return sum(len(part.records) for part in self.slices)


class Ends(NamedTuple):
    """The log's first offset that is still there, and the offset that the next record will get."""

    begin: int
    end: int


class Subscription(Protocol):
    """One member's share of some topics. Every method raises `Unavailable` when the bus is away.

    The member starts with nothing placed: whatever was assigned stands still until `place` says where to go on.
    """

    async def start(self) -> None:
        """Join the group; returns when the client runs, perhaps before anything is assigned."""

    async def stop(self) -> None:
        """Leave the group, within three seconds, whatever the bus does. Ends a waiting `take`."""

    async def unplaced(self) -> tuple[int, Mapping[Partition, Ends]]:
        """The generation of the assignment, and what of it stands still and waits for a position."""

    def place(self, generation: int, positions: Mapping[Partition, int]) -> None:
        """Go on from these positions; does nothing if the assignment has changed since `generation`. Never awaits.

        Only partitions named are placed; the others stand still.
        """

    async def take(self, lane: int, wait: float) -> Batch | None:
        """What has arrived for this lane, at once; else wait up to `wait` seconds for a first record; else None."""

    def back(self, batch: Batch) -> None:
        """This batch did not surely commit: every partition of it stands still until it is placed again."""

    def committed(self, batch: Batch) -> None:
        """This batch is in the database: for lag tools, and so that `begin` of the next one is right."""

    async def lag(self) -> int:
        """Records behind the placed positions of this member, for the watchdog and the metrics."""


class Bus(Protocol):
    """Where records lie. Every method raises `Unavailable` when it is away; the caller tries again."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """All are on the log, in order per partition, when this returns. On an error a prefix per partition may be.

        Raises `TooLarge` before anything is sent when a value is over RECORD_LIMIT.
        """

    async def ensure(self, topics: Mapping[str, "TopicSpec"]) -> list[str]:
        """Create what is missing; returns what was created. An existing topic with another count raises Misconfigured."""

    async def partitions(self, topic: str) -> int:
        """The topic's partition count. Raises Misconfigured, naming `amends topics ensure`, when there is none."""

    async def ends(self, partitions: Iterable[Partition]) -> dict[Partition, Ends]:
        """Begin and end of each log."""

    async def read(self, positions: Mapping[Partition, int], limit: int) -> list[Record]:
        """Up to `limit` records from these positions on, without a group: for `tail` and for proofs."""

    def subscribe(self, group: str, topics: Sequence[str]) -> Subscription:
        """A member of consumer group `group`, not yet started."""


@runtime_checkable
class MovingBus(Bus, Protocol):
    """A bus that lies in the services' own database, so that a batch goes from an outbox to the log in one statement."""

    async def move(self, connection: AsyncConnection, schema: str, limit: int) -> int:
        """Move up to `limit` rows of `schema`.outbox, oldest first, onto the log; returns how many went.

        `connection` is the relay's own, inside a transaction or committing by itself: the rows are gone from the
        outbox and on the log when that commits. Raises Misconfigured when rows are left for topics that do not exist.
        """


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How a topic is made: its partitions, and for how long it keeps records (seconds)."""

    partitions: int
    retention: float
