"""Whom no letter of ours may reach gets a person, and what is owed is paid all the same."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import uuid5

import pytest

from shared import events as e
from shared.money import Money
from tests.core.road_stories import NAMES, START, ChanceRoad

DAY = timedelta(days=1)
ORDER = e.Subject("order", "o-1")


@pytest.mark.parametrize(
    ("email", "contact", "reason"),
    [
        (None, None, "no_address"),
        ("ana@example.org", e.Contact(email=False), "no_channel"),
        ("ana@example.org", e.Contact(channel="phone"), "no_channel"),
    ],
)
def test_who_cannot_be_written_to_gets_a_person_and_their_money(
    email: str | None, contact: e.Contact | None, reason: str
) -> None:
    road = ChanceRoad({}, Random(1))
    road.publish(uuid5(NAMES, "m-1"), late_parcel())
    road.publish(uuid5(NAMES, "C-1"), complaint(email, contact))
    road.run()
    paid = [event for event in road.said if isinstance(event, e.PayoutDue)]
    assert [(due.ledger, due.amount) for due in paid] == [("remedy", Money(Decimal("17.50"), "BRL"))]
    over = [event for event in road.said if isinstance(event, e.HandedOver)]
    assert over[0].why == "notice_failed", "and where nobody takes it up, a clock says so again"
    failed = [event for event in road.said if isinstance(event, e.NoticeFailed)]
    assert {event.reason for event in failed} == {reason}
    assert "apology" in {event.kind for event in failed}


def late_parcel() -> e.MeasurementTaken:
    facts = {
        "promised_on": "2018-02-10",
        "delivered_at": "2018-02-19T18:00:00Z",
        "status": "delivered",
        "price": "112.40",
        "freight": "17.50",
        "currency": "BRL",
    }
    return e.MeasurementTaken(id="m-1", source=e.TELEMETRY, subject=ORDER, taken_at=START - DAY, facts=facts)


def complaint(email: str | None, contact: e.Contact | None) -> e.ComplaintReceived:
    person = e.Person(id="ana", name="Ana", email=email, language="en", contact=contact)
    return e.ComplaintReceived(
        id="C-1",
        source=e.CRM,
        customer=person,
        subject=ORDER,
        category="late-delivery",
        text="It came late.",
        received_at=START - DAY,
    )
