"""Whom we write to, what about, and when: once we know who the customer is, each turn of a case is told once."""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.notifier.notice import (
    ANSWERS,
    OF_THE_MOMENT,
    Facts,
    Kind,
    Letter,
    Reader,
    Table,
    Turn,
    Turned,
)
from services.notifier.turns import turn_of
from services.notifier.ways import route
from shared.events import AboutCase, ComplaintAccepted, NoticeFailed, Option, case_id
from shared.policy.packs import pack_for
from shared.policy.policy import Policy
from shared.remedy import Remedy, together
from shared.runtime.decider import Answered, Decider

CLOSED: frozenset[Table] = frozenset({"settled", "withdrawn"})
"""From here on no letter looks back; what was declined or has expired may still be reopened by what comes to light."""
RECOVERY = "recovery"
"""The channel of complaints that the house wrote itself, since it came forward first."""


class Case(Struct, frozen=True, omit_defaults=True):
    """What we remember of a case. Turns wait here, in order, while nobody has said who the customer is.

    `answered`: how it was judged has been told; `person`: somebody has taken it over. `written` are the keys of its
    letters and never go; `story` and `shown` (all options that were on the table) go when it closes.
    """

    reader: Reader | None = None
    waiting: tuple[Turn, ...] = ()
    written: tuple[str, ...] = ()
    answered: bool = False
    person: bool = False
    story: Facts = Facts()
    shown: tuple[Option, ...] = ()


class State(Struct, frozen=True, omit_defaults=True):
    """One customer: their cases, and how many letters of each kind they already got."""

    cases: dict[str, Case] = {}
    told: dict[str, int] = {}


def decider(policy: Policy) -> Decider[State, None]:
    """The notifier's decisions under this policy."""

    def decide(state: State, event: Any, _: None) -> tuple[Answered, ...]:
        if isinstance(event, ComplaintAccepted):
            return tell(state, event.customer, state.cases[case_id(event.source, event.complaint)].waiting, policy)
        if state.cases.get(event.case, Case()).reader is None:
            return ()
        return tell(state, event.customer, (turn_of(event, policy),), policy)

    def evolve(state: State, event: Any) -> State:
        match event:
            case ComplaintAccepted():
                return introduce(state, event, policy)
            case Turned():
                return remember(state, event)
            case AboutCase() if state.cases.get(event.case, Case()).reader is None:
                case = state.cases.get(event.case, Case())
                waiting = (*case.waiting, turn_of(event, policy))
                return _with(state, event.case, replace(case, waiting=waiting))
            case _:
                return state

    return Decider(State(), decide, evolve)


def introduce(state: State, event: ComplaintAccepted, policy: Policy) -> State:
    """Now we know who the customer is and how they wish to be reached; the first word on it stands."""
    name = case_id(event.source, event.complaint)
    case = state.cases.get(name, Case())
    story = replace(case.story, **told_by(event, policy))
    return _with(state, name, replace(case, reader=case.reader or _reader(state, event, policy), story=story))


def _reader(state: State, event: ComplaintAccepted, policy: Policy) -> Reader:
    """Operations name a customer by their id alone: where the house comes forward, it writes to the address that it knows."""
    reader = reader_of(event, policy)
    known = [case.reader for case in state.cases.values() if case.reader and case.reader.email]
    return known[-1] if event.channel == RECOVERY and not reader.email and known else reader


def told_by(event: ComplaintAccepted, policy: Policy) -> dict[str, Any]:
    """What the letter itself says of who wrote it and why, as far as ours answer to it."""
    signals = [signal for signal in policy.signals if signal.name in event.signals]
    pack = pack_for(policy.clocks, event.jurisdiction, event.subject, event.received_at)
    told = {
        "grave": any(signal.grave for signal in signals) or None,
        "situation": next((signal.name for signal in signals if signal.grave), None),
        "unasked": True if event.channel == RECOVERY else None,
        "jurisdiction": event.jurisdiction,
        "body": pack.body.name if pack and pack.body else None,
        "body_at": pack.body.where if pack and pack.body else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def reader_of(event: ComplaintAccepted, policy: Policy) -> Reader:
    """The customer as a letter sees them; an unknown language is answered in the house's own."""
    language = policy.wording.language_of(event.language)
    contact = event.contact
    return Reader(
        language=language or policy.house.language,
        tag=event.language if language and event.language else policy.house.language,
        name=(contact and policy.delivery.address(contact.form_of_address)) or event.name,
        email=event.email,
        by_mail=not (contact and contact.email is False),
        wish=contact.channel if contact else None,
        jurisdiction=event.jurisdiction,
    )


def tell(state: State, customer: str, turns: tuple[Turn, ...], policy: Policy) -> tuple[Answered, ...]:
    """Tell the customer of these turns, in order; of several that waited, an acknowledgement is stale at once."""
    answers: list[Answered] = []
    for n, turn in enumerate(turns):
        stale = turn.kind == "acknowledgement" and n + 1 < len(turns)
        told = turned(state, customer, replace(turn, kind=None) if stale else turn, policy)
        answers.append(told)
        if told.letter and told.letter.failed:
            answers.append(failure(told, told.letter))
        state = remember(state, told)
    return tuple(answers)


def turned(state: State, customer: str, turn: Turn, policy: Policy) -> Turned:
    """The turn with all that its letter and its page have to say."""
    case = state.cases[turn.case]
    assert case.reader is not None
    if case.person and turn.kind == "apology":
        turn = replace(turn, facts=replace(turn.facts, expires=None))  # where a person has it, no clock runs
    kind = letter_kind(case, turn)
    return Turned(
        customer=customer,
        turn=turn,
        reader=case.reader,
        facts=story(case, turn),
        person=case.person or turn.person,
        letter=letter(state, case.reader, turn, kind, policy) if kind else None,
    )


def letter_kind(case: Case, turn: Turn) -> Kind | None:
    """No letter twice; and what is owed at first is said in the apology, so only a payment after it has its own."""
    if turn.kind is None or turn.key in case.written:
        return None
    if turn.kind == "payment-made" and turn.part <= 1 and not case.answered:
        return None
    return turn.kind


def letter(state: State, reader: Reader, turn: Turn, kind: Kind, policy: Policy) -> Letter:
    """The letter to write and its way, or the reason why none of ours can carry it."""
    way = route(reader, kind, policy.delivery)
    variant = state.told.get(text_of(kind, turn), 0)
    return Letter(notice=f"{turn.case}/{turn.key}", kind=kind, variant=variant, failed=way.failed, channel=way.channel)


def text_of(kind: Kind, turn: Turn) -> str:
    """Options in the first round come with the apology in one letter, so they use up an apology's text."""
    return "apology" if kind == "options" and turn.round <= 1 else turn.template or kind


def failure(told: Turned, unsent: Letter) -> NoticeFailed:
    """Nothing can be sent, and the house should know at once."""
    turn = told.turn
    return NoticeFailed(
        customer=told.customer,
        at=turn.at,
        complaint=turn.complaint,
        source=turn.source,
        case=turn.case,
        round=turn.round,
        severity=turn.severity,
        notice=unsent.notice,
        kind=unsent.kind,
        channel=unsent.channel,
        language=told.reader.language,
        reason=unsent.failed or "",
    )


def story(case: Case, turn: Turn) -> Facts:
    """What was known before and what this turn adds; what is on the table is this turn's alone."""
    new = msgspec.structs.asdict(turn.facts)
    added = {name: value for name, value in new.items() if value not in (None, ())}
    of_the_moment = {name: new[name] for name in OF_THE_MOMENT}
    lasting = {
        "questions": turn.facts.questions or (() if turn.table else case.story.questions),
        "found": case.story.found if turn.facts.found is None else turn.facts.found,
        "remedy": _owed(case.story.remedy, turn),
        "chosen": turn.facts.chosen or next((option for option in case.shown if option.id == turn.option), None),
    }
    return replace(case.story, **added | of_the_moment | lasting)


def _owed(before: Remedy | None, turn: Turn) -> Remedy | None:
    """All that is owed so far: a later part comes on top, a new account of it replaces the old one."""
    part = turn.facts.paying
    if part and before and part.sum.currency == before.sum.currency and turn.part > 1:
        return together(before, part)
    return turn.facts.remedy or part or before


def remember(state: State, told: Turned) -> State:
    """The story goes on; of a closed case only who the customer is, its subject and the keys of its letters stay."""
    turn = told.turn
    case = replace(state.cases[turn.case], story=told.facts, waiting=())
    case = replace(case, person=told.person, shown=(*case.shown, *turn.facts.options))
    if told.letter:
        answered = case.answered or told.letter.kind in ANSWERS or turn.template == "joined"
        case = replace(case, written=(*case.written, turn.key), answered=answered)
        text = text_of(told.letter.kind, turn)
        state = replace(state, told=state.told | {text: state.told.get(text, 0) + 1})
    if turn.table in CLOSED:
        facts = told.facts
        story = Facts(subject=facts.subject, jurisdiction=facts.jurisdiction, body=facts.body, body_at=facts.body_at)
        case = replace(case, story=story, shown=())
    return _with(state, turn.case, case)


def _with(state: State, name: str, case: Case) -> State:
    return replace(state, cases=state.cases | {name: case})
