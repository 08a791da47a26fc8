"""A feed is read to the last event, whatever the source, the bus or we ourselves do in between."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feeds import cursors
from services.feeds.catalogue import Entry, Poll
from services.feeds.fetch import LIMIT, Fetcher
from services.feeds.prometheus import PrometheusFeed
from services.feeds.runner import Desk, Polled, keep_polling, pause, poll, poll_once
from services.feeds.source import FeedFailed, NoAnswer
from services.feeds.statuspage import StatuspageFeed
from shared.bus.embedded import EmbeddedBus
from shared.bus.seam import Outgoing
from shared.errors import Fenced, Misconfigured, Unavailable
from shared.events import NEVER, IncidentReported, MeasurementTaken, Subject
from tests.contract.buses import until
from tests.feeds.conftest import HANG, Source, Telemetry, http, listening

RECORDED = Path(__file__).parent / "recorded"
INCIDENTS = (RECORDED / "incidents.json").read_bytes()
SERVICES = {"Checkout API": "checkout", "Web shop": "shop", "Payments": "payments"}
TOLD = {
    "nordlicht/h7k2m9p4x1z8/checkout",
    "nordlicht/h7k2m9p4x1z8/shop",
    "nordlicht/b3n5v7c9x2y4/nordlicht",
    "nordlicht/z9y8x7w6v5u4/payments",
}


def page(source: Source, name: str = "nordlicht", every: float = 60, services: dict[str, str] = SERVICES) -> Entry:
    url = f"{source.url}/api/v2/incidents.json"
    feed = StatuspageFeed(name=name, url=url, services=services, otherwise=name)
    return Entry("statuspage", feed, Poll(every=timedelta(seconds=every)))


class Crash(Exception):
    """The process is gone."""


class Doomed:
    """A bus that takes the records, and then we are gone."""

    def __init__(self, bus: Any) -> None:
        self._bus = bus

    async def publish(self, records: Sequence[Outgoing]) -> None:
        await self._bus.publish(records)
        raise Crash


class Away:
    """A bus that is away for some calls."""

    def __init__(self, bus: Any, times: int) -> None:
        self._bus, self._left = bus, times

    async def publish(self, records: Sequence[Outgoing]) -> None:
        self._left -= 1
        if self._left >= 0:
            raise Unavailable("the bus is away")
        await self._bus.publish(records)


async def test_what_the_page_says_is_on_the_topic_and_once(desk: Desk, source: Source, telemetry: Telemetry) -> None:
    source.answers = [http(INCIDENTS)]
    assert await poll(desk, page(source)) == 4
    assert await poll(desk, page(source)) == 0
    found = await telemetry()
    assert {read.event.id for read in found} == TOLD
    assert len(found) == 4
    assert {read.event.source for read in found} == {"feeds/nordlicht"}
    assert len(source.requests) == 2
    assert source.requests[0].startswith("GET /api/v2/incidents.json HTTP/1.1")


async def test_a_crash_between_the_topic_and_the_cursor_says_the_same_again_and_loses_nothing(
    desk: Desk, source: Source, telemetry: Telemetry
) -> None:
    source.answers = [http(INCIDENTS)]
    with pytest.raises(Crash):
        await poll(desk._replace(bus=Doomed(desk.bus)), page(source))  # type: ignore[arg-type]
    assert (await cursors.load(desk.engine, "nordlicht", page(source).meaning)).version == 0
    assert await poll(desk, page(source)) == 4
    found = await telemetry()
    assert len(found) == 8
    names = {read.id: read.digest for read in found}
    assert len(names) == 4, "the verifier knows a redelivery by its id"
    assert all(names[read.id] == read.digest for read in found), "and finds the same in it, so it is no conflict"


async def test_a_bus_that_is_away_moves_no_cursor(desk: Desk, source: Source, telemetry: Telemetry) -> None:
    source.answers = [http(INCIDENTS)]
    away = desk._replace(bus=Away(desk.bus, times=1))  # type: ignore[arg-type]
    (failed,) = await poll_once(away, [page(source)])
    assert failed == Polled("nordlicht", 0, "the bus is away")
    assert (await poll_once(away, [page(source)])) == [Polled("nordlicht", 4)]
    assert {read.event.id for read in await telemetry()} == TOLD


async def test_an_update_is_another_record_of_the_same_incident(
    desk: Desk, source: Source, telemetry: Telemetry
) -> None:
    changed = json.loads(INCIDENTS)
    changed["incidents"][0] |= {"resolved_at": "2026-03-04T09:00:00Z", "updated_at": "2026-03-04T09:00:00Z"}
    source.answers = [http(INCIDENTS), http(json.dumps(changed).encode())]
    await poll(desk, page(source))
    assert await poll(desk, page(source)) == 2
    found = [read for read in await telemetry() if read.event.id == "nordlicht/h7k2m9p4x1z8/checkout"]
    assert len({read.id for read in found}) == len(found) == 2
    assert all(isinstance(read.event, IncidentReported) for read in found)


async def test_prometheus_is_read_page_by_page_until_now(desk: Desk, source: Source) -> None:
    feed = PrometheusFeed(
        name="up", url=source.url, query="up", subject=Subject("service", "checkout"), below=Decimal(1),
        window=timedelta(days=20),
    )  # fmt: skip
    source.answers = [http(b'{"status":"success","data":{"resultType":"matrix","result":[]}}')]
    assert await poll(desk, Entry("prometheus", feed, Poll())) == 0
    assert len(source.requests) == 3, "20 days of minutes are three pages of 11,000 points"
    assert await poll(desk, Entry("prometheus", feed, Poll())) in (0, 1)
    assert len(source.requests) in (3, 4), "and then only what is new"


async def test_a_promise_that_was_broken_is_a_measurement_on_the_topic(
    desk: Desk, source: Source, telemetry: Telemetry
) -> None:
    async with desk.engine.begin() as tx:  # the recorded answer is of a day that time must stand at
        await tx.execute(text("insert into clock.manual (instant) values ('2026-03-04T08:13:10Z')"))
    feed = PrometheusFeed(
        name="up", url=source.url, query="up", subject=Subject("service", "checkout"), below=Decimal("0.9"),
        window=timedelta(minutes=13),
    )  # fmt: skip
    source.answers = [http((RECORDED / "query_range.json").read_bytes())]
    assert await poll(desk, Entry("prometheus", feed, Poll())) == 1
    (found,) = await telemetry()
    assert isinstance(found.event, MeasurementTaken)
    assert found.event.facts["outages"][0] == {"from": "2026-03-04T08:02:00Z", "to": "2026-03-04T08:04:00Z"}


async def test_of_two_who_read_one_feed_the_later_gives_way(desk: Desk) -> None:
    first = await cursors.load(desk.engine, "nordlicht", "m")
    await cursors.save(desk.engine, "nordlicht", "m", first._replace(value={"at": 1}))
    with pytest.raises(Fenced, match="another process reads this feed"):
        await cursors.save(desk.engine, "nordlicht", "m", first._replace(value={"at": 2}))
    assert (await cursors.load(desk.engine, "nordlicht", "m")).value == {"at": 1}


async def test_a_feed_that_means_something_else_now_is_read_from_the_beginning(desk: Desk, source: Source) -> None:
    source.answers = [http(INCIDENTS)]
    assert await poll(desk, page(source, services={"Checkout API": "checkout"})) == 3
    assert await poll(desk, page(source)) == 4


async def test_one_feed_that_fails_does_not_keep_the_others_and_is_remembered_for_it(
    desk: Desk, source: Source
) -> None:
    source.answers = [http(INCIDENTS)]
    broken = page(Source(port=1), name="broken")
    polled = await poll_once(desk, [broken, page(source)])
    assert [one.feed for one in polled] == ["broken", "nordlicht"]
    assert polled[0].problem.startswith("the server cannot be asked")
    assert polled[1] == Polled("nordlicht", 4)
    known = await cursors.standings(desk.engine, ["broken", "nordlicht", "unheard-of"])
    assert set(known) == {"broken", "nordlicht"}
    assert known["broken"].problem == polled[0].problem
    assert known["broken"].polled_at is None
    assert known["nordlicht"].problem == ""
    assert known["nordlicht"].polled_at is not None


async def test_a_source_that_recovers_is_read_and_forgiven(desk: Desk, source: Source) -> None:
    source.answers = [http(b"", "500 Internal Server Error"), http(INCIDENTS)]
    said: list[Polled] = []
    keeping = asyncio.create_task(keep_polling(desk, [page(source, every=0.05)], said.append))

    async def asked_again() -> bool:
        return len(said) >= 3

    await until(asked_again, "it was asked again")
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert [one.problem for one in said[:3]] == ["the server answers 500", "", ""]
    assert [one.events for one in said[:3]] == [0, 4, 0]
    assert (await cursors.standings(desk.engine, ["nordlicht"]))["nordlicht"].problem == ""


def test_each_pause_is_longer_than_the_last_and_none_is_shorter_than_the_source_wants() -> None:
    for failures, least in ((1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (10_000, 300)):
        pauses = {pause(failures, 0.0) for _ in range(50)}
        assert all(least <= one <= least * 1.5 for one in pauses)
        assert len(pauses) > 10, "not all at once"
    assert 120 <= pause(1, 120) <= 180


async def test_what_no_later_try_would_mend_ends_it_with_the_fix(engine: AsyncEngine, source: Source) -> None:
    source.answers = [http(INCIDENTS)]
    bus = EmbeddedBus(engine)
    await bus.start()
    async with Fetcher() as fetcher:
        with pytest.raises(Misconfigured, match="run `amends topics ensure`"):
            await keep_polling(Desk(engine, bus, fetcher, {}), [page(source)], lambda _: None)
    await bus.stop()


# ── what a source may do to us ──────────────────────────────────────────────────────────────────────────────────────


async def failure(source: Source, answer: bytes, name: str = "nordlicht") -> FeedFailed:
    """What becomes of a poll that is answered so, without a topic or a table being touched."""
    source.answers = [answer]
    entry = page(source, name)
    asked = entry.ask({}, NEVER)
    assert asked
    async with Fetcher(read_seconds=0.3, whole_seconds=1.0) as fetcher:
        with pytest.raises(FeedFailed) as failed:
            entry.read({}, asked, await fetcher.fetch(asked, "s3cret"))
    assert "\n" not in str(failed.value)
    assert "s3cret" not in str(failed.value)
    return failed.value


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (HANG, "the server is silent"),
        (http(b"", "500 Internal Server Error"), "the server answers 500"),
        (http(b'{"status":"error","error":"query timed\\nout"}', "503 Service Unavailable"), "answers 503: query timed out"),
        (http(b"", "404 Not Found"), "the server answers 404"),
        (http(b"", "401 Unauthorized"), "does not let us in (401): name a token with `token_from`"),
        (http(b"", "302 Found", Location="https://elsewhere.example/"), "sends us on (302) to https://elsewhere.example/"),
        (http(b"<html>Please wait</html>"), "not JSON"),
        (http(INCIDENTS[:500]), "not JSON"),
        (http(b" " * (LIMIT + 1)), "larger than 8 MiB"),
        (http(b"\x1f\x8b", Content_Encoding="gzip"), "compressed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", "cannot be asked: peer closed"),
        (b"220 mail.example ESMTP\r\n", "cannot be asked"),
        (http(b"", "204 No Content"), "answers 204"),
    ],
)  # fmt: skip
async def test_each_bad_answer_is_one_line_that_says_what_is_wrong(source: Source, answer: bytes, words: str) -> None:
    assert words in str(await failure(source, answer))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "120"}, 120),
        ({"Retry_After": "99999999999"}, 3600),
        ({"Retry_After": "Wed, 04 Mar 2026 08:02:00 GMT", "Date": "Wed, 04 Mar 2026 08:00:30 GMT"}, 90),
        ({"Retry_After": "Wed, 04 Mar 2026 08:02:00 GMT", "Date": "Wed, 04 Mar 2026 09:00:00 GMT"}, 0),
        ({"Retry_After": "Wed, 04 Mar 2026 08:02:00 GMT"}, 0),
        ({"Retry_After": "soon"}, 0),
        ({}, 0),
    ],
)
async def test_who_asks_to_be_left_alone_is_for_an_hour_at_most(source: Source, headers: Any, seconds: float) -> None:
    failed = await failure(source, http(b"", "429 Too Many Requests", **headers))
    assert isinstance(failed, NoAnswer)
    assert failed.retry_after == seconds


async def test_an_answer_that_comes_drop_by_drop_is_given_up(source: Source) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(drip) as port, Fetcher(read_seconds=5, whole_seconds=0.3) as fetcher:
        asked = page(Source(port)).ask({}, NEVER)
        assert asked
        with pytest.raises(NoAnswer, match=r"not complete after 0\.3 s"):
            await fetcher.fetch(asked)


async def test_a_token_goes_along(source: Source) -> None:
    source.answers = [http(INCIDENTS)]
    asked = page(source).ask({}, NEVER)
    assert asked
    async with Fetcher() as fetcher:
        assert await fetcher.fetch(asked, "s3cret") == INCIDENTS
    (request,) = source.requests
    assert "Authorization: Bearer s3cret" in request
    assert "Accept-Encoding: identity" in request
