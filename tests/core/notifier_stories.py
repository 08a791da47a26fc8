"""Words to tell stories of the notifier in: a house, its people, and given / when / then."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from services.notifier.core import State, decider
from services.notifier.notice import Turned, Written
from services.notifier.writing.voice import Voices
from services.notifier.writing.wording import Text, write
from shared import events as e
from shared.money import Money
from shared.policy.load import load_policy
from shared.policy.policy import House, Policy
from shared.remedy import Remedy, remedy_of
from shared.runtime.decider import Answered, step

CRM = "crm.complaints.v1"
START = datetime(2018, 2, 21, 10, tzinfo=UTC)
HOUSE = House("Nimbus Parcels", "care@nimbus.example", "Mara Lund")
SHIPPED = load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy")
POLICY = replace(SHIPPED, version="2018.1", house=HOUSE)
VOICES = Voices(POLICY)
LATE = e.Clause(
    "late-delivery",
    "met",
    {"promised_on": "2018-02-10", "delivered_at": "2018-02-19T18:00:00Z", "days_late": "9"},
    ("m-1",),
)
ON_TIME = e.Clause("on-time", "met", {"promised_on": "2018-02-20", "delivered_at": "2018-02-19T18:00:00Z"}, ("m-2",))
VOUCHER = e.Option(id="voucher-20", form="voucher", amount=Money(Decimal("20.00"), "BRL"), arrives=0)
CALL = e.Option(id="call", form="call", arrives=1)
WHEN = e.Question("collected_on", "the day on which you collected it", "date")
LINK = "https://nimbus.example/c/token"


def reais(amount: str) -> Money:
    return Money(Decimal(amount), "BRL")


def owing(amount: str) -> Remedy:
    return remedy_of(reais(amount))


class Complaint:
    """A customer's letter, and what the house says about it."""

    def __init__(self, customer: str = "cust-77", complaint: str = "C-1001", language: str | None = "en") -> None:
        self.customer, self.complaint, self.language = customer, complaint, language
        self.case = e.case_id(CRM, complaint)

    def accepted(self, **person: Any) -> e.ComplaintAccepted:
        known: dict[str, Any] = {"name": "Ana Lima", "email": "ana@example.org", "language": self.language}
        known |= {"customer": self.customer, "complaint": self.complaint, "source": CRM}
        return e.ComplaintAccepted(at=START, received_at=START - timedelta(days=1), **(known | person))

    def _about(self, round_: int, facts: dict[str, Any]) -> dict[str, Any]:
        names = {"customer": self.customer, "complaint": self.complaint, "source": CRM, "case": self.case}
        return names | {"at": START, "round": round_, "severity": 2} | facts

    @property
    def subject(self) -> e.Subject:
        return e.Subject("order", f"order-of-{self.complaint}")

    def opened(self, **facts: Any) -> e.CaseOpened:
        return e.CaseOpened(**self._about(0, {"subject": self.subject} | facts))

    def granted(self, amount: str, part: int = 1, **facts: Any) -> e.RemedyGranted:
        known: dict[str, Any] = {"remedy": owing(amount), "part": part, "payout": f"{self.case}/remedy/-/{part}"}
        return e.RemedyGranted(**self._about(part - 1, known | facts))

    def asked(self, *questions: e.Question, **facts: Any) -> e.InformationInvited:
        known = {"questions": questions or (WHEN,), "expires": START + timedelta(days=10), "subject": self.subject}
        return e.InformationInvited(**self._about(0, known | facts))

    def apology(self, round_: int = 1, **facts: Any) -> e.ApologyOffered:
        known = {"expires": START + timedelta(days=14), "promise": "broken", "outcome": "owed", "clauses": (LATE,)}
        return e.ApologyOffered(
            **self._about(round_, known | {"remedy": remedy_of(reais("17.50")), "subject": self.subject} | facts)
        )

    def options(self, round_: int = 2, **facts: Any) -> e.OptionsOffered:
        known = {"expires": START + timedelta(days=28), "promise": "broken", "outcome": "owed"}
        return e.OptionsOffered(
            **self._about(
                round_,
                known
                | {"options": (VOUCHER, CALL), "subject": self.subject, "remedy": remedy_of(reais("17.50"))}
                | facts,
            )
        )

    def input(self, round_: int = 3, **facts: Any) -> e.InputInvited:
        return e.InputInvited(**self._about(round_, {"expires": START + timedelta(days=30)} | facts))

    def answered(self, *, granted: bool, round_: int = 3, **facts: Any) -> e.CounterAnswered:
        reason = "as-you-asked" if granted else "beyond-the-loss"
        return e.CounterAnswered(**self._about(round_, {"granted": granted, "reason": reason} | facts))

    def declined(self, **facts: Any) -> e.ClaimDeclined:
        known = {"reason": "on-time", "clauses": (ON_TIME,), "subject": self.subject}
        return e.ClaimDeclined(**self._about(1, known | facts))

    def settled(self, option: str | None = None, round_: int = 1, **facts: Any) -> e.CaseSettled:
        return e.CaseSettled(**self._about(round_, {"option": option} | facts))

    def handed_over(self, round_: int = 1, why: str = "question_asked") -> e.HandedOver:
        return e.HandedOver(**self._about(round_, {"to": "customer care", "why": why}))

    def given(self, option: e.Option, round_: int = 1) -> e.GoodwillGiven:
        """Somebody of the house gives this, unasked."""
        return e.GoodwillGiven(**self._about(round_, {"option": option, "role": "the head of customer care"}))

    def final_say(self, round_: int = 3, **facts: Any) -> e.FinalSayGiven:
        known = {"role": "head", "expires": START + timedelta(days=42)}
        return e.FinalSayGiven(**self._about(round_, known | facts))

    def expired(self, round_: int = 1) -> e.CaseExpired:
        return e.CaseExpired(**self._about(round_, {}))

    def withdrawn(self) -> e.CaseWithdrawn:
        return e.CaseWithdrawn(**self._about(0, {}))


class Desk:
    """Hears events one by one, as the notifier does, and keeps what it said."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.decider = decider(policy)
        self.state = State()
        self.heard = 0

    def hear(self, *events: e.AnyEvent) -> list[Answered]:
        answers: list[Answered] = []
        for event in events:
            self.heard += 1
            stepped = step(self.decider, "notifier", self.state, UUID(int=self.heard), event, None)
            self.state = stepped.state
            answers += [answer for _, answer in stepped.answers]
        return answers

    def letters(self, *events: e.AnyEvent) -> list[Written]:
        """The letters that these events lead to, whether or not they can be sent."""
        return [told.written for told in self.hear(*events) if isinstance(told, Turned) and told.written]

    def kinds(self, *events: e.AnyEvent) -> list[str]:
        return [letter.kind for letter in self.letters(*events)]

    def texts(self, *events: e.AnyEvent) -> list[Text]:
        return [write(letter, VOICES, LINK) for letter in self.letters(*events)]
