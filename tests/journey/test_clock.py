"""Eight weeks pass in a second, so that a house can be watched to its end before a customer ever meets it."""

from datetime import datetime, timedelta

from shared import events as e
from shared.events import CRM, PAYOUTS, TELEMETRY
from tests.houses import Open
from tests.oracle import look, proved
from tests.page import answer, link_in
from tests.page import letter as letter_about
from tests.people import letter, measured
from tests.road import Road
from tests.waiting import until


async def billing_pays(house: Road, at: datetime, *numbers: int) -> None:
    """What is owed under these complaints; else somebody would be called to look for the money."""
    for n in numbers:
        key = f"{e.case_id(CRM, f'C-{n}')}/remedy/-/1"
        paid = {"type": "billing.payout-completed.v1", "key": key, "customer": f"cust-{n}", "at": at.isoformat()}
        await house.publish(PAYOUTS, paid)


async def test_eight_weeks_pass_and_what_nobody_answered_expires_while_what_was_settled_stays(homes: Open) -> None:
    house = homes(clock="manual")
    await house.up()
    began = datetime.fromisoformat(house.amends("clock", "show", "--json").json["now"])
    await house.publish(TELEMETRY, measured("o-1", 3), measured("o-2", 3), measured("o-3", 3))
    await house.publish(CRM, *(letter(f"C-{n}", f"cust-{n}", f"o-{n}") for n in range(1, 5)))
    for number in ("C-1", "C-2", "C-3"):
        link = link_in(await letter_about(house, number, "apology"))
        if number == "C-1":
            await answer(link, "apology-accepted")
        if number == "C-2":
            await answer(link, "options-rejected")
    await letter_about(house, "C-2", "options", 2)
    await house.settled()
    assert (await look(house)).all(e.TimerFired) == [], "time stands still"

    await billing_pays(house, began, 1, 2, 3)
    await house.settled()

    moved = house.amends("clock", "set", "+30m", "--json")
    assert datetime.fromisoformat(moved.json["now"]) == began + timedelta(minutes=30)
    settled = "select complaint from offer.cases where state = 'settled'"
    await until(lambda: house.rows(settled), "a choice can no more be taken back", told=house.told)
    moved = house.amends("clock", "set", (began + timedelta(days=4)).isoformat(), "--json")
    assert datetime.fromisoformat(moved.json["now"]) == began + timedelta(days=4)
    await letter_about(house, "C-4", "apology")
    assert house.amends("clock", "set", "+15d").code == 0
    expired = "select complaint from offer.cases where state = 'expired' order by complaint"
    await until(lambda: house.rows(expired), "cases expire", told=house.told)
    assert house.amends("clock", "set", "+8w").code == 0
    await house.settled()
    seen = await proved(house, {f"C-{n}" for n in range(1, 5)})
    assert [row.complaint for row in await house.rows(expired)] == ["C-2", "C-3", "C-4"]
    assert seen.one("C-1", e.ChoiceNoted).at == began, "nobody's clock but the house's is asked"
    assert seen.one("C-1", e.CaseSettled).at == began + timedelta(minutes=30)
    assert seen.one("C-3", e.CaseExpired).at == began + timedelta(days=19)
    assert seen.one("C-4", e.VerdictReached).outcome == "cannot_tell"
    back = house.amends("clock", "set", f"{began.isoformat()}")
    assert (back.code, "only goes forward" in back.error) == (1, True)


async def test_a_clock_that_runs_cannot_be_set(homes: Open) -> None:
    house = homes()
    await house.up("intake")
    refused = house.amends("clock", "set", "+8w")
    assert (refused.code, "AMENDS_CLOCK=manual" in refused.error) == (1, True)
