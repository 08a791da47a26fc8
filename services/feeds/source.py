"""What is asked of somebody else's status page or monitoring, and what its answer means to us."""

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from shared.errors import AmendsError
from shared.events import NEVER, IncidentReported, MeasurementTaken

Telemetry = IncidentReported | MeasurementTaken
LONGEST = 120
"""Characters that a source's own name for something may have, so that ours, made from it, is no longer than an id may be."""

NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""As JSON writes it: an escape after an even number of backslashes."""


class FeedFailed(AmendsError):
    """A poll came to nothing; nothing is lost by that, since the next one asks for the same."""


class Unreadable(FeedFailed):
    """The source answered with something that this kind of feed cannot read; the text says what."""


class NoAnswer(FeedFailed):
    """The source did not answer, or not with what was asked for. `retry_after`: seconds it wants to be left alone for."""

    def __init__(self, text: str, retry_after: float = 0.0) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Ask(NamedTuple):
    """One request: the address, and what to add to it.

    `since` and `until` (UTC) are what is asked about, where that is a span or a moment. `more`: one more page waits behind.
    """

    url: str
    query: tuple[tuple[str, str], ...] = ()
    since: datetime = NEVER
    until: datetime = NEVER
    more: bool = False


class Reading(NamedTuple):
    """What an answer means: the events, in order, and the cursor once they are acknowledged (JSON)."""

    events: tuple[Telemetry, ...]
    cursor: dict[str, Any]


class Feed(Struct, frozen=True, kw_only=True):
    """What every feed has: its name here, and where the source is."""

    name: str
    url: str


def read_json(body: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """The body as what the decoder makes, without NUL characters, which no topic takes. Raises Unreadable, in one line."""
    try:
        return decoder.decode(NUL.sub(rb"\1", body))
    except RecursionError:
        raise Unreadable("the answer is nested too deeply") from None
    except msgspec.ValidationError as wrong:
        raise Unreadable(f"the answer has another form than expected: {wrong}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as wrong:
        raise Unreadable(f"the answer is not JSON: {wrong}") from None


def in_utc(instant: datetime) -> datetime:
    """The same moment, written in UTC: what is the same must look the same."""
    return instant.astimezone(UTC)


def written(instant: datetime) -> str:
    """As facts and cursors hold it: `2026-03-02T10:00:00Z`."""
    text: str = msgspec.to_builtins(in_utc(instant))
    return text
