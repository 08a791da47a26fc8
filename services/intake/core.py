"""Which letters we take up, which join one that we have, and which we cannot take as they are."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from services.intake.letters import Decided, Letter, Letters, Registered, forget, key_of, remember, take_back
from shared.errors import Conflict
from shared.events import (
    CompensationReceived,
    CompensationRecorded,
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintReceived,
    ComplaintRejected,
    ComplaintWithdrawn,
    Person,
    WithdrawalReceived,
)
from shared.policy.policy import Evidence, Intake, Policy
from shared.policy.times import about_then, time_spoken_of
from shared.policy.words import Claims, Signals, read_claims, read_signals
from shared.runtime.decider import Answered, Decider

Received = ComplaintReceived | WithdrawalReceived | CompensationReceived


class First(Struct, frozen=True):
    """The letter that is known for ever under this (source, id), whoever brought it and whatever came of it."""

    customer: str
    digest: bytes
    state: Decided | Literal["received"]


class Known(Struct, frozen=True):
    """What was looked up for one event: the content's own digest, and the letter that came first under its id."""

    digest: bytes = b""
    first: First | None = None


class House(NamedTuple):
    """What the policy says about letters: the clocks, and what their words may mean."""

    intake: Intake
    evidence: Evidence
    signals: Signals
    claims: Claims


class Wrong(NamedTuple):
    """Why a letter cannot be taken: a code, and a sentence for the CRM."""

    reason: str
    detail: str


def customer_of(event: Received) -> str:
    """The id of the customer whom the event concerns."""
    return event.customer.id if isinstance(event.customer, Person) else event.customer


def decider(policy: Policy) -> Decider[Letters, Known]:
    """Intake under this policy. Its `decide` raises Conflict for a known id with other content."""
    house = House(policy.intake, policy.evidence, read_signals(policy.signals), read_claims(policy.claims))
    return Decider(
        Letters(),
        decide=lambda letters, event, known: decide(house, letters, event, known),
        evolve=lambda letters, event: evolve(house.intake, letters, event),
    )


def evolve(policy: Intake, letters: Letters, event: Any) -> Letters:
    """What a letter came to is remembered for as long as a further one could join it."""
    match event:
        case ComplaintReceived(at=at):
            return forget(letters, at - policy.merge_window - policy.horizon)
        case WithdrawalReceived(source=source, id=complaint, at=at):
            return take_back(letters, key_of(source, complaint), at)
        case Registered():
            return remember(letters, event)
        case _:
            return letters


def decide(house: House, letters: Letters, event: Received, known: Known) -> tuple[Answered, ...]:
    """The answer to one letter, withdrawal or compensation. Raises Conflict."""
    match event:
        case ComplaintReceived():
            return _answer(house, letters, event, known)
        case WithdrawalReceived():
            return _withdraw(letters, event, known)
        case CompensationReceived():
            return (_recorded(event),)


def _answer(house: House, letters: Letters, letter: ComplaintReceived, known: Known) -> tuple[Answered, ...]:
    _refuse_conflict(letter, known)
    key = key_of(letter.source, letter.id)
    if (known.first and known.first.state != "received") or key in letters.letters:
        return ()
    if wrong := _wrong(house.intake, letter):
        rejected = ComplaintRejected(**_about(letter), reason=wrong.reason, detail=wrong.detail)
        return (rejected, _registered(letter, known, "rejected", reason=wrong.reason, detail=wrong.detail))
    if into := _joins(house, letters.letters.values(), letter):
        merged = ComplaintMerged(
            **_about(letter),
            into=into.complaint,
            into_source=into.source,
            received_at=letter.received_at,
            language=letter.customer.language,
            category=letter.category,
            text=letter.text,
            occurred_at=letter.occurred_at,
            signals=_signals(house, letter),
        )
        return (merged, _registered(letter, known, "merged", into=into.complaint, into_source=into.source))
    accepted = (_accepted(house, letter), _registered(letter, known, "accepted"))
    if key not in letters.withdrawn:
        return accepted
    return (*accepted, ComplaintWithdrawn(**_about(letter)), _registered(letter, known, "withdrawn"))


def _refuse_conflict(letter: ComplaintReceived, known: Known) -> None:
    """Raises Conflict unless this letter and the first one under its id say the same, by the same customer."""
    if known.first is None:
        return
    if known.first.customer != letter.customer.id:
        raise Conflict(f"complaint {letter.id!r} of {letter.source} is another customer's, and the first one stands")
    if known.first.digest != known.digest:
        raise Conflict(
            f"complaint {letter.id!r} of {letter.source} is known with other content, and the first one stands"
        )


def _wrong(policy: Intake, letter: ComplaintReceived) -> Wrong | None:
    again = "send the letter under a new id with the right one"
    if letter.received_at > letter.at + policy.future:
        return Wrong(
            "received_in_future", f"received_at is {_moment(letter.received_at)}, which is still to come: {again}"
        )
    if letter.occurred_at is not None and letter.occurred_at > letter.received_at + policy.future:
        return Wrong(
            "occurred_after_received",
            f"occurred_at is {_moment(letter.occurred_at)}, after received_at {_moment(letter.received_at)}: {again}",
        )
    return None


def _moment(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def _joins(house: House, letters: Iterable[Letter], letter: ComplaintReceived) -> Letter | None:
    """The first letter that was accepted about the same failure of the same subject, received around the same time."""
    if letter.subject is None:
        return None
    for earlier in letters:
        near = abs(earlier.received_at - letter.received_at) <= house.intake.merge_window
        alike = earlier.state == "accepted" and earlier.subject == letter.subject and near
        if alike and _speak_of_one_time(house.evidence, earlier, letter):
            return earlier
    return None


def _speak_of_one_time(policy: Evidence, earlier: Letter, letter: ComplaintReceived) -> bool:
    """What fails once fails at whatever time; a service fails again and again, and so does what two letters date apart."""
    assert letter.subject is not None
    fails_again = letter.subject.kind in policy.corroboration.kinds
    if not fails_again and (earlier.occurred_at is None or letter.occurred_at is None):
        return True
    begins, ends = about_then(policy, *time_spoken_of(policy, earlier.occurred_at, earlier.received_at))
    since, until = time_spoken_of(policy, letter.occurred_at, letter.received_at)
    return since <= ends and until >= begins


def _withdraw(letters: Letters, event: WithdrawalReceived, known: Known) -> tuple[Answered, ...]:
    """Passed on once its letter was; one that comes before its letter waits for it. `letters` have it taken back."""
    customer, first = customer_of(event), known.first
    if first is None:
        return ()
    if first.customer != customer:
        raise Conflict(f"complaint {event.id!r} of {event.source} is another customer's: only they can take it back")
    letter = letters.letters.get(key_of(event.source, event.id))
    state = letter.state if letter else first.state
    if state in ("received", "rejected") or first.state == "withdrawn":
        return ()
    about: dict[str, Any] = {"customer": customer, "complaint": event.id, "source": event.source, "at": event.at}
    withdrawn = ComplaintWithdrawn(**about, withdrawn_at=event.withdrawn_at)
    return (
        (withdrawn,) if state == "merged" else (withdrawn, Registered(**about, digest=first.digest, state="withdrawn"))
    )


def _about(letter: ComplaintReceived) -> dict[str, Any]:
    return {"customer": letter.customer.id, "complaint": letter.id, "source": letter.source, "at": letter.at}


def _signals(house: House, letter: ComplaintReceived) -> tuple[str, ...]:
    return house.signals.of(letter.text, letter.customer.language)


def _likely(house: House, letter: ComplaintReceived) -> tuple[str, ...]:
    """The CRM's own word stands; where it has none, what the letter's words claim, as the verifier reads them."""
    return () if letter.category else tuple(sorted(house.claims.of(letter.text, None, letter.customer.language)))


def _accepted(house: House, letter: ComplaintReceived) -> ComplaintAccepted:
    person = letter.customer
    return ComplaintAccepted(
        **_about(letter),
        received_at=letter.received_at,
        name=person.name,
        email=person.email,
        language=person.language,
        tier=person.tier,
        contact=person.contact,
        subject=letter.subject,
        category=letter.category,
        text=letter.text,
        occurred_at=letter.occurred_at,
        paid=letter.paid,
        sought=letter.sought,
        channel=letter.channel,
        jurisdiction=letter.jurisdiction,
        signals=_signals(house, letter),
        likely=_likely(house, letter),
    )


def _registered(letter: ComplaintReceived, known: Known, state: Decided, **facts: Any) -> Registered:
    return Registered(
        **_about(letter),
        digest=known.digest,
        state=state,
        received_at=letter.received_at,
        occurred_at=letter.occurred_at,
        subject=letter.subject,
        **facts,
    )


def _recorded(event: CompensationReceived) -> CompensationRecorded:
    return CompensationRecorded(
        customer=customer_of(event),
        at=event.at,
        id=event.id,
        source=event.source,
        amount=event.amount,
        complaint=event.complaint,
        subject=event.subject,
        form=event.form,
        given_at=event.given_at,
    )
