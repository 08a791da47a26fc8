"""What came too late is weighed as such, in whatever order it and the end of the wait are read."""

from typing import Any

from msgspec.structs import replace

from services.verifier.judging.part import Part
from services.verifier.judging.waiting import in_time
from services.verifier.letters import Letter
from services.verifier.records.about import About
from shared.events import EvidenceArrived, InformationGiven
from shared.policy.policy import Policy


def came_late(policy: Policy, letter: Letter, settled: tuple[Part, ...], event: Any) -> bool:
    """Whether this came after the end of a wait of which no verdict has spoken yet."""
    if not isinstance(event, EvidenceArrived | InformationGiven) or in_time(policy, letter, event):
        return False
    spoken_of = letter.verdict.concerns if letter.verdict else ()
    return letter.verdict is None or any(claim not in spoken_of for part in settled for claim in part.judged.claims)


def before(letter: Letter, about: About, event: Any) -> tuple[Letter, About]:
    """The complaint, and what is on file about its subject, without what this event brought."""
    match event:
        case InformationGiven():
            told = {fact: word for fact, word in letter.told.items() if fact not in event.facts}
            return replace(letter, told=told), about
        case EvidenceArrived():
            facts = {name: fact for name, fact in about.facts.items() if fact.record != event.record}
            incidents = tuple(one for one in about.incidents if one.id != event.record)
            return letter, replace(about, facts=facts, incidents=incidents)
        case _:
            return letter, about
