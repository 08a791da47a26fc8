"""A batch of events answered one by one, as if each had come alone: pure, and the same however the stream was cut.

A bug on one message parks that message and nothing else: the state is as if it had never come, and the customer's later
events still run.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from msgspec.structs import replace

from shared.bus.seam import Record
from shared.errors import Conflict
from shared.runtime import outbox
from shared.runtime.decider import Answered, Note, Timer, TimersCancelled, step
from shared.runtime.flow import Answer, Flow, Heard
from shared.runtime.reading import Letter, bug
from shared.runtime.timers import Key, Setting

S = TypeVar("S")
K = TypeVar("K")

Claims = Mapping[UUID, bytes | None]


@dataclass(slots=True)
class Sifted:
    """What is left to answer, with its digests; what was heard before is counted, and told differently is a letter."""

    heard: list[Heard] = field(default_factory=list)
    digests: list[bytes | None] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    repeats: int = 0
    fresh: Collection[UUID] = ()

    def give_keys(self, found: Mapping[UUID, str | None]) -> None:
        """Fill in the keys that events did not carry; one that is nobody's becomes a dead letter."""
        pairs, self.heard, self.digests = list(zip(self.heard, self.digests, strict=True)), [], []
        for event, digest in pairs:
            key = found.get(event.id, event.key)
            if event.id in found and key is None:
                self.letters.append(
                    Letter(event.record, "malformed", "it names no customer, and nobody is known for it")
                )
                continue
            self.heard.append(replace(event, key=key))
            self.digests.append(digest)


@dataclass(slots=True)
class Folded(Generic[S]):
    """What the events came to: answers in order, states of all customers touched (`changed`: to be saved), and the rest.

    `done` are the events that were answered, each with the digest of the content that counted.
    """

    states: dict[str, S]
    answers: list[Answer] = field(default_factory=list)
    changed: dict[str, S] = field(default_factory=dict)
    rows: list[outbox.Row] = field(default_factory=list)
    timers: dict[Key, Setting | None] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    done: dict[UUID, bytes | None] = field(default_factory=dict)
    repeats: int = 0


def sift(heard: Sequence[Heard], digests: Sequence[bytes | None], fresh: Collection[UUID], known: Claims) -> Sifted:
    """Part what is new (`fresh`) from what was heard in earlier batches; `known` are the digests of the latter."""
    sifted = Sifted(fresh=fresh)
    for event, digest in zip(heard, digests, strict=True):
        if event.id in fresh:
            sifted.heard.append(event)
            sifted.digests.append(digest)
        elif known.get(event.id) in (None, digest):
            sifted.repeats += 1
        else:
            sifted.letters.append(conflict(event))
    return sifted


def fold(
    flow: Flow[S, K],
    heard: Sequence[Heard],
    digests: Sequence[bytes | None],
    known: Sequence[K],
    states: Mapping[str, S],
    unreadable: Mapping[str, str],
) -> Folded[S]:
    """Answer these events in order. `states` has every key among them; `known` has one K for each of them."""
    folded = Folded(dict(states))
    for event, digest, looked_up in zip(heard, digests, known, strict=True):
        if event.id not in folded.done:
            _answer(flow, folded, event, digest, looked_up, unreadable)
        elif folded.done[event.id] == digest:
            folded.repeats += 1
        else:
            folded.letters.append(conflict(event))
    return folded


def conflict(event: Heard) -> Letter:
    """The dead letter of a known id with other content: the first one stands."""
    name, source = getattr(event.event, "id", event.id), getattr(event.event, "source", "")
    return Letter(event.record, "conflict", f"{name} of {source} is known with other content, and the first one stands")


def _answer(
    flow: Flow[S, K], folded: Folded[S], event: Heard, digest: bytes | None, known: K, unreadable: Mapping[str, str]
) -> None:
    key, record = event.key, event.record
    if key is not None and key in unreadable:
        folded.letters.append(Letter(record, "bug", unreadable[key]))
        return
    before = flow.decider.initial if key is None else folded.states[key]
    try:
        stepped = step(flow.decider, flow.name, before, event.id, event.event, known)
        rows, timers = _written(record, flow.withheld, stepped.answers)
    except Conflict as told:
        folded.letters.append(Letter(record, "conflict", str(told)))
        return
    except Exception as error:  # noqa: BLE001 - a bug on one message must not stop the customers behind it
        folded.letters.append(bug(record, error))
        return
    folded.done[event.id] = digest
    folded.answers.append(Answer(event, stepped.answers))
    folded.rows += rows
    folded.timers |= timers
    if key is not None and stepped.state is not before:
        folded.states[key] = folded.changed[key] = stepped.state


def _written(
    record: Record, withheld: frozenset[type[Any]], answers: Sequence[tuple[UUID, Answered]]
) -> tuple[list[outbox.Row], dict[Key, Setting | None]]:
    """What goes to the outbox, and what to the timers (none: cancelled); a note and what is withheld go to neither."""
    own = record.partition.topic.startswith(outbox.OWN_TOPICS)
    incoming = (record.key, record.partition.number) if own else None
    rows: list[outbox.Row] = []
    timers: dict[Key, Setting | None] = {}
    for event_id, answer in answers:
        if isinstance(answer, Timer):
            timers[Key(answer.customer, answer.case, answer.name)] = Setting(answer.due, event_id)
        elif isinstance(answer, TimersCancelled):
            timers |= {Key(answer.customer, answer.case, name): None for name in answer.names}
        elif not isinstance(answer, Note) and type(answer) not in withheld:
            rows.append(outbox.row_of(answer, event_id, incoming))
    return rows, timers
