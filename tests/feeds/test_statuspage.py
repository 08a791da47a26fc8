"""What a status page says, and what the house takes from it: stories of a supplier called Nordlicht."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.feeds import statuspage
from services.feeds.source import Ask, Reading, Unreadable
from services.feeds.statuspage import StatuspageFeed
from shared.bus.values import decode, encode
from shared.events import IncidentReported

RECORDED = Path(__file__).parent / "recorded"
INCIDENTS = (RECORDED / "incidents.json").read_bytes()
MAINTENANCES = (RECORDED / "scheduled-maintenances.json").read_bytes()
FEED = StatuspageFeed(
    name="nordlicht",
    url="https://status.nordlicht.example/api/v2/incidents.json",
    services={"Checkout API": "checkout", "Web shop": "shop", "c3": "payments"},
    otherwise="nordlicht",
)
ASKED = Ask(FEED.url)


def read(body: bytes | dict[str, Any], cursor: dict[str, Any] | None = None, feed: StatuspageFeed = FEED) -> Reading:
    """As the runner does it: the cursor goes through JSON between two polls."""
    whole = body if isinstance(body, bytes) else json.dumps(body).encode()
    return statuspage.read(feed, json.loads(json.dumps(cursor or {})), ASKED, whole)


def reports(reading: Reading) -> dict[str, IncidentReported]:
    return {event.id: event for event in reading.events if isinstance(event, IncidentReported)}


def changed(number: int, **fields: Any) -> dict[str, Any]:
    """The page again, with one of its incidents changed."""
    page: dict[str, Any] = json.loads(INCIDENTS)
    page["incidents"][number] |= fields
    return page


def test_one_incident_is_a_report_for_each_service_that_it_touched() -> None:
    found = reports(read(INCIDENTS))
    checkout, shop = found["nordlicht/h7k2m9p4x1z8/checkout"], found["nordlicht/h7k2m9p4x1z8/shop"]
    assert (checkout.service, shop.service) == ("checkout", "shop")
    assert checkout.severity == shop.severity == "minor"
    assert checkout.started_at == datetime(2026, 3, 4, 7, 58, 10, 211_000, tzinfo=UTC)
    assert checkout.resolved_at is None
    assert checkout.updated_at == datetime(2026, 3, 4, 8, 12, 44, 96_000, tzinfo=UTC)
    assert checkout.summary == "Checkout is slow for some shops: A queue is full. We are adding room."


def test_the_page_says_nothing_of_whose_fault_it_was_and_so_do_we() -> None:
    for report in read(INCIDENTS).events:
        assert isinstance(report, IncidentReported)
        assert {report.cause, report.responsible, report.proved, report.affects} == {msgspec.UNSET}


def test_a_postmortem_comes_days_after_the_end_and_is_not_the_end() -> None:
    report = reports(read(INCIDENTS))["nordlicht/b3n5v7c9x2y4/nordlicht"]
    assert report.resolved_at == datetime(2026, 2, 26, 22, 5, tzinfo=UTC)
    assert report.updated_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


def test_an_end_that_only_a_note_tells_is_the_end() -> None:
    report = reports(read(changed(1, resolved_at=None)))["nordlicht/b3n5v7c9x2y4/nordlicht"]
    assert report.resolved_at == datetime(2026, 2, 26, 22, 5, tzinfo=UTC)


def test_what_is_told_only_when_it_is_over_has_no_known_beginning() -> None:
    report = reports(read(INCIDENTS))["nordlicht/z9y8x7w6v5u4/payments"]
    assert report.started_at is None
    assert report.resolved_at == datetime(2026, 2, 20, 6, tzinfo=UTC)


def test_an_incident_that_names_none_of_our_services_is_of_the_other_one_or_of_none() -> None:
    assert "nordlicht/b3n5v7c9x2y4/nordlicht" in reports(read(INCIDENTS))
    without = msgspec.structs.replace(FEED, otherwise="")
    assert not [name for name in reports(read(INCIDENTS, feed=without)) if "b3n5v7c9x2y4" in name]


def test_a_maintenance_is_told_once_it_has_begun_and_from_then_on() -> None:
    (report,) = read(MAINTENANCES).events
    assert isinstance(report, IncidentReported)
    assert (report.id, report.severity, report.cause) == ("nordlicht/m1/checkout", "maintenance", "maintenance")
    assert report.proved is msgspec.UNSET, "that it was announced as promised is for operations to prove"
    assert report.started_at == datetime(2026, 3, 8, 1, 0, 30, tzinfo=UTC)
    assert report.resolved_at == datetime(2026, 3, 8, 3, tzinfo=UTC)


def test_the_older_incident_is_reported_first() -> None:
    assert [event.id.split("/")[1][:2] for event in read(INCIDENTS).events] == ["z9", "b3", "h7", "h7"]


def test_a_page_that_has_not_changed_is_no_news() -> None:
    first = read(INCIDENTS)
    again = read(INCIDENTS, first.cursor)
    assert again.events == ()
    assert again.cursor == first.cursor


def test_a_poll_that_was_cut_off_says_the_very_same_again() -> None:
    first, repeated = read(INCIDENTS), read(INCIDENTS)
    assert [encode(event) for event in first.events] == [encode(event) for event in repeated.events]


def test_an_end_is_an_update_of_the_same_incident() -> None:
    first = read(INCIDENTS)
    over = changed(0, status="resolved", resolved_at="2026-03-04T09:00:00Z", updated_at="2026-03-04T09:00:01Z")
    news = reports(read(over, first.cursor))
    assert set(news) == {"nordlicht/h7k2m9p4x1z8/checkout", "nordlicht/h7k2m9p4x1z8/shop"}
    assert all(report.resolved_at == datetime(2026, 3, 4, 9, tzinfo=UTC) for report in news.values())


def test_what_was_changed_in_silence_stands_all_the_same() -> None:
    first = read(INCIDENTS)
    before = reports(first)["nordlicht/h7k2m9p4x1z8/checkout"].updated_at
    after = reports(read(changed(0, impact="major"), first.cursor))["nordlicht/h7k2m9p4x1z8/checkout"]
    assert before
    assert after.updated_at
    assert after.updated_at > before
    assert after.severity == "major"


def test_a_character_that_no_topic_takes_is_left_out() -> None:
    named = reports(read(changed(0, name="Checkout\0 is slow \\u0000", id="h7\0")))["nordlicht/h7/checkout"]
    assert named.summary
    assert named.summary.startswith("Checkout is slow \\u0000:")


def test_what_has_left_the_page_leaves_the_cursor() -> None:
    page = json.loads(INCIDENTS)
    page["incidents"] = page["incidents"][:1]
    assert set(read(page, read(INCIDENTS).cursor).cursor) == {
        "nordlicht/h7k2m9p4x1z8/checkout", "nordlicht/h7k2m9p4x1z8/shop",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>challenge</html>", "not JSON"),
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"page": ' + b"[" * 100_000, "nested too deeply"),
        (b"[]", "another form than expected"),
        (b"{}", "neither `incidents` nor"),
        (b'{"incidents": [{"id": "x"}]}', "missing required field `name`"),
        (json.dumps(changed(0, started_at="yesterday")).encode(), "another form than expected"),
        (json.dumps(changed(0, id="x" * 200)).encode(), "length <= 120"),
    ],
)
def test_what_is_no_status_page_is_refused_in_one_line(body: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(body)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


MOMENTS = some.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.isoformat() + "Z")  # noqa: DTZ001
NOTES = some.fixed_dictionaries(
    {
        "status": some.sampled_from(
            ["investigating", "identified", "monitoring", "resolved", "postmortem", "scheduled"]
        ),
        "body": some.none() | some.text(max_size=50),
        "created_at": MOMENTS,
        "display_at": some.none() | MOMENTS,
        "affected_components": some.none() | some.just([{"code": "c3", "name": "Payments"}]),
    }
)
SHOWN = some.fixed_dictionaries(
    {
        "id": some.text("abc123", min_size=1, max_size=4),
        "name": some.text(max_size=50),
        "status": some.sampled_from(
            ["investigating", "monitoring", "resolved", "postmortem", "in_progress", "completed"]
        ),
        "impact": some.sampled_from([None, "none", "minor", "critical", "maintenance"]),
        "created_at": MOMENTS,
        "started_at": some.none() | MOMENTS,
        "resolved_at": some.none() | MOMENTS,
        "updated_at": some.none() | MOMENTS,
        "components": some.none()
        | some.lists(some.sampled_from([{"id": "c1", "name": "Checkout API"}, {"name": "Web shop"}])),
        "incident_updates": some.none() | some.lists(NOTES, max_size=4),
    }
)
PAGES = some.lists(SHOWN, max_size=4, unique_by=lambda incident: str(incident["id"])).map(
    lambda shown: {"incidents": shown}
)


@given(pages=some.lists(PAGES, min_size=1, max_size=4))
def test_whatever_a_page_shows_is_told_once_in_events_that_all_can_read(pages: list[dict[str, Any]]) -> None:
    cursor: dict[str, Any] = {}
    latest: dict[str, IncidentReported] = {}
    for page in pages:
        reading = read(page, cursor)
        for event in reading.events:
            assert isinstance(event, IncidentReported)
            assert decode(IncidentReported, encode(event)) == event
            assert event.updated_at
            if known := latest.get(event.id):
                assert known.updated_at
                assert event.updated_at > known.updated_at or event.id not in cursor
            assert not event.started_at or not event.resolved_at or event.started_at < event.resolved_at
            latest[event.id] = event
        cursor = reading.cursor
        assert read(page, cursor).events == ()
