"""What operations told us and who rests on it, on shelves in memory: to rehearse where there is no database.

The shelves answer as the tables do; all that is decided by them is decided by the same functions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.verifier.core import Known
from services.verifier.flows import flows
from services.verifier.letters import Letters
from services.verifier.records.about import About, Incident, Similar, Spoken
from services.verifier.records.changes import INCIDENT, SERVICE, OnFile, Reported, Telemetry, as_fact, read, touched
from services.verifier.records.forward import Forward
from services.verifier.records.incidents import SHOWN
from services.verifier.records.inquiry import Inquiry, interests_of, tipped
from services.verifier.records.interests import Begin, Interest, Resting
from services.verifier.records.similar import ON_EACH_SIDE, Around
from services.verifier.records.spreading import TOLD_AT_ONCE, Part, Spreading, part_of, rest_of
from shared.events import Affected, EvidenceContinued, IncidentReported, RecoveryContinued, Subject
from shared.policy.policy import Policy
from shared.policy.words import read_claims
from shared.runtime.flow import Answer, Heard, Outcome
from shared.runtime.memory_road import Desk, Station, keep_nothing

Facts = dict[str, Reported]
NOT_SHOWN = ("affects", "withdrawn")
"""Of an incident's fields those that a judge does not read as facts of it."""


class Lasted(Struct, frozen=True, order=True):
    """An incident that touched a subject: from when, and until when if that is known."""

    started_at: datetime
    incident: str
    resolved_at: datetime | None
    withdrawn: bool


class Shelves:
    """Facts, incidents and interests of one house."""

    def __init__(self) -> None:
        self.on_file = OnFile()
        self.touched_by: dict[str, set[Subject]] = defaultdict(set)
        self.lasted: dict[Subject, dict[str, Lasted]] = defaultdict(dict)
        self.interests: dict[Subject, dict[tuple[str, str], Interest]] = defaultdict(dict)
        self.suspected: dict[Subject, set[datetime]] = defaultdict(set)

    def take(self, event: Telemetry | RecoveryContinued, spreading: Spreading) -> tuple[list[Begin], Forward]:
        """Keep what operations say: where those begin that rest on what is new in it, and to whom the house comes forward."""
        concerned = set() if isinstance(event, RecoveryContinued) else touched(event)
        if isinstance(event, IncidentReported):
            concerned |= self.touched_by[event.id]
        new, forward = spreading.takes(self.on_file, event)
        if new and isinstance(event, IncidentReported):
            self._link(event.id)
        return ([Begin(subject) for subject in sorted(concerned)] if new else []), forward

    def resting(self, begin: Begin) -> list[Resting]:
        """Those that rest on its subject, from there on, in the order in which they are told."""
        found = (
            Resting(one.subject, one.source, one.complaint, one.customer)
            for one in self.interests[begin.subject].values()
            if (one.source, one.complaint) >= (begin.source, begin.complaint)
        )
        return sorted(found)[: TOLD_AT_ONCE + 1]

    def about(self, spoken: Spoken) -> About:
        """What is on file about a subject, with the incidents of the time spoken of."""
        facts = self.on_file.facts.get(spoken.subject, {})
        then = [one for one in self.lasted[spoken.subject].values() if _lasted_into(one, spoken)]
        latest = sorted(sorted(then, key=_began, reverse=True)[:SHOWN], key=_began)
        return About(_read(facts), tuple(self._incident(one.incident) for one in latest))

    def alike(self, times: Iterable[Around]) -> dict[Subject, set[Similar]]:
        """The complaints about these subjects that were received around then, the nearest on each side."""
        found: dict[Subject, set[Similar]] = defaultdict(set)
        for time in times:
            some = [
                Similar(one.received_at, one.source, one.complaint, one.customer, one.claims)
                for one in self.interests[time.subject].values()
                if one.received_at is not None and time.since <= one.received_at <= time.until
            ]
            before = sorted((one for one in some if one.received_at <= time.at), reverse=True)
            after = sorted(one for one in some if one.received_at > time.at)
            found[time.subject] |= {*before[:ON_EACH_SIDE], *after[:ON_EACH_SIDE]}
        return found

    def told(self, times: Iterable[Around]) -> dict[Subject, Collection[datetime]]:
        """The moments of these times by which operations were told about these subjects."""
        return {
            time.subject: {at for at in self.suspected[time.subject] if time.since <= at <= time.until}
            for time in times
        }

    def keep(self, outcome: Outcome[Letters]) -> None:
        """Which complaints rest on what, and of what operations were told."""
        for interest in interests_of(outcome):
            known = self.interests[interest.subject]
            name = (interest.source, interest.complaint)
            known[name] = _joined(known[name], interest) if name in known else interest
        for subject, at in tipped(outcome):
            self.suspected[subject].add(at)

    def _link(self, incident: str) -> None:
        """What the incident touches follows from its facts: the service, and what `affects` lists now."""
        for subject in self.touched_by.pop(incident, ()):
            self.lasted[subject].pop(incident, None)
        facts = self.on_file.facts[Subject(INCIDENT, incident)]
        said = {name: read(fact.value) for name, fact in facts.items()}
        resolved = _moment(said.get("resolved_at"))
        started = _moment(said.get("started_at")) or resolved or max(fact.taken_at for fact in facts.values())
        affected = msgspec.convert(said.get("affects") or [], tuple[Affected, ...])
        lasted = Lasted(started, incident, resolved, said.get("withdrawn") is True)
        for subject in {Subject(SERVICE, said["service"]), *(Subject(one.kind, one.id) for one in affected)}:
            self.touched_by[incident].add(subject)
            self.lasted[subject][incident] = lasted

    def _incident(self, name: str) -> Incident:
        facts = self.on_file.facts[Subject(INCIDENT, name)]
        return Incident(name, _read({fact: said for fact, said in facts.items() if fact not in NOT_SHOWN}))


def desk(policy: Policy) -> Desk:
    """The verifier's flows on a road in memory."""
    inquiry = Inquiry(read_claims(policy.claims), policy.evidence)
    spreading = Spreading(policy.recovery)
    keeping, judging = flows(policy)

    def stations() -> tuple[Station[Any, Any], ...]:
        shelves = Shelves()

        def on_file(heard: Heard, letters: Letters) -> Known:
            return _on_file(shelves, inquiry, heard, letters)

        def keep(answer: Answer, letters: Letters) -> None:
            shelves.keep(Outcome((answer,), {answer.to.key or "": letters}, {}))

        who_rests = partial(_who_rests, shelves, spreading)
        return (Station(keeping, who_rests, keep_nothing), Station(judging, on_file, keep))

    return stations


def _who_rests(shelves: Shelves, spreading: Spreading, heard: Heard, _: None) -> Part:
    event: Any = heard.event
    if isinstance(event, EvidenceContinued):
        begins, forward = rest_of(event), Forward()
    else:
        begins, forward = shelves.take(event, spreading)
    told = part_of([one for begin in begins for one in shelves.resting(begin)], TOLD_AT_ONCE)
    return replace(told, forward=forward)


def _on_file(shelves: Shelves, inquiry: Inquiry, heard: Heard, letters: Letters) -> Known:
    batch, remembered = [heard], {heard.key or "": letters}
    asked = inquiry.asked(batch, remembered)
    about = {one.subject: shelves.about(inquiry.spoken(one)) for one in asked if one}
    counted = inquiry.counted(asked, batch, remembered)
    times = inquiry.times(counted)
    return inquiry.known(asked, about, counted, shelves.alike(times), shelves.told(times))[0]


def _read(facts: Facts) -> dict[str, Any]:
    return {name: as_fact(fact.value, fact.taken_at, fact.record) for name, fact in facts.items()}


def _began(lasted: Lasted) -> tuple[datetime, str]:
    return lasted.started_at, lasted.incident


def _lasted_into(one: Lasted, spoken: Spoken) -> bool:
    ended = one.resolved_at is not None and one.resolved_at < spoken.since
    return not one.withdrawn and one.started_at <= spoken.until and not ended


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


def _joined(first: Interest, further: Interest) -> Interest:
    """A further letter adds claims, and is the latest moment at which it was received; all else is as the first one said."""
    at = further.received_at and max(first.received_at or further.received_at, further.received_at)
    return first._replace(claims=further.claims, received_at=at)
