"""How we speak with Apache Kafka: the address, the login, and what its many errors mean to us."""

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from shared.bus.seam import RECORD_LIMIT
from shared.errors import Unavailable

PATIENCE = 5.0
"""Seconds that a question to the broker may take; by itself the client would wait for as long as the broker is away."""
WIRE_BATCH = 131_072
"""Bytes of records that travel together; a larger record travels alone."""
TOPIC_LIMIT = 2 * RECORD_LIMIT
"""What topics take: a record of ours with its key and headers always fits, and others' can be seen to be too large."""
FETCH = RECORD_LIMIT + WIRE_BATCH
"""Bytes of one partition that are fetched ahead; the broker sends a larger record all the same, alone."""
FOREVER = 2**31 - 1
"""Milliseconds: a member that is told to stand still for hours is not dead. Our own watchdog says who is."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """Where the brokers are and how to log in; makes clients that are not started yet."""

    bootstrap: str
    security: str = ""
    mechanism: str = ""
    username: str = ""
    password: str = field(default="", repr=False)

    def producer(self) -> Any:
        """Idempotent: it tries again by itself, without doubling or overtaking."""
        return AIOKafkaProducer(
            enable_idempotence=True, max_batch_size=WIRE_BATCH, max_request_size=TOPIC_LIMIT, **self._common()
        )

    def member(self, group: str, *, session: float, heartbeat: float) -> Any:
        """A consumer that others share the work with. It never finds a position by itself: those are ours to say."""
        return AIOKafkaConsumer(
            group_id=group,
            session_timeout_ms=round(session * 1000),
            heartbeat_interval_ms=round(heartbeat * 1000),
            max_poll_interval_ms=FOREVER,
            partition_assignment_strategy=(RangePartitionAssignor,),
            enable_auto_commit=False,
            **self._reading(),
        )

    def reader(self) -> Any:
        """A consumer of its own, in no group."""
        return AIOKafkaConsumer(enable_auto_commit=False, **self._reading())

    def admin(self) -> Any:
        """For topics."""
        return AIOKafkaAdminClient(**self._common())

    def _reading(self) -> dict[str, Any]:
        """The broker answers as soon as it has one record. What a transaction took back is never seen."""
        return {
            "auto_offset_reset": "none",
            "isolation_level": "read_committed",
            "fetch_min_bytes": 1,
            "fetch_max_wait_ms": 500,
            "max_partition_fetch_bytes": FETCH,
            "metadata_max_age_ms": 30_000,
            **self._common(),
        }

    def _common(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.bootstrap,
            "client_id": "amends",
            "request_timeout_ms": round(PATIENCE * 1000),
            **self.login(),
        }

    def login(self) -> dict[str, Any]:
        """How each client shows who we are. Certificates are checked against the machine's own authorities."""
        login: dict[str, Any] = {"security_protocol": self.security or "PLAINTEXT"}
        if self.security.endswith("SSL"):
            login["ssl_context"] = ssl.create_default_context()
        if self.security.startswith("SASL"):
            login["sasl_mechanism"] = self.mechanism or "PLAIN"
            login["sasl_plain_username"] = self.username
            login["sasl_plain_password"] = self.password
        return login

    @contextlib.contextmanager
    def named(self) -> Iterator[None]:
        """Whatever the client raises is Unavailable: it comes right by itself, or a person reads the reason."""
        try:
            yield
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(
                f"Kafka at {self.bootstrap} does not answer: {type(error).__name__} {error}".strip()
            ) from error
