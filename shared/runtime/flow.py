"""A service is data: its flows, each one decider on its topics with documents of its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus.seam import Record
from shared.events import AnyEvent
from shared.runtime.decider import Answered, Decider

S = TypeVar("S")
K = TypeVar("K")


class Heard(Struct, frozen=True):
    """One event as a flow hears it: its id in the inbox, whose document it touches, and the record it came in."""

    id: UUID
    key: str | None
    event: AnyEvent
    record: Record


class Answer(Struct, frozen=True):
    """What was said to one heard event, in order, each answer with its derived id."""

    to: Heard
    answers: tuple[tuple[UUID, Answered], ...]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S]):
    """What a batch came to: the answers in order of the events, and the states of the customers it touched, and those that
    they had `before`."""

    answers: tuple[Answer, ...]
    states: Mapping[str, S]
    before: Mapping[str, S]


LookUp = Callable[[AsyncConnection, Sequence[Heard], Mapping[str, S]], Awaitable[Sequence[K]]]
Keep = Callable[[AsyncConnection, Outcome[S]], Awaitable[None]]
FindKeys = Callable[[AsyncConnection, Sequence[Heard]], Awaitable[Sequence[str | None]]]


def concerned_by_all(_: Any) -> bool:
    """For a flow that answers every event that it handles."""
    return True


async def look_up_nothing(_: AsyncConnection, heard: Sequence[Heard], __: Mapping[str, Any]) -> Sequence[Any]:
    """For a flow whose events carry all that a decision needs."""
    return [None] * len(heard)


async def keep_nothing(_: AsyncConnection, __: Outcome[Any]) -> None:
    """For a flow without tables of its own."""


@dataclass(frozen=True, slots=True)
class Flow(Generic[S, K]):
    """One decider on its topics.

    `service` is the PostgreSQL schema and the `ce_source` (amends/<service>); the consumer group is amends-<name>.
    `handles`: the events it reads; others on its topics pass unread. `key`: whose document an event touches; None
    means that it touches none (then `decider.initial` is its state, and nothing is stored). Raises nothing.
    `concerns`: whether such an event matters to it at all; one that does not passes like those of other kinds, and is
    not remembered. Raises nothing.
    `look_up` runs after the documents are locked, once a batch, and gives one K for each heard event, in order.
    `keep` runs before the outbox is written, once a batch, with all answers.
    `find_keys` gives the key of events that carry none (`key` returned ""), e.g. billing's answers; None: nobody's,
    and the event becomes a dead letter.
    `withheld`: answers that are remembered and kept like all others and go on no topic, e.g. payouts in shadow mode.
    `inbound`: the flow's topics are written by others, so a known id with other content is a conflict: a dead letter,
    and the first one stands.
    """

    name: str
    service: str
    topics: tuple[str, ...]
    handles: frozenset[type[Any]]
    key: Callable[[Any], str | None]
    decider: Decider[S, K]
    state: type[S]
    version: int = 1
    concerns: Callable[[Any], bool] = field(default=concerned_by_all)
    look_up: LookUp[S, K] = field(default=look_up_nothing)
    keep: Keep[S] = field(default=keep_nothing)
    find_keys: FindKeys | None = None
    withheld: frozenset[type[Any]] = frozenset()
    inbound: bool = False
