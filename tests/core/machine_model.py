"""What a child could work out beside the offer service: what is owed and paid, what was given, and what may still be taken."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shared import events as e
from tests.core.offer_stories import Complaint

OVER = (e.CaseSettled, e.ClaimDeclined, e.CaseWithdrawn)
PUT = e.ApologyOffered | e.OptionsOffered | e.InputInvited | e.FinalSayGiven | e.ChoiceUndone
NOTHING = Decimal(0)


class Remedies:
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
            self._count(name, letter, min(before, most))  # it was granted before anybody knew for what
        for given, (of, by_subject, left) in sorted(self.given.items()):
            concerns = of.subject == letter.subject if by_subject else of.case == letter.case
            taken = min(left, max(self._open(letter), NOTHING)) if concerns else NOTHING
            self.covered[letter.case] += taken
            self.given[given] = (of, by_subject, left - taken)
        self.due[letter.case] += max(self._open(letter), NOTHING)
        if name and (now := self.due[letter.case] + self.covered[letter.case] - before):
            mine = self.granted[name].get(letter.case, NOTHING)
            self._count(name, letter, min(now, self.owed[letter.case] - self._elsewhere(letter) - mine))

    def _count(self, name: str, letter: Complaint, more: Decimal) -> None:
        """What was granted for a failure that others have paid for already counts for none, until it is known to be of another."""
        if more > 0:
            self.granted[name][letter.case] += more

    def _elsewhere(self, letter: Complaint) -> Decimal:
        """So much of what is owed here was granted in other cases for the same failure."""
        others = self.granted[self.about.get(letter.case) or ""]
        most = sum((sum_ for case, sum_ in others.items() if case != letter.case), NOTHING)
        return min(most, self.owed[letter.case])

    def _open(self, letter: Complaint) -> Decimal:
        own = self.covered[letter.case] + self.due[letter.case]
        return self.owed[letter.case] - self._elsewhere(letter) - own


class Pencil:
    """What was given, and what may still be taken: read off what we said alone, by somebody with a pencil. `named`: until when
    what lies before the customer may be answered, as they were told; `until`: the same, but for ever once a person has it."""

    def __init__(self) -> None:
        self.gifts: list[tuple[datetime, str, Decimal]] = []
        self.shown: dict[str, dict[str, e.Option]] = defaultdict(dict)
        self.until: dict[str, datetime | None] = {}
        self.named: dict[str, datetime] = {}
        self.chosen: dict[str, Decimal] = {}
        self.with_a_person: set[str] = set()
        self.over: set[str] = set()
        self.keys: set[str] = set()

    def write(self, said: Any) -> None:
        """One thing that we said."""
        case = getattr(said, "case", "")
        if isinstance(said, e.OptionsOffered):
            self.shown[case] |= {option.id: option for option in said.options}
        if isinstance(said, PUT) and said.expires:
            self.named[case] = said.expires
        if isinstance(said, PUT):
            self.until[case] = None if case in self.with_a_person else said.expires
            self.chosen.pop(case, None)
            self.over.discard(case)
        if isinstance(said, e.HandedOver):
            self.with_a_person.add(case)
            if (until := self.until.get(case)) and said.at <= until:
                self.until[case] = None
        if isinstance(said, e.ChoiceNoted):
            self.chosen[case] = worth(said.gift) if said.gift else NOTHING
        if isinstance(said, e.PayoutDue) and said.ledger == "goodwill" and said.amount:
            if said.key not in self.keys:  # what is due once more is no further gift
                self.gifts.append((said.at, case, said.amount.amount))
            self.keys.add(said.key)
            self.over.add(case)
        if isinstance(said, OVER):
            self.over.add(case)

    def taken(self, at: datetime, within: timedelta, but: str) -> list[Decimal]:
        """The gifts of so long a time, and the dearest of what may be taken in each other case."""
        amounts = [amount for given, _, amount in self.gifts if given > at - within]
        for case in {**self.shown, **self.chosen}:  # a person may give what was never shown
            until, shown = self.until.get(case), self.shown.get(case, {})
            left = [worth(option) for option in shown.values() if f"{case}/goodwill/{option.id}/1" not in self.keys]
            in_time = case in self.chosen or until is None or at <= until
            may_be = self.chosen.get(case, max(left, default=NOTHING)) if in_time else NOTHING
            if case not in self.over and case != but and may_be:
                amounts.append(may_be)
        return amounts

    def given(self, case: str) -> Decimal:
        """All that became due in a case because we are sorry."""
        return sum((amount for _, of, amount in self.gifts if of == case), NOTHING)


def worth(option: e.Option) -> Decimal:
    return option.amount.amount if option.amount else NOTHING
