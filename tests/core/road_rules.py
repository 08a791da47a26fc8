"""Which rules of the house do not hold on a road that was walked to its end, one sentence each."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from services.notifier.core import CLOSED
from services.notifier.notice import Turned
from services.offer.case import CompensationSetOff
from shared import events as e
from shared.money import Money
from shared.remedy import Remedy
from tests.core.road_stories import POLICY, START, ChanceRoad

FIRST = (e.ApologyOffered, e.OptionsOffered, e.ClaimDeclined)
ROUNDS = (*FIRST, e.FinalSayGiven)
LETTERS: dict[Any, str] = {
    e.ApologyOffered: "apology",
    e.OptionsOffered: "options",
    e.ClaimDeclined: "decline",
    e.FinalSayGiven: "final-say",
    e.CaseSettled: "settlement",
}
DECISIONS = (e.ComplaintAccepted, e.ComplaintMerged, e.ComplaintRejected)
ENDS = {"settled", "declined", "expired", "withdrawn", "handed_over", "joined"}


def all_of(road: ChanceRoad, kind: Any) -> list[Any]:
    return [said for said in road.said if isinstance(said, kind)]


def broken(complaints: set[str], road: ChanceRoad) -> Iterator[str]:
    """Which rules of the house do not hold, one sentence each."""
    decided = Counter(event.complaint for event in all_of(road, DECISIONS))
    yield from (f"{number} was decided {decided[number]} times" for number in complaints if decided[number] != 1)
    yield from repeated("opened", (event.case for event in all_of(road, e.CaseOpened)))
    yield from repeated("payout", (event.key for event in all_of(road, e.PayoutDue)))
    yield from repeated("letter", (told.letter.notice for told in all_of(road, Turned) if told.letter))
    yield from told_once(road)
    yield from wrong_options(road)
    yield from wrong_sums(road)
    yield from wrong_declines(road)
    yield from without_an_end(road)


def repeated(what: str, keys: Iterator[Any]) -> Iterator[str]:
    yield from (f"{what} {key}: {count} times" for key, count in Counter(keys).items() if count > 1)


def told_once(road: ChanceRoad) -> Iterator[str]:
    """Every complaint that was taken up has one first round, or joined one that has; rounds count from one; each has its
    letter."""
    gone = {event.case for event in all_of(road, (e.CaseWithdrawn, e.CaseJoined))}
    rounds: dict[str, list[int]] = defaultdict(list)
    for event in all_of(road, ROUNDS):
        rounds[event.case].append(event.round)
    for accepted in all_of(road, e.ComplaintAccepted):
        case = e.case_id(accepted.source, accepted.complaint)
        history = START - accepted.received_at > POLICY.intake.horizon
        wanted = [] if history else list(range(1, max(len(rounds[case]), 0 if case in gone else 1) + 1))
        if rounds[case] != wanted:
            yield f"{accepted.complaint} was told rounds {rounds[case]}"
    letters = {told.letter.notice for told in all_of(road, Turned) if told.letter}
    for event in all_of(road, tuple(LETTERS)):
        if f"{event.case}/{event.round}/{LETTERS[type(event)]}" not in letters:
            yield f"nobody was told of {type(event).__name__} in round {event.round} of {event.complaint}"


def wrong_options(road: ChanceRoad) -> Iterator[str]:
    shown: dict[str, list[str]] = defaultdict(list)
    for event in all_of(road, e.OptionsOffered):
        if not 2 <= len(event.options) <= 3:
            yield f"{event.complaint} was shown {len(event.options)} options"
        shown[event.case] += [option.id for option in event.options]
    for case, options in shown.items():
        yield from repeated(f"option of {case}", iter(options))


def wrong_sums(road: ChanceRoad) -> Iterator[str]:
    """What was owed under the best verdict is paid or was set off, and no more; but for what was taken back or is old. One
    failure is owed once, however many letters are about it."""
    owed: dict[str, Decimal] = defaultdict(Decimal)
    met: dict[str, Decimal] = defaultdict(Decimal)
    about: dict[str, str] = {}
    for said in road.said:
        match said:
            case e.VerdictReached(remedy=Remedy(amount=Decimal() as amount), outcome="owed" | "owed_in_part"):
                case = e.case_id(said.source, said.complaint)
                failure = about.setdefault(case, f"{said.customer}/{said.failure}" if said.failure else case)
                owed[failure] = max(owed[failure], amount)
            case e.PayoutDue(ledger="remedy", amount=Money() as paid) | CompensationSetOff(amount=paid):
                met[said.case] += paid.amount
            case _:
                pass
    given: dict[str, Decimal] = defaultdict(Decimal)
    for case, amount in met.items():
        given[about.get(case, case)] += amount
    kept_open = {
        about[case.id] for case in cases(road) if case.id in about and case.state not in ("withdrawn", "history")
    }
    for failure in owed.keys() | given.keys():
        if given[failure] > owed[failure] or (given[failure] < owed[failure] and failure in kept_open):
            yield f"{failure} is owed {owed[failure]} and was given {given[failure]}"


def wrong_declines(road: ChanceRoad) -> Iterator[str]:
    kept: set[str] = set()
    granted: set[str] = set()
    for said in road.said:
        match said:
            case e.VerdictReached(outcome="not_owed", promise="kept", contested=False):
                kept.add(e.case_id(said.source, said.complaint))
            case e.RemedyGranted():
                granted.add(said.case)
            case e.ClaimDeclined() if said.case not in kept or said.case in granted:
                yield f"{said.complaint} was declined without grounds"
            case _:
                pass


def without_an_end(road: ChanceRoad) -> Iterator[str]:
    for case in cases(road):
        if case.state not in ENDS | {"history"} and not case.final:
            yield f"{case.complaint} is left {case.state}"
        if case.state in CLOSED and case.expires is not None:
            yield f"{case.complaint} is closed and waits"


def cases(road: ChanceRoad) -> list[Any]:
    return [case for (flow, _), state in road.states.items() if flow == "offer" for case in state.cases.values()]
