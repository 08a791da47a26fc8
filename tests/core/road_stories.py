"""The whole road in memory: every flow's decider on logs of its own, read in whatever order chance has it.

What a database and a bus would keep is kept in plain dictionaries, so that thousands of roads can be walked in seconds.
Only what is promised is kept: order within one customer's log of one topic, and nothing else.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace

from services.intake.core import First, Known
from services.intake.flows import flows as intake
from services.intake.letters import Registered
from services.notifier.flows import flows as notifier
from services.notifier.notice import Turned
from services.offer.flows import flows as offer
from services.verifier.about import About
from services.verifier.changes import OnFile, as_fact, touched
from services.verifier.flows import flows as verifier
from services.verifier.interests import Resting
from services.verifier.spreading import Part
from shared import events as e
from shared.bus import codec
from shared.policy.load import load_policy
from shared.runtime.decider import Answered, Timer, step
from shared.runtime.flow import Flow

POLICY = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")
FLOWS: dict[str, Flow[Any, Any]] = {
    flow.name: flow for flows in (intake, verifier, offer, notifier) for flow in flows(POLICY)
}
START = datetime(2018, 2, 21, 10, tzinfo=UTC)
STEP = timedelta(milliseconds=1)
NAMES = UUID(int=7)
TOPIC_OF = {kind: topic for kind, (_, topic) in e.WIRE.items()}
Log = tuple[str, str]
"""A topic, and whose log of it: a customer's, or a subject's."""
Script = dict[str, tuple[str, ...]]
"""What the customer answers to each letter about a complaint, in order; after that, silence."""


class MemoryRoad:
    """All flows. `chance` decides who reads next, and what comes twice; `hasty`: time may pass while there is work."""

    def __init__(self, script: Script, chance: Random, *, hasty: bool = False) -> None:
        self.script, self.chance, self.hasty = script, chance, hasty
        self.now = START
        self.logs: dict[Log, list[tuple[UUID, Any]]] = defaultdict(list)
        self.read: dict[tuple[str, Log], int] = defaultdict(int)
        self.inbox: dict[str, set[UUID]] = defaultdict(set)
        self.states: dict[tuple[str, str], Any] = {}
        self.timers: dict[tuple[str, str, str, str], Timer] = {}
        self.first: dict[tuple[str, str], First] = {}
        self.file = OnFile()
        self.resting: dict[e.Subject, list[Resting]] = defaultdict(list)
        self.said: list[Answered] = []
        self.heard: dict[str, list[tuple[UUID, Any]]] = defaultdict(list)

    def publish(self, name: UUID, event: Any) -> None:
        """It enters the road now; the relay may put it there twice."""
        log = (TOPIC_OF[type(event)], codec.key_of(event).decode())
        record = (name, replace(event, at=self.now))
        self.logs[log] += [record, record] if self.chance.random() < 0.1 else [record]

    def run(self) -> None:
        """Until everything is read and no timer is set."""
        while (waiting := list(self._unread())) or self.timers:
            self.now += STEP
            if self.timers and (not waiting or (self.hasty and self.chance.random() < 0.05)):
                self._fire()
            else:
                self._hear(*self.chance.choice(waiting))

    def _unread(self) -> Iterator[tuple[Flow[Any, Any], Log]]:
        for flow in FLOWS.values():
            for log, records in self.logs.items():
                if log[0] in flow.topics and self.read[flow.name, log] < len(records):
                    yield flow, log

    def _fire(self) -> None:
        key, timer = min(self.timers.items(), key=lambda item: (item[1].due, item[0]))
        del self.timers[key]
        self.now = max(self.now, timer.due)
        fired = e.TimerFired(customer=timer.customer, flow=key[0], case=timer.case, name=timer.name, due=timer.due)
        self.publish(uuid5(NAMES, f"{key} {timer.due}"), fired)

    def _hear(self, flow: Flow[Any, Any], log: Log) -> None:
        name, event = self.logs[log][self.read[flow.name, log]]
        self.read[flow.name, log] += 1
        others = isinstance(event, e.TimerFired) and event.flow != flow.name
        if type(event) not in flow.handles or others or name in self.inbox[flow.name]:
            return
        self.inbox[flow.name].add(name)
        self.heard[flow.name].append((name, event))
        key = flow.key(event)
        before = flow.decider.initial if key is None else self.states.get((flow.name, key), flow.decider.initial)
        stepped = step(flow.decider, flow.name, before, name, event, self._look_up(flow.name, event))
        if key is not None:
            self.states[flow.name, key] = stepped.state
        for answer_name, answer in stepped.answers:
            self.said.append(answer)
            self._say(flow.name, answer_name, answer)

    def _look_up(self, flow: str, event: Any) -> Any:
        match flow:
            case "intake":
                return self._claim(event)
            case "evidence":
                concerned = sorted(touched(event)) if self.file.changes(event) else []
                return Part(tuple(one for subject in concerned for one in self.resting[subject]))
            case "verifier":
                if isinstance(event, e.ComplaintAccepted) and event.subject:
                    resting = Resting(event.subject, event.source, event.complaint, event.customer)
                    self.resting[event.subject].append(resting)
                return self._on_file()
            case _:
                return POLICY

    def _claim(self, event: Any) -> Known:
        if isinstance(event, e.CompensationReceived):
            return Known()
        name = (event.source, event.id)
        if isinstance(event, e.WithdrawalReceived):
            return Known(b"", self.first.get(name))
        digest = codec.digest(event)
        return Known(digest, self.first.setdefault(name, First(event.customer.id, digest, "received")))

    def _on_file(self) -> dict[e.Subject, About]:
        return {
            subject: About({name: as_fact(fact.value, fact.taken_at, fact.record) for name, fact in facts.items()})
            for subject, facts in self.file.facts.items()
        }

    def _say(self, flow: str, name: UUID, answer: Answered) -> None:
        match answer:
            case Timer():
                self.timers[flow, answer.customer, answer.case, answer.name] = answer
            case Registered():
                key = (answer.source, answer.complaint)
                self.first[key] = First(answer.customer, answer.digest, answer.state)
            case Turned():
                self._deliver(name, answer)
            case e.Event():
                self.publish(name, answer)
                if isinstance(answer, e.PayoutDue):
                    self.publish(uuid5(name, "paid"), e.PayoutCompleted(customer=answer.customer, key=answer.key))
            case _:
                pass

    def _deliver(self, name: UUID, told: Turned) -> None:
        """The letter reaches the customer, who may answer it."""
        if told.letter is None or told.letter.failed:
            return
        about: dict[str, Any] = {
            "customer": told.customer, "complaint": told.turn.complaint, "source": told.turn.source,
            "case": told.turn.case, "round": told.turn.round,
        }  # fmt: skip
        sent = e.NoticeSent(
            **about, notice=told.letter.notice, kind=told.letter.kind, channel="email", language=told.reader.language
        )
        self.publish(uuid5(name, "sent"), sent)
        replies = self.script.get(told.turn.complaint, ())
        if told.turn.table in ("apology", "options", "final") and told.turn.round <= len(replies):
            reply = _reply(replies[told.turn.round - 1], told, about)
            if reply is not None:
                self.publish(uuid5(name, "reply"), reply)


def _reply(word: str, told: Turned, about: dict[str, Any]) -> e.Answer | None:
    match word:
        case "content":
            return e.ApologyAccepted(**about)
        case "choose" if told.turn.facts.options:
            return e.OptionAccepted(**about, option=told.turn.facts.options[-1].id)
        case "refuse" | "choose":
            return e.OptionsRejected(**about, reason="Not enough.")
        case "ask":
            return e.QuestionAsked(**about, text="Why?")
        case _:
            return None
