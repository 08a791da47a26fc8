"""Which partition a key lies in: the same on both buses, so that one customer's events stay together."""

from functools import lru_cache

from aiokafka.partitioner import murmur2


def partition_of(key: bytes, partitions: int) -> int:
    """Apache Kafka's own rule: murmur2, made positive, modulo the topic's count."""
    return positive_hash(key) % partitions


@lru_cache(65_536)
def positive_hash(key: bytes) -> int:
    """Remembered, since it takes ten microseconds in Python and the same customers come again."""
    return int(murmur2(key)) & 0x7FFFFFFF
