"""From the bytes of a batch to the events that the flow handles; what cannot be read becomes a dead letter."""

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from shared.bus import codec
from shared.bus.seam import Record
from shared.errors import AmendsError, Malformed, TooLarge
from shared.events import TimerFired
from shared.runtime.failures import Refused
from shared.runtime.flow import Flow, Heard

Kind = Literal["malformed", "too_large", "conflict", "bug", "refused"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A record that this flow could not read or decide.

    `reason` is one line that a person understands and that anyone may read; `detail` (a traceback, the database's own
    words) may quote the customer, and so stays in the table.
    """

    record: Record
    kind: Kind
    reason: str
    detail: str = ""


def bug(record: Record, error: BaseException) -> Letter:
    """The dead letter of an exception that nobody foresaw: where it came from, and the traceback."""
    frame = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith("<")][-1]
    where = f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.lineno}"
    detail = "".join(traceback.format_exception(error))
    says = f": {error}" if isinstance(error, AmendsError) else ""  # ours never quote the customer
    return Letter(record, "bug", f"a bug: {type(error).__name__} in {frame.name}, {where}{says}", detail)


def parked(record: Record, error: Exception) -> Letter:
    """The dead letter of a record whose transaction failed by itself: refused data, or a bug around the decider."""
    return Letter(record, "refused", str(error), error.detail) if isinstance(error, Refused) else bug(record, error)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a batch holds for one flow, in the batch's order, repeats included; `digests` go with `heard`."""

    heard: tuple[Heard, ...]
    digests: tuple[bytes | None, ...]
    letters: tuple[Letter, ...]

    def claims(self) -> dict[UUID, bytes | None]:
        """Each event once, with the content that came first."""
        claims: dict[UUID, bytes | None] = {}
        for event, digest in zip(self.heard, self.digests, strict=True):
            claims.setdefault(event.id, digest)
        return claims


def read(flow: Flow[Any, Any], records: Iterable[Record]) -> Reading:
    """Decode these records. What the flow does not handle or does not concern it, and timers of other flows, pass."""
    heard: list[Heard] = []
    letters: list[Letter] = []
    for record in records:
        try:
            if codec.kind(record) not in flow.handles:
                continue
            decoded = codec.decode(record)
        except (Malformed, TooLarge) as wrong:
            letters.append(Letter(record, "too_large" if isinstance(wrong, TooLarge) else "malformed", str(wrong)))
            continue
        event = decoded.event
        if (type(event) is TimerFired and event.flow != flow.name) or not flow.concerns(event):
            continue
        heard.append(Heard(decoded.id, flow.key(event), event, record))
    digests = tuple(codec.digest(event.event) if flow.inbound else None for event in heard)
    return Reading(tuple(heard), digests, tuple(letters))
