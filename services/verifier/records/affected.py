"""Whom a failure of a service touched, as operations reported it, and what was measured of their things."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verifier.records.changes import INCIDENT, read
from services.verifier.records.evidence import FACTS, SCHEMA, names_of
from shared.events import TELEMETRY, Affected, IncidentReported, MeasurementTaken, Subject


class Failure(Struct, frozen=True):
    """An incident as its latest reports describe it. `report` says it as operations would, of nothing that it affects."""

    report: IncidentReported
    affects: tuple[Affected, ...]
    withdrawn: bool

    @property
    def began(self) -> datetime | None:
        """When it is known to have been there first."""
        started, resolved = self.report.started_at, self.report.resolved_at
        return next((at for at in (started, resolved) if isinstance(at, datetime)), None)

    def of(self, subject: Subject) -> IncidentReported:
        """The report, with this subject alone among what it affects."""
        return msgspec.structs.replace(self.report, affects=(Affected(subject.kind, subject.id),))


async def failure(connection: AsyncConnection, incident: str) -> Failure | None:
    """What is on file about this incident; None where nobody has reported it."""
    rows = await FACTS.run(connection, SCHEMA, **names_of([Subject(INCIDENT, incident)]))
    said = {fact: read(value) for _, _, fact, value, _, _ in rows}
    if said.get("service") is None:
        return None
    affects = msgspec.convert(said.pop("affects", None) or [], tuple[Affected, ...])
    withdrawn = said.pop("withdrawn", None) is True
    at = max(taken_at for _, _, _, _, taken_at, _ in rows)
    report = msgspec.convert(said | {"id": incident, "source": TELEMETRY, "updated_at": at}, IncidentReported)
    return Failure(report, affects, withdrawn)


async def measured(connection: AsyncConnection, subjects: Collection[Subject]) -> dict[Subject, list[MeasurementTaken]]:
    """What is on file about these subjects, as the measurements that said it."""
    found: dict[Subject, dict[tuple[str, datetime], dict[str, Any]]] = {}
    if subjects:
        for kind, id_, fact, value, taken_at, record in await FACTS.run(
            connection, SCHEMA, **names_of(sorted(subjects))
        ):
            said = found.setdefault(Subject(kind, id_), {}).setdefault((record, taken_at), {})
            said[fact] = read(value)
    return {
        subject: [
            MeasurementTaken(id=record, subject=subject, taken_at=taken_at, facts=facts, source=TELEMETRY)
            for (record, taken_at), facts in records.items()
        ]
        for subject, records in found.items()
    }
