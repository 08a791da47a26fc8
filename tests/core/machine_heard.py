"""What a customer and those upstream may do on any day, in any order, beside a policy that is edited meanwhile."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from msgspec.structs import replace

from services.offer.case import OFFERED, Case, Customer
from services.offer.core import DECIDER
from services.offer.naming import case_of
from services.offer.terms import Known
from shared import events as e
from shared.money import Money
from shared.policy.policy import Policy
from shared.remedy import PLAIN, remedy_of
from shared.runtime.decider import Answered, Timer, TimersCancelled, step
from tests.core.machine_model import Pencil, Remedies
from tests.core.machine_versions import FIRST, OPTION_IDS, VERSIONS
from tests.core.machine_words import (
    ANSWERS,
    PIECE,
    ROUNDS,
    STAFF,
    failures,
    forms,
    heard,
    is_of_clocks,
    lags,
    letter_of,
    letters,
    reloaded,
    sums,
    wishes,
)
from tests.core.offer_stories import START, Complaint, euro

LIMITS_LOOK_BACK = timedelta(days=365)
ASKS: tuple[type[e.Answer], ...] = (e.PersonAskedFor, e.QuestionAsked)
places = st.sampled_from([None, None, "GB"])


class Heard(RuleBasedStateMachine):
    """One customer with three letters. `event` was heard under the policy `by`; `before` is how they stood before it, `last`
    what was answered to it, and `open_before` what had been given and might be taken in other cases by then. `said` is all
    that ever was, by its kind, `rounds` what of it was put to them, `found` the most that was owed for each failure, `timers` what is still to ring."""

    def __init__(self) -> None:
        super().__init__()
        self.policy: Policy = FIRST
        self.by = self.policy
        self.customer, self.remedies, self.pencil, self.now = Customer(), Remedies(), Pencil(), START
        self.said: dict[type[Any], list[Any]] = defaultdict(list)
        self.rounds: list[e.AboutCase] = []
        self.last: tuple[Answered, ...] = ()
        self.before, self.event = Customer(), cast("Any", None)
        self.balance: tuple[Money, ...] = ()
        self.found: dict[str, Decimal] = defaultdict(Decimal)
        self.read: Money | None = None
        self.open_before: list[Decimal] = []
        self.timers: dict[tuple[str, str], datetime] = {}
        self.count = 0

    def hear(self, event: Any) -> None:
        self.count += 1
        self.before, self.event, self.by = self.customer, event, self.policy
        self.open_before = self.pencil.taken(event.at, LIMITS_LOOK_BACK, but=case_of(event))
        self.read = self.balance[0] if self.balance else None
        if isinstance(event, e.TimerFired) and self.timers.get((event.case, event.name)) == event.due:
            del self.timers[event.case, event.name]
        after = step(DECIDER, "offer", self.customer, UUID(int=self.count), event, Known(self.policy, self.balance))
        answers = [answer for _, answer in after.answers]
        self.customer = reloaded(after.state)
        self.last = tuple(answer for answer in answers if not isinstance(answer, TimersCancelled))
        assert self.customer == after.state
        for said in answers:
            self.said[type(said)].append(said)
            self.pencil.write(said)
            if isinstance(said, ROUNDS):
                self.rounds.append(said)
            if isinstance(said, Timer):
                self.timers[said.case, said.name] = said.due
            if isinstance(said, TimersCancelled):
                for name in said.names:
                    self.timers.pop((said.case, name), None)

    def ever(self, *kinds: type[Any]) -> list[Any]:
        """All that we ever said of these kinds, kind by kind."""
        return [said for kind in kinds for said in self.said.get(kind, ())]

    def cases(self, *states: str) -> list[Case]:
        return [case for case in self.customer.cases.values() if case.state in states]

    def seldom(self) -> bool:
        """What ends a story happens now and then only, or no story would get far."""
        return self.count % 6 == 5

    @initialize(version=st.sampled_from(sorted(VERSIONS)))
    def a_policy_is_in_force(self, version: str) -> None:
        self.policy = VERSIONS[version]

    @precondition(lambda self: self.seldom())
    @rule(version=st.sampled_from(sorted(VERSIONS)))
    def another_version_comes_into_force(self, version: str) -> None:
        self.policy = VERSIONS[version]

    @rule(days=st.integers(0, 10))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @precondition(lambda self: self.pencil.gifts and self.count % 4 == 3)
    @rule(days=st.sampled_from([170, 200, 364, 366]))
    def months_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(spent=st.sampled_from(["0", "450", "499", "600"]))
    def the_house_gives_to_others(self, spent: str) -> None:
        self.balance = (euro(spent),)

    # ── what comes from upstream ────────────────────────────────────────────────────────────────────────────────────

    @rule(letter=letters, jurisdiction=places, days=st.sampled_from([0, 7, 100]))
    def evidence_is_awaited(self, letter: Complaint, jurisdiction: str | None, days: int) -> None:
        received = self.now - timedelta(days=days)
        self.hear(letter.awaited(self.now, received_at=received, jurisdiction=jurisdiction))

    @rule(letter=letters)
    def they_are_asked(self, letter: Complaint) -> None:
        self.hear(letter.asked(self.now))

    @rule(letter=letters, lag=st.sampled_from([0, 3]))
    def they_say_what_only_they_know(self, letter: Complaint, lag: int) -> None:
        self.hear(letter.answer(e.InformationGiven, 0, self.now - timedelta(days=lag), facts={}))

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
        self.remedies.judge(letter, Decimal(remedy), failure)
        if failure:
            self.found[failure] = max(self.found[failure], Decimal(remedy))
        pieces = int(Decimal(remedy) / Decimal(PIECE)) if form == "replacement" else None
        owed = remedy_of(euro(remedy), form, pieces, equal=("refund",))
        sought, ongoing = about
        facts: dict[str, Any] = {"severity": severity, "sought": sought, "ongoing": ongoing, "failure": failure}
        self.hear(letter.verdict(self.now, remedy=owed, **facts))

    @rule(letter=letters, promise=st.sampled_from(["kept", "kept", "unknown", "broken"]), contested=st.booleans())
    def it_is_not_owed(self, letter: Complaint, promise: str, contested: bool) -> None:
        self.remedies.judge(letter, Decimal(0))
        self.hear(letter.kept(self.now, promise=promise, contested=contested))

    @rule(letter=letters, by_subject=st.booleans(), amount=sums, name=st.sampled_from(["K-1", "K-2"]))
    def others_gave(self, letter: Complaint, by_subject: bool, amount: str, name: str) -> None:
        self.remedies.compensate(name, letter, by_subject, Decimal(amount))
        by = {"subject": letter.subject} if by_subject else {}
        self.hear(letter.compensated(amount, self.now, name, **by))

    @precondition(lambda self: self.seldom())
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

    # ── what the customer says ──────────────────────────────────────────────────────────────────────────────────────

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
        if amount == "5.00" and not self.seldom():
            amount = "9000.00"  # what is granted ends a story, and most of them should get far
        self.hear(replace(letter_of(case).counters(case.round, self.now, amount, form), by=by))

    @precondition(lambda self: self.seldom())
    @rule(letter=letters, number=st.integers(0, 4), kind=st.sampled_from(ANSWERS), lag=lags)
    def they_answer_some_round(self, letter: Complaint, number: int, kind: type[e.Answer], lag: timedelta) -> None:
        self.hear(letter.answer(kind, number, self.now - lag))

    @precondition(lambda self: self.seldom())
    @rule(letter=letters, option=st.sampled_from(OPTION_IDS), lag=lags)
    def they_choose(self, letter: Complaint, option: str, lag: timedelta) -> None:
        self.hear(letter.chose(option, 1, self.now - lag))

    @precondition(lambda self: self.seldom() and any(case.shown for case in self.cases(*OFFERED, "expired")))
    @rule(data=st.data(), lag=lags)
    def they_choose_of_what_was_shown(self, data: st.DataObject, lag: timedelta) -> None:
        """Whatever has been edited since."""
        case = data.draw(st.sampled_from([case for case in self.cases(*OFFERED, "expired") if case.shown]))
        option = data.draw(st.sampled_from(case.shown))
        self.hear(letter_of(case).chose(option.id, case.round, self.now - lag))

    @precondition(lambda self: self.cases("agreed", "settled"))
    @rule(data=st.data(), lag=lags)
    def they_think_again(self, data: st.DataObject, lag: timedelta) -> None:
        case = data.draw(st.sampled_from(self.cases("agreed", "settled")))
        self.hear(letter_of(case).undone(case.round, self.now - lag))

    @precondition(lambda self: self.seldom())
    @rule(letter=letters, kind=st.sampled_from([e.PersonAskedFor, e.QuestionAsked]))
    def they_ask(self, letter: Complaint, kind: type[e.Answer]) -> None:
        self.hear(letter.answer(kind, 0, self.now))

    @precondition(lambda self: self.seldom())
    @rule(letter=letters)
    def they_take_it_back(self, letter: Complaint) -> None:
        self.remedies.taken_back.add(letter.case)
        self.hear(letter.withdrawn(self.now))

    # ── what may come in either order ───────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.cases(*OFFERED))
    @rule(data=st.data(), kind=st.sampled_from(ANSWERS), late=st.booleans())
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

    @rule(letter=letters, remedy=sums, data=st.data(), kind=st.sampled_from([e.InformationRequested, *ASKS]))
    def a_verdict_races_a_question(self, letter: Complaint, remedy: str, data: st.DataObject, kind: type[Any]) -> None:
        """Of ours to them, or of theirs to us: what is owed is the same whichever was read first, and both are heard."""
        verdict = letter.verdict(self.now, remedy=euro(remedy), severity=2)
        asks = letter.asked(self.now) if kind is e.InformationRequested else letter.answer(kind, 0, self.now)
        both = [heard(self.policy, self.customer, *order) for order in ((verdict, asks), (asks, verdict))]
        first, after = (customer.cases[letter.case] for customer in both)
        assert (first.owed, first.due("remedy"), first.asked) == (after.owed, after.due("remedy"), after.asked)
        assert (first.round > 0) == (after.round > 0)
        assert (first.why is None) == (after.why is None)
        for event in data.draw(st.permutations((verdict, asks))):
            if event is verdict:
                self.remedies.judge(letter, Decimal(remedy))
            self.hear(event)
            self.hold()

    def hold(self) -> None:
        """Between two things that a rule lets happen, all must hold too."""
