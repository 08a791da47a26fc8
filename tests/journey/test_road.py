"""A complaint travels through four services to an apology and an answer, on both buses."""

from decimal import Decimal
from pathlib import Path

from shared import events as e
from shared.events import CRM, TELEMETRY
from shared.money import Money
from tests.houses import undone_within
from tests.oracle import proved
from tests.page import answer, letter, link_in
from tests.people import letter as complaint
from tests.people import measured
from tests.road import Road
from tests.waiting import until


async def test_a_complaint_becomes_an_apology_and_an_answer_on_the_page_settles_it(house: Road, tmp_path: Path) -> None:
    """By the CRM's topic and over HTTP alike; the freight is due, and what was chosen is due beside it, once the time to
    take it back is over."""
    house.set(policy=undone_within(tmp_path, "2 s"))
    await house.up()
    await house.publish(TELEMETRY, measured("o-1", 9), measured("o-2", 5))
    await house.publish(CRM, complaint("C-1", "ana", "o-1"))
    sent = await house.send(complaint("C-2", "bo", "o-2"))
    assert (sent.status_code, sent.headers.get("location")) == (202, "/complaints/C-2"), sent.text

    for number in ("C-1", "C-2"):
        apology = await letter(house, number, "apology")
        assert "€7.00" in apology
    await answer(link_in(await letter(house, "C-1", "apology")), "apology-accepted")
    await answer(link_in(await letter(house, "C-2", "apology")), "options-rejected", "Not enough.")
    chosen = await answer(link_in(await letter(house, "C-2", "options", 2)), "option-accepted")
    await letter(house, "C-1", "settlement")
    await letter(house, "C-2", "settlement", 2)
    both = "select 1 from offer.cases where state = 'settled' having count(*) = 2"
    await until(lambda: house.rows(both), "both are settled", told=house.told)
    await house.settled()

    seen = await proved(house, {"C-1", "C-2"})
    for number in ("C-1", "C-2"):
        assert (await house.ask("intake", f"/complaints/{number}")).json()["state"] == "accepted"
        case = (await house.ask("offer", f"/admin/cases/{number}", "admin_key")).json()
        assert case["state"] == "settled"
        assert seen.one(number, e.VerdictReached).outcome == "owed"
        assert seen.one(number, e.CaseSettled).at >= seen.one(number, e.ChoiceNoted).until
    assert {due.ledger for due in seen.of("C-1", e.PayoutDue)} == {"remedy"}
    assert seen.one("C-2", e.CaseSettled).option == chosen.partition("/")[2]
    assert [due.amount for due in seen.of("C-2", e.PayoutDue) if due.ledger == "remedy"] == [
        Money(Decimal("7.00"), "EUR")
    ]
