"""How a case is settled: with what the customer chose or asked for, given exactly so, or with the apology as it is.

Where the policy gives time to think again, nothing is due before that has passed; and while the thing is still broken, the
case stays open whatever was given.
"""

from datetime import datetime

from services.offer.case import Case, about
from services.offer.negotiation.rounds import EXPIRY, hand_over
from services.offer.payouts.fulfilment import gift_due, key_of
from shared.events import AnswerUndone, CaseSettled, ChoiceNoted, ChoiceUndone, Option, TimerFired
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, Timer

CHOICE = "choice"
"""The timer of a choice: until when it may be taken back."""


def settle(
    case: Case, at: datetime, policy: Policy, option: Option | None = None, *, told: bool = False
) -> tuple[Answered, ...]:
    """With this option, or with the apology as it is. `told`: a letter that goes out beside this one says so already."""
    facts, chosen = about(case, at), option.id if option else None
    if policy.rounds.undo_within:
        until = at + policy.rounds.undo_within
        noted = ChoiceNoted(**facts, option=chosen, gift=option, until=until, ongoing=case.ongoing, explained=told)
        return (noted, Timer(customer=case.customer, case=case.id, name=CHOICE, due=until))
    if case.ongoing:
        noted = ChoiceNoted(**facts, option=chosen, gift=option, ongoing=True, explained=told)
        return (*due(case, at, policy, option), noted)
    return (*due(case, at, policy, option), _settled(case, at, option, told=told))


def settle_at_last(case: Case, at: datetime, policy: Policy) -> tuple[Answered, ...]:
    """The time to think again has passed: what they chose is due, once; and where the failure has ended, it settles the
    case. They were told when they chose."""
    if case.state != "agreed" or not _has_passed(case, at):
        return ()
    option = case.chosen
    settled = _settled(case, at, option, told=True)
    return (*due(case, at, policy, option), *(() if case.ongoing else (settled,)))


def choice_is_over(case: Case, timer: TimerFired, policy: Policy) -> tuple[Answered, ...]:
    """A timer of a choice that was taken back comes too late to matter."""
    return settle_at_last(case, timer.at, policy) if case.until is not None and timer.due >= case.until else ()


def undo(case: Case, answer: AnswerUndone, policy: Policy) -> tuple[Answered, ...]:
    """In time, what lay on the table lies there again, as a round of its own; where it is due by now, a person sees to it."""
    if case.until is None or answer.at > case.until:
        return ()
    if case.state != "agreed" or (case.chosen and _key(case, case.chosen) in case.payouts):
        return hand_over(case, "undone_too_late", answer.at, policy)
    expires = answer.at + policy.rounds.answer_within
    facts = about(case, answer.at) | {"round": case.round + 1}
    options = case.shown[-case.laid :] if case.table == "options" else ()
    undone = ChoiceUndone(**facts, table=case.table, options=options, expires=expires)
    return (undone, Timer(customer=case.customer, case=case.id, name=EXPIRY, due=expires))


def _settled(case: Case, at: datetime, option: Option | None, *, told: bool) -> CaseSettled:
    return CaseSettled(
        **about(case, at),
        option=option.id if option else None,
        explained=told,
        remedy=case.due("remedy"),
        goodwill=case.due("goodwill") or (option.amount if option else None),
        contacts=case.contacts,
    )


def _has_passed(case: Case, at: datetime) -> bool:
    return case.until is None or at >= case.until


def _key(case: Case, option: Option) -> str:
    return key_of(case, "goodwill", option.id, 1)


def due(case: Case, at: datetime, policy: Policy, option: Option | None) -> tuple[Answered, ...]:
    """What is not due yet becomes so, under its key, whether or not it is money."""
    if option is None or _key(case, option) in case.payouts:
        return ()
    return gift_due(case, option, at, policy.payouts)
