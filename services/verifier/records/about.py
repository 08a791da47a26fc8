"""What is on file about the thing a complaint speaks of: facts, failures of services that touched it, and who says alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct

from shared.events import Subject


class Fact(Struct, frozen=True):
    """One fact as it stands: its JSON value, when it was measured (UTC), and the measurement that says so.

    A value of None is a fact that was stated and is not known any more: taken back, or said to be unknown.
    """

    value: Any
    taken_at: datetime
    record: str


Facts = Mapping[str, Fact]


class Incident(Struct, frozen=True):
    """A failure of a service, as its latest reports describe it: `service`, `severity`, `started_at`, `resolved_at`,
    `cause`, `responsible`, `proved`, `summary`. One that was withdrawn is not here."""

    id: str
    facts: Facts = {}


class Similar(Struct, frozen=True, order=True):
    """Another complaint about the same thing, with what it claims."""

    received_at: datetime
    source: str
    complaint: str
    customer: str
    claims: tuple[str, ...] = ()


class Spoken(NamedTuple):
    """A subject, and the time in which a complaint says that it failed."""

    subject: Subject
    since: datetime
    until: datetime


class About(Struct, frozen=True):
    """All that is on file about one subject, as of the moment at which it was locked.

    `incidents`: those that touched it in the time spoken of, by when they began. `similar`: complaints of others about the same subject that
    were received around the time of those that are judged; it may lag behind by what is being judged just now.
    `suspected`: operations were told already that those are many.
    """

    facts: Facts = {}
    incidents: tuple[Incident, ...] = ()
    similar: tuple[Similar, ...] = ()
    suspected: bool = False
