"""What Kafka's client says of our share of the partitions, with each word the client that said it: one that was left may go on."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener


class Reader(Protocol):
    """Whoever reads, and has to know what is theirs."""

    def revoked(self, consumer: Any) -> None:
        """A rebalance begins."""

    def assigned(self, consumer: Any, assigned: Sequence[TopicPartition]) -> None:
        """It is over."""


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Says with each word of a client which client it was."""

    def __init__(self, reader: Reader, consumer: Any) -> None:
        self._reader, self._consumer = reader, consumer

    def on_partitions_revoked(self, _revoked: Iterable[TopicPartition]) -> None:
        """See `Reader.revoked`."""
        self._reader.revoked(self._consumer)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """See `Reader.assigned`."""
        self._reader.assigned(self._consumer, tuple(assigned))
