"""How a case is settled: with what the customer chose or asked for, given exactly so, or with the apology as it is."""

from datetime import datetime

from services.offer.case import Case, about
from shared.events import CaseSettled, Option, PayoutDue
from shared.runtime.decider import Answered


def settle(case: Case, at: datetime, option: Option | None = None, *, told: bool = False) -> tuple[Answered, ...]:
    """The option becomes due under its key where it is money, and the case is settled with it. `told`: a letter that
    goes out beside this one says so already."""
    facts = about(case, at)
    settled = CaseSettled(**facts, option=option.id if option else None, explained=told)
    if option is None or option.amount is None:
        return (settled,)
    due = PayoutDue(
        **facts,
        key=f"{case.id}/goodwill/{option.id}/1",
        ledger="goodwill",
        form=option.form,
        amount=option.amount,
        reference=case.complaint,
    )
    return (due, settled)
