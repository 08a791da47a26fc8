"""What operations say, in any order: the same facts stand in the end, and what was taken back is unknown."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.verifier.records.changes import INCIDENT, UNKNOWN, OnFile, Telemetry, latest, read
from shared.events import IncidentReported, MeasurementTaken, MeasurementWithdrawn, Subject

NOON = datetime(2018, 2, 14, 12, tzinfo=UTC)
PARCELS = (Subject("order", "o-1"), Subject("order", "o-2"))
HOURS = st.integers(0, 2).map(lambda hours: NOON + timedelta(hours=hours))
RECORDS = st.sampled_from(["m-1", "m-2", "m-3"])

measurements = st.builds(
    MeasurementTaken,
    id=RECORDS,
    subject=st.sampled_from(PARCELS),
    taken_at=HOURS,
    facts=st.dictionaries(st.sampled_from(["status", "weight"]), st.sampled_from(["a", "b", None]), min_size=1),
)
withdrawals = st.builds(MeasurementWithdrawn, id=st.just("w-1"), withdraws=RECORDS, subject=st.sampled_from(PARCELS))
reports = st.builds(
    IncidentReported,
    id=st.sampled_from(["inc-1", "inc-2"]),
    service=st.just("fibre-north"),
    updated_at=HOURS,
    withdrawn=st.sampled_from([True, False, None]),
)


def facts(on_file: OnFile) -> dict[Subject, dict[str, Any]]:
    return {subject: dict(named) for subject, named in on_file.facts.items()}


def by_hand(events: Sequence[Telemetry]) -> dict[tuple[Subject, str], Any]:
    """Of each fact the latest statement, by time, record and value; unknown where that measurement was taken back."""
    back = {(event.subject, event.withdraws) for event in events if isinstance(event, MeasurementWithdrawn)}
    stated: dict[tuple[Subject, str], Any] = {}
    for event in events:
        if isinstance(event, MeasurementTaken):
            for name, value in event.facts.items():
                gone = (event.subject, event.id) in back
                said = (event.taken_at, event.id, "" if gone or value is None else value)
                stated[event.subject, name] = max(stated.get((event.subject, name), said), said)
    return {name: said[2] or None for name, said in stated.items()}


@given(st.lists(st.one_of(measurements, withdrawals, reports), max_size=8), st.randoms())
def test_in_any_order_the_same_stands_in_the_end(events: list[Telemetry], chance: Any) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert facts(latest(shuffled)) == facts(latest(events))


@given(st.lists(st.one_of(measurements, withdrawals), max_size=8))
def test_what_stands_is_what_a_person_would_work_out_by_hand(events: list[Telemetry]) -> None:
    one_record_says_one_thing = len({(e.subject, e.id) for e in events if isinstance(e, MeasurementTaken)}) == len(
        [e for e in events if isinstance(e, MeasurementTaken)]
    )
    if one_record_says_one_thing:
        kept = latest(events).facts
        found = {(subject, name): read(fact.value) for subject, named in kept.items() for name, fact in named.items()}
        assert found == by_hand(events)


@given(st.lists(st.one_of(measurements, withdrawals, reports), max_size=8), st.integers(0, 8))
def test_where_the_stream_is_cut_cannot_be_seen(events: list[Telemetry], cut: int) -> None:
    """What is kept of the first part, with what it took back, and the second part: as all of it at once."""
    on_file = latest(events[:cut])
    for event in events[cut:]:
        on_file.changes(event)
    assert facts(on_file) == facts(latest(events))


def test_taking_back_changes_something_only_where_that_record_has_the_last_word() -> None:
    first = MeasurementTaken(id="m-1", subject=PARCELS[0], taken_at=NOON, facts={"status": "lost"})
    second = MeasurementTaken(
        id="m-2", subject=PARCELS[0], taken_at=NOON + timedelta(hours=1), facts={"status": "found"}
    )
    on_file = latest([first, second])
    assert not on_file.changes(MeasurementWithdrawn(id="w-1", withdraws="m-1", subject=PARCELS[0]))
    assert on_file.changes(MeasurementWithdrawn(id="w-2", withdraws="m-2", subject=PARCELS[0]))
    assert on_file.facts[PARCELS[0]]["status"].value == UNKNOWN
    assert not on_file.changes(MeasurementWithdrawn(id="w-3", withdraws="m-2", subject=PARCELS[0])), "it is known"


def test_nobody_takes_back_an_incident_but_by_its_own_report() -> None:
    on_file = latest([IncidentReported(id="inc-1", service="fibre-north", updated_at=NOON)])
    about = Subject(INCIDENT, "inc-1")
    assert not on_file.changes(MeasurementWithdrawn(id="w-1", withdraws="inc-1", subject=about))
    assert on_file.facts[about]["service"].value == '"fibre-north"'
