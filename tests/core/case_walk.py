"""Every state that a case can be in, and everything that can be heard in it: the walk that holds its life to the table."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

from msgspec.structs import replace

from services.offer.case import Case
from shared import events as e
from shared.policy.policy import Policy
from shared.runtime.decider import TimersCancelled
from tests.core.clock_stories import CLOCKED, rings
from tests.core.offer_stories import ANA, ANSWER_WITHIN, POLICY, Complaint, Story, day, euro

SECOND = Complaint("cust-ana", "C-1001-b")
EARLIER = Complaint("cust-ana", "C-0999", "order-of-C-1001")
TOLD = EARLIER.verdict(day(-2), failure="f-1")
"""She has complained of the very same failure before."""
THINKING = timedelta(days=10)
SLOW = replace(POLICY, rounds=replace(POLICY.rounds, undo_within=THINKING))
REFUSALS = tuple(ANA.refused(number, day(number)) for number in range(1, 6))
GIFT = ANA.overruled("give", day(4.8), "Ida", "care-team", amount=euro("20.00"))
OWED = f"{ANA.case}/remedy/-/1"
LIVES: dict[str, tuple[e.AnyEvent, ...]] = {
    "a second letter came first": (SECOND.merged_into(ANA, day(0)),),
    "operations are asked": (ANA.awaited(),),
    "the clocks run": (ANA.awaited(received_at=day(-7)),),
    "the customer is asked, and the clocks stand still": (ANA.awaited(received_at=day(-7)), ANA.asked(day(0.5))),
    "the customer is asked": (ANA.asked(),),
    "late and owed": (ANA.verdict(),),
    "nobody knows": (ANA.unclear(),),
    **{
        f"late, where a law counts, and refused {n} times": (ANA.verdict(jurisdiction="GB"), *REFUSALS[:n])
        for n in (0, 1, 2)
    },
    "it turned out to be kept": (ANA.unclear(), ANA.kept(day(0.5))),
    **{
        f"it turned out to be kept after {number} refusals": (ANA.unclear(), *REFUSALS[:number], ANA.kept(day(4.5)))
        for number in (1, 2, 4)
    },
    "too much was asked for": (ANA.verdict(), ANA.counters(1, day(1), "9000")),
    "severe": (ANA.verdict(severity=4),),
    "refused once": (ANA.verdict(), *REFUSALS[:1]),
    "asked what would put it right": (ANA.verdict(), *REFUSALS[:2]),
    "refused three times": (ANA.verdict(), *REFUSALS[:3]),
    "refused to the end": (ANA.verdict(), *REFUSALS[:4]),
    "a person was asked for": (ANA.verdict(), ANA.wants_a_person(1, day(1))),
    "a person was asked for beside the options": (ANA.verdict(severity=4), ANA.wants_a_person(1, day(1))),
    **{
        f"it goes on, {word}": (ANA.verdict(ongoing=True), *events)
        for word, events in {
            "and they chose money": (*REFUSALS[:1], ANA.chose("voucher-10", 2, day(2))),
            "and they chose": (*REFUSALS[:1], ANA.chose("call-back", 2, day(2))),
            "they are content, and asked for a person": (ANA.content(1, day(1)), ANA.wants_a_person(1, day(2))),
            "refused once": REFUSALS[:1],
            "refused twice": REFUSALS[:2],
            "refused to the end": REFUSALS[:4],
            "with a person": (*REFUSALS[:1], ANA.wants_a_person(2, day(2))),
            "and it lapsed": (*REFUSALS[:1], ANA.expiry(day(1) + ANSWER_WITHIN)),
            "and nothing was said yet": (),
        }.items()
    },
    **{
        f"somebody is asked to approve, {word}": (*events, ANA.counters(number, day(4.5), "60.00"))
        for word, number, events in (
            ("at once", 1, (ANA.verdict(),)),
            ("in the end", 5, (ANA.verdict(), *REFUSALS[:4])),
            ("and it goes on", 1, (ANA.verdict(ongoing=True),)),
            ("and it turned out to be kept", 1, (ANA.unclear(),)),
        )
    },
    "approval waits, and it turned out to be kept": (
        *(ANA.unclear(), ANA.counters(1, day(1), "60.00"), ANA.kept(day(2))),
    ),
    "two have to approve, and one would give less": (
        *(ANA.verdict(), ANA.counters(1, day(1), "110.00"), ANA.amended(day(2), "95.00", role="board", by="Noor")),
    ),
    **{
        f"a gift waits for a yes, {word}": (*events, GIFT)
        for word, events in {
            "after the apology": (ANA.verdict(),),
            "beside the options": (ANA.verdict(), *REFUSALS[:1]),
            "beside the question": (ANA.verdict(), *REFUSALS[:2]),
            "after the final say": (ANA.verdict(), *REFUSALS[:4]),
            "with a person": (ANA.verdict(), ANA.wants_a_person(1, day(1))),
            "though it was kept": (ANA.kept(),),
            "though it lapsed": (ANA.verdict(), ANA.expiry(day(0) + ANSWER_WITHIN)),
            "though they are content": (ANA.verdict(), ANA.content(1, day(1))),
            "though it goes on": (ANA.verdict(ongoing=True), ANA.content(1, day(1))),
            **{
                f"while it goes on, {refusals} refusals": (ANA.verdict(ongoing=True), *REFUSALS[:refusals])
                for refusals in (0, 1, 2, 4)
            },
            "while it goes on and lapsed": (ANA.verdict(ongoing=True), ANA.expiry(day(0) + ANSWER_WITHIN)),
        }.items()
    },
    "contested": (ANA.unclear(contested=True),),
    "danger": (ANA.letter(), ANA.verdict()),
    "danger, and kept": (ANA.letter(), ANA.kept()),
    "content": (ANA.verdict(), ANA.content(1, day(1))),
    "an option was taken": (ANA.verdict(), *REFUSALS[:1], ANA.chose("voucher-10", 2, day(2))),
    "a call was chosen": (ANA.verdict(), *REFUSALS[:1], ANA.chose("call-back", 2, day(2))),
    "an option was taken instead of a wish": (ANA.verdict(), *REFUSALS[:2], ANA.chose("voucher-10", 3, day(3))),
    "content at the end": (ANA.verdict(), *REFUSALS[:4], ANA.content(5, day(4.5))),
    "content, with a person": (ANA.letter(), ANA.verdict(), ANA.content(1, day(1))),
    "it goes on, and the choice was thought over": (
        *(ANA.verdict(ongoing=True), *REFUSALS[:1], ANA.chose("voucher-10", 2, day(2))),
        ANA.thought_over(day(2) + THINKING),
    ),
    "the choice was thought over": (
        *(ANA.verdict(), *REFUSALS[:1], ANA.chose("voucher-10", 2, day(2))),
        ANA.thought_over(day(2) + THINKING),
    ),
    "it could not be paid": (ANA.verdict(), ANA.not_paid(OWED, day(1))),
    "it could not be paid, and they were content": (
        ANA.verdict(),
        ANA.content(1, day(1)),
        ANA.not_paid(OWED, day(1.5)),
    ),
    "it could not be paid, and they thought again": (
        *(ANA.verdict(), *REFUSALS[:1], ANA.chose("voucher-10", 2, day(2)), ANA.not_paid(OWED, day(2.5))),
    ),
    "it goes on and could not be paid": (
        *(ANA.verdict(ongoing=True), ANA.content(1, day(1)), ANA.not_paid(OWED, day(2))),
    ),
    "it is late, and they took it back": (ANA.verdict(), ANA.asked_after(OWED, day(13)), ANA.withdrawn(day(14))),
    "kept": (ANA.kept(),),
    "kept, and a person was asked for": (ANA.kept(), ANA.wants_a_person(1, day(1))),
    "the apology lapsed": (ANA.verdict(), ANA.expiry(day(0) + ANSWER_WITHIN)),
    "nobody knew, and it lapsed": (ANA.unclear(), ANA.expiry(day(0) + ANSWER_WITHIN)),
    "it was kept, and that lapsed": (ANA.unclear(), ANA.kept(day(0.5)), ANA.expiry(day(0) + ANSWER_WITHIN)),
    "the question lapsed": (ANA.verdict(), *REFUSALS[:2], ANA.expiry(day(2) + ANSWER_WITHIN)),
    "the last options lapsed": (ANA.verdict(), *REFUSALS[:3], ANA.expiry(day(3) + ANSWER_WITHIN)),
    "the options lapsed": (ANA.verdict(), *REFUSALS[:1], ANA.expiry(day(1) + ANSWER_WITHIN)),
    "the final say lapsed": (ANA.verdict(), *REFUSALS[:4], ANA.expiry(day(4) + ANSWER_WITHIN)),
    **{
        f"somebody gave their word, {word}": (*events[:1], ANA.promised("ring them", day(4.8), day(0.1)), *events[1:])
        for word, events in {
            "and operations are asked": (ANA.awaited(),),
            "and an apology lies before them": (ANA.verdict(),),
            "and options do": (ANA.verdict(severity=4),),
            "and they were asked": (ANA.verdict(), *REFUSALS[:2]),
            "and nothing is left": (ANA.verdict(), *REFUSALS[:3]),
            "and all was said": (ANA.verdict(), *REFUSALS[:4]),
            "and a person has it": (ANA.verdict(), ANA.wants_a_person(1, day(1))),
            "and it lapsed": (ANA.verdict(), ANA.expiry(day(0) + ANSWER_WITHIN)),
            "and it lapsed with nothing left": (ANA.verdict(), *REFUSALS[:3], ANA.expiry(day(3) + ANSWER_WITHIN)),
            "and it was kept": (ANA.kept(),),
            "and they were content": (ANA.verdict(), ANA.content(1, day(1))),
            "and it goes on": (ANA.verdict(ongoing=True), ANA.content(1, day(1))),
        }.items()
    },
    "complained of before": (TOLD, ANA.verdict(failure="f-1")),
    "complained of before, and operations are asked": (TOLD, ANA.awaited()),
    "complained of before, and a further letter came first": (TOLD, SECOND.merged_into(ANA, day(0))),
    "complained of before, and more is owed": (TOLD, ANA.verdict(failure="f-1", remedy=euro("30.00"))),
    "complained of before, and somebody gave their word": (
        *(TOLD, ANA.verdict(failure="f-1"), ANA.promised("ring them", day(4.8), day(0.1))),
    ),
    "taken back": (ANA.verdict(), ANA.withdrawn(day(1))),
    "taken back at once": (ANA.withdrawn(day(1)),),
    "history": (ANA.verdict(received_at=day(-1000)),),
}
"""How a case may have come to where it stands; several ways into each state."""


def told(events: Sequence[e.AnyEvent], policy: Policy = POLICY) -> Story:
    return Story(policy).given(*events)


def heard_next(case: Case) -> Iterator[e.AnyEvent]:
    """One of each kind, and more where what it says decides: in time and late, for this round and another."""
    for at in (day(5), day(60)):
        yield from _upstream(at)
        for number in (case.round, case.round + 1):
            yield from _answers(case, number, at)
        yield ANA.expiry(case.expires or at, at)
        yield ANA.thought_over(case.until or at, max(at, case.until or at))
        yield ANA.expiry(day(-1), at)
        yield from _rulings(case, at)
        yield from _clocks()
        yield from _words(at)
        yield from (ANA.not_delivered(kind, at) for kind in ("acknowledgement", "apology"))
        for key in (*case.payouts, f"{case.id}/remedy/-/1"):
            yield from (ANA.not_paid(key, at), ANA.was_paid(key, at), ANA.was_paid(key, at, "1.00"))
            yield from (ANA.asked_after(key, at), ANA.never_came(key, at), ANA.renewed(key, at))


def _clocks() -> Iterator[e.AnyEvent]:
    """Each of them in time and late, and those that a case does not have."""
    for name in ("house/hello", "house/answer", "house/answer/warn", "house/end", "house/progress", "law/response"):
        yield rings(ANA, name, day(4.5))
        yield rings(ANA, name, day(60), day(61))


def _words(at: Any) -> Iterator[e.AnyEvent]:
    """Of one that was given in some of these lives, and of one that nobody gave."""
    yield ANA.promised("ring them", at + timedelta(days=1), at)
    for number in (1, 9):
        yield from (ANA.fulfilled(number, at), ANA.word_due(number, day(4.8), max(at, day(4.8))))


def _upstream(at: Any) -> Iterator[e.AnyEvent]:
    yield from (ANA.letter(at, signals=signals) for signals in ((), ("law",), ("danger",)))
    yield ANA.letter(at, received_at=day(-1000))
    yield from (SECOND.merged_into(ANA, at, *signals) for signals in ((), ("danger",)))
    for taken in (ANA.awaited, ANA.asked):
        yield from (taken(at, received_at=day(-1)), taken(at, received_at=day(-1000)))
    yield from (ANA.verdict(at), ANA.verdict(at, remedy=euro("40.00")), ANA.verdict(at, severity=4), ANA.kept(at))
    yield ANA.verdict(at, failure="f-1")
    yield from (ANA.verdict(at, ongoing=True), ANA.verdict(at, ongoing=True, remedy=euro("40.00")))
    yield from (ANA.unclear(at), ANA.unclear(at, contested=True), ANA.verdict(at, received_at=day(-1000)))
    yield from (ANA.verdict(at, reasons=("loss-beyond-price",)), replace(ANA.kept(at), signals=("danger",)))
    yield ANA.withdrawn(at)


def _answers(case: Case, number: int, at: Any) -> Iterator[e.AnyEvent]:
    yield from (ANA.content(number, at), ANA.refused(number, at), ANA.wants_a_person(number, at))
    yield ANA.undone(number, at)
    yield ANA.rated(4, number, at)
    yield from (ANA.chose(option.id, number, at) for option in case.shown)
    yield ANA.chose("a pony", number, at)
    yield ANA.answer(e.QuestionAsked, number, at)
    yield ANA.answer(e.InformationGiven, number, at, facts={})
    yield from (ANA.counters(number, at), ANA.counters(number, at, "5.00"), ANA.counters(number, at, "9000"))


def _rulings(case: Case, at: Any) -> Iterator[e.AnyEvent]:
    """By who may, by who may not, and on what nobody asked for."""
    for number in (*range(1, len(case.requests) + 1), 99):
        for role in ("care-team", "board"):
            yield from (ANA.approved(at, role=role, number=number), ANA.not_approved(at, role=role, number=number))
            yield ANA.amended(at, "30.00", role=role, number=number)
    for action in ("give", "decline", "stop", "hand_on"):
        for role in ("care-team", "board"):
            yield ANA.overruled(action, at, role=role, amount=euro("10.00"), to="care-team")
    if case.request:
        yield ANA.unanswered(case.request[1].due, max(at, case.request[1].due))


def walked() -> dict[tuple[str, str], set[str]]:
    """For each state and each kind of thing heard in it that was answered: where the case stood afterwards.

    Under three policies: choices count at once, or may be taken back for a while, or clocks run."""
    leads: dict[tuple[str, str], set[str]] = defaultdict(set)
    for events, policy in product(LIVES.values(), (POLICY, SLOW, CLOCKED)):
        life = told(events, policy)
        case = life.case(ANA)
        for event in heard_next(case):
            story = life.if_then(event)
            after = story.case(ANA).state
            said = [answer for answer in story.last if not isinstance(answer, TimersCancelled)]
            assert said or after == case.state, f"{event} moved a {case.state} case without a word"
            if said:
                leads[case.state, type(event).__name__].add(after)
    return leads
