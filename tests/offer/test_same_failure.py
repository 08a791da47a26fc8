"""What two complaints about one failure leave in the tables: each case tells of the other, and money is due once."""

from typing import Any

import pytest

from shared import events as e
from tests.core.offer_stories import Complaint, day, euro
from tests.offer.house import House
from tests.offer.test_cases import kinds

FIRST = Complaint("cust-ana", "C-1", "order-1")
SECOND = Complaint("cust-ana", "C-2", "order-1")
STORY: tuple[e.AnyEvent, ...] = (
    FIRST.verdict(failure="f-1"),
    SECOND.verdict(day(5), failure="f-1"),
    FIRST.refused(1, day(6)),
)


async def test_both_cases_tell_of_the_joining_and_the_second_says_why_nothing_more_is_owed(house: House) -> None:
    await house.hear(*STORY)
    first, second = await house.the("C-1"), await house.the("C-2")
    assert kinds(first) == [
        *("verdict-reached", "case-opened", "remedy-granted", "payout-due", "apology-offered"),
        *("case-joined", "options-rejected", "options-offered"),
    ]
    assert kinds(second) == ["verdict-reached", "case-opened", "case-joined"]
    assert (first.contacts, second.state, second.remedy) == (2, "joined", None)
    assert first.why_not_more
    assert second.why_not_more
    assert "same-failure" not in {reason.code for reason in first.why_not_more.remedy}
    (why,) = (reason for reason in second.why_not_more.remedy if reason.code == "same-failure")
    assert (why.amount, first.case in why.says) == (euro("17.50"), True)


async def test_when_the_first_is_taken_back_the_rounds_stand_in_the_second_ones_timeline(house: House) -> None:
    await house.hear(*STORY[:2], FIRST.withdrawn(day(6)))
    assert kinds(await house.the("C-1"))[-2:] == ["complaint-withdrawn", "case-withdrawn"]
    assert kinds(await house.the("C-2"))[-1] == "apology-offered"
    assert (await house.the("C-2")).state == "apology"


@pytest.mark.parametrize("batch", [1, 500])
async def test_how_the_events_are_cut_into_batches_does_not_show(house: House, batch: int) -> None:
    def picture(rows: list[list[tuple[Any, ...]]]) -> list[list[tuple[Any, ...]]]:
        return [rows[n] for n in (0, 1, 2, 4)]

    await house.hear(*STORY, batch=2)
    before = picture(await house.picture())
    await house.forget()
    await house.hear(*STORY, batch=batch)
    assert picture(await house.picture()) == before
