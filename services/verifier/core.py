"""When a verdict is said, when it waits for evidence, and when a later one replaces it: never to the customer's cost."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from services.verifier.judging.applies import Court, court, paid_on_record, parts
from services.verifier.judging.deadlines import before, came_late
from services.verifier.judging.matter import Matter, matter_of
from services.verifier.judging.part import Part
from services.verifier.judging.suspicion import suspect
from services.verifier.judging.verdict import better, verdict_of
from services.verifier.judging.waiting import EVIDENCE, ask, awaits_no_more, in_time, that_wait
from services.verifier.letters import Letter, Letters, claimed, forget, hinted, is_closed, remember, speaks_of_all
from services.verifier.records.about import About
from shared.events import (
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    EvidenceArrived,
    EvidenceAwaited,
    InformationGiven,
    InformationRequested,
    Subject,
    TimerFired,
    VerdictReached,
    case_id,
)
from shared.policy.policy import Policy
from shared.policy.words import Claims, read_claims
from shared.runtime.decider import Answered, Decider, Timer

FLOW = "verifier"
PROMISE = "promise"
"""The timer at a moment when time alone changes the answer, e.g. the end of the promised day."""

Known = Mapping[Subject, About]
"""What is on file about the subjects of a batch."""
NOTHING = About()


def decider(policy: Policy) -> Decider[Letters, Known]:
    """The verifier under this policy."""
    claims, rules = read_claims(policy.claims), court(policy)
    return Decider(
        Letters(),
        decide=lambda letters, event, known: decide(policy, rules, letters, event, known),
        evolve=lambda letters, event: evolve(policy, claims, letters, event),
    )


def case_of(event: Any) -> str | None:
    """The complaint that an event is about, by its case; None for one that asks for no verdict."""
    match event:
        case ComplaintAccepted() | EvidenceArrived():
            return case_id(event.source, event.complaint)
        case ComplaintMerged():
            return case_id(event.into_source, event.into)
        case TimerFired(flow="verifier") | InformationGiven():
            return event.case
        case _:
            return None


def evolve(policy: Policy, claims: Claims, letters: Letters, event: Any) -> Letters:
    """What was claimed and told, how far time has come, and what was said."""
    match event:
        case ComplaintAccepted():
            return _accept(forget(letters, event.at - policy.intake.horizon), claims, event)
        case ComplaintMerged():
            letter = letters.known(event.into_source, event.into, event.at)
            made = claims.of(event.text, event.category, event.language)
            facts = {"signals": hinted(letter, event.signals), "occurred_at": letter.occurred_at or event.occurred_at}
            return remember(letters, letter, **facts, **claimed(letter, made, event.received_at))
        case ComplaintWithdrawn():
            return remember(letters, letters.known(event.source, event.complaint, event.at), withdrawn=True)
        case TimerFired(flow="verifier") if woken := letters.letters.get(event.case):
            awaits = () if event.name == EVIDENCE else woken.awaits
            return remember(letters, woken, awaits=awaits, as_of=max(event.due, woken.as_of or event.due))
        case InformationGiven() if asked := letters.letters.get(event.case):
            return remember(letters, asked, told={**asked.told, **event.facts})
        case EvidenceAwaited():
            return remember(letters, letters.known(event.source, event.complaint, event.at), awaits=event.facts)
        case InformationRequested():
            letter = letters.known(event.source, event.complaint, event.at)
            return remember(letters, letter, asked_until=event.until)
        case VerdictReached():
            letter = letters.known(event.source, event.complaint, event.at)
            awaits = () if speaks_of_all(event, letter) else letter.awaits
            return remember(letters, letter, verdict=event, judged_at=letter.judged_at or event.at, awaits=awaits)
        case _:
            return letters


def _accept(letters: Letters, claims: Claims, event: ComplaintAccepted) -> Letters:
    letter = letters.known(event.source, event.complaint, event.at)
    made = claims.of(event.text, event.category, event.language)
    return remember(
        letters,
        letter,
        accepted_at=event.at,
        received_at=event.received_at,
        occurred_at=event.occurred_at or letter.occurred_at,
        subject=event.subject,
        category=event.category,
        channel=event.channel,
        jurisdiction=event.jurisdiction,
        paid=event.paid,
        sought=event.sought,
        tier=event.tier,
        signals=hinted(letter, event.signals),
        **claimed(letter, made, event.received_at),
    )


class Hearing(NamedTuple):
    """One complaint as it was heard: `waiting` for something that may still be told, `settled` all else."""

    matter: Matter
    found: tuple[Part, ...]
    waiting: tuple[Part, ...]
    settled: tuple[Part, ...]


def decide(policy: Policy, rules: Court, letters: Letters, event: Any, known: Known) -> tuple[Answered, ...]:
    """The answer to a letter, to evidence, to what the customer told us, and to time that has passed.

    What is owed for sure is said at once, and what else is claimed may wait meanwhile.
    """
    letter = letters.letters.get(case_of(event) or "")
    if letter is None or letter.withdrawn or letter.accepted_at is None or letter.received_at is None:
        return ()
    if is_closed(policy.evidence, letter, event.at):
        return ()
    about = known.get(letter.subject, NOTHING) if letter.subject else NOTHING

    def hear(letter: Letter, about: About) -> Hearing:
        return _hear(policy, rules, letters, letter, about, event)

    heard = hear(letter, about)
    due = not heard.waiting or any(part.judged.remedy for part in heard.settled)
    said = _say(policy, letter, about, event, heard, hear) if due else ()
    asked = ask(policy, letter, heard.waiting, event)
    asked = asked or awaits_no_more(letter, said, event)
    return (*said, *asked, *suspect(letter, heard.found, about, event), *_again(policy, letter, heard.found, event))


def _hear(policy: Policy, rules: Court, letters: Letters, letter: Letter, about: About, event: Any) -> Hearing:
    matter = matter_of(policy, letter, letters, event.at)
    if matter.paid is None:
        matter = replace(matter, paid=paid_on_record(rules, letter.subject, about))
    found = parts(rules, letter.subject, matter, about)
    waiting = that_wait(policy, letter, found, event)
    settled = tuple(part for part in found if part not in waiting) if waiting else found
    return Hearing(matter, found, waiting, settled)


def _say(
    policy: Policy,
    letter: Letter,
    about: About,
    event: Any,
    heard: Hearing,
    hear: Callable[[Letter, About], Hearing],
) -> tuple[VerdictReached, ...]:
    """The verdict, where it is better than the one that stands. By what came too late that one can only be bettered
    which would have been said without it."""
    said = letter.verdict
    if came_late(policy, letter, heard.settled, event):
        earlier = hear(*before(letter, about, event))
        said = _say_again(policy, letter, earlier, event, said) if earlier.settled else said
    said = _say_again(policy, letter, heard, event, said)
    return () if said is letter.verdict else (said,)


def _say_again(
    policy: Policy, letter: Letter, heard: Hearing, event: Any, said: VerdictReached | None
) -> VerdictReached:
    verdict = verdict_of(policy, letter, heard.matter, heard.settled, event)
    if said is None:
        return verdict
    return better(said, verdict, in_time=in_time(policy, letter, event)) or said


def _again(policy: Policy, letter: Letter, found: Sequence[Part], event: Any) -> tuple[Timer, ...]:
    """Ask to be woken when time alone will have changed an answer, and not before late telemetry had its chance."""
    moments = [part.judged.again for part in found if part.judged.again is not None]
    if not moments:
        return ()
    due = max(min(moments), event.at + policy.evidence.floor)
    return (Timer(customer=event.customer, case=letter.case, name=PROMISE, due=due),)
