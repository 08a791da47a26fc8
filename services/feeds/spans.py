"""Stretches of time, from one moment up to another: the words in which a failure, and the lack of a measurement, is told."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from services.feeds.source import written

Span = tuple[int, int]
"""From (included) until (not included), in whole seconds since 1970 (UTC). Lists of them are in order, apart from one another."""


def joined(spans: Sequence[Span], more: Iterable[Span]) -> list[Span]:
    """With `more`, which come in order and after the others; what touches becomes one."""
    result = list(spans)
    for start, end in more:
        if result and result[-1][1] >= start:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def since(spans: Iterable[Span], cut: int) -> list[Span]:
    """Those that had not ended by `cut`, each of them whole."""
    return [span for span in spans if span[1] > cut]


def between(spans: Sequence[Span]) -> list[Span]:
    """The gaps."""
    return [(before[1], after[0]) for before, after in pairwise(spans)]


def told(spans: Iterable[Span]) -> list[dict[str, str]]:
    """As a fact holds them."""
    return [{"from": instant(start), "to": instant(end)} for start, end in spans]


def instant(seconds: int) -> str:
    """`2026-03-02T10:00:00Z`."""
    return written(moment(seconds))


def moment(seconds: int) -> datetime:
    """The same as a time (UTC)."""
    return datetime.fromtimestamp(seconds, UTC)
