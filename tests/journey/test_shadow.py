"""In shadow mode everything is decided, and nobody outside the house hears of it."""

from shared import events as e
from shared.events import CRM, TELEMETRY
from tests.oracle import look
from tests.people import letter, measured
from tests.road import Road


async def test_in_shadow_everything_is_decided_and_nothing_is_sent_or_paid(given: Road) -> None:
    given.set(mode="shadow")
    await given.up()
    await given.publish(TELEMETRY, measured("o-1", 5))
    await given.publish(CRM, letter("C-1", "ana", "o-1"))
    await given.settled()
    seen = await look(given)
    assert seen.one("C-1", e.VerdictReached).outcome == "owed"
    assert seen.one("C-1", e.ApologyOffered).round == 1
    assert seen.all((e.PayoutDue, e.NoticeSent, e.NoticeFailed)) == []
    assert not (given.home / "mail").exists()
    case = (await given.ask("offer", "/admin/cases/C-1", "admin_key")).json()
    assert [payout["state"] for payout in case["payouts"]] == ["due"], "it is on record, as what would have been paid"
