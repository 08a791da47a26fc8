"""Eight weeks pass and a regulator's clock runs out: it is said once, whatever dies meanwhile, and names whom to turn to."""

from collections import Counter
from datetime import datetime, timedelta

from shared import events as e
from shared.events import CRM
from tests.houses import Open
from tests.oracle import proved
from tests.people import YESTERDAY, letter
from tests.waiting import until

FIRE = "The charger caught fire in my hand, and my account was charged for it."
RECEIVED = datetime.fromisoformat(YESTERDAY)


async def test_each_rung_of_the_law_s_clock_is_missed_once_also_where_the_house_is_killed_before_and_after(
    homes: Open,
) -> None:
    house = homes(clock="manual")
    (running,) = await house.up()
    account = {"kind": "account", "id": "acc-1"}
    await house.publish(CRM, letter("C-1", "cust-1", None, FIRE, subject=account, jurisdiction="GB"))
    await house.publish(CRM, letter("C-2", "cust-2", "o-2"))
    opened_both = "select 1 from offer.cases where opened_at is not null having count(*) = 2"
    await until(lambda: house.rows(opened_both), "both cases are open", told=house.told)
    running.kill()
    assert house.amends("clock", "set", "+8w").code == 0
    (running,) = await house.up()
    await house.engine.dispose()  # the database was killed with the rest
    missed = "select 1 from offer.timeline where cast(moments as text) like '%clock-missed%' and customer = 'cust-1'"
    await until(lambda: house.rows(missed), "the clock is missed", told=house.told)
    running.kill()
    await house.up()
    await house.engine.dispose()
    assert house.amends("clock", "set", "+1d").code == 0
    await house.settled()

    seen = await proved(house, {"C-1", "C-2"})
    opened = seen.one("C-1", e.CaseOpened)
    assert opened.answer_by == RECEIVED + timedelta(weeks=8), "the first letter names the day of the law"
    (final,) = (said for said in seen.of("C-1", e.ClockMissed) if said.rung == "final-response")
    assert (final.clock, final.rung, final.due) == ("fca-disp", "final-response", RECEIVED + timedelta(weeks=8))
    assert final.body == "the Financial Ombudsman Service"
    assert [said.why for said in seen.of("C-1", e.HandedOver)] == ["danger"], (
        "whoever was called for that keeps the case"
    )
    rungs = Counter((said.case, said.clock, said.rung) for said in seen.all(e.ClockMissed))
    assert set(rungs.values()) == {1}
    shown = house.amends("case", "show", "C-1", "--json").json["due_dates"]["clocks"]
    assert {clock["rung"]: clock["state"] for clock in shown}["final-response"] == "missed"
