"""The whole road in memory, on a clock that stands until it is told to go on: to rehearse, and to prove.

It keeps what the road promises and nothing else: order within one customer's log of one topic; each event heard once by
each flow, however often it comes; each timer fired once. There is no database, no bus and no batch: each event is
answered by the same pure deciders as on the real road, and given to the world outside, which may answer in turn.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from msgspec.structs import replace

from shared.bus import codec
from shared.bus.seam import Partition, Record
from shared.errors import Conflict
from shared.events import WIRE, TimerFired
from shared.runtime.decider import Note, Timer, TimersCancelled, step
from shared.runtime.flow import Answer, Flow, Heard
from shared.runtime.fold import conflict
from shared.runtime.timers import Key, Setting

S = TypeVar("S")
K = TypeVar("K")

Log = tuple[str, str]
"""A topic, and whose log of it: a customer's, a subject's, a service's."""


@dataclass(frozen=True, slots=True)
class Station(Generic[S, K]):
    """A flow on this road, with what it looks up and keeps here: the shelves that are tables on the real one."""

    flow: Flow[S, K]
    look_up: Callable[[Heard, S], K]
    keep: Callable[[Answer, S], None]


Desk = Callable[[], tuple[Station[Any, Any], ...]]
"""A service as it stands on such a road: each call gives its flows, over shelves that are empty."""


class World(Protocol):
    """Whoever hears what is said on the road: customers, billing, the post, or somebody who writes it all down."""

    def told(self, flow: str, answer: Answer) -> None:
        """This flow has answered an event, with these answers, perhaps none."""

    def refused(self, flow: str, heard: Heard, why: str) -> None:
        """It is known with other content, and the first one stands."""


class MemoryRoad:
    """All flows of a house. `now` is the road's time; `states` what each flow remembers, by (flow, customer)."""

    def __init__(self, stations: Iterable[Station[Any, Any]], world: World, now: datetime) -> None:
        self.now = now
        self.states: dict[tuple[str, str], Any] = {}
        self._world = world
        self._readers: dict[str, list[Station[Any, Any]]] = defaultdict(list)
        for station in stations:
            for topic in station.flow.topics:
                self._readers[topic].append(station)
        self._unread: dict[tuple[str, Log], deque[tuple[UUID, Any]]] = defaultdict(deque)
        self._turns: list[tuple[Station[Any, Any], Log]] = []
        self._inbox: dict[tuple[str, UUID], tuple[Heard, bytes | None]] = {}
        self._timers: dict[tuple[str, Key], Setting] = {}

    @property
    def waiting(self) -> int:
        """How many records are before flows that have not read them."""
        return len(self._turns)

    @property
    def timers(self) -> list[tuple[datetime, str, Key]]:
        """What is set, with the flow that set it, the next one first."""
        return sorted((setting.due, flow, key) for (flow, key), setting in self._timers.items())

    def publish(self, name: UUID, event: Any) -> None:
        """It enters the road now."""
        log = (WIRE[type(event)][1], codec.key_of(event).decode())
        entered = replace(event, at=self.now)
        for station in self._readers[log[0]]:
            if _concerns(station.flow, entered):
                self._unread[station.flow.name, log].append((name, entered))
                self._turns.append((station, log))

    def run(self, until: datetime | None = None) -> None:
        """Everything is read in the order in which it came, and timers fire in between, up to `until`; without it until
        nothing is left to happen."""
        while self._turns or self._next_due(until):
            if self._turns:
                self.hear()
            else:
                self.fire()
        self.now = max(self.now, until or self.now)

    def _next_due(self, until: datetime | None) -> bool:
        return bool(self._timers) and (until is None or self._next()[0] <= until)

    def _next(self) -> tuple[datetime, str, Key]:
        return min((setting.due, flow, key) for (flow, key), setting in self._timers.items())

    def fire(self) -> None:
        """The next timer's moment has come."""
        due, flow, key = self._next()
        setting = self._timers.pop((flow, key))
        self.now = max(self.now, due)
        self.publish(setting.event, TimerFired(customer=key.customer, flow=flow, case=key.case, name=key.name, due=due))

    def hear(self, turn: int = 0) -> None:
        """Of those that have something to read, this one reads its next event."""
        station, log = self._turns.pop(turn)
        flow = station.flow
        name, event = self._unread[flow.name, log].popleft()
        record = Record(Partition(log[0], 0), 0, log[1].encode(), None, (), event.at)
        key = flow.key(event)
        heard = Heard(name, event.customer if key == "" else key, event, record)  # here everybody is named rightly
        if self._is_new(flow, heard):
            self._answer(station, heard)

    def _is_new(self, flow: Flow[Any, Any], heard: Heard) -> bool:
        """What was heard before is dropped; told differently it is refused, and the first one stands."""
        digest = codec.digest(heard.event) if flow.inbound else None
        known = self._inbox.setdefault((flow.name, heard.id), (heard, digest))
        if known[1] != digest:
            self._world.refused(flow.name, heard, conflict(heard).reason)
        return known[0] is heard

    def _answer(self, station: Station[Any, Any], heard: Heard) -> None:
        flow, key = station.flow, heard.key
        before = flow.decider.initial if key is None else self.states.get((flow.name, key), flow.decider.initial)
        try:
            stepped = step(flow.decider, flow.name, before, heard.id, heard.event, station.look_up(heard, before))
        except Conflict as told:
            self._world.refused(flow.name, heard, str(told))
            return
        if key is not None:
            self.states[flow.name, key] = stepped.state
        answer = Answer(heard, stepped.answers)
        station.keep(answer, stepped.state)
        self._send(flow, answer)
        self._world.told(flow.name, answer)

    def _send(self, flow: Flow[Any, Any], answer: Answer) -> None:
        for name, said in answer.answers:
            match said:
                case Timer():
                    self._timers[flow.name, Key(said.customer, said.case, said.name)] = Setting(said.due, name)
                case TimersCancelled():
                    for timer in said.names:
                        self._timers.pop((flow.name, Key(said.customer, said.case, timer)), None)
                case Note():
                    pass
                case _ if type(said) not in flow.withheld:
                    self.publish(name, said)
                case _:
                    pass


def keep_nothing(_: Answer, __: Any) -> None:
    """For a flow without shelves of its own."""


def _concerns(flow: Flow[Any, Any], event: Any) -> bool:
    if type(event) not in flow.handles or (type(event) is TimerFired and event.flow != flow.name):
        return False
    return flow.concerns(event)
