"""The whole road in memory, read in whatever order chance has it, with customers who answer by a script.

Only what is promised is kept: order within one customer's log of one topic, and nothing else; so that thousands of roads
can be walked in seconds.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace

from services.intake import in_memory as intake
from services.notifier import in_memory as notifier
from services.notifier.notice import Turned
from services.offer import in_memory as offer
from services.verifier import in_memory as verifier
from shared import events as e
from shared.policy.load import load_policy
from shared.runtime.decider import Answered
from shared.runtime.flow import Answer, Flow, Heard
from shared.runtime.memory_road import MemoryRoad, Station
from tests.core.offer_stories import UNLIMITED

SHIPPED = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")
POLICY = replace(SHIPPED, limits=UNLIMITED)
"""Without the limits: which of a customer's gifts or failures is one too many goes by who is first."""
START = datetime(2018, 2, 21, 10, tzinfo=UTC)
STEP = timedelta(milliseconds=1)
NAMES = UUID(int=7)
Script = dict[str, tuple[str, ...]]
"""What the customer answers to each letter about a complaint, in order; after that, silence."""


DESKS = [service.desk(POLICY) for service in (intake, verifier, offer, notifier)]


def stations() -> list[Station[Any, Any]]:
    """Every flow of the road, over shelves that are empty."""
    return [station for desk in DESKS for station in desk()]


FLOWS: dict[str, Flow[Any, Any]] = {station.flow.name: station.flow for station in stations()}


class ChanceRoad:
    """All flows. `chance` decides who reads next, and what comes twice; `hasty`: time may pass while there is work."""

    def __init__(self, script: Script, chance: Random, *, hasty: bool = False) -> None:
        self.script, self.chance, self.hasty = script, chance, hasty
        self.road = MemoryRoad(stations(), self, START)
        self.said: list[Answered] = []
        self.heard: dict[str, list[tuple[UUID, Any]]] = defaultdict(list)

    @property
    def states(self) -> dict[tuple[str, str], Any]:
        return self.road.states

    def publish(self, name: UUID, event: Any) -> None:
        """It enters the road now."""
        self.road.publish(name, event)

    def run(self) -> None:
        """Until everything is read and no timer is set. What was read may come again, as after a crash."""
        road, chance = self.road, self.chance
        while road.waiting or road.timers:
            road.now += STEP
            if road.timers and (not road.waiting or (self.hasty and chance.random() < 0.05)):
                road.fire()
            else:
                road.hear(chance.randrange(road.waiting))

    def told(self, flow: str, answer: Answer) -> None:
        """What a reader of the topics sees; customers and billing answer it."""
        name, event = answer.to.id, answer.to.event
        self.heard[flow].append((name, event))
        if self.chance.random() < 0.1:
            self.road.publish(name, event)
        for said_as, said in answer.answers:
            self.said.append(said)
            if isinstance(said, e.PayoutDue):
                self.publish(uuid5(said_as, "paid"), e.PayoutCompleted(customer=said.customer, key=said.key))
            elif isinstance(said, Turned):
                self._deliver(said_as, said)

    def refused(self, flow: str, heard: Heard, why: str) -> None:
        """A dead letter, of which nobody here has more to say."""

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
