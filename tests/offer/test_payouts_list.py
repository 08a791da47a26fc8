"""Whoever sees to what is due finds all of it in one list, what has waited longest first."""

from datetime import timedelta

from services.offer.console import payouts
from tests.core.offer_stories import ANA, BEN, day, euro
from tests.offer.house import House

OWED, GIFT = f"{ANA.case}/remedy/-/1", f"{ANA.case}/goodwill/call-back/1"


async def listed(house: House, late: bool = False) -> list[payouts.OpenPayout]:
    async with house.engine.connect() as connection:
        return await payouts.list_open(connection, late)


async def test_what_has_not_arrived_is_listed_with_its_day_and_who_sees_to_it(house: House) -> None:
    await house.hear(ANA.verdict(), ANA.refused(1, day(1)), ANA.chose("call-back", 2, day(2)), BEN.verdict())
    await house.hear(BEN.was_paid(f"{BEN.case}/remedy/-/1", day(3)))
    first, second = await listed(house)
    assert (first.key, first.complaint, first.customer) == (GIFT, "C-1001", "cust-ana")
    assert (first.amount, first.due, first.owner, first.state) == (None, day(4), "care-team", "due")
    assert (second.key, second.amount, second.due) == (OWED, euro("17.50"), day(10))


async def test_late_is_what_should_be_there_by_now_whether_or_not_somebody_has_asked(house: House) -> None:
    ((now,),) = await house.rows("select clock.now()")
    await house.hear(ANA.verdict(at=now - timedelta(days=11)), BEN.verdict(at=now))
    assert [late.key for late in await listed(house, late=True)] == [OWED]
    assert len(await listed(house)) == 2
