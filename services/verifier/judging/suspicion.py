"""When several customers say the same of one service and nobody has reported anything: operations are told."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from services.verifier.judging.part import Part
from services.verifier.letters import Letter
from services.verifier.records.about import About, Similar
from shared.events import EvidenceArrived, IncidentSuspected
from shared.runtime.decider import Answered

SIMILAR = "similar-complaints"
"""Stands as the record that brought an earlier complaint to be judged again."""


def suspect(letter: Letter, found: Sequence[Part], about: About, event: Any) -> tuple[Answered, ...]:
    """Tell operations, once for each thing and time, and have the complaints before this one judged again.

    The count may lag behind by the complaints that are being judged at the same moment.
    """
    if not about.similar or about.suspected or letter.subject is None:
        return ()
    tipped = next((part for part in found if part.alike), None)
    if tipped is None:
        return ()
    first = min(one.received_at for one in tipped.alike)
    suspected = IncidentSuspected(
        customer=event.customer,
        at=event.at,
        complaint=letter.complaint,
        source=letter.source,
        subject=letter.subject,
        claims=tipped.judged.claims,
        similar=len({one.customer for one in tipped.alike}) + 1,
        since=first,
    )
    return (suspected, *_earlier(letter, tipped.alike, event))


def _earlier(letter: Letter, alike: Iterable[Similar], event: Any) -> Iterator[EvidenceArrived]:
    assert letter.subject is not None
    for one in alike:
        yield EvidenceArrived(
            customer=one.customer,
            at=event.at,
            complaint=one.complaint,
            source=one.source,
            subject=letter.subject,
            record=SIMILAR,
        )
