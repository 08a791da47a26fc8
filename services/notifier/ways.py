"""Which way a notice takes to a customer: the one they wish, the one the law asks for, or by way of a person."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.notifier.notice import Kind, Reader
from shared.policy.delivery import Delivery, Quiet, Way

NO_CHANNEL = "no_channel"
"""The customer's wish leads to a person, or nowhere that we know."""
NO_ADDRESS = "no_address"
NEEDS_WRITING = "needs_writing"
"""By law it must be on a durable medium, and the customer's way is none: a person writes it, or hands it over."""

TO_A_PERSON = Way(by="person", durable=False)
"""Where a wish leads that nobody has listed."""


class Route(NamedTuple):
    """By which channel a notice goes; `failed`: why none of ours can carry it, so that a person must."""

    channel: str
    failed: str | None = None


def route(reader: Reader, kind: Kind, policy: Delivery) -> Route:
    """The way of such a notice to this customer."""
    way = policy.ways.get((reader.wish or policy.default).strip().lower(), TO_A_PERSON)
    must_last = policy.must_last(kind, reader.jurisdiction) and not way.durable
    if not must_last:
        return _by(reader, way)
    default = policy.ways[policy.default]
    other = _by(reader, default)
    if way.by == "person" or not default.durable or other.failed:
        return Route(way.by, NEEDS_WRITING)
    return other


def _by(reader: Reader, way: Way) -> Route:
    if way.by == "person" or (way.by == "email" and not reader.by_mail):
        return Route(way.by, NO_CHANNEL)
    if way.by == "email" and not reader.email:
        return Route(way.by, NO_ADDRESS)
    return Route(way.by)


def quiet_for(quiet: Quiet | None, kind: str, now: datetime) -> timedelta:
    """How long such a notice has still to wait for the end of the quiet hours; no time outside them."""
    if quiet is None or kind in quiet.but:
        return timedelta()
    here = now.astimezone(ZoneInfo(quiet.zone))
    minute, begins, ends = here.hour * 60 + here.minute, quiet.begins.minutes % 1440, quiet.ends.minutes % 1440
    if not (begins <= minute < ends if begins < ends else minute >= begins or minute < ends):
        return timedelta()
    day = here.date() + timedelta(days=minute >= ends)
    morning = datetime(day.year, day.month, day.day, ends // 60, ends % 60, tzinfo=here.tzinfo)
    return timedelta(seconds=max(morning.timestamp() - now.timestamp(), 1))  # whatever the clocks do in that night
