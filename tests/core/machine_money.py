"""What must hold of the money in every history: what is owed comes whole and once, and gifts stay within their bounds."""

from collections import defaultdict
from decimal import Decimal

from hypothesis.stateful import invariant

from services.offer.negotiation.rounds import EXPIRY
from services.offer.negotiation.settling import CHOICE
from services.offer.payouts.fulfilment import clock_of
from shared import events as e
from shared.runtime.decider import Timer
from tests.core.machine_house import House
from tests.core.machine_model import worth
from tests.core.machine_words import LETTERS, PIECE, RULED, of

BY_RULE = ("as-you-asked",)
LOSS = Decimal("129.90")


class MoneyHolds(House):
    @invariant()
    def every_key_becomes_due_once_and_the_remedy_is_what_the_model_says(self) -> None:
        """Again only where what is owed is taken in another form of the same worth, or a person says so, and before it has
        arrived."""
        dues: dict[str, e.PayoutDue] = {}
        for due in self.ever(e.PayoutDue):
            before = dues.setdefault(due.key, due)
            assert (due.ledger, due.amount) == (before.ledger, before.amount)
            assert due.form in (before.form, *before.equal)
            assert due.amount is None or due.amount.amount > 0
            assert due.amount or due.ledger == "goodwill"
        for due in of(e.PayoutDue, self.last):
            if due.case in self.before.cases:
                known = self.before.cases[due.case].payouts.get(due.key)
                assert known is None or not known.arrived
                another = known is None or known.form != due.form
                assert another or isinstance(self.event, e.PayoutRenewed)
        for letter in LETTERS:
            mine = [due for due in dues.values() if due.case == letter.case]
            remedies = [due.amount.amount for due in mine if due.ledger == "remedy" and due.amount]
            assert sum(remedies) == self.remedies.due[letter.case]

    @invariant()
    def one_failure_is_never_paid_more_than_the_most_that_anybody_found_owed_for_it(self) -> None:
        granted: dict[str, Decimal] = defaultdict(Decimal)
        for said in self.ever(e.RemedyGranted):
            for name, sum_ in said.failures.items():
                granted[name] += sum_.amount
        for name, paid in granted.items():
            assert paid <= self.found[name]

    @invariant()
    def pieces_are_given_whole_and_never_more_than_the_largest_remedy_has(self) -> None:
        for letter in LETTERS:
            dues = {due.key: due for due in self.ever(e.PayoutDue) if due.case == letter.case}
            pieces = [due for due in dues.values() if due.form == "replacement" and due.ledger == "remedy"]
            assert all(due.quantity and due.quantity > 0 for due in pieces)
            assert sum(due.quantity or 0 for due in pieces) <= self.remedies.owed[letter.case] / Decimal(PIECE)

    @invariant()
    def goodwill_is_given_once_and_only_as_it_was_shown_or_asked_for(self) -> None:
        """Once for the failure, and once more for each time that we did not keep our word."""
        shown = {(o.case, option.id): option for o in self.ever(e.OptionsOffered) for option in o.options}
        given = [o for o in self.ever(e.CounterAnswered, e.GoodwillGiven) if o.option]
        shown |= {(o.case, o.option.id): o.option for o in given if o.option}
        gifts = {due.key: due for due in self.ever(e.PayoutDue) if due.ledger == "goodwill"}
        unasked = {f"{o.case}/goodwill/{o.option.id}/1" for o in self.ever(e.GoodwillGiven)}
        chosen: dict[str, int] = defaultdict(int)
        for key, gift in gifts.items():
            as_shown = shown[gift.case, key.split("/")[2]]
            assert (as_shown.amount, as_shown.form) == (gift.amount, gift.form)
            chosen[gift.case] += key not in unasked
        for case, times in chosen.items():
            not_done = [
                late for late in self.ever(e.PaymentDelayed) if late.amount is None or late.quantity is not None
            ]
            assert times <= 1 + sum(broken.case == case for broken in (*self.ever(e.PromiseMissed), *not_done))

    def new_money(self) -> list[tuple[e.OptionsOffered | e.CounterAnswered, Decimal]]:
        """What our last answers offer or grant by rule, beyond what was on the table in that case already."""
        found: list[tuple[e.OptionsOffered | e.CounterAnswered, Decimal]] = []
        for said in self.last:
            if isinstance(said, e.OptionsOffered) and not isinstance(self.event, RULED):
                found.append((said, max(map(worth, said.options))))
            if isinstance(said, e.CounterAnswered) and said.granted and said.reason in BY_RULE and said.option:
                found.append((said, worth(said.option)))
        before = {case.id: [worth(option) for option in case.shown] for case in self.before.cases.values()}
        return [(said, most) for said, most in found if most > max(before.get(said.case, []), default=Decimal(0))]

    @invariant()
    def no_offer_passes_the_limits_of_the_customer(self) -> None:
        limit = self.by.limits.everyone
        for _, most in self.new_money():
            assert len(self.open_before) + 1 <= limit.gifts
            assert all(sum(self.open_before) + most <= line.amount for line in limit.sums)

    @invariant()
    def past_the_hard_line_no_rule_gives_new_money(self) -> None:
        for said, _ in self.new_money():
            assert said.balance == self.read
            for line in self.by.limits.budget.hard:
                assert self.read is None or self.read.amount < line.amount

    @invariant()
    def a_limit_is_named_where_it_bites_and_nowhere_else(self) -> None:
        for said in of(e.OptionsOffered, self.last):
            if said.limits and not isinstance(self.event, RULED):
                assert set(said.limits) <= {"limit-number", "limit-sum", "budget"}
                assert ("limit-number" in said.limits) == (len(self.open_before) >= self.by.limits.everyone.gifts)

    @invariant()
    def remedy_and_goodwill_of_a_case_stay_below_the_ceiling(self) -> None:
        """When something is offered or granted, together with all that the case was given before; by whomever."""
        ceiling = LOSS * self.by.rounds.ceiling / 100
        for said in of(e.OptionsOffered | e.CounterAnswered | e.GoodwillGiven, self.last):
            offered = said.options if isinstance(said, e.OptionsOffered) else (said.option,) if said.option else ()
            before = self.before.cases.get(said.case)
            shown = {option.id for option in before.shown} if before else set()
            honoured = isinstance(said, e.CounterAnswered) and said.reason in ("owed-in-another-form", *BY_RULE)
            already = (
                sum(
                    (
                        gift.amount.amount
                        for key, gift in before.payouts.items()
                        if gift.ledger == "goodwill" and gift.amount
                    ),
                    Decimal(0),
                )
                if before
                else Decimal(0)
            )
            for option in offered:
                if option.id not in shown and not honoured and option.amount:
                    assert option.amount.amount + already + self.remedies.owed[said.case] <= ceiling

    @invariant()
    def no_gift_is_due_while_the_choice_may_be_taken_back(self) -> None:
        for said in of(e.PayoutDue, self.last):
            case = self.before.cases.get(said.case)
            if said.ledger == "remedy" or case is None or isinstance(self.event, e.PayoutRenewed):
                continue
            if isinstance(self.event, RULED) and case.state in ("agreed", "settled"):
                continue  # what is given on top was not chosen, so there is nothing to take back
            if case.state == "agreed":
                assert case.until is not None
                assert said.at >= case.until
            else:
                assert not self.by.rounds.undo_within

    @invariant()
    def whatever_went_wrong_with_what_is_due_has_a_person_and_what_arrived_is_said_once(self) -> None:
        for case in self.customer.cases.values():
            assert case.trouble is None or case.why is not None
        made = [said.key for said in self.ever(e.PaymentMade)]
        assert len(made) == len(set(made))

    @invariant()
    def a_case_that_is_over_has_no_timer_left_for_what_is_done(self) -> None:
        """Of a round, of a clock that was met, of a choice that was taken back, of what has arrived."""
        for name, timer in self.timers:
            case = self.customer.cases[name]
            if case.state not in ("settled", "declined", "joined", "withdrawn"):
                continue
            assert timer != EXPIRY
            assert timer != CHOICE
            assert timer not in {clock_of(key) for key, payout in case.payouts.items() if payout.state == "paid"}
            for clock in case.clocks.clocks if case.clocks else ():
                assert clock.met is None or clock.missed or timer != f"clock/{case.clocks.pack}/{clock.rung}"  # type: ignore[union-attr]

    @invariant()
    def what_is_due_has_a_clock_that_asks_after_its_day(self) -> None:
        for said in of(e.PayoutDue, self.last):
            clocks = [one.due for one in of(Timer, self.last) if one.name == clock_of(said.key)]
            assert said.due
            assert clocks == [said.due + self.by.payouts.grace]
