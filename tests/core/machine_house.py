"""What the people of the house, billing and the clocks may do meanwhile: in time, late, twice, and about what never was."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from shared import events as e
from shared.runtime.decider import Timer
from tests.core.clock_stories import rings, sent
from tests.core.machine_heard import Heard
from tests.core.machine_versions import VERSIONS
from tests.core.machine_words import LETTERS, STAFF, letter_of, letters, owner_of
from tests.core.offer_stories import Complaint, euro

ROLES = ("care-team", "head-of-care", "lead", "board")


class House(Heard):
    # ── people ──────────────────────────────────────────────────────────────────────────────────────────────────────

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

    @precondition(lambda self: self.seldom())
    @rule(
        letter=letters,
        action=st.sampled_from(["give", "give", "decline", "stop", "hand_on"]),
        amount=st.sampled_from(["10.00", "95.00", "9000.00"]),
        by=st.sampled_from(STAFF),
        role=st.sampled_from(ROLES),
    )
    def somebody_decides_otherwise(self, letter: Complaint, action: str, amount: str, by: str, role: str) -> None:
        self.hear(letter.overruled(action, self.now, by, role, amount=euro(amount), to="board"))

    @rule(letter=letters, days=st.sampled_from([0, 1, 4, 20]), role=st.sampled_from(ROLES))
    def somebody_gives_their_word(self, letter: Complaint, days: int, role: str) -> None:
        self.hear(letter.promised("ring them", self.now + timedelta(days=days), self.now, role))

    @precondition(lambda self: any(case.promises for case in self.customer.cases.values()))
    @rule(data=st.data(), lag=st.sampled_from([0, 0, 5]), more=st.booleans())
    def somebody_keeps_their_word(self, data: st.DataObject, lag: int, more: bool) -> None:
        """In time, late, twice; and what nobody has promised."""
        case = data.draw(st.sampled_from([case for case in self.customer.cases.values() if case.promises]))
        number = data.draw(st.integers(1, len(case.promises) + more))
        self.hear(letter_of(case).fulfilled(number, self.now - timedelta(days=lag), "board"))

    @precondition(lambda self: any(case.promises for case in self.customer.cases.values()))
    @rule(data=st.data(), early=st.sampled_from([0, 0, 0, 1]))
    def the_day_of_a_word_has_come(self, data: st.DataObject, early: int) -> None:
        """Whether or not it was kept, and also a second time."""
        case = data.draw(st.sampled_from([case for case in self.customer.cases.values() if case.promises]))
        number = data.draw(st.integers(1, len(case.promises)))
        word = case.promises[f"{case.id}/promise/{number}"]
        due = data.draw(st.sampled_from([word.due, word.next or word.due])) - timedelta(days=early)
        self.now = max(self.now, due)
        self.hear(letter_of(case).word_due(number, due, self.now))

    # ── what is due ─────────────────────────────────────────────────────────────────────────────────────────────────

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
        self.hear(owner_of(key).asked_after(key, self.now, self.now))

    @precondition(lambda self: any(case.payouts for case in self.customer.cases.values()))
    @rule(data=st.data(), contested=st.booleans())
    def what_is_due_is_contested_or_renewed(self, data: st.DataObject, contested: bool) -> None:
        key = data.draw(st.sampled_from(self.dues()))
        owner = owner_of(key)
        self.hear(owner.never_came(key, self.now) if contested else owner.renewed(key, self.now))

    def dues(self) -> list[str]:
        return sorted(key for case in self.customer.cases.values() for key in case.payouts)

    # ── clocks and letters ──────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.cases("agreed"))
    @rule(data=st.data())
    def a_choice_is_thought_over(self, data: st.DataObject) -> None:
        case = data.draw(st.sampled_from(self.cases("agreed")))
        self.hear(letter_of(case).thought_over(case.until or self.now, max(self.now, case.until or self.now)))
        self.now = max(self.now, case.until or self.now)

    @precondition(lambda self: self.seldom())
    @rule(letter=letters, kind=st.sampled_from(["acknowledgement", "apology"]))
    def a_letter_does_not_arrive(self, letter: Complaint, kind: str) -> None:
        self.hear(letter.not_delivered(kind, self.now))

    @precondition(lambda self: any(case.round for case in self.customer.cases.values()))
    @rule(data=st.data())
    def a_letter_goes_out(self, data: st.DataObject) -> None:
        case = data.draw(st.sampled_from([case for case in self.customer.cases.values() if case.round]))
        self.hear(sent(letter_of(case), "apology", self.now))

    @precondition(lambda self: any(self.wound()))
    @rule(data=st.data(), lag=st.sampled_from([0, 0, 1, 40]))
    def a_clock_rings(self, data: st.DataObject, lag: int) -> None:
        timer = data.draw(st.sampled_from(self.wound()))
        self.now = max(self.now, timer.due + timedelta(days=lag))
        letter = letter_of(self.customer.cases[timer.case])
        self.hear(rings(letter, timer.name.removeprefix("clock/"), timer.due, self.now))

    def wound(self) -> list[Timer]:
        """Every timer of a clock that was ever set, for it may fire twice."""
        return [timer for timer in self.ever(Timer) if timer.name.startswith("clock/")]

    def run_out(self) -> None:
        """Evidence comes or not, all timers ring in their order, and nobody says anything more."""
        self.policy = tuple(VERSIONS.values())[self.count % len(VERSIONS)]
        for awaiting in self.cases("awaiting"):
            self.remedies.judge(letter_of(awaiting), Decimal(0))
            self.hear(letter_of(awaiting).unclear(self.now))
            self.hold()
        for _ in range(400):
            if not self.timers:
                return
            (case, name), due = min(self.timers.items(), key=lambda timer: (timer[1], timer[0]))
            self.now = max(self.now, due)
            letter = owner_of(case)
            self.hear(
                e.TimerFired(
                    customer=letter.names["customer"], flow="offer", case=case, name=name, due=due, at=self.now
                )
            )
            self.hold()
        raise AssertionError(f"after 400 timers these are still to ring: {self.timers}")
