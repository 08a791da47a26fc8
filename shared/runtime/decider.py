"""The pure heart: what a service remembers about a customer, and what it answers to one event.

Nothing here waits, looks at a clock or draws a number. Answers are named after their cause, so the same event, read
again after a crash, gives the same answers under the same names.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from msgspec import Struct

from shared.events import AnyEvent
from shared.ids import uuid_of

S = TypeVar("S")
K = TypeVar("K")


class Timer(Struct, frozen=True, kw_only=True):
    """Asks the road for a `TimerFired` at `due` (UTC). Setting (customer, case, name) again moves it."""

    customer: str
    case: str
    name: str
    due: datetime


class TimersCancelled(Struct, frozen=True, kw_only=True):
    """These timers of a case, of this flow, could only be answered with nothing from now on, and need not ring. One that is
    not set, or has fired and is on its way, is cancelled by nothing: whoever hears it answers with nothing, as always."""

    customer: str
    case: str
    names: tuple[str, ...]


class Note(Struct, frozen=True, kw_only=True):
    """An answer that the service remembers and keeps in its own tables, and that goes on no topic."""


_EMPTY = hashlib.sha1(usedforsecurity=False)
OfTimers = Timer | TimersCancelled
"""What a service says to the road alone: nobody remembers it, and it goes on no topic."""
Answered = AnyEvent | OfTimers | Note


@dataclass(frozen=True, slots=True)
class Decider(Generic[S, K]):
    """What do we answer, and what do we remember? K is what was looked up for this event."""

    initial: S
    decide: Callable[[S, Any, K], tuple[Answered, ...]]
    evolve: Callable[[S, Any], S]


class Step(Struct, Generic[S], frozen=True):
    """One event answered: the state after it, and each answer with its derived id, in order."""

    state: S
    answers: tuple[tuple[UUID, Answered], ...]


def step(decider: Decider[S, K], flow: str, state: S, cause: UUID, event: AnyEvent, known: K) -> Step[S]:
    """Remember the event, ask for answers, remember the answers. `decide` sees the state after the event."""
    state = decider.evolve(state, event)
    answers = decider.decide(state, event, known)
    for answer in answers:
        if not isinstance(answer, OfTimers):
            state = decider.evolve(state, answer)
    return Step(state, tuple(zip(_names(cause, flow, len(answers)), answers, strict=True)))


def derived(cause: UUID, flow: str, n: int) -> UUID:
    """The name of the n-th answer that `flow` gives to `cause`: uuid5 in the cause's namespace.

    The flow is part of it, or two flows that answer one event would give both answers one name.
    """
    return _names(cause, flow, n + 1)[n]


def _names(cause: UUID, flow: str, count: int) -> list[UUID]:
    """The names of so many answers; what they have in common is hashed once."""
    if not count:
        return []
    begun, names = _EMPTY.copy(), []
    begun.update(cause.bytes + flow.encode() + b"/")
    for n in range(count):
        hashed = begun.copy()
        hashed.update(b"%d" % n)
        names.append(uuid_of(hashed))
    return names
