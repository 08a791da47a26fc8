"""Which letters a person must have at once, whatever was measured: those that speak of danger, illness, law or the press."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.offer.case import Case, about
from services.offer.negotiation.rounds import say_again
from shared.events import CaseOpened, ComplaintAccepted, ComplaintMerged, HandedOver
from shared.policy.policy import Policy
from shared.runtime.decider import Answered


def answer_letter(
    first: Case, case: Case, letter: ComplaintAccepted | ComplaintMerged, policy: Policy
) -> tuple[Answered, ...]:
    """A letter that calls for a person has one before any evidence is looked for; the case is opened for it if need be.

    `first`: the case that answers for this one, where it joined another. A complaint's own letter calls once, also when
    its verdict was read before it; each further letter calls anew.
    """
    if case.opened is None and _may_be_history(letter, policy):
        return ()
    called = () if isinstance(letter, ComplaintMerged) else case.called
    alarm = call_a_person(case, [name for name in letter.signals if name not in called], letter.at, policy)
    if not alarm and isinstance(letter, ComplaintMerged):
        return say_again(first, letter.at, policy)
    if not alarm or case.opened:
        return alarm
    subject = letter.subject if isinstance(letter, ComplaintAccepted) else case.subject
    return (CaseOpened(**about(case, letter.at), subject=subject), *alarm)


def call_a_person(case: Case, signals: Iterable[str], at: datetime, policy: Policy) -> tuple[HandedOver, ...]:
    """A person takes over for the gravest of these signals, unless one has the case for something as grave."""
    heard = set(signals)
    for signal in policy.signals:
        if signal.to_person and signal.name == case.why:
            return ()
        if signal.to_person and signal.name in heard:
            return (HandedOver(**about(case, at), to=signal.person or policy.rounds.person, why=signal.name),)
    return ()


def _may_be_history(letter: ComplaintAccepted | ComplaintMerged, policy: Policy) -> bool:
    """A further letter may have joined one that is older than itself: then the verdict says whether that is history."""
    joined = policy.intake.merge_window if isinstance(letter, ComplaintMerged) else timedelta()
    return letter.at - letter.received_at > policy.intake.horizon - joined
