"""Many say that a service is down and the probe saw nothing: operations are told once, and nobody is declined meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from shared.events import EvidenceArrived, IncidentSuspected, VerdictReached
from tests.telling import NOON, Listener, events_of, passed_on
from tests.verifier.words import incident, letter, measurement

COUNT = 20


def probe() -> Any:
    looked = {"measured_from": "2018-02-09T00:00:00Z", "measured_to": "2018-02-14T14:00:00Z"}
    return measurement(
        "m-5",
        "fibre-north",
        "2018-02-14T14:00:00Z",
        "service",
        **looked,
        outages=[],
        monthly_fee="40.00",
        currency="EUR",
    )


def letters() -> list[Any]:
    return [
        letter(
            f"cust-{n}",
            f"C-{n}",
            "fibre-north",
            "service",
            text="No internet since this morning.",
            received_at=NOON + timedelta(minutes=n),
            occurred_at=NOON - timedelta(hours=1),
        )
        for n in range(COUNT)
    ]


async def heard(judge: Listener, size: int) -> list[Any]:
    """What is said to all of them in batches of so many, and to those who are woken by that, until nobody is."""
    said: list[Any] = []
    records = letters()
    while records:
        woken = []
        for start in range(0, len(records), size):
            folded = await judge.hear(*records[start : start + size])
            assert not folded.letters
            said += events_of(folded.rows)
            woken += [row for row in folded.rows if row.type == "amends.evidence-arrived.v1"]
        records = passed_on(woken, "verifier")
    return said


@pytest.mark.parametrize("size", [1, 7, COUNT])
async def test_operations_are_told_once_and_nobody_is_declined_however_the_stream_is_cut(
    keeper: Listener, judge: Listener, size: int
) -> None:
    await keeper.hear(probe())
    said = await heard(judge, size)
    assert len([event for event in said if isinstance(event, IncidentSuspected)]) == 1
    assert len([event for event in said if isinstance(event, EvidenceArrived)]) < COUNT
    last = {event.complaint: (event.outcome, event.promise) for event in said if isinstance(event, VerdictReached)}
    assert last == {f"C-{n}": ("cannot_tell", "unknown") for n in range(COUNT)}


async def test_with_an_incident_on_file_there_is_nothing_to_suspect(keeper: Listener, judge: Listener) -> None:
    await keeper.hear(probe(), incident(started_at="2018-02-14T10:00:00Z", resolved_at="2018-02-14T11:30:00Z"))
    assert not [event for event in await heard(judge, 7) if isinstance(event, IncidentSuspected)]
