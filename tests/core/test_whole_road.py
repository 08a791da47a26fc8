"""Whatever comes, however often and in whatever order it is read: the whole road keeps the rules of the house."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.notifier.notice import Letter, Turned
from services.offer.terms import Known
from shared import events as e
from shared.bus.seam import Partition, Record
from shared.money import Money
from shared.runtime.flow import Heard
from shared.runtime.fold import fold
from tests.core.road_rules import DECISIONS, all_of, broken
from tests.core.road_stories import FLOWS, NAMES, POLICY, START, ChanceRoad, Script

CRM, DAY = e.CRM, timedelta(days=1)
PEOPLE = ("ana", "bo", "cem")
LAST_WORDS = ((), ("content",), ("choose",), ("ask",))
SEEDS = st.integers(0, 2**32)


@dataclass
class Stream:
    """What others send, in the order of each sender, and what customers will answer."""

    sent: list[tuple[UUID, Any]] = field(default_factory=list)
    script: Script = field(default_factory=dict)

    def add(self, name: str, event: Any) -> None:
        self.sent.append((uuid5(NAMES, name), event))

    @property
    def complaints(self) -> set[str]:
        return {event.id for _, event in self.sent if isinstance(event, e.ComplaintReceived)}


def letter(number: int, who: str, order: str | None, days_ago: int, mail: bool) -> e.ComplaintReceived:
    return e.ComplaintReceived(
        id=f"C-{number}",
        source=CRM,
        customer=e.Person(id=who, name=who.title(), email=f"{who}@example.org" if mail else None, language="en"),
        subject=e.Subject("order", order) if order else None,
        category="late-delivery",
        received_at=START - days_ago * DAY,
        paid=Money(Decimal("75.00"), "EUR"),
    )


def measured(order: str, days_late: int | None, number: str) -> e.MeasurementTaken:
    """A parcel that was promised for the tenth; without a number of days it has not come."""
    came = {} if days_late is None else {"delivered_at": f"{date(2018, 2, 10) + days_late * DAY}T15:00:00Z"}
    facts: dict[str, Any] = {
        "promised_on": "2018-02-10", "status": "delivered" if came else "shipped", "price": "68.00", "freight": "7.00",
        "currency": "EUR", **came,
    }  # fmt: skip
    return e.MeasurementTaken(
        id=number, source=e.TELEMETRY, subject=e.Subject("order", order), taken_at=START - DAY, facts=facts
    )


SELDOM = st.sampled_from((False,) * 7 + (True,))
REPLIES = st.sampled_from([(*("refuse",) * times, *last) for times in range(5) for last in LAST_WORDS])


@st.composite
def quiet_streams(draw: st.DrawFn) -> Stream:
    """Letters and figures, some of them twice; each order is measured once at most, and nobody takes anything back."""
    stream = Stream()
    for number in range(draw(st.integers(1, 6))):
        who = draw(st.sampled_from(PEOPLE))
        order = draw(st.sampled_from((f"{who}-1", f"{who}-2", f"{who}-{number}", f"{who}-{number}", None)))
        complaint = letter(number, who, order, draw(st.sampled_from((0, 1, 1, 1, 2, 800))), mail=not draw(SELDOM))
        stream.script[complaint.id] = draw(REPLIES)
        stream.add(complaint.id, complaint)
        if draw(st.booleans()):  # sent again, under a name of its own or under the same
            stream.add(draw(st.sampled_from((complaint.id, f"{complaint.id} again"))), complaint)
    orders = {event.subject.id for _, event in stream.sent if event.subject}
    for order in sorted(orders):
        if draw(st.sampled_from((True, True, True, False))):
            figures = measured(order, draw(st.sampled_from((-3, 2, 6, 9))), f"m-{order}")
            stream.add(figures.id, figures)
    return stream


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """The same with corrected figures, compensations and withdrawals, before and after the letter itself."""
    stream = draw(quiet_streams())
    letters = [event for _, event in stream.sent if isinstance(event, e.ComplaintReceived)]
    for number in range(draw(st.integers(0, 4))):
        about = draw(st.sampled_from(letters))
        match draw(st.sampled_from(("corrected", "compensated", "withdrawn"))):
            case "corrected" if about.subject:
                more: Any = measured(about.subject.id, draw(st.sampled_from((None, -1, 4, 12))), f"m-{number} again")
            case "withdrawn":
                more = e.WithdrawalReceived(id=about.id, customer=about.customer.id, source=CRM)
            case _:
                amount = Money(Decimal(draw(st.sampled_from(("3.00", "5.00", "20.00")))), "EUR")
                by: dict[str, Any] = {"subject": about.subject} if about.subject else {"complaint": about.id}
                customer = about.customer.id
                more = e.CompensationReceived(id=f"K-{number}", customer=customer, source=CRM, amount=amount, **by)
        at = draw(st.integers(0, len(stream.sent)))
        stream.sent.insert(at, (uuid5(NAMES, f"more {number}"), more))
    return stream


def walked(stream: Stream, seed: int, *, hasty: bool = False) -> ChanceRoad:
    road = ChanceRoad(stream.script, Random(seed), hasty=hasty)
    for name, event in stream.sent:
        road.publish(name, event)
    road.run()
    return road


@given(streams(), SEEDS)
@settings(max_examples=80, deadline=None)
def test_whatever_comes_in_whatever_order_the_rules_of_the_house_hold(stream: Stream, seed: int) -> None:
    assert list(broken(stream.complaints, walked(stream, seed))) == []


@given(streams(), SEEDS)
@settings(max_examples=80, deadline=None)
def test_they_hold_also_when_time_runs_out_while_others_have_not_read_yet(stream: Stream, seed: int) -> None:
    assert list(broken(stream.complaints, walked(stream, seed, hasty=True))) == []


@given(quiet_streams(), SEEDS, SEEDS)
@settings(max_examples=80, deadline=None)
def test_the_end_is_the_same_whoever_reads_first(stream: Stream, one: int, another: int) -> None:
    assert ends(walked(stream, one)) == ends(walked(stream, another))


@given(streams(), SEEDS)
@settings(max_examples=25, deadline=None)
def test_the_offer_answers_the_same_however_its_stream_is_cut(stream: Stream, seed: int) -> None:
    heard = [as_heard(name, event) for name, event in walked(stream, seed).heard["offer"]]
    whole = in_batches(heard, len(heard) + 1)
    for size in (1, 2, 7, 100):
        assert in_batches(heard, size) == whole


def as_heard(name: UUID, event: Any) -> Heard:
    topic = e.WIRE[type(event)][1]
    record = Record(Partition(topic, 0), 0, event.customer.encode(), b"", (), event.at)
    return Heard(name, event.customer, event, record)


def in_batches(heard: Sequence[Heard], size: int) -> Any:
    """What the offer's flow remembers, says, and asks to be woken for."""
    flow = FLOWS["offer"]
    states: dict[str, Any] = {}
    rows: list[Any] = []
    timers: dict[Any, Any] = {}
    for start in range(0, len(heard), size):
        batch = heard[start : start + size]
        known = {str(one.key): states.get(str(one.key), flow.decider.initial) for one in batch}
        folded = fold(flow, batch, [None] * len(batch), [Known(POLICY)] * len(batch), known, {})
        assert not folded.letters
        states |= folded.changed
        rows += folded.rows
        timers |= folded.timers
    return states, rows, timers


def ends(road: ChanceRoad) -> dict[str, Any]:
    """How each complaint ended: but for when, and for who was told meanwhile that we are looking into it, or, since they
    wrote again after we had declined, heard so again."""
    found: dict[str, Any] = {}
    for (flow, _), state in road.states.items():
        if flow != "offer":
            continue
        for case in state.cases.values():
            shown = [option.id for option in case.shown]
            round_ = case.round if case.state != "declined" else "the last"
            dues = {key: replace(payout, due=None) for key, payout in case.payouts.items()}
            found[case.complaint] = (case.state, case.why, round_, case.contacts, shown, dues, case.outcome)
    told = [told.letter for told in all_of(road, Turned) if told.letter and told.letter.kind != "acknowledgement"]
    letters = Counter((_about(letter), letter.failed) for letter in told if letter.kind != "decline")
    declined = {(letter.notice.partition("/")[0], letter.failed) for letter in told if letter.kind == "decline"}
    decided = Counter((type(event).__name__, event.complaint) for event in all_of(road, DECISIONS))
    return found | {"letters": letters, "declined": declined, "decided": decided}


def _about(letter: Letter) -> str:
    """Billing may say that something arrived in any round; that is told once all the same."""
    case, round_, about = letter.notice.split("/", 2)
    return f"{case}/{about}" if letter.kind == "payment-made" else f"{case}/{round_}/{about}"
