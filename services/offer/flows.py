"""The flow that looks after cases: it hears verdicts, answers, deadlines, billing and the post, and says what follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from services.offer import budget, timeline
from services.offer.case import Case, Customer
from services.offer.console import cases, payouts, waiting
from services.offer.core import DECIDER
from services.offer.payouts.fulfilment import key_behind
from services.offer.terms import Known
from services.offer.timeline import Entry
from shared.events import (
    ANSWERS,
    COMPLAINTS,
    NOTICES,
    PAYOUTS,
    TIMERS,
    VERDICTS,
    AnswerUndone,
    ApologyAccepted,
    ApprovalAmended,
    ApprovalDenied,
    ApprovalGiven,
    CaseOverruled,
    CompensationRecorded,
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    CounterOffered,
    EvidenceAwaited,
    FulfilmentContested,
    InformationGiven,
    InformationRequested,
    NoticeFailed,
    NoticeSent,
    OptionAccepted,
    OptionsRejected,
    PayoutCompleted,
    PayoutDue,
    PayoutFailed,
    PayoutRenewed,
    PersonAskedFor,
    PromiseFulfilled,
    PromiseGiven,
    QuestionAsked,
    SatisfactionRated,
    TimerFired,
    VerdictReached,
)
from shared.policy.policy import Policy
from shared.runtime.flow import Flow, Heard, Outcome

HANDLES: frozenset[type[Any]] = frozenset(
    {
        *(ComplaintAccepted, ComplaintMerged, ComplaintWithdrawn, CompensationRecorded),
        *(EvidenceAwaited, InformationRequested, VerdictReached),
        *(ApologyAccepted, OptionAccepted, OptionsRejected, CounterOffered, QuestionAsked, PersonAskedFor),
        *(InformationGiven, SatisfactionRated),
        AnswerUndone,
        *(ApprovalGiven, ApprovalDenied, ApprovalAmended, CaseOverruled, PromiseGiven, PromiseFulfilled),
        TimerFired,
        *(PayoutCompleted, PayoutFailed, PayoutRenewed, FulfilmentContested),
        *(NoticeSent, NoticeFailed),
    }
)


def flows(policy: Policy, mode: Literal["live", "shadow"] = "live") -> tuple[Flow[Customer, Known], ...]:
    """What the offer service runs: one flow, which decides by `policy`. In shadow billing hears of no payout."""

    async def look_up(tx: AsyncConnection, heard: Sequence[Heard], _: Mapping[str, Customer]) -> Sequence[Known]:
        return await budget.look_up(tx, heard, policy)

    async def keep(tx: AsyncConnection, outcome: Outcome[Customer]) -> None:
        await write(tx, outcome)
        await budget.keep(tx, outcome, policy.limits.budget)

    offer = Flow(
        name="offer",
        service="offer",
        topics=(COMPLAINTS, VERDICTS, ANSWERS, TIMERS, PAYOUTS, NOTICES),
        handles=HANDLES,
        key=_customer_of,
        concerns=_is_news if mode == "live" else _is_news_in_shadow,
        decider=DECIDER,
        state=Customer,
        version=2,  # an older process would drop what was granted for each failure, and it would be paid again
        look_up=look_up,
        keep=keep,
        find_keys=payouts.find_keys,
        withheld=frozenset({PayoutDue}) if mode == "shadow" else frozenset(),
    )
    return (offer,)


async def write(tx: AsyncConnection, outcome: Outcome[Customer]) -> None:
    """Keep what happened where people can look it up: three statements a batch, however many events it has, and one more
    where somebody was asked for something."""
    happened = timeline.entries(outcome)
    known = _known(outcome, happened)
    await timeline.append(tx, happened)
    changed = dict.fromkeys(entry.case for entry in happened if not isinstance(entry.heard.event, NoticeSent))
    moved = [known[case] for case in changed if case in known]
    await cases.save(tx, moved, _decided(happened))
    await waiting.save(tx, moved)
    await payouts.save(tx, happened, known)


def _known(outcome: Outcome[Customer], happened: Sequence[Entry]) -> dict[str, Case]:
    """The cases as they stand after the batch."""
    named = [outcome.states[entry.customer].cases.get(entry.case) for entry in happened]
    return {case.id: case for case in named if case is not None}


def _decided(happened: Sequence[Entry]) -> dict[str, datetime]:
    """When something was last decided, by case; times may come out of turn."""
    decided: dict[str, datetime] = {}
    for entry in happened:
        if entry.answers:
            at = entry.heard.event.at
            decided[entry.case] = max(at, decided.get(entry.case, at))
    return decided


def _is_news(event: Any) -> bool:
    """Of the letters only those matter here that hint at something: of all others the verdict is the first that we hear."""
    return not isinstance(event, ComplaintAccepted) or bool(event.signals)


def _is_news_in_shadow(event: Any) -> bool:
    """Nobody pays what billing has not heard of, so no clock asks where it is."""
    return _is_news(event) and not (isinstance(event, TimerFired) and key_behind(event))


def _customer_of(event: Any) -> str:
    """Whose document an event touches; "" for what billing says, which is known by its key."""
    customer: str = "" if isinstance(event, PayoutCompleted | PayoutFailed) else event.customer
    return customer
