"""What the CRM and operations send in the tests of the whole road: letters and figures of people with a face."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

TODAY = datetime.now(UTC).date()
YESTERDAY = f"{TODAY - timedelta(days=1)}T09:12:00Z"
LAST_WEEK = f"{TODAY - timedelta(days=8)}T09:12:00Z"
"""Long enough ago that nobody waits for figures any more, but for the few seconds that late ones always get."""
WEEKS_AGO = f"{TODAY - timedelta(days=40)}T09:12:00Z"
"""Too long ago for a letter of today to be joined to it."""

LATE = "My parcel came far too late."
WRONG = "It is the wrong item, I ordered a blue lamp."


def day(offset: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=offset)


def letter(number: str, who: str, order: str | None, text: str = LATE, **more: Any) -> dict[str, Any]:
    """A complaint as the CRM sends it, received yesterday, by a customer with an address."""
    about = {"subject": {"kind": "order", "id": order}} if order else {}
    customer = {"id": who, "name": who.title(), "email": f"{who}@example.org", "language": "en"}
    paid = {"amount": "75.00", "currency": "EUR"}
    return {"id": number, "customer": customer, **about, "text": text, "received_at": YESTERDAY, "paid": paid} | more


def measured(order: str, days_late: int, number: str = "", **facts: Any) -> dict[str, Any]:
    """Operations' figures of a parcel that was promised for the tenth day before today."""
    known = {
        "promised_on": f"{day(-10)}",
        "delivered_at": f"{day(-10 + days_late)}T18:00:00Z",
        "status": "delivered",
        "price": "68.00",
        "freight": "7.00",
        "currency": "EUR",
    }
    taken_at = f"{day(-1)}T08:00:00Z"
    subject = {"kind": "order", "id": order}
    return {"id": number or f"m-{order}", "subject": subject, "taken_at": taken_at, "facts": known | facts}


def withdrawn(number: str, who: str) -> dict[str, Any]:
    """The customer takes a complaint back."""
    return {"type": "crm.complaint-withdrawn.v1", "id": number, "customer": who, "at": YESTERDAY}
