"""Any stream of events in any interleaving keeps the rules of the house, beside a model that a child could follow."""

import os
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from services.offer.case import OFFERED, Case, ClocksStarted, Customer
from services.offer.core import DECIDER
from services.offer.fulfilment import clock_of
from services.offer.terms import Known
from shared import events as e
from shared.money import Money
from shared.policy.policy import Policy
from shared.remedy import PLAIN, remedy_of
from shared.runtime.decider import Answered, Timer, step
from tests.core.case_walk import SLOW
from tests.core.offer_stories import POLICY, START, Complaint, euro

LETTERS = (
    Complaint("cust-ana", "C-1", "order-1"),
    Complaint("cust-ana", "C-2", "order-1"),
    Complaint("cust-ana", "C-3"),
)
ROUNDS = e.ApologyOffered | e.OptionsOffered | e.InputInvited | e.FinalSayGiven | e.ClaimDeclined | e.ChoiceUndone
TO_THE_CUSTOMER = ROUNDS | e.CounterAnswered | e.ChoiceNoted | e.CaseExpired | e.CaseSettled
ANSWERS = (e.ApologyAccepted, e.OptionsRejected, e.CounterOffered)
STAFF = ("Ida", "Mara", "Noor")
ROLES = ("care-team", "head-of-care", "board")
RULED = e.ApprovalGiven | e.ApprovalDenied | e.ApprovalAmended | e.CaseOverruled
FOUR_EYES = Decimal(90)


class Weights(list[str]):
    """Reasons for a person in the order of their weight; all that are no signal weigh the same."""

    def index(self, why: str, *_: Any) -> int:
        return super().index(why) if why in self else len(self)


GRAVER = Weights(["danger", "law"])
LATE = ("clock_missed", "kept_waiting")
OPTION_IDS = sorted(option.id for option in POLICY.rounds.menu)

letters = st.sampled_from(LETTERS)
failures = st.sampled_from(["f-1", "f-1", "f-2", None, None])
"""Which failure a verdict finds; often the same one, and often nobody can say."""
wishes = st.sampled_from([None, "5.00", "60.00", "95.00", "110.00", "9000.00", "9000.00"])
forms = st.sampled_from([None, None, "refund", "attention", "a pony"])
sums = st.sampled_from(["5.00", "12.50", "17.50", "40.00"])
lags = st.sampled_from([0, 1, 13, 15]).map(lambda days: timedelta(days=days))


def reloaded(customer: Customer) -> Customer:
    """As the database gives it back: it keeps no order of names."""
    return msgspec.json.decode(msgspec.json.encode(customer, order="deterministic"), type=Customer)


def heard(policy: Policy, customer: Customer, *events: e.AnyEvent) -> Customer:
    for event in events:
        customer = step(DECIDER, "offer", customer, UUID(int=1), event, Known(policy)).state
    return customer


def letter_of(case: Case) -> Complaint:
    return next(letter for letter in LETTERS if letter.case == case.id)


def is_of_clocks(said: Answered) -> bool:
    """What clocks add to an answer."""
    return isinstance(said, ClocksStarted | e.ClockMissed) or (
        isinstance(said, Timer) and said.name.startswith("clock/")
    )


def seldom(offer: "Offer") -> bool:
    """What ends a story happens now and then only, or no story would get far."""
    return offer.count % 6 == 5


class Model:
    """What must be true of the money: the largest remedy of a case, less what others gave and what other cases were granted
    for the same failure, is paid and never more."""

    def __init__(self) -> None:
        self.owed: dict[str, Decimal] = defaultdict(Decimal)
        self.covered: dict[str, Decimal] = defaultdict(Decimal)
        self.due: dict[str, Decimal] = defaultdict(Decimal)
        self.given: dict[str, tuple[Complaint, bool, Decimal]] = {}
        self.taken_back: set[str] = set()
        self.about: dict[str, str | None] = {}
        self.granted: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))

    def compensate(self, name: str, letter: Complaint, by_subject: bool, amount: Decimal) -> None:
        self.given.setdefault(name, (letter, by_subject, amount))

    def judge(self, letter: Complaint, remedy: Decimal, failure: str | None = None) -> None:
        if letter.case in self.taken_back:
            return
        if remedy and remedy >= self.owed[letter.case]:
            self.about[letter.case] = failure
        self.owed[letter.case] = max(self.owed[letter.case], remedy)
        name, before = self.about.get(letter.case), self.due[letter.case] + self.covered[letter.case]
        if name and before and not any(letter.case in cases for cases in self.granted.values()):
            most = self.owed[letter.case] - self._elsewhere(letter)
            self.granted[name][letter.case] = min(before, most)  # it was granted before anybody knew for what
        for given, (of, by_subject, left) in sorted(self.given.items()):
            concerns = of.subject == letter.subject if by_subject else of.case == letter.case
            taken = min(left, max(self._open(letter), Decimal(0))) if concerns else Decimal(0)
            self.covered[letter.case] += taken
            self.given[given] = (of, by_subject, left - taken)
        self.due[letter.case] += max(self._open(letter), Decimal(0))
        if name and (now := self.due[letter.case] + self.covered[letter.case] - before):
            mine = self.granted[name][letter.case]
            self.granted[name][letter.case] = mine + min(now, self.owed[letter.case] - self._elsewhere(letter) - mine)

    def _elsewhere(self, letter: Complaint) -> Decimal:
        """So much of what is owed here was granted in other cases for the same failure."""
        others = self.granted[self.about.get(letter.case) or ""]
        most = sum((sum_ for case, sum_ in others.items() if case != letter.case), Decimal(0))
        return min(most, self.owed[letter.case])

    def _open(self, letter: Complaint) -> Decimal:
        own = self.covered[letter.case] + self.due[letter.case]
        return self.owed[letter.case] - self._elsewhere(letter) - own


class Offer(RuleBasedStateMachine):
    policy = POLICY

    def __init__(self) -> None:
        super().__init__()
        self.customer, self.model, self.now = Customer(), Model(), START
        self.said: list[Answered] = []
        self.last: tuple[Answered, ...] = ()
        self.before, self.event = Customer(), cast("Any", None)
        self.balance: tuple[Money, ...] = ()
        self.found: dict[str, Decimal] = defaultdict(Decimal)
        self.count = 0

    def hear(self, event: Any) -> None:
        self.count += 1
        self.before, self.event = self.customer, event
        after = step(DECIDER, "offer", self.customer, UUID(int=self.count), event, Known(self.policy, self.balance))
        self.customer, self.last = reloaded(after.state), tuple(answer for _, answer in after.answers)
        assert self.customer == after.state
        self.said += self.last

    def cases(self, *states: str) -> list[Case]:
        return [case for case in self.customer.cases.values() if case.state in states]

    @rule(days=st.integers(0, 10))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(letter=letters)
    def evidence_is_awaited(self, letter: Complaint) -> None:
        self.hear(letter.awaited(self.now))

    @rule(
        letter=letters,
        remedy=sums,
        form=st.sampled_from([PLAIN, PLAIN, "replacement", "credit"]),
        severity=st.integers(1, 4),
        about=st.sampled_from([(None, False), ("refund", False), ("apology", False), (None, True)]),
        failure=failures,
    )
    def it_is_owed(
        self,
        letter: Complaint,
        remedy: str,
        form: str,
        severity: int,
        about: tuple[str | None, bool],
        failure: str | None,
    ) -> None:
        """In kind, each piece is worth 2.50, but for one that is not counted in pieces."""
        self.model.judge(letter, Decimal(remedy), failure)
        if failure:
            self.found[failure] = max(self.found[failure], Decimal(remedy))
        pieces = int(Decimal(remedy) / Decimal("2.5")) if form == "replacement" else None
        owed = remedy_of(euro(remedy), form, pieces, equal=("refund",))
        sought, ongoing = about
        facts: dict[str, Any] = {"severity": severity, "sought": sought, "ongoing": ongoing, "failure": failure}
        self.hear(letter.verdict(self.now, remedy=owed, **facts))

    @rule(letter=letters, promise=st.sampled_from(["kept", "kept", "unknown", "broken"]), contested=st.booleans())
    def it_is_not_owed(self, letter: Complaint, promise: str, contested: bool) -> None:
        self.model.judge(letter, Decimal(0))
        self.hear(letter.kept(self.now, promise=promise, contested=contested))

    @rule(letter=letters, by_subject=st.booleans(), amount=sums, name=st.sampled_from(["K-1", "K-2"]))
    def others_gave(self, letter: Complaint, by_subject: bool, amount: str, name: str) -> None:
        self.model.compensate(name, letter, by_subject, Decimal(amount))
        by = {"subject": letter.subject} if by_subject else {}
        self.hear(letter.compensated(amount, self.now, name, **by))

    @precondition(lambda self: self.cases(*OFFERED))
    @rule(data=st.data())
    def they_say_no(self, data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(self.cases(*OFFERED)))
        self.hear(letter_of(case).refused(case.round, self.now))

    @precondition(lambda self: self.cases(*OFFERED))
    @rule(data=st.data(), amount=wishes, form=forms, by=st.sampled_from(("customer", "customer", *STAFF)))
    def they_say_what_would_put_it_right(
        self, data: st.DataObject, amount: str | None, form: str | None, by: str
    ) -> None:
        """On the page, or on the phone to somebody who enters it."""
        case = data.draw(st.sampled_from(self.cases(*OFFERED)))
        if amount == "5.00" and not seldom(self):
            amount = "9000.00"  # what is granted ends a story, and most of them should get far
        self.hear(replace(letter_of(case).counters(case.round, self.now, amount, form), by=by))

    @precondition(lambda self: any(case.requests for case in self.customer.cases.values()))
    @rule(
        data=st.data(),
        say=st.sampled_from([Complaint.approved, Complaint.approved, Complaint.not_approved]),
        amount=st.sampled_from([None, None, "30.00", "95.00"]),
        by=st.sampled_from(STAFF),
        role=st.sampled_from(ROLES),
    )
    def somebody_rules(self, data: st.DataObject, say: Any, amount: str | None, by: str, role: str) -> None:
        case = data.draw(st.sampled_from([case for case in self.customer.cases.values() if case.requests]))
        number = data.draw(st.integers(1, len(case.requests)))
        if amount and say is Complaint.not_approved:
            self.hear(letter_of(case).amended(self.now, amount, by=by, role=role, number=number))
        else:
            self.hear(say(letter_of(case), self.now, by=by, role=role, number=number))

    @precondition(lambda self: any(case.request for case in self.customer.cases.values()))
    @rule(data=st.data(), early=st.booleans())
    def nobody_answers_in_time(self, data: st.DataObject, early: bool) -> None:
        case = data.draw(st.sampled_from([case for case in self.customer.cases.values() if case.request]))
        assert case.request
        due = case.request[1].due - timedelta(days=early)
        self.now = max(self.now, due)
        self.hear(letter_of(case).unanswered(due, self.now))

    @precondition(lambda self: seldom(self))
    @rule(
        letter=letters,
        action=st.sampled_from(["give", "give", "decline", "stop", "hand_on"]),
        amount=st.sampled_from(["10.00", "95.00", "9000.00"]),
        by=st.sampled_from(STAFF),
        role=st.sampled_from(ROLES),
    )
    def somebody_decides_otherwise(self, letter: Complaint, action: str, amount: str, by: str, role: str) -> None:
        self.hear(letter.overruled(action, self.now, by, role, amount=euro(amount), to="board"))

    @precondition(lambda self: seldom(self))
    @rule(letter=letters, number=st.integers(0, 4), kind=st.sampled_from(ANSWERS), lag=lags)
    def they_answer_some_round(self, letter: Complaint, number: int, kind: type[e.Answer], lag: timedelta) -> None:
        self.hear(letter.answer(kind, number, self.now - lag))

    @precondition(lambda self: seldom(self))
    @rule(letter=letters, option=st.sampled_from(OPTION_IDS), lag=lags)
    def they_choose(self, letter: Complaint, option: str, lag: timedelta) -> None:
        self.hear(letter.chose(option, 1, self.now - lag))

    @precondition(lambda self: self.cases("agreed", "settled"))
    @rule(data=st.data(), lag=lags)
    def they_think_again(self, data: st.DataObject, lag: timedelta) -> None:
        case = data.draw(st.sampled_from(self.cases("agreed", "settled")))
        self.hear(letter_of(case).undone(case.round, self.now - lag))

    @precondition(lambda self: self.cases("agreed"))
    @rule(data=st.data())
    def a_choice_is_thought_over(self, data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(self.cases("agreed")))
        self.hear(letter_of(case).thought_over(case.until or self.now, max(self.now, case.until or self.now)))
        self.now = max(self.now, case.until or self.now)

    @precondition(lambda self: seldom(self))
    @rule(letter=letters, kind=st.sampled_from([e.PersonAskedFor, e.QuestionAsked]))
    def they_ask(self, letter: Complaint, kind: type[e.Answer]) -> None:
        self.hear(letter.answer(kind, 0, self.now))

    @precondition(lambda self: seldom(self))
    @rule(letter=letters, further=st.booleans(), signal=st.sampled_from(["danger", "law", "distress", None]))
    def their_letter_hints_at_something(self, letter: Complaint, further: bool, signal: str | None) -> None:
        signals = (signal,) if signal else ()
        another = Complaint("cust-ana", f"C-9{self.count}")
        self.hear(
            another.merged_into(letter, self.now, *signals) if further else letter.letter(self.now, signals=signals)
        )
        again = {e.FinalSayGiven, e.ClaimDeclined, Timer} if further else set()
        said = {type(said) for said in self.last if not is_of_clocks(said)}
        assert said <= {e.CaseOpened, e.HandedOver} | again

    @precondition(lambda self: seldom(self))
    @rule(letter=letters)
    def they_take_it_back(self, letter: Complaint) -> None:
        self.model.taken_back.add(letter.case)
        self.hear(letter.withdrawn(self.now))

    @precondition(lambda self: seldom(self))
    @rule(letter=letters, kind=st.sampled_from(["acknowledgement", "apology"]))
    def a_letter_does_not_arrive(self, letter: Complaint, kind: str) -> None:
        self.hear(letter.not_delivered(kind, self.now))

    @precondition(lambda self: any(case.payouts for case in self.customer.cases.values()))
    @rule(data=st.data(), amount=st.sampled_from([None, "5.00", "1.00"]), paid=st.booleans())
    def billing_answers(self, data: st.DataObject, paid: bool, amount: str | None) -> None:
        """In any order, twice, for what was never due, and with another sum than was due."""
        key = data.draw(st.sampled_from([*self.dues(), f"{LETTERS[0].case}/remedy/-/9"]))
        letter = LETTERS[0]
        self.hear(letter.was_paid(key, self.now, amount) if paid else letter.not_paid(key, self.now))

    @precondition(lambda self: any(case.payouts for case in self.customer.cases.values()))
    @rule(data=st.data(), days=st.sampled_from([0, 13]))
    def a_clock_asks_where_it_is(self, data: st.DataObject, days: int) -> None:
        self.now += timedelta(days=days)
        key = data.draw(st.sampled_from(self.dues()))
        self.hear(self.owner_of(key).asked_after(key, self.now, self.now))

    @precondition(lambda self: any(case.payouts for case in self.customer.cases.values()))
    @rule(data=st.data(), contested=st.booleans())
    def what_is_due_is_contested_or_renewed(self, data: st.DataObject, contested: bool) -> None:
        key = data.draw(st.sampled_from(self.dues()))
        owner = self.owner_of(key)
        self.hear(owner.never_came(key, self.now) if contested else owner.renewed(key, self.now))

    def dues(self) -> list[str]:
        return sorted(key for case in self.customer.cases.values() for key in case.payouts)

    def owner_of(self, key: str) -> Complaint:
        return next(letter for letter in LETTERS if letter.case == key.partition("/")[0])

    @precondition(lambda self: self.cases(*OFFERED))
    @rule(
        data=st.data(),
        kind=st.sampled_from([e.ApologyAccepted, e.OptionsRejected, e.CounterOffered]),
        late=st.booleans(),
    )
    def an_answer_races_its_expiry(self, data: st.DataObject, kind: type[e.Answer], late: bool) -> None:
        case = data.draw(st.sampled_from(self.cases(*OFFERED)))
        letter = letter_of(case)
        assert case.expires
        answer = letter.answer(kind, case.round, case.expires + timedelta(seconds=late))
        expiry = letter.expiry(case.expires)
        first, after = (heard(self.policy, self.customer, *both) for both in ((answer, expiry), (expiry, answer)))
        assert first == after
        counts = not (case.final and kind is e.OptionsRejected)  # after the final say a refusal leads nowhere
        assert (first.cases[case.id].state == "expired") == (late or not counts)
        self.now = max(self.now, expiry.at)
        for event in data.draw(st.permutations((answer, expiry))):
            self.hear(event)

    @invariant()
    def options_are_two_or_three_and_never_shown_twice(self) -> None:
        shown: dict[str, list[str]] = defaultdict(list)
        for offer in self.said:
            if isinstance(offer, e.OptionsOffered):
                assert 2 <= len(offer.options) <= 3
                shown[offer.case] += [option.id for option in offer.options]
        for options in shown.values():
            assert len(options) == len(set(options))

    @invariant()
    def every_key_becomes_due_once_and_the_remedy_is_what_the_model_says(self) -> None:
        """Again only where what is owed is taken in another form of the same worth, or a person says so, and before it has
        arrived."""
        dues: dict[str, e.PayoutDue] = {}
        for due in self.said:
            if isinstance(due, e.PayoutDue):
                before = dues.setdefault(due.key, due)
                assert (due.ledger, due.amount) == (before.ledger, before.amount)
                assert due.form in (before.form, *before.equal)
                assert due.amount is None or due.amount.amount > 0
                assert due.amount or due.ledger == "goodwill"
        for due in self.last:
            if isinstance(due, e.PayoutDue) and due.case in self.before.cases:
                known = self.before.cases[due.case].payouts.get(due.key)
                assert known is None or not known.arrived
                another = known is None or known.form != due.form
                assert another or isinstance(self.event, e.PayoutRenewed)
        for letter in LETTERS:
            mine = [due for due in dues.values() if due.case == letter.case]
            remedies = [due.amount.amount for due in mine if due.ledger == "remedy" and due.amount]
            assert sum(remedies) == self.model.due[letter.case]

    @invariant()
    def one_failure_is_never_paid_more_than_the_most_that_anybody_found_owed_for_it(self) -> None:
        granted: dict[str, Decimal] = defaultdict(Decimal)
        for said in self.said:
            if isinstance(said, e.RemedyGranted):
                for name, sum_ in said.failures.items():
                    granted[name] += sum_.amount
        for name, paid in granted.items():
            assert paid <= self.found[name]

    @invariant()
    def who_joins_another_case_gets_no_round_with_it_and_is_counted_there(self) -> None:
        for said in self.last:
            if isinstance(said, e.CaseJoined):
                rounds = [one for one in self.last if isinstance(one, ROUNDS) and one.case == said.case]
                assert not rounds
                first = self.customer.cases[said.into]
                assert first.id != said.case
                assert first.contacts == self.before.cases[said.into].contacts + 1

    @invariant()
    def no_case_that_was_joined_lies_open_with_what_lies_before_the_customer(self) -> None:
        for case in self.customer.cases.values():
            assert (case.state == "joined") <= (case.round == 0 and case.expires is None and case.into is not None)

    @invariant()
    def pieces_are_given_whole_and_never_more_than_the_largest_remedy_has(self) -> None:
        for letter in LETTERS:
            dues = {due.key: due for due in self.said if isinstance(due, e.PayoutDue) and due.case == letter.case}
            pieces = [due for due in dues.values() if due.form == "replacement" and due.ledger == "remedy"]
            assert all(due.quantity and due.quantity > 0 for due in pieces)
            assert sum(due.quantity or 0 for due in pieces) <= self.model.owed[letter.case] / Decimal("2.5")

    @invariant()
    def goodwill_is_given_once_and_only_as_it_was_shown_or_asked_for(self) -> None:
        shown = {
            (o.case, option.id): option for o in self.said if isinstance(o, e.OptionsOffered) for option in o.options
        }
        said = [o for o in self.said if isinstance(o, e.CounterAnswered | e.GoodwillGiven) and o.option]
        shown |= {(o.case, o.option.id): o.option for o in said if o.option}
        dues = [due for due in self.said if isinstance(due, e.PayoutDue) and due.ledger == "goodwill"]
        gifts = list({due.key: due for due in dues}.values())
        unasked = {f"{o.case}/goodwill/{o.option.id}/1" for o in self.said if isinstance(o, e.GoodwillGiven)}
        chosen = [gift for gift in gifts if gift.key not in unasked]
        assert len({gift.case for gift in chosen}) == len(chosen)
        for gift in gifts:
            assert shown[gift.case, gift.key.split("/")[2]].amount == gift.amount

    @invariant()
    def no_gift_passes_the_ceiling_when_it_is_offered_or_granted(self) -> None:
        for said in self.last:
            case = self.customer.cases.get(getattr(said, "case", ""))
            offered: tuple[e.Option, ...] = ()
            if isinstance(said, e.OptionsOffered):
                offered = said.options
            granted = isinstance(said, e.CounterAnswered) and said.reason in ("as-you-asked", "approved")
            if granted or isinstance(said, e.GoodwillGiven):
                assert case is not None
                assert said.option  # type: ignore[union-attr]
                before = {option.id for option in case.shown}
                offered = (said.option,) if said.option.id not in before else ()  # type: ignore[union-attr]
            for option in offered:
                most = Decimal("1.5") * Decimal("129.90") - self.model.owed[said.case]  # type: ignore[union-attr]
                assert option.amount is None or option.amount.amount <= most

    @invariant()
    def every_wish_gets_a_yes_a_reasoned_no_beside_what_is_left_or_a_person(self) -> None:
        if not isinstance(self.event, e.CounterOffered) or not self.last:
            return
        kinds = [type(said) for said in self.last if not is_of_clocks(said)]
        for said in self.last:
            if isinstance(said, e.CounterAnswered):
                assert said.reason
                assert said.granted == bool({e.CaseSettled, e.ChoiceNoted} & set(kinds))
                assert said.granted or said.explained == (len(kinds) > 1)
            if isinstance(said, e.ApprovalRequested):
                assert kinds == [e.ApprovalRequested, Timer, e.HandedOver]
        assert {e.CounterAnswered, e.HandedOver, e.ClaimDeclined} & set(kinds)

    @invariant()
    def nobody_is_asked_twice_and_nobody_who_has_said_it(self) -> None:
        asked = [said.case for said in self.said if isinstance(said, e.InputInvited)]
        assert len(asked) == len(set(asked))
        for said in self.last:
            assert not isinstance(said, e.InputInvited) or not self.before.cases[said.case].denied

    @invariant()
    def only_a_kept_promise_is_declined_and_only_where_nothing_was_granted(self) -> None:
        for said in self.last:
            if isinstance(said, e.ClaimDeclined):
                assert self.customer.cases[said.case].due("remedy") is None
                assert self.customer.cases[said.case].promise == "kept"

    @invariant()
    def no_gift_is_due_while_the_choice_may_be_taken_back(self) -> None:
        for said in self.last:
            if isinstance(said, e.PayoutDue) and said.ledger == "goodwill" and self.policy.rounds.undo_within:
                if isinstance(self.event, RULED) and self.before.cases[said.case].state in ("agreed", "settled"):
                    continue  # what is given on top was not chosen, so there is nothing to take back
                until = self.before.cases[said.case].until
                assert until is not None
                assert said.at >= until

    @invariant()
    def no_case_is_settled_while_the_thing_is_still_broken(self) -> None:
        for said in self.last:
            assert not isinstance(said, e.CaseSettled) or not self.customer.cases[said.case].ongoing

    @invariant()
    def whatever_went_wrong_with_what_is_due_has_a_person_and_what_arrived_is_said_once(self) -> None:
        for case in self.customer.cases.values():
            assert case.trouble is None or case.why is not None
        made = [said.key for said in self.said if isinstance(said, e.PaymentMade)]
        assert len(made) == len(set(made))

    @invariant()
    def what_is_due_has_a_clock_that_asks_after_its_day(self) -> None:
        for said in self.last:
            if isinstance(said, e.PayoutDue):
                clocks = [one.due for one in self.last if isinstance(one, Timer) and one.name == clock_of(said.key)]
                assert said.due
                assert clocks == [said.due + self.policy.payouts.grace]

    @invariant()
    def what_is_closed_stays_closed(self) -> None:
        for said in self.last:
            case = self.before.cases.get(getattr(said, "case", ""))
            if case is None or not isinstance(said, TO_THE_CUSTOMER):
                continue
            assert case.state not in ("settled", "withdrawn", "history")
            assert case.state != "agreed" or isinstance(said, e.ChoiceUndone | e.CaseSettled)
            if case.state == "declined" and not isinstance(self.event, RULED):
                assert isinstance(self.event, e.VerdictReached) or isinstance(said, e.ClaimDeclined)

    @invariant()
    def rounds_count_from_one_without_a_gap_and_each_case_opens_once(self) -> None:
        numbers: dict[str, list[int]] = defaultdict(list)
        opened = [said.case for said in self.said if isinstance(said, e.CaseOpened)]
        assert len(opened) == len(set(opened))
        for said in self.said:
            if isinstance(said, ROUNDS):
                numbers[said.case].append(said.round)
        for rounds in numbers.values():
            assert rounds == list(range(1, len(rounds) + 1))

    @invariant()
    def with_a_person_the_rounds_stand_still(self) -> None:
        for said in self.last:
            case = self.before.cases.get(getattr(said, "case", ""))
            if case and case.why and not isinstance(self.event, RULED):
                assert not isinstance(said, e.OptionsOffered | e.FinalSayGiven | e.CaseExpired)
                weak = case.why == "approval" and said.why != "approval" if isinstance(said, e.HandedOver) else False
                late = isinstance(said, e.HandedOver) and said.why in LATE and case.why not in GRAVER
                heavy = isinstance(said, e.HandedOver) and GRAVER.index(said.why) < GRAVER.index(case.why)
                assert weak or late or heavy or not isinstance(said, e.HandedOver)

    @invariant()
    def whom_a_letter_called_keeps_the_case_until_it_is_taken_back(self) -> None:
        for case in self.customer.cases.values():
            assert not case.called or case.why in case.called or case.state in ("withdrawn", "history")

    @invariant()
    def every_ruling_is_done_or_refused_by_name(self) -> None:
        if isinstance(self.event, RULED) and self.event.case in self.before.cases and self.last:
            kinds = {type(said) for said in self.last}
            assert kinds & {e.RulingFollowed, e.RulingRefused, e.ApprovalRequested}
            assert e.RulingRefused not in kinds or len(self.last) == 1
        if isinstance(self.event, RULED) and self.event.case in self.before.cases:
            assert self.last

    @invariant()
    def above_the_line_two_people_agree_of_whom_none_asked_for_it(self) -> None:
        if not isinstance(self.event, e.ApprovalGiven | e.ApprovalAmended):
            return
        if any(isinstance(said, e.RulingRefused) for said in self.last) or self.event.case not in self.before.cases:
            return
        request = self.before.cases[self.event.case].requests[self.event.id]
        assert request.asked_by != self.event.by or self.event.by not in request.yes
        assert request.asked_by != self.event.by
        assert self.event.role != "care-team"
        for said in self.last:
            gives = isinstance(said, e.GoodwillGiven) or (isinstance(said, e.CounterAnswered) and said.granted)
            amount = said.option.amount if gives and said.option else None  # type: ignore[union-attr]
            if amount and amount.amount > FOUR_EYES:
                assert isinstance(self.event, e.ApprovalGiven)
                assert len({*request.yes, self.event.by}) >= 2

    @invariant()
    def a_request_ends_once_and_only_ever_rises(self) -> None:
        ended = [said.request for said in self.said if isinstance(said, e.RulingFollowed) and said.request]
        assert len(ended) == len(set(ended))
        asked: dict[str, list[e.ApprovalRequested]] = defaultdict(list)
        for said in self.said:
            if isinstance(said, e.ApprovalRequested):
                asked[said.id].append(said)
        for times in asked.values():
            ranks = [self.policy.approvals.rank(said.level) or 0 for said in times]
            assert ranks == sorted(ranks)
            assert sum(said.late for said in times if not said.yes) <= 1
        for case in self.customer.cases.values():
            assert sum(not request.ended for request in case.requests.values()) <= 1
            assert case.state not in ("withdrawn", "history") or case.request is None

    @invariant()
    def no_ruling_touches_what_is_owed(self) -> None:
        for said in self.last:
            remedy = isinstance(said, e.PayoutDue) and said.ledger == "remedy"
            assert not (isinstance(self.event, RULED) and (remedy or isinstance(said, e.RemedyGranted)))


HISTORIES = int(os.environ.get("HISTORIES", "100"))
"""How many random histories: `HISTORIES=10000 ./amends test -q tests/core/test_offer_machine.py` for a long look."""
pytestmark = pytest.mark.timeout(max(120, HISTORIES))
Offer.TestCase.settings = settings(max_examples=HISTORIES, stateful_step_count=40, deadline=None, print_blob=True)
TestOffer = Offer.TestCase


class Slow(Offer):
    """The same under a policy by which a choice may be taken back for a while."""

    policy = SLOW


Slow.TestCase.settings = Offer.TestCase.settings
TestSlow = Slow.TestCase
