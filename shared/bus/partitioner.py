"""Which partition a key lies in: the same on both buses, so that one customer's events stay together."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from aiokafka.partitioner import murmur2

from shared.bus.seam import Outgoing, Partition
from shared.errors import Misconfigured


def place(records: Iterable[Outgoing], counts: Mapping[str, int]) -> list[tuple[Partition, Outgoing]]:
    """Each record with its partition. Raises Misconfigured for a number that the topic does not have."""
    return [(_place(record, counts[record.topic]), record) for record in records]


def _place(record: Outgoing, count: int) -> Partition:
    number = partition_of(record.key, count) if record.partition is None else record.partition
    if not 0 <= number < count:
        raise Misconfigured(f"topic {record.topic} has {count} partitions, and none with number {number}")
    return Partition(record.topic, number)


def partition_of(key: bytes, partitions: int) -> int:
    """Apache Kafka's own rule: murmur2, made positive, modulo the topic's count."""
    return positive_hash(key) % partitions


@lru_cache(65_536)
def positive_hash(key: bytes) -> int:
    """Remembered, since it takes ten microseconds in Python and the same customers come again."""
    return int(murmur2(key)) & 0x7FFFFFFF
