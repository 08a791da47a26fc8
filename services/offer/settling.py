"""How a case is settled: with what the customer chose or asked for, given exactly so, or with the apology as it is."""

from datetime import datetime

from services.offer.case import Case, about
from shared.events import CaseSettled, ChoiceNoted, Option, PayoutDue
from shared.runtime.decider import Answered


def settle(case: Case, at: datetime, option: Option | None = None, *, told: bool = False) -> tuple[Answered, ...]:
    """The option becomes due under its key where it is money, and the case is settled with it; while the thing is still
    broken, it stays open all the same. `told`: a letter that goes out beside this one says so already."""
    facts, chosen = about(case, at), option.id if option else None
    if case.ongoing:
        return (*_due(case, at, option), ChoiceNoted(**facts, option=chosen, explained=told))
    return (*_due(case, at, option), CaseSettled(**facts, option=chosen, explained=told))


def settle_at_last(case: Case, at: datetime) -> tuple[Answered, ...]:
    """The failure has ended, so what was agreed on settles the case; they were told when they chose."""
    if case.state != "agreed" or case.ongoing:
        return ()
    return (CaseSettled(**about(case, at), option=case.chosen, explained=True),)


def _due(case: Case, at: datetime, option: Option | None) -> tuple[Answered, ...]:
    if option is None or option.amount is None:
        return ()
    due = PayoutDue(
        **about(case, at),
        key=f"{case.id}/goodwill/{option.id}/1",
        ledger="goodwill",
        form=option.form,
        amount=option.amount,
        reference=case.complaint,
    )
    return (due,)
