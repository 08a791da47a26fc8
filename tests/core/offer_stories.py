"""Words to tell stories of the offer in: a small policy, the people, and given / when / then."""

from copy import copy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from msgspec.structs import replace

from services.offer.case import Case, Customer
from services.offer.core import DECIDER
from services.offer.payouts.fulfilment import clock_of, key_behind
from services.offer.terms import Known
from shared import events as e
from shared.money import Money
from shared.policy.approvals import Approvals, Doubt, Level
from shared.policy.limits import Budget, GoodwillLimit, Limits, Repeats
from shared.policy.load import load_policy
from shared.policy.policy import (
    Fulfilment,
    House,
    Intake,
    MenuOption,
    Payouts,
    Policy,
    Promises,
    Rounds,
    Signal,
)
from shared.remedy import remedy_of
from shared.runtime.decider import Answered, Timer, TimersCancelled, step

A = TypeVar("A")
W = TypeVar("W", bound=e.Answer)
R = TypeVar("R", bound=e.Ruling)
CRM = "crm.complaints.v1"
START = datetime(2018, 2, 21, 10, tzinfo=UTC)
ANSWER_WITHIN = timedelta(days=14)


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


MENU = (
    MenuOption("voucher-10", "voucher", (1, 2, 3), 1, percent=Decimal(10), at_most=(euro("20"),), arrives=1),
    MenuOption("call-back", "attention", (1, 2, 3), 1, arrives=2),
    MenuOption("express-next", "service", (1, 2, 3), 1, arrives=30, conditions="on the next order"),
    MenuOption("refund-20", "refund", (1, 2, 3), 2, percent=Decimal(20), at_most=(euro("30"),), arrives=5),
    MenuOption("credit-25", "credit", (2, 3), 2, percent=Decimal(25), at_most=(euro("40"),), arrives=0),
    MenuOption("letter", "attention", (1, 2, 3), 2, arrives=4),
    MenuOption("priority", "service", (1, 2, 3), 2, arrives=60),
    MenuOption("refund-50", "refund", (4,), 1, percent=Decimal(50), at_most=(euro("100"),), arrives=5),
    MenuOption("replacement", "replacement", (4,), 1, arrives=3),
    MenuOption("visit", "attention", (4,), 1, arrives=7),
    MenuOption("credit-60", "credit", (4,), 2, percent=Decimal(60), at_most=(euro("120"),), arrives=0),
    MenuOption("upgrade", "service", (4,), 2, arrives=2),
    MenuOption("report", "attention", (4,), 2, arrives=9),
)
UNLIMITED = Limits(
    within=timedelta(days=365),
    everyone=GoodwillLimit(100),
    budget=Budget("UTC"),
    repeats=Repeats(timedelta(days=365), 100, 100, 100),
)
SHIPPED = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")
POLICY = replace(
    SHIPPED,
    version="2018.1",
    clocks=(),  # they have stories of their own: tests/core/clock_stories.py
    house=House("Nimbus Parcels", "care@nimbus.example", "Mara Lund"),
    intake=Intake(timedelta(days=30), timedelta(minutes=5), timedelta(days=730)),
    rounds=Rounds(
        answer_within=ANSWER_WITHIN,
        undo_within=timedelta(),
        options_from=4,
        doubt_up_to=(euro("50"),),
        person="care-team",
        final_say="head-of-care",
        menus=1,
        ceiling=Decimal(150),
        losses={"time": ("late",), "goods": ("damaged",), "care": ("service",)},
        no_money=("apology",),
        menu=MENU,
    ),
    payouts=Payouts(
        within=timedelta(days=10),
        grace=timedelta(days=3),
        look_within=timedelta(days=2),
        owner="billing",
        forms={"attention": Fulfilment("care-team"), "credit": Fulfilment(within=timedelta(days=1))},
    ),
    promises=Promises(timedelta(days=2), "board", 1),
    limits=UNLIMITED,
    approvals=Approvals(
        roles=("care-team", "head-of-care", "board", "safety-desk"),
        levels=(
            Level("head-of-care", Decimal(100), timedelta(days=2), "round-the-clock", (euro("100"),)),
            Level("board", Decimal(100), timedelta(days=3), "round-the-clock"),
        ),
        weighs="head-of-care",
        doubt=Doubt("board", (euro("10"),)),
        four_eyes_above=(euro("90"),),
    ),
    signals=(
        Signal("danger", {}, to_person=True, person="safety-desk"),
        Signal("law", {}, to_person=True),
        Signal("distress", {}),
    ),
)


def day(number: float) -> datetime:
    """So many days after the first verdict."""
    return START + timedelta(days=number)


class Complaint:
    """A customer's letter, and what is said about it and in answer to it."""

    def __init__(self, customer: str, complaint: str, subject: str | None = None) -> None:
        self.names: dict[str, Any] = {"customer": customer, "complaint": complaint, "source": CRM}
        self.subject = e.Subject("order", subject or f"order-of-{complaint}")
        self.case = e.case_id(CRM, complaint)

    def verdict(self, at: datetime = START, **facts: Any) -> e.VerdictReached:
        """Nine days late, 17.50 owed, unless told otherwise."""
        known: dict[str, Any] = {
            "outcome": "owed",
            "promise": "broken",
            "severity": 2,
            "remedy": euro("17.50"),
            "schedule": "parcel-promise",
            "policy": "2018.1",
            "policy_digest": "3f9c",
            "received_at": at - timedelta(days=7),
            "reasons": ("late-delivery",),
            "clauses": (e.Clause("late-delivery", "met", {"days_late": "9"}, ("m-1",)),),
            "subject": self.subject,
            "paid": euro("129.90"),
        }
        facts = known | facts
        if isinstance(facts["remedy"], Money):
            facts["remedy"] = remedy_of(facts["remedy"])
        return e.VerdictReached(**self.names, at=at, **facts)

    def kept(self, at: datetime = START, **facts: Any) -> e.VerdictReached:
        """It came on the day that was promised, and the measurement shows it."""
        clause = e.Clause("on-time", "kept", {"promised_on": "2018-02-10", "delivered_on": "2018-02-09"}, ("m-1",))
        known: dict[str, Any] = {"remedy": None, "severity": 1, "reasons": ("on-time",), "clauses": (clause,)}
        return self.verdict(at, **({"outcome": "not_owed", "promise": "kept"} | known | facts))

    def unclear(self, at: datetime = START, **facts: Any) -> e.VerdictReached:
        """Nobody measured anything."""
        known: dict[str, Any] = {"outcome": "cannot_tell", "promise": "unknown", "remedy": None, "severity": 1}
        return self.verdict(at, **(known | {"reasons": ("no_record",), "clauses": ()} | facts))

    def awaited(self, at: datetime = START, **facts: Any) -> e.EvidenceAwaited:
        return e.EvidenceAwaited(**self.names, at=at, facts=("delivered_at",), until=at + timedelta(days=3), **facts)

    def letter(self, at: datetime = START, **facts: Any) -> e.ComplaintAccepted:
        """The letter itself, as intake took it."""
        known: dict[str, Any] = {"name": "Ana Lima", "email": "ana@example.org", "text": "The charger caught fire!"}
        known |= {"received_at": at - timedelta(days=7), "subject": self.subject, "signals": ("danger",)}
        return e.ComplaintAccepted(**self.names, at=at, **(known | facts))

    def asked(self, at: datetime = START, **facts: Any) -> e.InformationRequested:
        """Only they can say when it was; they have ten days to."""
        question = e.Question("taken_on", "the day on which it was collected", "date")
        known: dict[str, Any] = {"questions": (question,), "until": at + timedelta(days=10), "received_at": at}
        return e.InformationRequested(**self.names, at=at, subject=self.subject, **(known | facts))

    def withdrawn(self, at: datetime) -> e.ComplaintWithdrawn:
        return e.ComplaintWithdrawn(**self.names, at=at)

    def merged_into(self, first: "Complaint", at: datetime, *signals: str) -> e.ComplaintMerged:
        into: dict[str, Any] = {"into": first.names["complaint"], "into_source": CRM, "signals": signals}
        return e.ComplaintMerged(**self.names, **into, at=at, received_at=at, text="I am still waiting!")

    def compensated(self, amount: str, at: datetime, name: str = "K-1", **by: Any) -> e.CompensationRecorded:
        by = by or {"complaint": self.names["complaint"]}
        customer = self.names["customer"]
        return e.CompensationRecorded(customer=customer, source=CRM, id=name, at=at, amount=euro(amount), **by)

    def answer(self, kind: type[W], answered: int, at: datetime, **said: Any) -> W:
        return kind(**self.names, case=self.case, round=answered, at=at, **said)

    def refused(self, answered: int, at: datetime) -> e.OptionsRejected:
        return self.answer(e.OptionsRejected, answered, at, reason="Not enough.")

    def counters(
        self, answered: int, at: datetime, amount: str | None = None, form: str | None = None
    ) -> e.CounterOffered:
        """What would put it right for them."""
        asked = euro(amount) if amount else None
        return self.answer(e.CounterOffered, answered, at, text="This would.", amount=asked, form=form)

    def content(self, answered: int, at: datetime) -> e.ApologyAccepted:
        return self.answer(e.ApologyAccepted, answered, at)

    def chose(self, option: str, answered: int, at: datetime) -> e.OptionAccepted:
        return self.answer(e.OptionAccepted, answered, at, option=option)

    def approved(self, at: datetime, by: str = "Mara", role: str = "head-of-care", number: int = 1) -> e.ApprovalGiven:
        return self._ruling(e.ApprovalGiven, at, by, role, id=f"{self.case}/approval/{number}")

    def not_approved(
        self, at: datetime, by: str = "Mara", role: str = "head-of-care", number: int = 1
    ) -> e.ApprovalDenied:
        return self._ruling(e.ApprovalDenied, at, by, role, id=f"{self.case}/approval/{number}")

    def amended(
        self,
        at: datetime,
        amount: str | None = None,
        form: str | None = None,
        by: str = "Mara",
        role: str = "head-of-care",
        number: int = 1,
    ) -> e.ApprovalAmended:
        """Not what they asked for, but this."""
        instead = {"amount": euro(amount) if amount else None, "form": form}
        return self._ruling(e.ApprovalAmended, at, by, role, id=f"{self.case}/approval/{number}", **instead)

    def overruled(self, action: Any, at: datetime, by: str = "Mara", role: str = "head-of-care", **what: Any) -> Any:
        """Somebody decides otherwise than the rules."""
        return self._ruling(e.CaseOverruled, at, by, role, action=action, **what)

    def promised(self, what: str, due: datetime, at: datetime, role: str = "care-team") -> e.PromiseGiven:
        """Somebody gives them their word on the phone."""
        return self._ruling(e.PromiseGiven, at, "Mara", role, what=what, due=due)

    def fulfilled(self, number: int, at: datetime, role: str = "care-team") -> e.PromiseFulfilled:
        return self._ruling(e.PromiseFulfilled, at, "Mara", role, promised=f"{self.case}/promise/{number}")

    def word_due(self, number: int, due: datetime, at: datetime | None = None) -> e.TimerFired:
        """The day of a promise has come."""
        return replace(self.expiry(due, at), name=f"promise/{number}")

    def unanswered(self, due: datetime, at: datetime | None = None) -> e.TimerFired:
        """Nobody has said yes or no in time."""
        return replace(self.expiry(due, at), name="approval")

    def _ruling(self, kind: type[R], at: datetime, by: str, role: str, **said: Any) -> R:
        return kind(**self.names, case=self.case, at=at, by=by, role=role, reason="I have looked into it.", **said)

    def undone(self, answered: int, at: datetime) -> e.AnswerUndone:
        return self.answer(e.AnswerUndone, answered, at)

    def rated(self, score: int, answered: int, at: datetime) -> e.SatisfactionRated:
        return self.answer(e.SatisfactionRated, answered, at, score=score, text="Quick and kind.")

    def thought_over(self, due: datetime, at: datetime | None = None) -> e.TimerFired:
        """The time to take a choice back has passed."""
        return replace(self.expiry(due, at), name="choice")

    def wants_a_person(self, answered: int, at: datetime) -> e.PersonAskedFor:
        return self.answer(e.PersonAskedFor, answered, at, text="Let me speak with somebody.")

    def expiry(self, due: datetime, at: datetime | None = None) -> e.TimerFired:
        names = {"customer": self.names["customer"], "flow": "offer", "case": self.case, "name": "expiry"}
        return e.TimerFired(**names, due=due, at=at or due)

    def not_delivered(self, kind: str, at: datetime, notice: str = "n-1") -> e.NoticeFailed:
        said: dict[str, Any] = {
            "notice": notice,
            "kind": kind,
            "channel": "email",
            "language": "en",
            "reason": "mailbox_full",
        }
        return e.NoticeFailed(**self.names, case=self.case, at=at, **said)

    def not_paid(self, key: str, at: datetime) -> e.PayoutFailed:
        return e.PayoutFailed(customer=self.names["customer"], key=key, at=at, reason="account closed")

    def was_paid(self, key: str, at: datetime, amount: str | None = None) -> e.PayoutCompleted:
        sum_ = euro(amount) if amount else None
        return e.PayoutCompleted(customer=self.names["customer"], key=key, at=at, amount=sum_)

    def asked_after(self, key: str, due: datetime, at: datetime | None = None) -> e.TimerFired:
        """Its day has passed, and the days of grace."""
        return replace(self.expiry(due, at), name=clock_of(key))

    def never_came(self, key: str, at: datetime) -> e.FulfilmentContested:
        return self.answer(e.FulfilmentContested, 1, at, key=key)

    def renewed(self, key: str, at: datetime) -> e.PayoutRenewed:
        said: dict[str, Any] = {"by": "Rosa Stern", "role": "billing", "reason": "They gave us another account."}
        return self.answer(e.PayoutRenewed, 1, at, key=key, **said)


ANA = Complaint("cust-ana", "C-1001")
"""Her parcel came nine days late."""
BEN = Complaint("cust-ben", "C-1002")
"""His parcel came on the promised day."""
CLEO = Complaint("cust-cleo", "C-1003")
"""Nobody can say where her parcel is."""


class Story:
    """What happened to one customer, told through the pure core; `said` holds every answer in order."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.policy, self.customer = policy, Customer()
        self.balance: tuple[Money, ...] = ()
        self.said: list[Answered] = []
        self.last: tuple[Answered, ...] = ()
        self.heard = 0

    def given(self, *events: e.AnyEvent) -> "Story":
        for event in events:
            self.when(event)
        return self

    def when(self, event: e.AnyEvent) -> "Story":
        self.heard += 1
        after = step(DECIDER, "offer", self.customer, UUID(int=self.heard), event, Known(self.policy, self.balance))
        self.customer, self.last = after.state, tuple(answer for _, answer in after.answers)
        self.said += self.last
        return self

    def if_then(self, event: e.AnyEvent) -> "Story":
        """As it would go on with this; the story itself stays where it is."""
        other = copy(self)
        other.said = list(self.said)
        return other.when(event)

    def then(self, *kinds: type[Answered]) -> "Story":
        """These answers and no others; that a clock asks after everything that is due, and nobody after what is done, goes
        without saying."""
        said = [answer for answer in self.last if not isinstance(answer, TimersCancelled)]
        said = [answer for answer in said if not (isinstance(answer, Timer) and key_behind(answer))]
        assert [type(answer).__name__ for answer in said] == [kind.__name__ for kind in kinds]
        return self

    def then_nothing(self) -> "Story":
        return self.then()

    def the(self, kind: type[A]) -> A:
        """The latest answer of this kind."""
        return [answer for answer in self.said if isinstance(answer, kind)][-1]

    def all(self, kind: type[A]) -> list[A]:
        return [answer for answer in self.said if isinstance(answer, kind)]

    def case(self, complaint: Complaint) -> Case:
        return self.customer.cases[complaint.case]

    def paid(self, ledger: str = "remedy") -> Decimal:
        return sum(
            (due.amount.amount for due in self.all(e.PayoutDue) if due.ledger == ledger and due.amount), Decimal(0)
        )


def given(*events: e.AnyEvent) -> Story:
    """A story in which this has happened already."""
    return Story().given(*events)


APOLOGY = (e.ApologyOffered, Timer)
OPTIONS = (e.OptionsOffered, Timer)
INPUT = (e.InputInvited, Timer)
FINAL_SAY = (e.FinalSayGiven, Timer)
