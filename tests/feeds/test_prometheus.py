"""How a promise that Prometheus watches becomes outages, and how what nobody measured stays unknown."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.feeds import prometheus
from services.feeds.prometheus import MOST, POINTS, PrometheusFeed
from services.feeds.source import Ask, Reading, Unreadable
from services.feeds.spans import instant
from shared.bus.values import decode, encode
from shared.events import MeasurementTaken, Subject

RECORDED = (Path(__file__).parent / "recorded" / "query_range.json").read_bytes()
START = 1_772_611_200
"""2026-03-04 08:00 UTC, where the recorded answer begins."""
FEED = PrometheusFeed(
    name="checkout-up",
    url="http://prometheus.nordlicht.example:9090/",
    query='min(probe_success{job="checkout"})',
    subject=Subject("service", "checkout"),
    below=Decimal("0.9"),
    window=timedelta(hours=2),
)
Samples = Mapping[int, str]


def at(minute: int) -> datetime:
    """So many minutes after eight."""
    return datetime.fromtimestamp(START + 60 * minute, UTC)


def answer(samples: Samples, series: int = 1) -> bytes:
    """As Prometheus writes it: sample `n` is that of minute n after eight."""
    values = [[START + 60 * minute, value] for minute, value in samples.items()]
    result = [{"metric": {"job": "checkout", "n": str(n)}, "values": values} for n in range(series if values else 0)]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def asked(first: int, last: int) -> Ask:
    return Ask("", since=at(first), until=at(last))


def read(body: bytes, first: int, last: int, cursor: Any = None, feed: PrometheusFeed = FEED) -> Reading:
    """As the runner does it: the cursor goes through JSON between two polls."""
    return prometheus.read(feed, json.loads(json.dumps(cursor or {})), asked(first, last), body)


def facts(reading: Reading) -> dict[str, Any]:
    (measurement,) = reading.events
    assert isinstance(measurement, MeasurementTaken)
    assert decode(MeasurementTaken, encode(measurement)) == measurement
    return measurement.facts


def span(first: int, last: int) -> dict[str, str]:
    return {"from": instant(START + 60 * first), "to": instant(START + 60 * last)}


# ── what is asked ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_first_poll_asks_about_the_whole_window_up_to_what_prometheus_must_have_by_now() -> None:
    first = prometheus.ask(FEED, {}, at(120) + timedelta(seconds=31))
    assert first
    assert first.url == "http://prometheus.nordlicht.example:9090/api/v1/query_range"
    assert dict(first.query) == {
        "query": 'min(probe_success{job="checkout"})',
        "start": str(START),
        "end": str(START + 117 * 60),
        "step": "60",
    }
    assert not first.more


def test_a_later_poll_asks_only_for_what_is_new_and_for_nothing_when_nothing_is() -> None:
    cursor = read(RECORDED, 0, 10).cursor
    later = prometheus.ask(FEED, cursor, at(14))
    assert later
    assert (later.since, later.until) == (at(11), at(11))
    assert prometheus.ask(FEED, cursor, at(13)) is None
    assert prometheus.ask(FEED, cursor, at(3)) is None


def test_no_page_has_more_points_than_prometheus_gives_and_together_they_miss_none() -> None:
    feed = msgspec.structs.replace(FEED, window=timedelta(days=35))
    cursor: dict[str, Any] = {}
    now, reached, pages = at(0), None, 0
    while page := prometheus.ask(feed, cursor, now):
        steps = (page.until - page.since) // timedelta(minutes=1)
        assert steps + 1 <= POINTS
        assert reached is None or page.since == reached + timedelta(minutes=1)
        assert page.more == (page.until < now - timedelta(minutes=3))
        reached, pages = page.until, pages + 1
        cursor = prometheus.read(feed, cursor, page, answer({})).cursor
    assert reached == now - timedelta(minutes=3)
    assert pages == 5


# ── what the answer means ───────────────────────────────────────────────────────────────────────────────────────────


def test_samples_below_the_promise_are_outages_and_gaps_are_neither_up_nor_down() -> None:
    found = facts(read(RECORDED, 0, 10))
    assert found["outages"] == [span(2, 4), span(10, 11)]
    assert found["failing"] is True
    assert found["unmeasured"] == [span(5, 7), span(8, 9)]
    assert (found["measured_from"], found["measured_to"]) == (span(9, 11)["from"], span(9, 11)["to"])
    assert found["watched_from"] == "2026-03-04T08:00:00Z"
    assert found["days"] == [{"day": "2026-03-04", "mean": "0.687500000", "samples": 8}]


def test_the_measurement_is_of_the_subject_and_of_the_moment_up_to_which_was_asked() -> None:
    (measurement,) = read(RECORDED, 0, 10).events
    assert isinstance(measurement, MeasurementTaken)
    assert measurement.subject == Subject("service", "checkout")
    assert measurement.taken_at == at(11)
    assert measurement.id == "checkout-up/2026-03-04T08:11:00Z"


def test_where_nothing_was_ever_measured_nothing_is_said() -> None:
    reading = read(answer({}), 0, 10)
    assert reading.events == ()
    assert reading.cursor == {"to": START + 11 * 60}
    assert read(answer({3: "NaN", 4: "+Inf"}), 0, 10).events == ()


def test_an_outage_goes_on_over_two_polls_and_ends_once() -> None:
    begun = read(answer({0: "1", 1: "0"}), 0, 1)
    assert facts(begun)["outages"] == [span(1, 2)]
    on = read(answer({2: "0"}), 2, 2, begun.cursor)
    assert on.events == (), "that it goes on is no news every minute"
    over = facts(read(answer({3: "1"}), 3, 3, on.cursor))
    assert over["outages"] == [span(1, 3)]
    assert over["failing"] is False


def test_when_all_is_well_it_is_said_every_quarter_of_an_hour() -> None:
    cursor: dict[str, Any] = {}
    said = []
    for minute in range(40):
        reading = read(answer({minute: "1"}), minute, minute, cursor)
        cursor = reading.cursor
        said += [minute] if reading.events else []
    assert said == [0, 15, 30]


def test_a_target_that_is_gone_is_not_called_up() -> None:
    cursor = read(answer({0: "1"}), 0, 0).cursor
    for minute in range(1, 60):
        reading = read(answer({}), minute, minute, cursor)
        cursor = reading.cursor
        assert reading.events == ()
    back = facts(read(answer({60: "1"}), 60, 60, cursor))
    assert back["unmeasured"] == [span(1, 60)]
    assert back["measured_from"] == span(60, 61)["from"]


def test_what_is_older_than_the_window_is_told_no_more() -> None:
    reading = read(answer({0: "0", 1: "1", 2: "1"}), 0, 2)
    later = read(answer(dict.fromkeys(range(3, 130), "1")), 3, 129, reading.cursor)
    assert facts(later)["outages"] == []
    assert facts(later)["watched_from"] == span(10, 11)["from"]


def test_a_promise_may_also_be_broken_from_above() -> None:
    feed = msgspec.structs.replace(FEED, below=None, above=Decimal("2.5"))
    found = facts(read(answer({0: "2.5", 1: "2.500000001", 2: "1e-05"}), 0, 2, feed=feed))
    assert found["outages"] == [span(1, 2)]


def test_a_sample_is_compared_as_it_is_written_and_not_as_a_float() -> None:
    feed = msgspec.structs.replace(FEED, below=Decimal("0.1"))
    assert facts(read(answer({0: "0.09999999999999999999", 1: "0.1"}), 0, 1, feed=feed))["outages"] == [span(0, 1)]


def test_a_number_that_never_rests_still_fits_into_a_record() -> None:
    feed = msgspec.structs.replace(FEED, window=timedelta(days=35))
    restless = answer({n: str(n % 2) for n in range(POINTS)})
    reading = read(restless, 0, POINTS - 1, feed=feed)
    assert len(encode(reading.events[0])) < 1_000_000
    assert len(facts(reading)["outages"]) in (MOST - 1, MOST)
    assert facts(reading)["watched_from"] > span(0, 0)["from"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "not JSON"),
        (b"{}", "missing required field `status`"),
        (b'{"status":"error","errorType":"bad_data","error":"parse error: unexpected end"}', "Prometheus says: parse"),
        (b'{"status":"success","data":{"resultType":"vector","result":[]}}', "a vector came"),
        (answer({1: "1"}, series=2), "gives 2 series"),
        (b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[]}]}}', "histograms"),
        (answer({1: "1"}).replace(b'"status"', b'"warnings":["a store is away"],"status"'), "a store is away"),
        (answer({1: "one"}), "'one' is no number"),
        (answer({11: "1"}), "not asked about"),
        (answer({1: "1"}).replace(b"60,", b"61.5,"), "not asked about"),
    ],
)
def test_an_answer_that_may_not_be_the_whole_truth_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(body, 0, 10)


# ── properties ──────────────────────────────────────────────────────────────────────────────────────────────────────

VALUES = some.none() | some.sampled_from(["1", "0", "0.5", "0.9", "0.8999", "NaN", "-Inf"])


def minutes(spans: list[dict[str, str]]) -> set[int]:
    """The minutes after eight that lie in these spans, as the facts write them."""
    ends = [(datetime.fromisoformat(one["from"]) - at(0), datetime.fromisoformat(one["to"]) - at(0)) for one in spans]
    return {minute for begin, end in ends for minute in range(begin.seconds // 60, end.seconds // 60)}


@given(values=some.lists(VALUES, min_size=1, max_size=90), cuts=some.sets(some.integers(1, 89)))
def test_however_it_is_cut_into_pages_the_same_is_known_and_each_minute_is_what_its_sample_says(
    values: list[str | None], cuts: set[int]
) -> None:
    samples = {minute: value for minute, value in enumerate(values) if value is not None}
    edges = [0, *sorted(cut for cut in cuts if cut < len(values)), len(values)]
    cursor: dict[str, Any] = {}
    latest: dict[str, Any] = {}
    feed = msgspec.structs.replace(FEED, report=timedelta(0))
    for first, end in pairwise(edges):
        page = {minute: value for minute, value in samples.items() if first <= minute < end}
        reading = read(answer(page), first, end - 1, cursor, feed)
        cursor = reading.cursor
        latest = facts(reading) if reading.events else latest
    whole = read(answer(samples), 0, len(values) - 1, feed=feed)
    assert cursor == whole.cursor
    known = {minute for minute, value in samples.items() if Decimal(value).is_finite()}
    if not known:
        assert latest == {}
        return
    assert latest == facts(whole)
    assert minutes(latest["outages"]) == {minute for minute in known if Decimal(samples[minute]) < Decimal("0.9")}
    assert minutes(latest["unmeasured"]) == set(range(min(known), max(known))) - known
    stretch = minutes([{"from": latest["measured_from"], "to": latest["measured_to"]}])
    assert stretch <= known
    assert max(known) in stretch
    assert min(stretch) - 1 not in known
