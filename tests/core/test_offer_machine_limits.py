"""Over any history no limit is passed by what we offer, and no limit touches what is owed, beside a ledger kept by hand."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from msgspec.structs import replace

from services.offer.naming import case_of
from shared import events as e
from shared.money import Money
from shared.policy.limits import Budget, GoodwillLimit, Raise, Repeats
from tests.core.case_walk import SLOW
from tests.core.offer_stories import POLICY, UNLIMITED, euro
from tests.core.test_offer_machine import Offer

YEAR = timedelta(days=365)
GIFTS, SUM, HARD = 2, Decimal(60), Decimal(500)
TIGHT = replace(
    POLICY,
    limits=replace(
        UNLIMITED,
        everyone=GoodwillLimit(GIFTS, (euro(str(SUM)),)),
        budget=Budget("UTC", (euro("400"),), (euro(str(HARD)),)),
        repeats=Repeats(YEAR, 3, 2, 2),
        raises=(Raise(1, contacts=3), Raise(2, hand_overs=2)),
    ),
)
OVER = (e.CaseSettled, e.ClaimDeclined, e.CaseWithdrawn)
PUT = e.ApologyOffered | e.OptionsOffered | e.InputInvited | e.FinalSayGiven | e.ChoiceUndone
BY_RULE = ("as-you-asked",)


class Ledger:
    """What was given, and what may still be taken: read off what we said alone, by somebody with a pencil."""

    def __init__(self) -> None:
        self.gifts: list[tuple[datetime, Decimal]] = []
        self.shown: dict[str, Decimal] = {}
        self.until: dict[str, datetime | None] = {}
        self.chosen: dict[str, Decimal] = {}
        self.with_a_person: set[str] = set()
        self.over: set[str] = set()

    def write(self, said: Any) -> None:
        """One thing that we said."""
        case = getattr(said, "case", "")
        if isinstance(said, e.OptionsOffered):
            self.shown[case] = max(self.shown.get(case, Decimal(0)), *map(worth, said.options))
        if isinstance(said, PUT):
            self.until[case] = None if case in self.with_a_person else said.expires
            self.chosen.pop(case, None)
            self.over.discard(case)
        if isinstance(said, e.HandedOver):
            self.with_a_person.add(case)
            if (until := self.until.get(case)) and said.at <= until:
                self.until[case] = None
        if isinstance(said, e.ChoiceNoted):
            self.chosen[case] = worth(said.gift) if said.gift else Decimal(0)
        if isinstance(said, e.PayoutDue) and said.ledger == "goodwill" and said.amount:
            self.gifts.append((said.at, said.amount.amount))
            self.over.add(case)
        if isinstance(said, OVER):
            self.over.add(case)

    def taken(self, at: datetime, but: str) -> list[Decimal]:
        """The gifts of the year, and the dearest of what may be taken in each other case."""
        sums = [amount for given, amount in self.gifts if given > at - YEAR]
        for case, dearest in self.shown.items():
            until = self.until[case]
            may_be = self.chosen.get(case, dearest) if case in self.chosen or until is None or at <= until else 0
            if case not in self.over and case != but and may_be:
                sums.append(Decimal(may_be))
        return sums


def worth(option: e.Option) -> Decimal:
    return option.amount.amount if option.amount else Decimal(0)


class Tight(Offer):
    """The same histories under limits that bite."""

    policy = TIGHT

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.open_before: list[Decimal] = []
        self.read: Money | None = None

    def hear(self, event: Any) -> None:
        self.open_before = self.ledger.taken(event.at, but=case_of(event))
        self.read = self.balance[0] if self.balance else None
        super().hear(event)
        for said in self.last:
            self.ledger.write(said)

    @rule(spent=st.sampled_from(["0", "450", "499", "600"]))
    def the_house_gives_to_others(self, spent: str) -> None:
        self.balance = (euro(spent),)

    @precondition(lambda self: self.ledger.gifts and self.count % 4 == 3)
    @rule(days=st.sampled_from([170, 200, 364, 366]))
    def months_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    def new_money(self) -> list[tuple[e.OptionsOffered | e.CounterAnswered, Decimal]]:
        """What our last answers offer or grant by rule, beyond what was on the table in that case already."""
        found: list[tuple[e.OptionsOffered | e.CounterAnswered, Decimal]] = []
        for said in self.last:
            if isinstance(said, e.OptionsOffered):
                found.append((said, max(map(worth, said.options))))
            if isinstance(said, e.CounterAnswered) and said.granted and said.reason in BY_RULE and said.option:
                found.append((said, worth(said.option)))
        before = {case.id: [worth(option) for option in case.shown] for case in self.before.cases.values()}
        return [(said, most) for said, most in found if most > max(before.get(said.case, []), default=Decimal(0))]

    @invariant()
    def no_offer_passes_the_limits_of_the_customer(self) -> None:
        for _, most in self.new_money():
            assert len(self.open_before) + 1 <= GIFTS
            assert sum(self.open_before) + most <= SUM

    @invariant()
    def past_the_hard_line_no_rule_gives_new_money(self) -> None:
        for said, _ in self.new_money():
            assert said.balance == self.read
            assert self.read is None or self.read.amount < HARD

    @invariant()
    def a_limit_is_named_where_it_bites_and_nowhere_else(self) -> None:
        for said in self.last:
            if isinstance(said, e.OptionsOffered) and said.limits:
                assert set(said.limits) <= {"limit-number", "limit-sum", "budget"}
                assert ("limit-number" in said.limits) == (len(self.open_before) >= GIFTS)

    @invariant()
    def only_the_letter_that_declines_says_that_they_were_wrong_before(self) -> None:
        for said in self.last:
            assert not getattr(said, "contradicted", 0) or isinstance(said, e.ClaimDeclined)


Tight.TestCase.settings = Offer.TestCase.settings
TestTight = Tight.TestCase


class TightAndSlow(Tight):
    """And under a policy by which a choice may be taken back for a while."""

    policy = replace(TIGHT, rounds=SLOW.rounds)


TightAndSlow.TestCase.settings = Offer.TestCase.settings
TestTightAndSlow = TightAndSlow.TestCase
