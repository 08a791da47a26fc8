"""A public status page, as an incident history: each incident becomes one report for every service of ours that it touched.

Reads the public API of Atlassian Statuspage, version 2 (`/api/v2/incidents.json`, `/api/v2/scheduled-maintenances.json`),
which others imitate. The page shows its latest fifty, and says everything again each time; what has not changed since
is not reported again.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, field

from services.feeds.source import LONGEST, Ask, Feed, Reading, Unreadable, in_utc, read_json
from shared.events import IncidentReported, Instant

OVER = {"resolved", "postmortem", "completed"}
"""Statuses that say that it is over; a postmortem comes days after the end, and is not the end."""
PLANNED = {"scheduled", "in_progress", "verifying", "completed"}
SUMMARY = 2_000
TAG = re.compile(r"<[^>]*>")
AN_INSTANT = timedelta(microseconds=1)


class StatuspageFeed(Feed, frozen=True, kw_only=True):
    """`services`: a component's name or id on the page → the service that it is here. `otherwise`: the service of an
    incident that names none of these; without it such an incident is left out.
    """

    services: dict[str, str] = field(default_factory=dict)
    otherwise: str = ""


class Component(Struct, frozen=True):
    """A part of the page's owner, as it stands in an incident."""

    id: str = ""
    name: str = ""


class Touched(Struct, frozen=True):
    """The same, as an update names it."""

    code: str = ""
    name: str = ""


class Update(Struct, frozen=True):
    """One note under an incident."""

    status: str
    created_at: Instant
    body: str | None = None
    display_at: Instant | None = None
    updated_at: Instant | None = None
    affected_components: tuple[Touched, ...] | None = None

    @property
    def at(self) -> datetime:
        """The moment that the note speaks of: the page's owner may set it back."""
        return self.display_at or self.created_at


class Incident(Struct, frozen=True):
    """One incident of the page, or one planned maintenance."""

    id: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    name: str
    status: str
    created_at: Instant
    impact: str | None = None
    updated_at: Instant | None = None
    started_at: Instant | None = None
    resolved_at: Instant | None = None
    components: tuple[Component, ...] | None = None
    incident_updates: tuple[Update, ...] | None = None

    @property
    def updates(self) -> tuple[Update, ...]:
        """The notes, oldest first."""
        return tuple(sorted(self.incident_updates or (), key=lambda update: update.at))


class Page(Struct, frozen=True):
    """The answer; one of the two lists is there."""

    incidents: tuple[Incident, ...] | None = None
    scheduled_maintenances: tuple[Incident, ...] | None = None


class Said(Struct, frozen=True):
    """What was last reported under an id: its content, but for the time, and that time."""

    digest: str
    updated_at: Instant


PAGE = msgspec.json.Decoder(Page)


def ask(feed: StatuspageFeed, _cursor: Mapping[str, Any], _now: datetime) -> Ask:
    """The page, whole."""
    return Ask(feed.url)


def read(feed: StatuspageFeed, cursor: Mapping[str, Any], _asked: Ask, body: bytes) -> Reading:
    """What is new on the page since `cursor`, oldest incident first. Raises Unreadable."""
    page: Page = read_json(body, PAGE)
    if page.incidents is None and page.scheduled_maintenances is None:
        raise Unreadable("the answer has neither `incidents` nor `scheduled_maintenances`: does the url end in "
                         "/api/v2/incidents.json?")  # fmt: skip
    told = msgspec.convert(cursor, dict[str, Said])
    events, said = [], {}
    shown = sorted((*(page.incidents or ()), *(page.scheduled_maintenances or ())), key=lambda one: one.created_at)
    for report in (report for incident in shown for report in _reports(feed, incident)):
        event, said[report.id] = _news(report, told.get(report.id))
        events += [event] if event else []
    return Reading(tuple(events), msgspec.to_builtins(said))


def _news(report: IncidentReported, before: Said | None) -> tuple[IncidentReported | None, Said]:
    """The report if it says anything new, under a time later than that of the one before it."""
    assert report.updated_at is not None
    digest = _digest(report)
    if before and before.digest == digest:
        return None, before
    at = report.updated_at
    if before and at <= before.updated_at:  # the page was changed in silence; the later word must stand all the same
        at = before.updated_at + AN_INSTANT
    return msgspec.structs.replace(report, updated_at=at), Said(digest, at)


def _reports(feed: StatuspageFeed, incident: Incident) -> Iterator[IncidentReported]:
    """The incident, once for each service of ours that it touched; a maintenance that has not begun touches none."""
    planned = incident.impact == "maintenance" or incident.status in PLANNED
    if planned and incident.status == "scheduled":
        return
    started_at, resolved_at = _span(incident, planned=planned)
    for service in _services(feed, incident):
        yield IncidentReported(
            id=f"{feed.name}/{incident.id}/{service}",
            service=service,
            severity="maintenance" if planned else (incident.impact or "none")[:LONGEST],
            started_at=started_at,
            resolved_at=resolved_at,
            updated_at=_updated(incident),
            cause="maintenance" if planned else UNSET,
            summary=_summary(incident),
        )


def _services(feed: StatuspageFeed, incident: Incident) -> list[str]:
    """Those of the components that the incident names, or that any of its notes named."""
    named = [(part.id, part.name) for part in incident.components or ()]
    named += [(part.code, part.name) for update in incident.updates for part in update.affected_components or ()]
    known = {feed.services.get(code) or feed.services.get(name) for code, name in named} - {None}
    return sorted(service for service in known if service) or ([feed.otherwise] if feed.otherwise else [])


def _span(incident: Incident, *, planned: bool) -> tuple[datetime | None, datetime | None]:
    """From when until when; None where the page does not say.

    A page that speaks up only when all is over states one moment as start and end. That is no failure of no length:
    nobody said when it began.
    """
    if planned:
        began = next((update.at for update in incident.updates if update.status == "in_progress"), None)
        start = began or incident.started_at or incident.created_at
    else:
        start = incident.started_at or incident.created_at
    end = incident.resolved_at
    if end is None and incident.status in OVER:
        over = [update for update in incident.updates if update.status in OVER]
        end = over[0].at if over else None
    if end is not None and start >= end:
        return None, in_utc(end)
    return in_utc(start), in_utc(end) if end else None


def _updated(incident: Incident) -> datetime:
    changes = [update.updated_at or update.created_at for update in incident.updates]
    return in_utc(max([incident.created_at, incident.updated_at or incident.created_at, *changes]))


def _summary(incident: Incident) -> str:
    """The title and the latest note, without markup."""
    notes = [update.body for update in incident.updates if update.body]
    text = f"{incident.name}: {notes[-1]}" if notes else incident.name
    return " ".join(TAG.sub(" ", text).split())[:SUMMARY]


def _digest(report: IncidentReported) -> str:
    """Of all that the report says but for when it was said."""
    content = msgspec.json.encode(msgspec.structs.replace(report, updated_at=None), order="deterministic")
    return blake2b(content, digest_size=8).hexdigest()
