"""What must hold of what people decide and promise in every history: two agree where two must, and a word is kept or missed."""

from collections import Counter

from hypothesis.stateful import invariant

from services.offer.ledger import due, used
from shared import events as e
from shared.runtime.decider import Timer
from tests.core.clock_stories import CALENDARS
from tests.core.machine_house import House
from tests.core.machine_words import RULED, of


class PeopleHold(House):
    @invariant()
    def every_ruling_is_done_or_refused_by_name(self) -> None:
        if isinstance(self.event, RULED) and self.event.case in self.before.cases:
            kinds = {type(said) for said in self.last}
            assert kinds & {e.RulingFollowed, e.RulingRefused, e.ApprovalRequested}
            assert e.RulingRefused not in kinds or kinds <= {e.RulingRefused, Timer}

    @invariant()
    def above_the_line_two_people_agree_of_whom_none_asked_for_it(self) -> None:
        if not isinstance(self.event, e.ApprovalGiven | e.ApprovalAmended):
            return
        if of(e.RulingRefused, self.last) or self.event.case not in self.before.cases:
            return
        request, approvals = self.before.cases[self.event.case].requests[self.event.id], self.by.approvals
        assert request.asked_by != self.event.by
        assert approvals.rank(self.event.role) is not None
        for said in self.last:
            gives = isinstance(said, e.GoodwillGiven) or (isinstance(said, e.CounterAnswered) and said.granted)
            if gives and approvals.four_eyes(said.option.amount if said.option else None):  # type: ignore[union-attr]
                assert isinstance(self.event, e.ApprovalGiven)
                assert len({*request.yes, self.event.by}) >= 2

    @invariant()
    def a_request_ends_once_and_only_ever_rises(self) -> None:
        ended = [said.request for said in self.ever(e.RulingFollowed) if said.request]
        assert len(ended) == len(set(ended))
        late = Counter(said.id for said in self.ever(e.ApprovalRequested) if said.late and not said.yes)
        assert max(late.values(), default=0) <= 1
        for said in of(e.ApprovalRequested, self.last):
            before = self.before.cases[said.case].requests.get(said.id)
            was = self.by.approvals.rank(before.level) if before else None
            assert was is None or (self.by.approvals.rank(said.level) or 0) >= was
        for case in self.customer.cases.values():
            assert sum(not request.ended for request in case.requests.values()) <= 1
            assert case.state not in ("withdrawn", "history") or case.request is None

    @invariant()
    def no_ruling_touches_what_is_owed(self) -> None:
        for said in self.last:
            remedy = isinstance(said, e.PayoutDue) and said.ledger == "remedy"
            assert not (isinstance(self.event, RULED) and (remedy or isinstance(said, e.RemedyGranted)))

    # ── what was promised ───────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def a_word_is_missed_once_and_kept_once_and_never_missed_where_it_was_done_in_time(self) -> None:
        missed, kept = (self.ever(kind) for kind in (e.PromiseMissed, e.PromiseKept))
        for names in ([said.promised for said in missed], [said.promised for said in kept]):
            assert len(names) == len(set(names))
        days = {said.promised: said.due for said in self.ever(e.PromiseMade)}
        assert all(said.due == days[said.promised] <= said.at for said in missed)
        for case in self.customer.cases.values():
            for name, word in case.promises.items():
                assert word.due == days[name]
                assert not word.missed or word.kept is None or word.kept > word.due

    @invariant()
    def every_date_that_is_named_has_a_timer(self) -> None:
        timers = {(one.case, one.name, one.due) for one in of(Timer, self.last)}
        for said in of(e.PromiseMade, self.last):
            assert (said.case, said.promised.partition("/")[2], said.due) in timers
        for said in of(e.PromiseMissed, self.last):
            assert (said.case, said.promised.partition("/")[2], said.next) in timers

    @invariant()
    def a_missed_word_is_made_good_by_options_or_by_a_person(self) -> None:
        for said in of(e.PromiseMissed, self.last):
            case = self.customer.cases[said.case]
            assert of(e.OptionsOffered, self.last) or case.why
            assert case.again


class ClocksHold(House):
    @invariant()
    def each_clock_is_missed_once_at_the_moment_at_which_its_budget_was_used(self) -> None:
        missed = Counter((said.case, said.clock, said.rung) for said in self.ever(e.ClockMissed))
        assert max(missed.values(), default=0) <= 1
        for said in of(e.ClockMissed, self.last):
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
        for said in of(Timer, self.last):
            if said.name == "clock/house/progress":
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
        for said in of(e.ProgressReported, self.last):
            case = self.customer.cases[said.case]
            assert case.clocks
            assert case.clocks.waiting is None
            assert not case.alarmed
