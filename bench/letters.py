"""What is sent through: complaints of about 570 bytes, a customer with three of them on average, and their telemetry."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from shared.bus import codec
from shared.bus.seam import Outgoing
from shared.events import COMPLAINTS, CRM, TELEMETRY, ComplaintAccepted, Subject
from shared.money import Money

WORDS = "The parcel was promised for the tenth and came nine days late; nobody told me and nobody answered the phone. "
NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def accepted(count: int) -> Iterator[Outgoing]:
    """Complaints as the verifier and the offer service get them, on one topic, for one hop."""
    draw = random.Random(7)
    for n in range(count):
        event = ComplaintAccepted(
            customer=f"cust-{draw.randrange(count // 3 + 1)}", at=NOW, complaint=f"C-{n}", source=CRM, received_at=NOW,
            email="ana@example.org", language="en", category="late-delivery", text=WORDS * 2,
            subject=Subject("order", f"order-{n}"), paid=Money(Decimal("129.90"), "BRL"),
        )  # fmt: skip
        id_ = UUID(int=draw.getrandbits(128))
        headers = codec.headers(id_, "amends.complaint-accepted.v1", "amends/intake", NOW)
        yield Outgoing(COMPLAINTS, None, event.customer.encode(), codec.encode(event), headers, None)


def telemetry(count: int) -> Iterator[Outgoing]:
    """One measurement for each order: nine days late."""
    for n in range(count):
        value = {
            "id": f"m-{n}", "subject": {"kind": "order", "id": f"order-{n}"}, "taken_at": "2026-10-20T10:00:00Z",
            "facts": {"promised_on": "2026-10-10", "delivered_at": "2026-10-19T18:00:00Z", "status": "delivered",
                      "price": "112.40", "freight": "17.50", "currency": "BRL"},
        }  # fmt: skip
        yield codec.parse_line(TELEMETRY, msgspec.json.encode(value))


def complaints(count: int, first: int = 0) -> Iterator[Outgoing]:
    """Letters as a CRM sends them, one for each order, from number `first` on."""
    for n in range(first, first + count):
        value = {
            "id": f"C-{n}", "customer": {"id": f"cust-{n // 3}", "name": "Ana Lima", "email": "ana@example.org", "language": "en"},
            "subject": {"kind": "order", "id": f"order-{n}"}, "category": "late-delivery", "text": WORDS * 2,
            "received_at": "2026-11-01T09:00:00Z", "paid": {"amount": "129.90", "currency": "BRL"},
        }  # fmt: skip
        yield codec.parse_line(CRM, msgspec.json.encode(value))
