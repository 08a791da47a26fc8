"""Words to tell a real verifier of letters, measurements and incidents in, as records on a topic."""

from typing import Any
from uuid import uuid5

from shared.bus.seam import Record
from shared.events import TELEMETRY, ComplaintAccepted, ComplaintMerged, Event, Subject
from shared.runtime.fold import Folded
from shared.runtime.outbox import row_of
from tests.runtime.desk import NAMES
from tests.telling import NOON, events_of, passed_on, plain

SOURCE = "crm.complaints.v1"
FACTS = {
    "promised_on": "2018-02-05",
    "delivered_at": "2018-02-09T18:00:00-03:00",
    "status": "delivered",
    "freight": 17.5,
    "currency": "BRL",
}


def told(event: Event, name: str) -> Record:
    """One of our own events as the relay would publish it, under a name of the test's own."""
    (record,) = passed_on([row_of(event, uuid5(NAMES, name))], "anybody")
    return record


def letter(
    customer: str = "cust-77", complaint: str = "C-1001", order: str = "53cdb2fc", kind: str = "order", **facts: Any
) -> Record:
    usual = {"received_at": NOON, "subject": Subject(kind, order), "text": "It came late.", "language": "en"}
    accepted = ComplaintAccepted(customer=customer, at=NOON, complaint=complaint, source=SOURCE, **{**usual, **facts})
    return told(accepted, complaint)


def joined(customer: str, complaint: str, text: str, **facts: Any) -> Record:
    """A further letter of this customer, which joins that complaint."""
    merged = ComplaintMerged(
        customer=customer,
        at=NOON,
        complaint=f"{complaint}, again",
        source=SOURCE,
        into=complaint,
        into_source=SOURCE,
        text=text,
        **{"received_at": NOON, **facts},
    )
    return told(merged, f"{complaint}, again")


def measurement(
    number: str = "m-1",
    order: str = "53cdb2fc",
    taken: str = "2018-02-09T19:00:00Z",
    kind: str = "order",
    **facts: Any,
) -> Record:
    return plain(TELEMETRY, NOON, id=number, subject={"kind": kind, "id": order}, taken_at=taken, facts=facts or FACTS)


def incident(**fields: Any) -> Record:
    return plain(TELEMETRY, NOON, **({"id": "inc-7", "service": "fibre-north"} | fields))


def names(folded: Folded[Any]) -> list[str]:
    return [type(event).__name__ for event in events_of(folded.rows)]


def taken_back(record: str = "m-1", number: str = "w-1", order: str = "53cdb2fc", kind: str = "order") -> Record:
    subject = {"kind": kind, "id": order}
    return plain(TELEMETRY, NOON, type="ops.measurement-withdrawn.v1", id=number, withdraws=record, subject=subject)
