"""What a crash might do to a case is seen by the oracle of the crash tests, each breach as a sentence of its own."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from shared import events as e
from tests import oracle_of_cases as oracle
from tests.core.offer_stories import ANA, day, given

OWED = f"{ANA.case}/remedy/-/1"
HEARD = (
    *(ANA.verdict(), ANA.counters(1, day(1), "60.00"), ANA.approved(day(2))),
    *(ANA.not_paid(OWED, day(3)), ANA.renewed(OWED, day(4)), ANA.was_paid(OWED, day(5))),
)
STORY = given(*HEARD)
HAPPENED: tuple[Any, ...] = (*HEARD, *STORY.said)
APOLOGY = STORY.the(e.ApologyOffered)


class Told:
    """A house in which this has happened."""

    road = None

    def __init__(self, events: Sequence[Any]) -> None:
        self.events = events

    def all(self, kind: Any) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def breaches(*more: Any) -> list[str]:
    sums = {"remedy": STORY.case(ANA).due("remedy"), "goodwill": STORY.case(ANA).due("goodwill")}
    rows = [(ANA.case, msgspec.json.encode(sums).decode())]
    return oracle.of_events(Told((*HAPPENED, *more)), rows)


def test_a_payout_that_failed_and_was_made_due_again_by_a_person_is_right() -> None:
    assert breaches() == []


@pytest.mark.parametrize(
    ("twice", "says"),
    [
        (STORY.the(e.PayoutDue), "people made it due again"),
        (replace(STORY.the(e.PayoutDue), key=f"{ANA.case}/remedy/-/2"), "became due"),
        (APOLOGY, "has the rounds [1, 1]"),
        (replace(APOLOGY, round=3), "has the rounds [1, 3]"),
        (STORY.all(e.RulingFollowed)[0], "was decided 2 times"),
        (STORY.the(e.PaymentMade), "payment made"),
    ],
    ids=["due again", "another part", "a round twice", "a round left out", "decided twice", "told twice"],
)
def test_what_happens_once_more_than_it_may_is_said(twice: Any, says: str) -> None:
    assert any(says in breach for breach in breaches(twice))
