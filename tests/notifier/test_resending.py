"""A letter that failed is sent again when somebody says so: the very same one, and they are named with their reason."""

import httpx
import pytest

from services.notifier.admin import mail_routes
from services.notifier.sending.mail import Refused
from services.notifier.sending.register import show_entry
from services.notifier.sending.resending import resend
from shared.errors import Misconfigured
from shared.host.http import build_app
from tests.core.notifier_stories import Complaint
from tests.notifier.bureau import Bureau, PostBox

ANA = Complaint()
APOLOGY = f"{ANA.case}/1/apology"
FULL = "smtp_552_5.2.2"


async def failed(bureau: Bureau) -> PostBox:
    """Her mailbox was full, and the server will not have the letter."""
    await bureau.hear(ANA.accepted(), ANA.apology())
    await bureau.deliver(box := PostBox(Refused(FULL)))
    return box


async def test_what_failed_goes_out_again_with_the_same_bytes_and_the_same_id(bureau: Bureau) -> None:
    refused = await failed(bureau)
    again = await resend(bureau.engine, f"{ANA.case}.1.apology", "Mara Lund", "She has made room.")
    assert (again.state, again.reason) == ("queued", None)
    await bureau.deliver(box := PostBox())
    (first,), (second,) = refused.tried, box.taken
    assert (second.id, second.data, second.to) == (first.id, first.data, "ana@example.org")
    assert [kind for kind, _ in await bureau.said()] == ["amends.notice-failed.v1", "amends.notice-sent.v1"]
    shown = await show_entry(bureau.engine, APOLOGY)
    assert (shown.state, shown.resent_by, shown.resent_why) == ("sent", "Mara Lund", "She has made room.")
    assert "by Mara Lund: She has made room." in shown.as_text()
    assert await bureau.rows("select message from notifier.letters") == [(None,)], "what has gone is not kept"


async def test_when_it_fails_again_the_house_hears_of_that_too(bureau: Bureau) -> None:
    await failed(bureau)
    await resend(bureau.engine, APOLOGY, "Mara", "once more")
    await bureau.deliver(PostBox(Refused(FULL)))
    (first, one), (second, other) = await bureau.said()
    assert (first, second) == ("amends.notice-failed.v1",) * 2
    assert one != other, "else it would pass for the word that was said already"


async def test_what_went_out_or_never_had_a_way_or_is_overtaken_is_not_sent_again(bureau: Bureau) -> None:
    ben = Complaint("cust-78", "C-1002")
    await failed(bureau)
    await bureau.hear(ANA.options(), ben.accepted(email=None), ben.apology())
    await bureau.deliver(box := PostBox())
    refusals = {
        APOLOGY: "a later letter of the case has taken its place",
        f"{ANA.case}/2/options": "has not failed, it is sent",
        f"{ben.case}/1/apology": r"no way to the customer \(no_address\)",
        "x": "there is no letter",
    }
    for notice, why in refusals.items():
        with pytest.raises(Misconfigured, match=why):
            await resend(bureau.engine, notice, "Mara", "again")
    with pytest.raises(Misconfigured, match="who sends it again and why"):
        await resend(bureau.engine, APOLOGY, "Mara", " ")
    await bureau.deliver(box)
    assert len(box.taken) == 1


async def test_staff_do_so_over_http_and_hear_why_not(bureau: Bureau) -> None:
    await failed(bureau)
    app = build_app("notifier", lambda: {"ok": True}, {}, (), (mail_routes(bureau.engine),), "key")
    key = {"Authorization": "Bearer key"}
    said = {"letter": APOLOGY, "by": "Mara", "reason": "She has made room."}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notifier") as staff:
        assert (await staff.post("/admin/mail/resend", json=said)).status_code == 401
        taken = await staff.post("/admin/mail/resend", json=said, headers=key)
        assert (taken.status_code, taken.json()["resent_by"]) == (200, "Mara")
        refused = await staff.post("/admin/mail/resend", json=said, headers=key)
        assert (refused.status_code, "has not failed" in refused.json()["detail"]) == (409, True)
