"""A number that a promise is about, watched over time: when did it fail, and for which time does anybody know?

Reads `/api/v1/query_range` of the Prometheus HTTP API. A sample speaks for one step, from its own time on. Where there is
no sample, or none that is a number, nothing is known: that is neither a failure nor its absence.

A later measurement takes the place of an earlier one, so each tells all that is known of the window:

- `outages`: every known failure, as spans; the last is still going on where `failing` is true
- `measured_from`, `measured_to`: the latest stretch without a gap, in which all that is no outage was as promised
- `watched_from`, `unmeasured`: since when anything is known, and the gaps since then
- `days`: for each day (UTC) the mean of its samples, a decimal text, and how many there were
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

import msgspec
from msgspec import Struct

from services.feeds.source import Ask, Feed, Reading, Unreadable, read_json
from services.feeds.spans import Span, between, instant, joined, moment, since, told
from shared.events import MeasurementTaken, Subject

POINTS = 11_000
"""Prometheus refuses a query with more of them."""
MOST = 5_000
"""Spans that a measurement may hold: a third of a record. A number that fails and recovers all day long is known for less
than the whole window then."""
EXACT = 60
"""Digits in which sums of samples are kept: more than doubles of any likely size bring along."""

Sample = tuple[int, Decimal]


class PrometheusFeed(Feed, frozen=True, kw_only=True):
    """`query` gives one series. A sample `below` the one number, or `above` the other, is a failure of `subject`.

    `step`: how far apart the samples are. `delay`: how long it takes until Prometheus has them all. `window`: how long
    ago a failure may be to be told. `report`: a measurement at least this often; a failure is told when it begins and ends.
    """

    query: str
    subject: Subject
    below: Decimal | None = None
    above: Decimal | None = None
    step: timedelta = timedelta(minutes=1)
    delay: timedelta = timedelta(minutes=2)
    window: timedelta = timedelta(days=35)
    report: timedelta = timedelta(minutes=15)

    def fails(self, value: Decimal) -> bool:
        """Whether the promise is broken at this value."""
        return value < self.below if self.below is not None else self.above is not None and value > self.above


class Series(Struct, frozen=True):
    """One series of a matrix: its labels, and its samples: seconds since 1970, and a number as text."""

    metric: dict[str, str]
    values: tuple[tuple[int | Decimal, str], ...] | None = None


class Matrix(Struct, frozen=True, rename="camel"):
    """What a range query gives."""

    result_type: str
    result: tuple[Series, ...] = ()


class Answer(Struct, frozen=True, rename="camel"):
    """The envelope of every answer."""

    status: str
    data: Matrix | None = None
    error: str = ""
    warnings: tuple[str, ...] | None = None


class Known(Struct, frozen=True, omit_defaults=True):
    """The cursor: what is known of the window, and what was last told of it. `to`: all before that second was asked for."""

    to: int | None = None
    measured: tuple[Span, ...] = ()
    outages: tuple[Span, ...] = ()
    days: dict[str, tuple[Decimal, int]] = {}
    told: str = ""
    told_to: int = 0

    @property
    def failing(self) -> bool:
        """Whether the latest sample was a failure."""
        return bool(self.outages and self.measured and self.outages[-1][1] == self.measured[-1][1])

    @property
    def turns(self) -> str:
        """All that began and ended: whatever changes it is news at once."""
        ended = self.outages[:-1] if self.failing else self.outages
        begun = self.outages[-1][0] if self.failing else None
        return msgspec.json.encode((ended, begun, between(self.measured))).decode()


ANSWER = msgspec.json.Decoder(Answer, float_hook=Decimal)


def ask(feed: PrometheusFeed, cursor: Mapping[str, Any], now: datetime) -> Ask | None:
    """The next page of samples, each of whose steps is over; none as long as there is none."""
    step, known = _seconds(feed.step), msgspec.convert(cursor, Known)
    last = _on_step(now - feed.delay, step) - step
    oldest = _on_step(now - feed.window, step)
    start = max(known.to or oldest, oldest)
    if start > last:
        return None
    end = min(last, start + (POINTS - 1) * step)
    query = (("query", feed.query), ("start", str(start)), ("end", str(end)), ("step", str(step)))
    return Ask(f"{feed.url.rstrip('/')}/api/v1/query_range", query, moment(start), moment(end), more=end < last)


def read(feed: PrometheusFeed, cursor: Mapping[str, Any], asked: Ask, body: bytes) -> Reading:
    """All that is known with these samples, if that is news. Raises Unreadable."""
    step = _seconds(feed.step)
    samples = _samples(_series(body), _seconds_of(asked.since), _seconds_of(asked.until), step)
    known = _learn(feed, msgspec.convert(cursor, Known), samples, _seconds_of(asked.until) + step)
    if not known.measured or not _is_news(feed, known):
        return Reading((), msgspec.to_builtins(known))
    assert known.to is not None
    measurement = MeasurementTaken(
        id=f"{feed.name}/{instant(known.to)}", subject=feed.subject, taken_at=moment(known.to), facts=_facts(known)
    )
    known = msgspec.structs.replace(known, told=known.turns, told_to=known.measured[-1][1])
    return Reading((measurement,), msgspec.to_builtins(known))


def _is_news(feed: PrometheusFeed, known: Known) -> bool:
    return known.turns != known.told or known.measured[-1][1] - known.told_to >= _seconds(feed.report)


def _series(body: bytes) -> tuple[tuple[int | Decimal, str], ...]:
    """The one series, without samples if there is none. Raises Unreadable for an answer that may not be the whole truth."""
    answer: Answer = read_json(body, ANSWER)
    if answer.status != "success" or answer.data is None:
        raise Unreadable(f"Prometheus says: {answer.error or answer.status}")
    if answer.warnings:
        raise Unreadable(f"Prometheus warns, so the samples may not be all: {answer.warnings[0]}")
    if answer.data.result_type != "matrix":
        raise Unreadable(f"a {answer.data.result_type} came where a matrix belongs")
    if len(answer.data.result) > 1:
        raise Unreadable(f"the query gives {len(answer.data.result)} series: make it one, with `avg(…)` or `min(…)`")
    if not answer.data.result:
        return ()
    values = answer.data.result[0].values
    if values is None:
        raise Unreadable("the query gives histograms: make it a number, with `histogram_quantile(…)`")
    return values


def _samples(values: Iterable[tuple[int | Decimal, str]], start: int, end: int, step: int) -> list[Sample]:
    """Those that are numbers, in order. Raises Unreadable for a time that was not asked about."""
    found: dict[int, Decimal] = {}
    for at, text in values:
        if not start <= at <= end or (at - start) % step:
            raise Unreadable(f"a sample of {at} came, which was not asked about")
        try:
            value = Decimal(text)
        except ArithmeticError:
            raise Unreadable(f"the sample {text[:40]!r} is no number") from None
        if value.is_finite():
            found[int(at)] = value
    return sorted(found.items())


def _learn(feed: PrometheusFeed, known: Known, samples: Sequence[Sample], to: int) -> Known:
    """What is known when these samples are added, and the window has moved on to `to`."""
    step = _seconds(feed.step)
    measured = joined(known.measured, ((at, at + step) for at, _ in samples))
    outages = joined(known.outages, ((at, at + step) for at, value in samples if feed.fails(value)))
    cut = max(to - _seconds(feed.window), _cut(measured, outages))
    measured = [(max(start, cut), end) for start, end in since(measured, cut)]
    days = {day: kept for day, kept in _days(known.days, samples).items() if day >= instant(cut)[:10]}
    return msgspec.structs.replace(
        known, to=to, measured=tuple(measured), outages=tuple(since(outages, cut)), days=days
    )


def _cut(measured: Sequence[Span], outages: Sequence[Span]) -> int:
    """Before which nothing can be told, because there is too much of it since."""
    ends = sorted(end for _, end in (*measured, *outages))
    return ends[-MOST - 1] if len(ends) > MOST else 0


def _days(days: Mapping[str, tuple[Decimal, int]], samples: Iterable[Sample]) -> dict[str, tuple[Decimal, int]]:
    """The sum and number of each day's samples, with these added."""
    sums = dict(days)
    with localcontext(prec=EXACT):
        for at, value in samples:
            total, count = sums.get(day := instant(at)[:10], (Decimal(0), 0))
            sums[day] = (total + value, count + 1)
    return sums


def _facts(known: Known) -> dict[str, Any]:
    return {
        "outages": told(known.outages),
        "failing": known.failing,
        "measured_from": instant(known.measured[-1][0]),
        "measured_to": instant(known.measured[-1][1]),
        "watched_from": instant(known.measured[0][0]),
        "unmeasured": told(between(known.measured)),
        "days": [
            {"day": day, "mean": f"{total / count:.9f}", "samples": count}
            for day, (total, count) in sorted(known.days.items())
        ],
    }


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


def _seconds_of(at: datetime) -> int:
    return int(at.timestamp())


def _on_step(at: datetime, step: int) -> int:
    """The last multiple of a step at or before `at`: whoever asks again asks for the same moments."""
    return _seconds_of(at) // step * step
