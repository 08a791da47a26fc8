"""Words to tell stories of the verifier in: a letter, what operations measured, the passing of time."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from services.verifier.core import decider
from services.verifier.letters import Letters
from services.verifier.records.about import About, Fact, Incident, Similar
from services.verifier.records.changes import INCIDENT, OnFile, Telemetry, as_fact, touched
from shared.events import (
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    EvidenceArrived,
    EvidenceAwaited,
    MeasurementTaken,
    Subject,
    TimerFired,
    VerdictReached,
)
from shared.money import Money
from shared.policy.load import load_policy
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, OfTimers, Timer, TimersCancelled, step

CRM = "crm.complaints.v1"
POLICY = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")
PARCEL = Subject("order", "53cdb2fc")
DAY = timedelta(days=1)
PROMISED = "2018-02-10"
LETTER_CAME = datetime(2018, 2, 21, 10, tzinfo=UTC)


def moment(text: str) -> datetime:
    """`02-19 18:00` of the story's year, as the parcel's zone reads a clock."""
    return datetime.fromisoformat(f"2018-{text}:00-03:00").astimezone(UTC)


def letter(text: str | None = None, *, at: datetime = LETTER_CAME, **facts: Any) -> ComplaintAccepted:
    usual = {"complaint": "C-1001", "received_at": at, "subject": PARCEL, "language": "en", "paid": real("129.90")}
    return ComplaintAccepted(customer="cust-77", source=CRM, at=at, text=text, **{**usual, **facts})


def joined(text: str | None = None, *, at: datetime, **facts: Any) -> ComplaintMerged:
    return ComplaintMerged(
        customer="cust-77",
        source=CRM,
        complaint="C-1002",
        into="C-1001",
        into_source=CRM,
        received_at=at,
        at=at,
        text=text,
        **facts,
    )


def withdrawal(at: datetime) -> ComplaintWithdrawn:
    return ComplaintWithdrawn(customer="cust-77", source=CRM, complaint="C-1001", at=at)


def measured(
    record: str = "m-1", *, taken: datetime | None = None, subject: Subject = PARCEL, **facts: Any
) -> MeasurementTaken:
    return MeasurementTaken(id=record, subject=subject, taken_at=taken or moment("01-20 12:00"), facts=facts)


def parcel(delivered: str | None = None, **facts: Any) -> MeasurementTaken:
    """All that is known about a parcel promised for the 10th of February, in one measurement."""
    usual: dict[str, Any] = {"promised_on": PROMISED, "status": "shipped", "freight": "17.50", "currency": "BRL"}
    if delivered:
        usual |= {"status": "delivered", "delivered_at": moment(delivered).isoformat()}
    return measured(**{**usual, **facts})


def real(amount: str) -> Money:
    return Money(Decimal(amount), "BRL")


class Road:
    """The verifier with its evidence in memory. What storing wakes waits in `woken`, what time brings in `timers`."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.decider = decider(policy)
        self.letters = Letters()
        self.file = OnFile()
        self.resting: list[tuple[Subject, str, str, str]] = []
        self.woken: list[EvidenceArrived] = []
        self.timers: dict[tuple[str, str], Timer] = {}
        self.said: list[Answered] = []
        self.similar: dict[Subject, tuple[Similar, ...]] = {}

    def stores(self, event: Telemetry, at: datetime) -> None:
        """Keep what operations say as it enters the road at this moment; who rests on it is woken, not yet answered."""
        if self.file.changes(event):
            self.woken += [
                EvidenceArrived(
                    customer=customer, source=source, complaint=complaint, subject=subject, record=event.id, at=at
                )
                for subject, source, complaint, customer in self.resting
                if subject in touched(event)
            ]

    def hears(self, *events: Any) -> list[Answered]:
        """Answer these events, and whatever evidence has woken before."""
        said: list[Answered] = []
        for event in events:
            said += self.answer(event)
            said += self.answers_the_woken()
        return said

    def measures(self, event: Telemetry, at: datetime) -> list[Answered]:
        self.stores(event, at)
        return self.answers_the_woken()

    def answers_the_woken(self) -> list[Answered]:
        said: list[Answered] = []
        while self.woken:
            said += self.answer(self.woken.pop(0))
        return said

    def comes_to(self, now: datetime) -> list[Answered]:
        """Time passes: every timer that is due by then fires, in order."""
        said: list[Answered] = []
        while timer := self.next_timer(now):
            said += self.fires(timer, timer.due)
        return said

    def next_timer(self, now: datetime) -> Timer | None:
        due = [timer for timer in self.timers.values() if timer.due <= now]
        return min(due, key=lambda timer: (timer.due, timer.name), default=None)

    def fires(self, timer: Timer, at: datetime) -> list[Answered]:
        del self.timers[timer.case, timer.name]
        return self.answer(
            TimerFired(customer=timer.customer, flow="verifier", case=timer.case, name=timer.name, due=timer.due, at=at)
        )

    def answer(self, event: Any) -> list[Answered]:
        """Answer one event from what is on file now."""
        if isinstance(event, ComplaintAccepted) and event.subject:
            self.resting.append((event.subject, event.source, event.complaint, event.customer))
        result = step(self.decider, "verifier", self.letters, UUID(int=1), event, self._on_file())
        self.letters = result.state
        said = [answer for _, answer in result.answers]
        self.timers |= {(timer.case, timer.name): timer for timer in said if isinstance(timer, Timer)}
        for cancelled in (answer for answer in said if isinstance(answer, TimersCancelled)):
            for name in cancelled.names:
                self.timers.pop((cancelled.case, name), None)
        self.said += said
        return [answer for answer in said if not isinstance(answer, OfTimers)]

    def _on_file(self) -> dict[Subject, About]:
        facts = {
            subject: {name: as_fact(fact.value, fact.taken_at, fact.record) for name, fact in facts.items()}
            for subject, facts in self.file.facts.items()
        }
        known = {subject: About(some) for subject, some in facts.items() if subject.kind != INCIDENT}
        for incident in self._incidents(facts):
            for subject in self._touched_by(incident):
                about = known.get(subject, About())
                known[subject] = replace(about, incidents=(*about.incidents, incident))
        for subject, others in self.similar.items():
            known[subject] = replace(known.get(subject, About()), similar=others)
        return known

    @staticmethod
    def _incidents(facts: dict[Subject, dict[str, Fact]]) -> list[Incident]:
        """Those that were not withdrawn, by when they began."""
        found = [Incident(subject.id, some) for subject, some in facts.items() if subject.kind == INCIDENT]
        standing = [one for one in found if "withdrawn" not in one.facts or not one.facts["withdrawn"].value]
        return sorted(standing, key=lambda one: one.facts["started_at"].value or "")

    @staticmethod
    def _touched_by(incident: Incident) -> list[Subject]:
        affected = incident.facts["affects"].value if "affects" in incident.facts else []
        return [Subject("service", incident.facts["service"].value), *(Subject(a["kind"], a["id"]) for a in affected)]

    @property
    def verdicts(self) -> list[VerdictReached]:
        return [said for said in self.said if isinstance(said, VerdictReached)]

    @property
    def verdict(self) -> VerdictReached:
        """The last word."""
        return self.verdicts[-1]


def judged(complaint: ComplaintAccepted, *measurements: MeasurementTaken) -> VerdictReached:
    """The one verdict on a letter whose evidence was there before it."""
    road = Road()
    for measurement in measurements:
        road.stores(measurement, complaint.at - DAY)
    (verdict,) = road.hears(complaint)
    assert isinstance(verdict, VerdictReached)
    return verdict


def awaited(said: Iterable[Answered]) -> EvidenceAwaited:
    (only,) = said
    assert isinstance(only, EvidenceAwaited)
    return only
