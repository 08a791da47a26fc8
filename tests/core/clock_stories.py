"""Clocks to tell stories with: a house that pauses and one regime that does not, in plain time and in open hours."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from services.offer.ledger import Clock, Ledger
from shared import events as e
from shared.policy.calendars import Calendar, TimeOfDay
from shared.policy.packs import Body, Pack, Rung
from tests.core.offer_stories import POLICY, Complaint, Story

DAY = timedelta(days=1)
CALENDARS = POLICY.calendars | {
    "desk": Calendar("Etc/UTC", ("mon", "tue", "wed", "thu", "fri"), TimeOfDay(540), TimeOfDay(1020)),
}
HOUSE = Pack(
    "house",
    "Our own promise",
    progress_every=10 * DAY,
    pauses=("asked", "offered"),
    rungs=(
        Rung("hello", "acknowledgement", "at", "care-team", within=1 * DAY),
        Rung("answer", "answer", "at", "care-team", within=5 * DAY, warn=1 * DAY),
        Rung("end", "final-answer", "at", "head-of-care", within=30 * DAY, warn=5 * DAY),
    ),
)
LAW = Pack(
    "law",
    "What the regulator says",
    progress_every=20 * DAY,
    source="a rule book",
    body=Body("the Ombudsman", "https://ombudsman.example"),
    jurisdictions=("GB",),
    rungs=(
        Rung("hello", "acknowledgement", "received_at", "care-team", working_days=1, calendar="desk"),
        Rung("response", "final-answer", "received_at", "head-of-care", within=56 * DAY, names_body=True),
    ),
)
CLOCKED = replace(POLICY, clocks=(HOUSE, LAW), calendars=CALENDARS)
"""The policy of the other stories, with these clocks."""


def told(*events: e.AnyEvent) -> Story:
    return Story(CLOCKED).given(*events)


def clock(story: Story, complaint: Complaint, rung: str) -> Clock:
    found = ledger(story, complaint).clock(rung)
    assert found is not None
    return found


def ledger(story: Story, complaint: Complaint) -> Ledger:
    found = story.case(complaint).clocks
    assert found is not None
    return found


def rings(complaint: Complaint, name: str, due: Any, at: Any = None) -> e.TimerFired:
    """The clock asks to be looked at: `house/answer`."""
    return replace(complaint.expiry(due, at), name=f"clock/{name}")


def sent(complaint: Complaint, kind: str, at: Any) -> e.NoticeSent:
    said: dict[str, Any] = {"notice": f"n-{kind}", "kind": kind, "channel": "email", "language": "en"}
    return e.NoticeSent(**complaint.names, case=complaint.case, at=at, **said)
