"""A watch over web addresses: how much of the time each of them answered, and how many minutes a day it did not.

Reads the `history/summary.json` of an Upptime repository. Upptime counts the minutes for which it had an issue open, and
takes whatever it did not look at for up; so a day without minutes, and a percentage over a span in which nothing ever
answered, are no statement that all was well, and none is made of them.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from services.feeds.source import LONGEST, Ask, Feed, Reading, read_json, written
from shared.events import MeasurementTaken, Subject

PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%")
WHOLE = Decimal(100)


class UpptimeFeed(Feed, frozen=True, kw_only=True):
    """`services`: the slug of a site → the service that it is here; without any, each slug is a service's own name."""

    services: dict[str, str] = field(default_factory=dict)


class Site(Struct, frozen=True, rename="camel"):
    """One watched address. Percentages are texts such as "99.95%"; `time…` are mean answer times in milliseconds."""

    slug: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    status: str | None = None
    uptime: str | None = None
    uptime_day: str | None = None
    uptime_week: str | None = None
    uptime_month: str | None = None
    uptime_year: str | None = None
    time: Decimal | None = None
    time_day: Decimal | None = None
    time_week: Decimal | None = None
    time_month: Decimal | None = None
    time_year: Decimal | None = None
    daily_minutes_down: dict[date, int] = {}


SITES = msgspec.json.Decoder(tuple[Site, ...], float_hook=Decimal)
SPANS = ("", "_day", "_week", "_month", "_year")


def ask(feed: UpptimeFeed, _cursor: Mapping[str, Any], now: datetime) -> Ask:
    """The summary, whole. It bears no time of its own, so it speaks of the moment at which it is asked for."""
    return Ask(feed.url, until=now)


def read(feed: UpptimeFeed, cursor: Mapping[str, Any], asked: Ask, body: bytes) -> Reading:
    """A measurement for each site of which something new is said. Raises Unreadable."""
    sites: tuple[Site, ...] = read_json(body, SITES)
    events, said = [], {}
    for site in sorted(sites, key=lambda site: site.slug):
        service = feed.services.get(site.slug) if feed.services else site.slug
        facts = _facts(site)
        if not service or not facts:
            continue
        said[service] = blake2b(msgspec.json.encode(facts, order="deterministic"), digest_size=8).hexdigest()
        if cursor.get(service) != said[service]:
            events.append(
                MeasurementTaken(
                    id=f"{feed.name}/{service}/{written(asked.until)}",
                    subject=Subject("service", service),
                    taken_at=asked.until,
                    facts=facts,
                )
            )
    return Reading(tuple(events), said)


def _facts(site: Site) -> dict[str, Any]:
    """What the summary shows of the site; percentages are decimal texts, minutes whole numbers."""
    facts: dict[str, Any] = {}
    answered = any(getattr(site, f"time{span}") for span in SPANS)
    if site.status and (answered or site.status != "up"):
        facts["status"] = site.status
    for span in SPANS:
        percent = _percent(getattr(site, f"uptime{span}"))
        if percent is not None and (percent < WHOLE or getattr(site, f"time{span}")):
            facts[f"uptime{span or '_ever'}"] = str(percent)
    down = [(day, minutes) for day, minutes in sorted(site.daily_minutes_down.items()) if minutes > 0]
    if down:
        facts["minutes_down"] = [{"day": day.isoformat(), "minutes": minutes} for day, minutes in down]
    return facts


def _percent(text: str | None) -> Decimal | None:
    """The number, or None for what is none, such as the "NaN%" of a site that was added this minute."""
    found = PERCENT.fullmatch(text or "")
    percent = Decimal(found[1]) if found else None
    return percent if percent is not None and percent <= WHOLE else None
