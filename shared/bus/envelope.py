"""What is written on an event's envelope: the CloudEvents headers, by which a reader knows it without opening it."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

Headers = tuple[tuple[str, bytes], ...]

_SPECVERSION = ("ce_specversion", b"1.0")
_JSON = ("content-type", b"application/json")


def headers(id: UUID, ce_type: str, source: str, at: datetime) -> Headers:  # noqa: A002 - CloudEvents' own word
    """The headers of an event in CloudEvents' binary mode; `at` (UTC) is when it entered the road."""
    return (
        ("ce_id", str(id).encode()),
        _header("ce_source", source),
        _header("ce_type", ce_type),
        ("ce_time", at.isoformat().encode()),
        _SPECVERSION,
        _JSON,
    )


@lru_cache(1024)
def _header(name: str, value: str) -> tuple[str, bytes]:
    return name, value.encode()
