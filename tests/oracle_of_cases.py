"""What must be true of every case when all is done: its rounds, its people's word, and its money, each exactly once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from shared import events as e

ROUNDS = (
    *(e.ApologyOffered, e.OptionsOffered, e.ClaimDeclined, e.FinalSayGiven, e.InputInvited),
    e.ChoiceUndone,  # lays the table anew, as a round of its own
)
WENT_WRONG = (e.PayoutFailed, e.PaymentDelayed)
ONCE_A_ROUND = ("apology", "options", "input", "decline", "final-say")


class Seen(Protocol):
    """All events of a house, first occurrences in order."""

    def all(self, kind: Any) -> list[Any]: ...

    @property
    def road(self) -> Any: ...


async def cases(seen: Seen) -> list[str]:
    """Each breach, a sentence."""
    sums = await seen.road.rows('select "case", cast(sums as text) from offer.cases')
    rounds = await seen.road.rows(
        """select "case", round, kind, count(*) from notifier.letters where kind = any(:kinds)
        group by 1, 2, 3 having count(*) > 1""",
        kinds=list(ONCE_A_ROUND),
    )
    return of_events(seen, sums) + [
        f"{count} letters of kind {kind} in round {number} of {case}" for case, number, kind, count in rounds
    ]


def of_events(seen: Seen, sums: Iterable[Any]) -> list[str]:
    """Each breach that events show; `sums`: of each case, what it says of its ledgers, as JSON."""
    return [*_rounds(seen), *_people(seen), *_dues(seen), *_told_once(seen), *_sums(seen, sums)]


def _rounds(seen: Seen) -> Iterator[str]:
    """1, 2, 3 and so on: none left out, none twice."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for put in seen.all(ROUNDS):
        numbers[put.case].append(put.round)
    for case, rounds in numbers.items():
        if rounds != list(range(1, len(rounds) + 1)):
            yield f"{case} has the rounds {rounds}"


def _people(seen: Seen) -> Iterator[str]:
    """What somebody was asked for is decided once, and no word of theirs is followed or refused twice."""
    followed = Counter(done.request for done in seen.all(e.RulingFollowed) if done.request)
    yield from (f"request {name} was decided {count} times" for name, count in followed.items() if count > 1)
    said = Counter(ruling.case for ruling in seen.all(e.Ruling))
    for case, answers in Counter(done.case for done in seen.all((e.RulingFollowed, e.RulingRefused))).items():
        if answers > said[case]:
            yield f"people ruled {said[case]} times on {case}, and were answered {answers} times"


def _dues(seen: Seen) -> Iterator[str]:
    """Each key once; again in another form of the same worth, or after it went wrong and by a person's word, and then once
    for each time that they were followed."""
    dues: dict[str, list[e.PayoutDue]] = defaultdict(list)
    for due in seen.all(e.PayoutDue):
        dues[due.key].append(due)
    renewed = Counter(ruling.key for ruling in seen.all(e.PayoutRenewed))
    failed = {wrong.key for wrong in seen.all(WENT_WRONG)}
    again: dict[str, int] = defaultdict(int)
    for key, (first, *others) in dues.items():
        if any(
            (due.amount, due.ledger, due.customer) != (first.amount, first.ledger, first.customer) for due in others
        ):
            yield f"payout {key} is due as {[due.amount for due in (first, *others)]}"
        same = sum(due.form == before.form for before, due in zip((first, *others), others, strict=False))
        again[first.case] += same
        if same > renewed[key]:
            yield f"payout {key} is due {same + 1} times, and people made it due again {renewed[key]} times"
        if same and key not in failed:
            yield f"payout {key} is due again, and nothing had gone wrong with it"
    followed = Counter(done.case for done in seen.all(e.RulingFollowed) if done.action == "renew")
    yield from (
        f"{case} has {again[case]} payouts due again by {followed[case]} people's word"
        for case in again.keys() | followed.keys()
        if again[case] != followed[case]
    )


def _told_once(seen: Seen) -> Iterator[str]:
    """A payment is made, a word kept or broken, and a clock missed, once."""
    names: dict[str, Iterable[Any]] = {
        "payment made": (made.key for made in seen.all(e.PaymentMade)),
        "promise made": (made.promised for made in seen.all(e.PromiseMade)),
        "promise kept": (kept.promised for kept in seen.all(e.PromiseKept)),
        "promise missed": (missed.promised for missed in seen.all(e.PromiseMissed)),
        "clock missed": ((missed.case, missed.clock, missed.rung) for missed in seen.all(e.ClockMissed)),
        "choice of a round": ((noted.case, noted.round) for noted in seen.all(e.ChoiceNoted)),
    }
    for what, keys in names.items():
        yield from (f"{what} {key}: {count} times" for key, count in Counter(keys).items() if count > 1)


def _sums(seen: Seen, rows: Iterable[Any]) -> Iterator[str]:
    """What became due on each ledger is what the case says of itself."""
    due: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    keys: set[str] = set()
    for payout in seen.all(e.PayoutDue):
        if payout.amount and payout.key not in keys:
            keys.add(payout.key)
            due[payout.case, payout.ledger] += payout.amount.amount
    for case, text in rows:
        says = msgspec.json.decode(text)
        for ledger in ("remedy", "goodwill"):
            written = Decimal(says[ledger]["amount"]) if ledger in says else Decimal(0)
            if written != due[case, ledger]:
                yield f"{case} says {ledger} {written}, and {due[case, ledger]} became due"
