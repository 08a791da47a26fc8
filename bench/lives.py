"""A customer's year, made up: parcels that come late, letters about them, answers, and a house that writes, pays and decides.

Each customer is played alone, from the first letter to the last deadline, and whatever is said is answered in its own time:
the post says within minutes that a letter has gone, billing pays within days, and people of the house say yes or no, or see
to a case that was handed to them; now and then they leave one lying. Chance is seeded by the customer's number, so that
the same year comes again.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from shared import events as e
from shared.money import Money
from shared.runtime.flow import Answer
from shared.runtime.flow import Heard as OnRoad
from shared.runtime.memory_road import Desk, MemoryRoad, Station

BEGIN = datetime(2025, 1, 1, 8, tzinfo=UTC)
LETTERS = (1, 1, 1, 2, 2, 3, 4, 6)
"""How many complaints a customer has in the year: two and a half on average."""
DAYS_LATE = (-3, -1, 1, 2, 3, 5, 9, 14, None)
"""How late their parcels were; of some nobody knows."""
ANSWERS = ("content", "refuse", "refuse", "choose", "choose", "counter", "silence")
ASKS = (e.ApologyOffered, e.OptionsOffered, e.InputInvited, e.FinalSayGiven)
LETTER_OF: dict[type[Any], str] = {
    e.CaseOpened: "acknowledgement",
    e.ApologyOffered: "apology",
    e.OptionsOffered: "options",
    e.InputInvited: "input",
    e.CounterAnswered: "counter-answer",
    e.ClaimDeclined: "decline",
    e.FinalSayGiven: "final-say",
    e.CaseSettled: "settlement",
    e.PaymentMade: "payment-made",
    e.PaymentDelayed: "payment-late",
    e.ProgressReported: "progress",
    e.HandedOver: "progress",
    e.ClockMissed: "promise-missed",
}
"""What the customer hears by letter."""
POST_DAYS = 5 / (24 * 60)
"""How long a letter takes: five minutes, in days."""
DECIDES = {"by": "Kim", "role": "the head of customer care", "reason": "As I see it."}
LEFT_LYING, UNPAID = 8, 50
"""One case in so many that nobody sees to, one payout in so many that fails at first."""


class Heard(NamedTuple):
    """One line of the history: which core heard what, under which name, and what was looked up for it."""

    flow: str
    name: UUID
    event: Any
    known: Any


class Life:
    """One customer's year: what comes, when, and what is answered; `history` is what the cores heard of it."""

    def __init__(self, number: int, desks: Sequence[Desk], write: Callable[[Iterable[tuple[UUID, Any]]], None]) -> None:
        self._chance = Random(number)
        self._customer, self._write_down = f"c-{number}", write
        self.history: list[Heard] = []
        self._coming: list[tuple[datetime, int, Any]] = []
        self._numbers = count()
        self.letters = self._chance.choice(LETTERS)
        self._road = MemoryRoad([self._noting(station) for desk in desks for station in desk()], self, BEGIN)

    def play(self) -> None:
        for n in range(self.letters):
            self._complain(n)
        while self._road.waiting or self._coming or self._road.timers:
            self._go_on()

    def _go_on(self) -> None:
        """What was said is read before anything new happens; then comes whatever is next, a timer or a word from outside."""
        road = self._road
        if road.waiting:
            road.hear()
        elif self._coming and not (road.timers and road.timers[0][0] <= self._coming[0][0]):
            at, number, event = heapq.heappop(self._coming)
            road.run(at)
            road.publish(UUID(int=number), event)
        else:
            road.fire()

    def _noting(self, station: Station[Any, Any]) -> Station[Any, Any]:
        def look_up(heard: OnRoad, state: Any) -> Any:
            known = station.look_up(heard, state)
            self.history.append(Heard(station.flow.name, heard.id, heard.event, known))
            return known

        return Station(station.flow, look_up, station.keep)

    def told(self, _: str, answer: Answer) -> None:
        self._write_down(answer.answers)
        for _name, said in answer.answers:
            for days, reply in self._replies(said):
                self._comes(days, reply)

    def refused(self, flow: str, heard: OnRoad, why: str) -> None:
        raise AssertionError(f"{flow} refused {heard.event}: {why}")

    def _comes(self, days: float, event: Any) -> None:
        heapq.heappush(self._coming, (self._road.now + timedelta(days=days), next(self._numbers), event))

    def _complain(self, n: int) -> None:
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

    def _replies(self, said: Any) -> Iterator[tuple[float, Any]]:
        """Who answers this, after how many days, and what."""
        if isinstance(said, e.AboutCase):
            about = {name: getattr(said, name) for name in ("customer", "complaint", "source", "case", "round")}
            yield from self._post(said, about)
            yield from self._staff(said, about)
            if isinstance(said, ASKS):
                for answer in self._customers(said, about):
                    yield self._chance.uniform(0.1, 16), answer
            if isinstance(said, e.PayoutDue):
                yield from self._billing(said, about)

    def _post(self, said: Any, about: dict[str, Any]) -> Iterator[tuple[float, Any]]:
        kind = LETTER_OF.get(type(said))
        if kind and not (isinstance(said, e.CaseOpened) and not said.awaiting):
            notice = f"{said.case}/{said.round}/{kind}/{next(self._numbers)}"
            yield POST_DAYS, e.NoticeSent(**about, notice=notice, kind=kind, channel="email", language="en")

    def _billing(self, due: e.PayoutDue, about: dict[str, Any]) -> Iterator[tuple[float, Any]]:
        days = self._chance.uniform(0.5, 4)
        facts: dict[str, Any] = {"customer": self._customer, "key": due.key, "amount": due.amount}
        if self._chance.randrange(UNPAID):
            yield days, e.PayoutCompleted(**facts)
            return
        yield days, e.PayoutFailed(**facts)
        yield days + 2, e.PayoutRenewed(**about | DECIDES, key=due.key)

    def _customers(self, asked: Any, about: dict[str, Any]) -> Iterator[Any]:
        """Some answer at once, some too late, some never."""
        match self._chance.choice(ANSWERS), asked:
            case "content", _:
                yield e.ApologyAccepted(**about)
            case "choose", e.OptionsOffered(options=options):
                yield e.OptionAccepted(**about, option=self._chance.choice(options).id)
            case "counter", e.InputInvited():
                amount = Money(Decimal(self._chance.randrange(5, 200)), "EUR")
                yield e.CounterOffered(**about, text="This would.", amount=amount)
            case "refuse" | "choose" | "counter", _:
                yield e.OptionsRejected(**about, reason="Not enough.")

    def _staff(self, said: Any, about: dict[str, Any]) -> Iterator[tuple[float, Any]]:
        """A yes or a no within days; who was called gives something, or has the last word, and puts right what went wrong."""
        chance = self._chance
        ruling = about | DECIDES
        match said:
            case e.ApprovalRequested():
                answer = chance.choice((e.ApprovalGiven, e.ApprovalGiven, e.ApprovalDenied))
                yield chance.uniform(0.1, 3), answer(**ruling | {"role": said.level}, id=said.id)
            case e.HandedOver() if chance.randrange(LEFT_LYING):
                give = {"action": "give", "amount": Money(Decimal(chance.randrange(5, 20)), "EUR"), "form": "refund"}
                action = chance.choice((give, {"action": "decline"}))
                yield chance.uniform(0.1, 10), e.CaseOverruled(**ruling, **action)
            case e.RulingRefused(action="give"):
                yield 0.1, e.CaseOverruled(**ruling, action="decline")
