"""What people live through with a house: letters that come twice, figures that come late, answers that come too late."""

import json
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

from shared import events as e
from shared.bus import codec
from shared.bus.seam import Outgoing
from shared.events import ANSWERS, CRM, PAYOUTS, TELEMETRY, WIRE
from shared.money import Money
from shared.remedy import remedy_of
from tests.oracle import proved
from tests.page import answer, choices, letter, link_in
from tests.people import LAST_WEEK, WEEKS_AGO, day, measured, withdrawn
from tests.people import letter as complaint
from tests.road import Road
from tests.waiting import until


async def test_what_comes_twice_counts_once_and_what_comes_otherwise_is_set_aside(house: Road) -> None:
    await house.up()
    await house.publish(TELEMETRY, measured("o-1", 9), measured("o-1", 9), measured("o-2", 3))
    first, other = complaint("C-1", "ana", "o-1"), complaint("C-1", "ana", "o-1", "Quite another letter.")
    enveloped = {"specversion": "1.0", "id": "e-1", "source": "crm", "type": "crm.complaint-received.v1"}
    await house.publish(CRM, first, first, enveloped | {"data": complaint("C-2", "bo", "o-2")})
    await until(lambda: decided(house, "C-1", "C-2?source=crm"), "both are decided", told=house.told)
    again = json.dumps(first, indent=2).encode()
    await house.publish(CRM, again, other, enveloped | {"data": complaint("C-2", "bo", "o-2")})
    assert (await house.send(first)).status_code == 202
    assert (await house.send(other)).status_code == 409
    await house.settled()

    seen = await proved(house, {"C-1", "C-2"})
    (conflict,) = seen.all(e.DeadLetterAdded)
    assert (conflict.flow, conflict.kind) == ("intake", "conflict")
    assert "C-1" in conflict.reason
    assert seen.one("C-1", e.ComplaintAccepted).text == first["text"]
    assert [due.key for due in seen.of("C-1", e.PayoutDue)] == [seen.one("C-1", e.RemedyGranted).payout]


async def test_figures_that_come_late_a_second_letter_and_one_taken_back_find_their_case(house: Road) -> None:
    await house.up()
    await house.publish(TELEMETRY, measured("o-6", -1))
    letters = [
        complaint("C-3", "cem", "o-3"),
        complaint("C-4", "dora", "o-4"),
        complaint("C-5", "dora", "o-4", "I am still waiting for an answer!"),
        complaint("C-6", "erin", "o-6", category="late-delivery"),
        complaint("C-7", "farid", "o-7"),
        complaint("C-8", "gita", "o-8", received_at=LAST_WEEK),
        complaint("C-9", "hugo", "o-9", received_at="2019-05-06T09:00:00Z"),
    ]
    await house.publish(CRM, *letters)
    assert "C-3" in await letter(house, "C-3", "acknowledgement", 0)
    await house.publish(CRM, withdrawn("C-7", "farid"))
    await until(lambda: stands(house, "C-7", "withdrawn"), "C-7 is taken back", told=house.told)
    await house.publish(TELEMETRY, measured("o-3", 4), measured("o-4", 2), measured("o-7", 9))
    await letter(house, "C-3", "apology")
    await letter(house, "C-8", "apology")
    await house.settled()

    seen = await proved(house, {each["id"] for each in letters})
    assert seen.one("C-3", e.VerdictReached).outcome == "owed"
    assert not [timer for timer in seen.all(e.TimerFired) if timer.customer == "cem"], "the verdict took no timer"
    assert (await house.ask("intake", "/complaints/C-5")).json()["into"] == "C-4"
    assert (await case_of(house, "C-4"))["contacts"] == 2
    assert len(seen.of("C-4", e.CaseOpened)) == 1
    assert seen.of("C-4", e.VerdictReached)[-1].remedy == remedy_of(Money(Decimal("7.00"), "EUR"))
    assert seen.one("C-6", e.ClaimDeclined).reason
    assert (await case_of(house, "C-6"))["state"] == "declined"
    assert seen.one("C-7", e.CaseWithdrawn)
    assert not seen.of("C-7", e.PayoutDue)
    assert seen.one("C-8", e.VerdictReached).outcome == "cannot_tell"
    assert seen.of("C-9", e.VerdictReached)
    assert not seen.of("C-9", (e.NoticeSent, e.CaseOpened)), "what is history is judged, and nobody is written to"


async def test_what_billing_paid_is_known_and_what_it_could_not_pay_goes_to_a_person(house: Road) -> None:
    await house.up()
    await house.publish(TELEMETRY, measured("o-1", 9), measured("o-2", 9))
    await house.publish(CRM, complaint("C-1", "ana", "o-1"), complaint("C-2", "bo", "o-2"))
    await letter(house, "C-1", "apology")
    await letter(house, "C-2", "apology")
    await house.settled()
    due = {event.complaint: event.key for event in (await proved(house)).all(e.PayoutDue)}
    paid = {"type": "billing.payout-completed.v1", "key": due["C-1"], "customer": "ana", "at": LAST_WEEK}
    failed = {"type": "billing.payout-failed.v1", "key": due["C-2"], "at": LAST_WEEK, "reason": "no such account"}
    await house.publish(PAYOUTS, paid, failed, paid)
    await until(lambda: stands(house, "C-2", "handed_over"), "a person has it", told=house.told)
    await house.settled()

    seen = await proved(house, {"C-1", "C-2"})
    assert [payout["state"] for payout in (await case_of(house, "C-1"))["payouts"]] == ["paid"]
    assert seen.one("C-2", e.HandedOver).why == "payout_failed"


async def test_who_does_not_answer_is_left_in_peace_and_who_answered_in_time_is_heard(quick_house: Road) -> None:
    """The answer of one of them was on its way when time ran out: it counts, although the expiry was read first."""
    house = quick_house
    await house.up()
    await house.publish(TELEMETRY, measured("o-1", 3), measured("o-2", 3))
    await house.publish(CRM, complaint("C-1", "ana", "o-1"), complaint("C-2", "bo", "o-2"))
    link = link_in(await letter(house, "C-1", "apology"))
    for number in ("C-1", "C-2"):
        await until(partial(stands, house, number, "expired"), f"{number} expires", told=house.told)
    await house.settled()
    offered = {each.complaint: each for each in (await proved(house)).all(e.ApologyOffered)}
    assert [choice for choice in await choices(link) if choice != "person-asked-for"] == []

    await house.bus.publish([said(offered["C-2"], offered["C-2"].expires)])
    await until(lambda: stands(house, "C-2", "settled"), "the answer counts", told=house.told)
    await answer(link, "person-asked-for")
    await until(lambda: stands(house, "C-1", "handed_over"), "who asks for a person gets one", told=house.told)
    await house.settled()
    seen = await proved(house, {"C-1", "C-2"})
    for number in ("C-1", "C-2"):
        assert seen.one(number, e.CaseExpired)
        assert len(seen.of(number, e.PayoutDue)) == 1, "what is owed stays paid, once"


async def test_who_complains_of_one_parcel_again_after_weeks_is_told_of_the_first_time_and_paid_once(
    house: Road,
) -> None:
    """Too long after the first letter for both to be one complaint, and the parcel came late once."""
    await house.up()
    nine_days_late = {"promised_on": f"{day(-60)}", "delivered_at": f"{day(-51)}T18:00:00Z"}
    await house.publish(TELEMETRY, measured("o-1", 9, **nine_days_late))
    await house.publish(CRM, complaint("C-1", "ana", "o-1", received_at=WEEKS_AGO))
    await letter(house, "C-1", "options")
    await house.publish(CRM, complaint("C-2", "ana", "o-1"))
    await until(lambda: stands(house, "C-2", "joined"), "C-2 joins C-1", told=house.told)
    told = await letter(house, "C-2", "progress", 0)
    await house.settled()
    assert "C-1" in told
    assert "€7.00" in told
    assert [choice for choice in await choices(link_in(told)) if choice != "person-asked-for"] == []

    seen = await proved(house, {"C-1", "C-2"})
    assert [due.complaint for due in seen.all(e.PayoutDue)] == ["C-1"]
    first, second = await case_of(house, "C-1"), await case_of(house, "C-2")
    assert (first["contacts"], second["state"], second["payouts"]) == (2, "joined", [])
    assert "same-failure" in {reason["code"] for reason in second["why_not_more"]["remedy"]}


async def case_of(house: Road, complaint: str) -> Any:
    return (await house.ask("offer", f"/admin/cases/{complaint}", "admin_key")).json()


async def stands(house: Road, complaint: str, state: str) -> bool:
    return bool((await case_of(house, complaint)).get("state") == state)


async def decided(house: Road, *complaints: str) -> bool:
    answers = [await house.ask("intake", f"/complaints/{complaint}") for complaint in complaints]
    return all(answer.json().get("state") == "accepted" for answer in answers)


def said(offer: e.ApologyOffered, at: datetime) -> Outgoing:
    """The customer is content, says the page, at that moment."""
    event = e.ApologyAccepted(
        customer=offer.customer,
        complaint=offer.complaint,
        source=offer.source,
        case=offer.case,
        round=offer.round,
        at=at,
    )
    headers = codec.headers(uuid4(), WIRE[type(event)][0], "amends/notifier", at)
    return Outgoing(ANSWERS, None, codec.key_of(event), codec.encode(event), headers, at)
