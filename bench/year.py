"""`python -m bench.year`: a year of complaints, replayed twice through the pure cores of verifier and offer, to identical events.

Customers are independent of each other, so each is played alone, from the first letter to the last deadline: what
operations measured, what they wrote, what they answered to each round, what billing said. What each core heard, and what
was looked up for it, is written down meanwhile; that is the history which is then replayed, and timed. Chance is seeded
by the customer's number, so that the same year comes again.
"""

import argparse
import gc
import hashlib
import heapq
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from services.offer import in_memory as offer
from services.verifier import in_memory as verifier
from shared import events as e
from shared.host.run import GARBAGE
from shared.money import Money
from shared.policy.load import load_policy
from shared.policy.policy import Policy
from shared.runtime.decider import Decider, step
from shared.runtime.flow import Answer
from shared.runtime.flow import Heard as OnRoad
from shared.runtime.memory_road import Desk, MemoryRoad, Station

POLICY = Path(__file__).parents[1] / "deploy" / "policy"
BEGIN = datetime(2025, 1, 1, 8, tzinfo=UTC)
LETTERS = (1, 1, 1, 2, 2, 3, 4, 6)
"""How many complaints a customer has in the year: two and a half on average."""
DAYS_LATE = (-3, -1, 1, 2, 3, 5, 9, 14, None)
"""How late their parcels were; of some nobody knows."""
ANSWERS = ("content", "refuse", "refuse", "choose", "choose", "counter", "silence")
ASKS = (e.ApologyOffered, e.OptionsOffered, e.InputInvited, e.FinalSayGiven)
ENCODE = msgspec.json.Encoder().encode


class Heard(NamedTuple):
    """One line of the history: which core heard what, under which name, and what was looked up for it."""

    flow: str
    name: UUID
    event: Any
    known: Any


class Replay(Struct, frozen=True):
    """Seconds of one core by flow, and a digest of every event that was said, in order."""

    cpu: dict[str, float]
    digest: str


class Year(Struct, frozen=True):
    """`played` is the digest of what was said while the history was made; `replays` are to come to the same."""

    complaints: int
    customers: int
    heard: int
    said: int
    played: str
    replays: tuple[Replay, ...]

    @property
    def same(self) -> bool:
        """Whether every replay said what was said at first."""
        return {replay.digest for replay in self.replays} == {self.played}


class Tape:
    """What was said, in order: its digest, and how much it was."""

    def __init__(self) -> None:
        self._hash, self.events = hashlib.blake2b(digest_size=16), 0

    def write(self, answers: Iterable[tuple[UUID, Any]]) -> None:
        for name, said in answers:
            self.events += 1
            self._hash.update(name.bytes)
            self._hash.update(ENCODE(said))

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


class Life:
    """One customer's year: what comes, when, and what they answer; `history` is what the cores heard of it."""

    def __init__(self, number: int, desks: Sequence[Desk], said: Tape) -> None:
        self._chance = Random(number)
        self._customer, self._said = f"c-{number}", said
        self.history: list[Heard] = []
        self._coming: list[tuple[datetime, int, Any]] = []
        self._numbers = count()
        self.letters = self._chance.choice(LETTERS)
        self.road = MemoryRoad([self._noting(station) for desk in desks for station in desk()], self, BEGIN)

    def play(self) -> None:
        for n in range(self.letters):
            self._write(n)
        while self._coming:
            at, number, event = heapq.heappop(self._coming)
            self.road.run(at)
            self.road.publish(UUID(int=number), event)
        self.road.run()

    def _noting(self, station: Station[Any, Any]) -> Station[Any, Any]:
        def look_up(heard: OnRoad, state: Any) -> Any:
            known = station.look_up(heard, state)
            self.history.append(Heard(station.flow.name, heard.id, heard.event, known))
            return known

        return Station(station.flow, look_up, station.keep)

    def told(self, _: str, answer: Answer) -> None:
        self._said.write(answer.answers)
        for _name, said in answer.answers:
            if isinstance(said, e.PayoutDue):
                self._comes(2, e.PayoutCompleted(customer=self._customer, key=said.key, amount=said.amount))
            elif isinstance(said, ASKS):
                self._answer(said)

    def refused(self, flow: str, heard: OnRoad, why: str) -> None:
        raise AssertionError(f"{flow} refused {heard.event}: {why}")

    def _comes(self, days: float, event: Any) -> None:
        heapq.heappush(self._coming, (self.road.now + timedelta(days=days), next(self._numbers), event))

    def _write(self, n: int) -> None:
        """A parcel, what was measured of it, and a letter about it, on some day of the year."""
        chance = self._chance
        day, late, price = chance.uniform(30, 360), chance.choice(DAYS_LATE), chance.randrange(500, 30_000)
        subject = e.Subject("order", f"{self._customer}-{n}")
        at = BEGIN + timedelta(days=day)
        paid = Money(Decimal(price + 700).scaleb(-2), "EUR")
        letter = e.ComplaintAccepted(
            customer=self._customer, complaint=f"{self._customer}/{n}", source=e.CRM, subject=subject,
            received_at=at - timedelta(hours=3), category="late-delivery", paid=paid, language="en",
            text="My parcel came late, and nobody told me.",
        )  # fmt: skip
        self._comes(day, letter)
        if late is None:
            return
        facts = {
            "promised_on": (at - timedelta(days=20)).date().isoformat(),
            "delivered_at": (at + timedelta(days=late - 20)).isoformat(),
            "status": "delivered", "price": f"{price / 100:.2f}", "freight": "7.00", "currency": "EUR",
        }  # fmt: skip
        taken: dict[str, Any] = {"id": f"m-{subject.id}", "source": e.TELEMETRY, "taken_at": at - timedelta(hours=6)}
        self._comes(day - chance.choice((-1, 0.2, 0.2, 0.2)), e.MeasurementTaken(subject=subject, facts=facts, **taken))

    def _answer(self, asked: Any) -> None:
        about = {"customer": self._customer, "complaint": asked.complaint, "source": asked.source, "case": asked.case}
        facts = about | {"round": asked.round}
        for answer in self._replies(asked, facts):
            self._comes(self._chance.uniform(0.1, 16), answer)

    def _replies(self, asked: Any, facts: dict[str, Any]) -> Iterator[Any]:
        """Some answer at once, some too late, some never."""
        match self._chance.choice(ANSWERS), asked:
            case "content", _:
                yield e.ApologyAccepted(**facts)
            case "choose", e.OptionsOffered(options=options):
                yield e.OptionAccepted(**facts, option=self._chance.choice(options).id)
            case "counter", e.InputInvited():
                amount = Money(Decimal(self._chance.randrange(5, 200)), "EUR")
                yield e.CounterOffered(**facts, text="This would.", amount=amount)
            case "refuse" | "choose" | "counter", _:
                yield e.OptionsRejected(**facts, reason="Not enough.")


def replay(policy: Policy, complaints: int, times: int = 2) -> Year:
    """So many complaints (a few more, as the last customer's year is played whole), customer by customer."""
    desks = (verifier.desk(policy), offer.desk(policy))
    deciders = {station.flow.name: station.flow.decider for desk in desks for station in desk()}
    played, tapes = Tape(), [Tape() for _ in range(times)]
    cpu: list[dict[str, float]] = [dict.fromkeys(deciders, 0.0) for _ in range(times)]
    written = heard = customers = 0
    while written < complaints:
        life = Life(customers, desks, played)
        life.play()
        for tape, spent in zip(tapes, cpu, strict=True):
            tape.write(again(deciders, life.history, spent))
        written, heard, customers = written + life.letters, heard + len(life.history), customers + 1
    replays = tuple(Replay(spent, tape.digest) for spent, tape in zip(cpu, tapes, strict=True))
    return Year(written, customers, heard, played.events, played.digest, replays)


def again(
    deciders: Mapping[str, Decider[Any, Any]], history: Sequence[Heard], spent: dict[str, float]
) -> list[tuple[UUID, Any]]:
    """The history of one customer through the cores once more, and nothing else; `spent` grows by the time it takes."""
    said: dict[int, Sequence[tuple[UUID, Any]]] = {}
    for flow, decider in deciders.items():
        heard = [(n, *line) for n, line in enumerate(history) if line.flow == flow]
        state, began = decider.initial, time.process_time()
        for n, _, name, event, known in heard:
            stepped = step(decider, flow, state, name, event, known)
            state, said[n] = stepped.state, stepped.answers
        spent[flow] += time.process_time() - began  # once a customer: the clock itself takes microseconds
    return [answer for n in range(len(history)) for answer in said[n]]


def main() -> None:
    """Replay the year twice, and say what each took. Exit code 1 where the two differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--complaints", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="JSON instead of sentences")
    asked = parser.parse_args()
    policy = load_policy(POLICY)
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)  # as the services do
    year = replay(policy, asked.complaints)
    if asked.json:
        print(msgspec.json.format(msgspec.json.encode(year)).decode())
    else:
        print(
            f"{year.complaints:,} complaints of {year.customers:,} customers: {year.heard:,} events in, {year.said:,} out"
        )
        for one in year.replays:
            parts = ", ".join(f"{flow} {seconds:.1f}" for flow, seconds in one.cpu.items())
            print(f"replayed in {sum(one.cpu.values()):.1f} s of one core ({parts}), to {one.digest}")
        print(f"identical: {'yes' if year.same else 'NO'} ({platform.platform()}, {os.cpu_count()} cores)")
    raise SystemExit(0 if year.same else 1)


if __name__ == "__main__":
    main()
