"""Any stream of events with clocks in play keeps the rules of the house, and each clock is missed once, at its own moment."""

from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from services.offer.ledger import due, used
from shared import events as e
from shared.runtime.decider import Timer
from tests.core.clock_stories import CALENDARS, CLOCKED, rings, sent
from tests.core.offer_stories import Complaint
from tests.core.test_offer_machine import Offer, letter_of, letters

places = st.sampled_from([None, "GB"])


class Timed(Offer):
    """The same under a policy with clocks, whose timers fire late, twice or never."""

    policy = CLOCKED

    @rule(letter=letters, jurisdiction=places, days=st.sampled_from([0, 7, 100]))
    def evidence_is_awaited_by_the_clock(self, letter: Complaint, jurisdiction: str | None, days: int) -> None:
        received = self.now - timedelta(days=days)
        self.hear(letter.awaited(self.now, received_at=received, jurisdiction=jurisdiction))

    @rule(letter=letters)
    def they_are_asked(self, letter: Complaint) -> None:
        self.hear(letter.asked(self.now))

    @rule(letter=letters, lag=st.sampled_from([0, 3]))
    def they_say_what_only_they_know(self, letter: Complaint, lag: int) -> None:
        self.hear(letter.answer(e.InformationGiven, 0, self.now - timedelta(days=lag), facts={}))

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
        return [said for said in self.said if isinstance(said, Timer) and said.name.startswith("clock/")]

    @invariant()
    def each_clock_is_missed_once_at_the_moment_at_which_its_budget_was_used(self) -> None:
        missed = Counter((said.case, said.clock, said.rung) for said in self.said if isinstance(said, e.ClockMissed))
        assert max(missed.values(), default=0) <= 1
        for said in self.last:
            if isinstance(said, e.ClockMissed):
                ledger = self.customer.cases[said.case].clocks
                assert ledger
                clock = ledger.clock(said.rung)
                assert clock
                assert used(ledger, clock, said.due, CALENDARS) == clock.budget
                assert said.due <= said.at
                assert not clock.lapsed
                assert clock.met is None or clock.met > said.due

    @invariant()
    def no_timer_towards_the_customer_is_over_when_it_is_set(self) -> None:
        for said in self.last:
            if isinstance(said, Timer) and said.name == "clock/house/progress":
                assert said.due > self.event.at

    @invariant()
    def a_clock_that_runs_has_a_timer_for_its_moment(self) -> None:
        """Nothing is forgotten, whatever stood still and went on."""
        wound = {(timer.case, timer.name, timer.due) for timer in self.wound()}
        for case in self.customer.cases.values():
            for clock in case.clocks.clocks if case.clocks else ():
                over = due(case.clocks, clock, CALENDARS) if case.clocks and clock.runs else None
                if over is not None and case.state != "agreed":
                    assert (case.id, f"clock/{case.clocks.pack}/{clock.rung}", over) in wound  # type: ignore[union-attr]

    @invariant()
    def while_they_are_asked_nothing_says_that_we_are_still_at_it(self) -> None:
        for said in self.last:
            if isinstance(said, e.ProgressReported):
                case = self.customer.cases[said.case]
                assert case.clocks
                assert case.clocks.waiting is None
                assert not case.alarmed


Timed.TestCase.settings = Offer.TestCase.settings
TestTimed = Timed.TestCase
