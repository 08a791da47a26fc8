"""The same facts get the same offer, whoever asks and however; and no difference is without a cause."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.offer.case import Customer
from services.offer.console.fairness import Cause, Fairness, compare
from services.offer.console.told import Told, tell
from services.offer.core import DECIDER
from services.offer.terms import Known
from shared import events as e
from shared.money import Money
from shared.policy.limits import Budget, GoodwillLimit, Raise, Repeats
from shared.policy.policy import Policy
from shared.runtime.decider import step
from tests.core.offer_stories import POLICY, SHIPPED, START, UNLIMITED, Complaint, Story, day, euro
from tests.core.verifier_stories import judged, letter, parcel

INCIDENT = "inc-7"
NEIGHBOURS = [Complaint(f"cust-{name}", f"C-{name}") for name in ("ana", "bo", "cem", "dea")]
SEVERE = {"severity": 4, "incident": INCIDENT}


class Street:
    """The cases of one incident, each told through the pure core, and what staff can read of each."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.policy = policy
        self.stories: dict[str, Story] = {}
        self.heard: dict[str, list[Any]] = {}

    def hear(
        self, complaint: Complaint, *events: Any, balance: str | None = None, policy: Policy | None = None
    ) -> None:
        story = self.stories.setdefault(complaint.case, Story(self.policy))
        story.policy, story.balance = policy or self.policy, (euro(balance),) if balance else ()
        for event in events:
            story.when(event)
            self.heard.setdefault(complaint.case, []).extend((event, *story.last))

    def compare(self) -> Fairness:
        told = []
        for complaint in NEIGHBOURS:
            if complaint.case in self.stories:
                case = self.stories[complaint.case].case(complaint)
                begun = Told(case.id, case.complaint, case.customer, case.state)
                told.append(
                    tell(begun, [one for one in self.heard[case.id] if getattr(one, "case", case.id) == case.id])
                )
        return compare(INCIDENT, told)


def causes(found: Fairness, complaint: Complaint) -> dict[str, list[str]]:
    """What differs for this customer, each with the codes of its causes."""
    (case,) = [case for case in found.cases if case.case == complaint.case]
    return {one.what: sorted({cause.code for cause in one.causes}) for one in case.differences}


def alike(policy: Policy = POLICY) -> Street:
    """Three of one street, let down in the same way, and treated alike."""
    street = Street(policy)
    for complaint in NEIGHBOURS[:3]:
        street.hear(complaint, complaint.verdict(day(0), **SEVERE))
    return street


def test_who_was_let_down_alike_is_treated_alike() -> None:
    found = alike().compare()
    assert len(found.cases) == 3
    assert not any(case.differences for case in found.cases)


def test_what_was_paid_is_a_fact_that_makes_a_difference() -> None:
    street, dea = alike(), NEIGHBOURS[3]
    street.hear(dea, dea.verdict(day(0), paid=euro("40"), **SEVERE))
    found = street.compare()
    assert causes(found, dea) == {"options 1": ["facts"]}
    assert Cause("facts", "paid", "EUR 40", "EUR 129.90") in found.cases[-1].differences[0].causes


def test_a_limit_of_the_customer_is_named() -> None:
    street, dea = alike(), NEIGHBOURS[3]
    none = replace(POLICY, limits=replace(UNLIMITED, everyone=GoodwillLimit(0)))
    street.hear(dea, dea.verdict(day(0), **SEVERE), policy=replace(none, digest=POLICY.digest))
    assert causes(street.compare(), dea) == {"options 1": ["limit"]}


def test_a_budget_that_was_spent_meanwhile_is_named() -> None:
    tight = replace(POLICY, limits=replace(UNLIMITED, budget=Budget("UTC", (), (euro("100"),))))
    street, dea = alike(tight), NEIGHBOURS[3]
    street.hear(dea, dea.verdict(day(1), **SEVERE), balance="99")
    assert causes(street.compare(), dea) == {"options 1": ["budget"]}


def test_another_version_of_the_policy_is_named() -> None:
    street, dea = alike(), NEIGHBOURS[3]
    rounds = replace(POLICY.rounds, menu=tuple(one for one in POLICY.rounds.menu if one.id != "refund-50"))
    street.hear(dea, dea.verdict(day(0), **SEVERE), policy=replace(POLICY, version="2018.2", rounds=rounds))
    assert causes(street.compare(), dea) == {"options 1": ["policy"]}


def test_a_history_of_failures_is_named() -> None:
    again = replace(POLICY, limits=replace(UNLIMITED, repeats=Repeats(UNLIMITED.within, 2, 9, 9)))
    street, dea = Street(again), NEIGHBOURS[3]
    for complaint in NEIGHBOURS[:3]:
        street.hear(complaint, complaint.verdict(day(0), incident=INCIDENT))
    earlier = Complaint("cust-dea", "C-old")
    street.hear(dea, earlier.verdict(day(-9)))
    street.hear(dea, dea.verdict(day(0), incident=INCIDENT))
    assert causes(street.compare(), dea) == {"first word": ["history"]}


def test_letters_that_made_it_graver_are_named() -> None:
    raising = replace(POLICY, limits=replace(UNLIMITED, raises=(Raise(2, contacts=2),)))
    street, dea = Street(raising), NEIGHBOURS[3]
    for complaint in NEIGHBOURS[:3]:
        street.hear(complaint, complaint.verdict(day(0), incident=INCIDENT))
    street.hear(dea, Complaint("cust-dea", "C-2nd").merged_into(dea, day(-1)), dea.verdict(day(0), incident=INCIDENT))
    assert causes(street.compare(), dea)["first word"] == ["history"]


def test_what_customers_chose_is_their_own() -> None:
    street = alike()
    chosen = {0: "refund-50", 1: "refund-50", 2: "visit"}
    for number, option in chosen.items():
        street.hear(NEIGHBOURS[number], NEIGHBOURS[number].chose(option, 1, day(1)))
    found = street.compare()
    assert causes(found, NEIGHBOURS[2]) == {"given": ["answers"]}
    assert not found.unexplained


def test_a_difference_without_a_cause_is_counted() -> None:
    """Nothing that is on file explains it: as it would be if a rule looked at something that it must not look at."""
    one, two = (
        tell(Told(name, name, name, "options"), _said(name, amount)) for name, amount in (("a", "1"), ("b", "2"))
    )
    found = compare(INCIDENT, [one, two])
    assert found.unexplained == 1


def _said(name: str, amount: str) -> list[Any]:
    complaint = Complaint(name, name)
    options = tuple(e.Option(str(number), "voucher", euro(amount)) for number in range(2))
    offer = e.OptionsOffered(**complaint.names, case=complaint.case, round=1, options=options, expires=day(9))
    return [complaint.verdict(), offer]


ANSWERS = st.lists(
    st.sampled_from(["refuse", "choose", "9000", "20", "content", "person", "lapse", "worse", "letter"]), max_size=6
)
TIGHT = replace(
    POLICY,
    limits=replace(
        UNLIMITED,
        everyone=GoodwillLimit(1, (euro("60"),)),
        budget=Budget("UTC", (euro("50"),), (euro("100"),)),
        repeats=Repeats(UNLIMITED.within, 2, 2, 2),
        raises=(Raise(1, contacts=2),),
    ),
)
FACTS = st.fixed_dictionaries(
    {
        "severity": st.integers(1, 4),
        "paid": st.sampled_from([euro("129.90"), euro("40")]),
        "sought": st.sampled_from([None, "refund", "apology"]),
        "contested": st.booleans(),
    }
)


def _event(word: str, complaint: Complaint, street: Street, at: float) -> Any:
    case = street.stories[complaint.case].case(complaint)
    match word:
        case "refuse":
            return complaint.refused(case.round, day(at))
        case "choose":
            return complaint.chose(case.shown[0].id if case.shown else "a pony", case.round, day(at))
        case "content":
            return complaint.content(case.round, day(at))
        case "person":
            return complaint.wants_a_person(case.round, day(at))
        case "lapse":
            return complaint.expiry(case.expires or day(at), max(case.expires or day(at), day(at)))
        case "worse":
            later = e.Clause("late-delivery", "met", {"days_late": "20"}, ("m-2",))
            return complaint.verdict(day(at), remedy=euro("40"), clauses=(later,), **SEVERE)
        case "letter":
            return Complaint(complaint.names["customer"], f"C-more-{at}").merged_into(complaint, day(at))
        case amount:
            return complaint.counters(case.round, day(at), amount)


@given(
    st.lists(st.tuples(FACTS, ANSWERS, st.sampled_from(["0", "80", "200"]), st.integers(0, 2)), min_size=2, max_size=4)
)
@settings(max_examples=300, deadline=None)
def test_over_any_histories_every_difference_has_a_cause(
    lives: list[tuple[dict[str, Any], list[str], str, int]],
) -> None:
    street = Street(TIGHT)
    for complaint, (facts, answers, balance, before) in zip(NEIGHBOURS, lives, strict=False):
        for number in range(before):
            earlier = Complaint(complaint.names["customer"], f"C-old-{number}")
            street.hear(
                complaint,
                earlier.verdict(day(-9)),
                earlier.refused(1, day(-9)),
                earlier.chose("voucher-10", 2, day(-9)),
            )
        street.hear(complaint, complaint.verdict(day(0), incident=INCIDENT, **facts), balance=balance)
        for number, word in enumerate(answers, 1):
            street.hear(complaint, _event(word, complaint, street, number / 2), balance=balance)
    found = street.compare()
    assert [one for case in found.cases for one in case.differences if not one.causes] == []
    assert found.unexplained == 0


def offers_to(customer: str, answers: int, policy: Policy = SHIPPED, **said: Any) -> list[Any]:
    """What somebody with this letter is offered, through both cores, if they refuse so often; without names."""
    complaint = replace(letter(**{"text": "It came late.", "category": "late-delivery"} | said), customer=customer)
    known, state, offers = Known(policy), Customer(), list[Any]()
    heard: list[Any] = [judged(complaint, parcel("02-19 18:00"))]
    for number in range(answers + 1):
        for event in heard:
            after = step(DECIDER, "offer", state, UUID(int=number), event, known)
            state, offers = after.state, [*offers, *(answer for _, answer in after.answers)]
        case = next(iter(state.cases.values()))
        heard = [e.OptionsRejected(**_names(complaint), case=case.id, round=case.round, at=complaint.at)]
    return [(one.options, one.limits, one.raised) for one in offers if isinstance(one, e.OptionsOffered)]


def _names(complaint: e.ComplaintAccepted) -> dict[str, Any]:
    return {"customer": complaint.customer, "complaint": complaint.complaint, "source": complaint.source}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.text(min_size=1, max_size=20),
            "email": st.sampled_from(["a@example.org", "ceo@example.com"]),
            "language": st.sampled_from(["en", "pt", "de", "fr", "es"]),
            "channel": st.sampled_from(["web", "phone", "press", "social"]),
            "text": st.sampled_from(
                ["It came late.", "IT CAME LATE!!! What a joke!", "Sorry to trouble you, it came late."]
            ),
            "contact": st.sampled_from([e.Contact(channel="phone"), e.Contact(form_of_address="Dr."), None]),
        },
    ),
    st.integers(0, 4),
)
@settings(max_examples=60, deadline=None)
def test_reach_channel_tone_name_and_language_change_no_offer(manner: dict[str, Any], answers: int) -> None:
    assert offers_to("cust-ana", answers, **manner) == offers_to("cust-ana", answers)


@pytest.mark.parametrize("answers", range(5))
def test_two_customers_of_one_incident_with_the_same_facts_get_the_same_offers(answers: int) -> None:
    assert offers_to("cust-ana", answers) == offers_to("cust-ben", answers)
    assert answers < 1 or offers_to("cust-ana", answers)


def test_a_decision_can_be_taken_again_from_what_it_says() -> None:
    """The balance is on it, and nothing else is looked up: what was decided at 99 of 100 is decided so again."""
    tight = replace(POLICY, limits=replace(UNLIMITED, budget=Budget("UTC", (), (euro("100"),))))
    ana = NEIGHBOURS[0]
    story = Story(tight)
    heard: list[tuple[Any, tuple[Any, ...]]] = []
    for balance, event in (("20", ana.verdict(day(0))), ("99", ana.refused(1, day(1))), ("20", ana.refused(2, day(2)))):
        story.balance = (euro(balance),)
        story.when(event)
        heard.append((event, story.last))
    again = Story(tight)
    for event, answers in heard:
        read: list[Money] = [money for said in answers if (money := getattr(said, "balance", None))]
        again.balance = tuple(read)
        assert again.when(event).last == answers
    assert START in {event.at for event, _ in heard}
