"""Whom the house writes to before they complain: those whom operations name when they say that a failure is over."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from services.verifier.judging.matter import moment_of
from services.verifier.records.changes import INCIDENT, OnFile, read
from shared.events import CRM, Affected, ComplaintReceived, Person, Subject
from shared.policy.recovery import Recovery

CHANNEL = "recovery"
AT_ONCE = 500
"""Customers whom one event comes forward to; the others follow in parts of so many."""


class Forward(Struct, frozen=True):
    """The complaints that the house hands in now, and with whom the next part begins."""

    letters: tuple[ComplaintReceived, ...] = ()
    next: Affected | None = None


def named(on_file: OnFile, incident: str) -> tuple[Affected, ...]:
    """Whom the incident names, in order, once it is over; nobody before that, and nobody where it was taken back."""
    said = _said(on_file, incident)
    if moment_of(said.get("resolved_at")) is None or said.get("withdrawn") is True:
        return ()
    affects = msgspec.convert(said.get("affects") or [], tuple[Affected, ...])
    return tuple(sorted((one for one in affects if one.customer), key=order))


def order(one: Affected) -> tuple[str, str, str]:
    """In which order they come."""
    return one.kind, one.id, one.customer or ""


def first_part(
    recovery: Recovery, on_file: OnFile, incident: str, entries: Sequence[Affected], at: datetime
) -> Forward:
    """The first part of these. What a complaint says follows from the incident alone, so that it is the same one again."""
    said = _said(on_file, incident)
    over, began = moment_of(said.get("resolved_at")), moment_of(said.get("started_at"))
    if over is None:
        return Forward()
    letters = tuple(
        ComplaintReceived(
            id=name_of(incident, Subject(one.kind, one.id), one.customer or ""),
            customer=Person(one.customer or ""),
            subject=Subject(one.kind, one.id),
            category=recovery.of(one.kind),
            channel=CHANNEL,
            received_at=over,
            occurred_at=began or over,
            source=CRM,
            at=at,
        )
        for one in entries[:AT_ONCE]
    )
    return Forward(letters, entries[AT_ONCE] if len(entries) > AT_ONCE else None)


def name_of(incident: str, subject: Subject, customer: str) -> str:
    """Derived, so that whoever comes forward twice for one thing does so once: a service has many customers."""
    said = f"{incident}\n{subject.kind}\n{subject.id}\n{customer}"
    return f"recovery-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _said(on_file: OnFile, incident: str) -> dict[str, Any]:
    facts = on_file.facts.get(Subject(INCIDENT, incident), {})
    return {name: read(fact.value) for name, fact in facts.items()}
