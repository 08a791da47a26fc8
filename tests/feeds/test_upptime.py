"""What an Upptime summary says, and what it does not: three sites that are watched."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.feeds import upptime
from services.feeds.source import Reading, Unreadable
from services.feeds.upptime import UpptimeFeed
from shared.bus.values import decode, encode
from shared.events import MeasurementTaken, Subject

SUMMARY = (Path(__file__).parent / "recorded" / "summary.json").read_bytes()
FEED = UpptimeFeed(name="watch", url="https://raw.nordlicht.example/history/summary.json")
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def read(
    body: Any = SUMMARY, cursor: dict[str, Any] | None = None, feed: UpptimeFeed = FEED, now: datetime = NOW
) -> Reading:
    whole = body if isinstance(body, bytes) else json.dumps(body).encode()
    return upptime.read(feed, json.loads(json.dumps(cursor or {})), upptime.ask(feed, {}, now), whole)


def measured(reading: Reading) -> dict[str, MeasurementTaken]:
    return {event.subject.id: event for event in reading.events if isinstance(event, MeasurementTaken)}


def test_a_site_is_a_service_with_its_percentages_and_its_minutes_down() -> None:
    shop = measured(read())["web-shop"]
    assert shop.subject == Subject("service", "web-shop")
    assert shop.taken_at == NOW
    assert shop.facts == {
        "status": "up",
        "uptime_ever": "99.98",
        "uptime_day": "100.00",
        "uptime_week": "99.55",
        "uptime_month": "99.90",
        "uptime_year": "99.98",
        "minutes_down": [{"day": "2026-01-15", "minutes": 18}, {"day": "2026-03-02", "minutes": 45}],
    }
    assert decode(MeasurementTaken, encode(shop)) == shop


def test_a_site_that_has_never_answered_is_down_and_that_is_known() -> None:
    facts = measured(read())["partner-api"].facts
    assert facts["status"] == "down"
    assert facts["uptime_day"] == "0.00"


def test_a_site_of_which_nothing_was_ever_measured_is_not_called_up() -> None:
    assert "new-site" not in measured(read())


def test_a_span_in_which_nothing_answered_is_not_called_up() -> None:
    sites = json.loads(SUMMARY)
    sites[0]["timeDay"] = 0
    assert "uptime_day" not in measured(read(sites))["web-shop"].facts


def test_the_same_summary_is_no_news_and_answer_times_are_none_either() -> None:
    first, sites = read(), json.loads(SUMMARY)
    sites[0]["timeDay"] = 777
    later = NOW + timedelta(minutes=5)
    assert read(sites, first.cursor, now=later).events == ()


def test_more_minutes_down_are_news_of_that_site_alone() -> None:
    first, sites = read(), json.loads(SUMMARY)
    sites[1]["dailyMinutesDown"]["2026-03-04"] = 317
    news = measured(read(sites, first.cursor, now=NOW + timedelta(minutes=5)))
    assert list(news) == ["partner-api"]
    assert news["partner-api"].facts["minutes_down"] == [{"day": "2026-03-04", "minutes": 317}]


def test_only_the_services_that_are_named_are_told_under_the_names_of_the_house() -> None:
    named = UpptimeFeed(name="watch", url=FEED.url, services={"web-shop": "shop"})
    assert list(measured(read(feed=named))) == ["shop"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"404: Not Found", "another form"),
        (b"Not Found", "not JSON"),
        (b"{}", "another form"),
        (b'[{"name": "x"}]', "missing required field `slug`"),
        (b'[{"slug": "x", "dailyMinutesDown": {"soon": 3}}]', "another form"),
    ],
)
def test_what_is_no_summary_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(body)
