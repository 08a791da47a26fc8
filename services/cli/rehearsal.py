"""A rehearsal: a story played through all four services on a clock of its own, with everything that is said written down."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from services.cli.happenings import Happening, complaints_of
from services.cli.noted import Ended, Kind, Noted, ended_of
from services.cli.phrases import words
from services.cli.timeline import describe
from services.intake import in_memory as intake
from services.notifier import in_memory as notifier
from services.notifier.notice import EMAIL, Turned
from services.notifier.page.tokens import Links
from services.notifier.writing.voice import Voices
from services.notifier.writing.wording import write
from services.offer import in_memory as offer
from services.offer.case import Case
from services.verifier import in_memory as verifier
from shared.errors import Misconfigured
from shared.events import (
    WIRE,
    AboutCase,
    AboutComplaint,
    ApprovalRequested,
    IncidentReported,
    MeasurementTaken,
    MeasurementWithdrawn,
    NoticeSent,
    PayoutCompleted,
    PayoutDue,
    PayoutFailed,
    TimerFired,
    case_id,
)
from shared.policy.policy import Policy
from shared.runtime.decider import Note, Timer, TimersCancelled, derived
from shared.runtime.flow import Answer, Heard
from shared.runtime.memory_road import MemoryRoad

MOST = 1_000_000
"""Things that may happen in one rehearsal; more can only mean that a timer sets itself for ever."""
QUIET = (TimerFired, NoticeSent)
WORLD = "rehearsal"


class Rehearsal:
    """The road, and the world around it: letters arrive, billing pays, and somebody writes everything down."""

    def __init__(self, policy: Policy, story: list[Happening]) -> None:
        self._voices, self._story = Voices(policy), story
        self._links = Links(WORLD, "https://example.org")
        self._speaks_of_payouts = set(complaints_of(story))
        self._requests: dict[str, str] = {}
        self._complaint_of: dict[str, str] = {}
        desks = (intake.desk, verifier.desk, offer.desk, notifier.desk)
        stations = [station for desk in desks for station in desk(policy)()]
        self.noted: list[Noted] = []
        self.road = MemoryRoad(stations, self, story[0].at)

    def play(self, until: datetime | None = None) -> None:
        """The whole story, then on until no timer is left; or until that moment. Raises Misconfigured."""
        for one in self._story:
            if until is not None and one.at > until:
                break
            self.road.run(one.at)
            event = one.event if one.spoken is None else self._completed(one)
            self.road.publish(one.name, event)
            if not self.road.waiting:  # nobody answers it; it happened all the same
                self._note_event(event)
        self.road.run(until)

    def ends(self) -> list[Ended]:
        """Every case that was taken up, by complaint."""
        return sorted(map(ended_of, self._cases()), key=lambda ended: ended.complaint)

    def pending(self) -> list[Noted]:
        """The timers that are still set."""
        return [self._timer(due, key.customer, key.case, key.name, "is set for") for due, _, key in self.road.timers]

    def told(self, flow: str, answer: Answer) -> None:
        """Written down once, by the flow that says it; what nobody of ours says is written down when it is first heard."""
        if len(self.noted) > MOST:
            raise Misconfigured("it does not come to an end: a timer sets itself again and again; give --until")
        self._note_heard(flow, answer.to)
        for name, said in answer.answers:
            self._note_said(name, said)

    def refused(self, flow: str, heard: Heard, why: str) -> None:
        """A dead letter on the real road."""
        self._note("refused", "stops", f"set aside by {flow}: {why}", heard.event)

    def _note_heard(self, flow: str, heard: Heard) -> None:
        event: Any = heard.event
        outside = isinstance(event, AboutCase) and WIRE[type(event)][1] == "amends.answers.v1"
        operations = isinstance(event, MeasurementTaken | MeasurementWithdrawn | IncidentReported)
        if isinstance(event, TimerFired):
            self.noted.append(self._timer(None, event.customer, event.case, event.name, "has come"))
        elif operations and flow == "evidence":
            self._note("event", "comes", _operations(event), event)
        elif (outside and flow == "offer") or isinstance(event, PayoutCompleted | PayoutFailed):
            self._note_event(event)

    def _note_said(self, name: UUID, said: Any) -> None:
        match said:
            case Timer():
                self.noted.append(self._timer(said.due, said.customer, said.case, said.name, "is set for"))
            case Turned():
                self._deliver(name, said)
            case PayoutDue():
                self._note_payout(said)
                if (said.source, said.complaint) not in self._speaks_of_payouts:
                    paid = PayoutCompleted(customer=said.customer, key=said.key, amount=said.amount)
                    self.road.publish(derived(name, WORLD, 0), paid)
            case TimersCancelled():
                pass  # what will not happen is no moment
            case Note():
                if type(said).__name__ == "HistoryKept":
                    self._note_event(said)
            case _ if not isinstance(said, QUIET):
                if isinstance(said, ApprovalRequested):
                    self._requests[said.case] = said.id
                self._note_event(said)

    def _deliver(self, name: UUID, told: Turned) -> None:
        """The letter reaches the customer at once, and the house hears so."""
        if told.written is None or told.letter is None or told.letter.failed:
            return
        text = write(told.written, self._voices, self._links.link(told.turn.case, told.turn.round))
        letter = Noted(
            at=self.road.now,
            kind="letter",
            sign="says",
            says=f"letter ({words(told.letter.kind)}) to {told.reader.email}: “{text.subject}”",
            complaint=told.turn.complaint,
            customer=told.customer,
            name=told.letter.kind,
            subject=text.subject,
            to=told.reader.email,
            body=text.body,
        )
        self.noted.append(letter)
        sent = NoticeSent(
            customer=told.customer,
            complaint=told.turn.complaint,
            source=told.turn.source,
            case=told.turn.case,
            round=told.turn.round,
            severity=told.turn.severity,
            notice=told.letter.notice,
            kind=told.letter.kind,
            channel=EMAIL,
            language=told.reader.language,
        )
        self.road.publish(derived(name, WORLD, 0), sent)

    def _note_event(self, event: Any) -> None:
        sign, says = describe(event)
        self._note("event", sign, says, event)

    def _note_payout(self, due: PayoutDue) -> None:
        facts = {"key": due.key, "ledger": due.ledger, "form": due.form, "amount": due.amount, "due": due.due}
        self._note("payout", "pays", describe(due)[1], due, **facts)

    def _note(self, kind: Kind, sign: str, says: str, event: Any, **facts: Any) -> None:
        complaint = getattr(event, "complaint", None) or self._complaint_of.get(_case_of(event))
        if isinstance(event, AboutComplaint):
            self._complaint_of[case_id(event.source, event.complaint)] = event.complaint
        customer = getattr(event, "customer", None)
        wire = WIRE.get(type(event), (None,))[0]
        noted = Noted(
            at=self.road.now,
            kind=kind,
            sign=sign,
            says=says,
            complaint=complaint,
            customer=customer if isinstance(customer, str) else None,
            type=wire,
            **facts,
        )
        self.noted.append(noted)

    def _timer(self, due: datetime | None, customer: str, case: str, name: str, what: str) -> Noted:
        says = f"timer {words(name)} {what}" + (f" {_instant(due)}" if due else "")
        facts: dict[str, Any] = {
            "complaint": self._complaint_of.get(case),
            "customer": customer,
            "name": name,
            "due": due,
        }
        return Noted(at=self.road.now, kind="timer", sign="looks", says=says, **facts)

    def _completed(self, one: Happening) -> Any:
        """An answer as the page, the console or billing would put it, from how the case stands at that moment."""
        case = next(
            (case for case in self._cases() if (case.source, case.complaint) == (one.source, one.complaint)), None
        )
        if case is None:
            known = ", ".join(sorted(case.complaint for case in self._cases())) or "none yet"
            one.refuse(f"there is no case of complaint {one.complaint!r} by then; there are: {known}")
        shown = {option.id for option in case.shown}
        wanted = one.says.get("option")
        if wanted is not None and wanted not in shown:
            one.refuse(f"option {wanted!r} was not shown by then; shown were: {', '.join(sorted(shown)) or 'none'}")
        says = one.says | ({"key": _whole_key(case, one.says["key"])} if "key" in one.says else {})
        return replace(one, says=says).completed(
            customer=case.customer,
            complaint=case.complaint,
            source=case.source,
            case=case.id,
            severity=case.severity,
            incident=case.incident,
            round=case.round,
            id=self._requests.get(case.id),
            key=next((key for key, due in case.payouts.items() if due.state != "paid"), None),
        )

    def _cases(self) -> Iterable[Case]:
        customers = [state for (flow, _), state in self.road.states.items() if flow == "offer"]
        return [case for customer in customers for case in customer.cases.values() if case.state != "unopened"]


def _whole_key(case: Case, key: str) -> str:
    """A story may leave out the case."""
    return key if key.startswith(case.id) else f"{case.id}/{key}"


def _case_of(event: Any) -> str:
    return getattr(event, "case", None) or getattr(event, "key", "").partition("/")[0]


def _operations(event: Any) -> str:
    match event:
        case IncidentReported():
            return f"operations report {event.id} of {event.service}"
        case MeasurementWithdrawn():
            return f"operations take {event.withdraws} back"
        case _:
            return f"operations measured {event.subject}: {', '.join(f'{k} {v}' for k, v in event.facts.items())}"


def _instant(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
