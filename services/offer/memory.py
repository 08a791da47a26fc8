"""How our memory of a customer changes with each thing that happens: what was heard, and what we answered."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.offer.case import (
    FOR_A_PERSON,
    OFFERED,
    Case,
    ClocksStarted,
    CompensationSetOff,
    Customer,
    HistoryKept,
    State,
)
from services.offer.clocks.ticking import TICKS, ticked
from services.offer.limits import dated
from services.offer.naming import case_of
from services.offer.negotiation.joining import with_joined
from services.offer.negotiation.judged import judged
from services.offer.negotiation.past import with_gift, with_verdict
from services.offer.payouts.given import with_compensation, with_due, with_payment, with_set_off
from services.offer.payouts.once import adopted
from services.offer.payouts.once import remembered as remembered_once
from services.offer.staff.promises import remembered
from services.offer.staff.requests import followed, overtaken, requested
from shared.events import (
    AboutCase,
    ApologyOffered,
    ApprovalRequested,
    CaseExpired,
    CaseJoined,
    CaseOpened,
    CaseSettled,
    CaseWithdrawn,
    ChoiceNoted,
    ChoiceUndone,
    ClaimDeclined,
    CompensationRecorded,
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    CounterAnswered,
    EvidenceAwaited,
    FinalSayGiven,
    FulfilmentContested,
    GoodwillGiven,
    HandedOver,
    InformationInvited,
    InformationRequested,
    InputInvited,
    OptionsOffered,
    PaymentDelayed,
    PaymentMade,
    PayoutDue,
    PayoutFailed,
    PersonAskedFor,
    PromiseKept,
    PromiseMade,
    PromiseMissed,
    QuestionAsked,
    RemedyGranted,
    RulingFollowed,
    SatisfactionRated,
    VerdictReached,
    case_id,
)

LEAVES_TO_A_PERSON = OFFERED | {"unopened", "awaiting", "expired", "handed_over"}


def evolve(customer: Customer, event: Any) -> Customer:
    """The customer's document after this event."""
    kind = type(event)
    if kind not in REMEMBERED:
        return customer
    if whole := WHOLE.get(kind):
        return whole(customer, event)
    known = customer.cases.get(case_of(event)) or _heard_of(customer, event)
    if known is None:
        return customer
    change, ticks, besides = CHANGES.get(kind), kind in TICKS, BESIDES.get(kind)
    after = dated(known, change(known, event), event.at) if change else known
    customer = _with_case(customer, ticked(after, event) if ticks else after)
    return besides(customer, event) if besides else customer


def _with_case(customer: Customer, case: Case) -> Customer:
    if customer.cases.get(case.id) is case:
        return customer  # nothing is new, so nothing is written
    return replace(customer, cases={**customer.cases, case.id: case})


def _with_merged(customer: Customer, event: ComplaintMerged) -> Customer:
    letter, into = case_id(event.source, event.complaint), case_of(event)
    if letter in customer.merged or letter == into:
        return customer
    case = customer.cases.get(into) or _unopened(event.customer, event.into, event.into_source)
    customer = _with_case(customer, _hinted(replace(case, contacts=case.contacts + 1), event.signals))
    if first := customer.cases.get(case.into or ""):
        customer = _with_case(customer, replace(first, contacts=first.contacts + 1))
    return replace(customer, merged={**customer.merged, letter: into})


def _heard_of(customer: Customer, event: Any) -> Case | None:
    """A case of which this is the first word; what a customer asks may come before the verdict does."""
    match event:
        case EvidenceAwaited() | InformationRequested() | VerdictReached():
            return _unopened(event.customer, event.complaint, event.source)
        case ComplaintAccepted(signals=signals) if signals:
            return _unopened(event.customer, event.complaint, event.source)
        case ComplaintWithdrawn() if case_of(event) not in customer.merged:
            return _unopened(event.customer, event.complaint, event.source)
        case PersonAskedFor() | QuestionAsked() if event.case == case_id(event.source, event.complaint):
            return _unopened(event.customer, event.complaint, event.source)
        case _:
            return None


def _unopened(customer: str, complaint: str, source: str) -> Case:
    return Case(id=case_id(source, complaint), customer=customer, complaint=complaint, source=source)


def _hinted(case: Case, signals: tuple[str, ...]) -> Case:
    if set(signals) <= set(case.signals):
        return case
    return replace(case, signals=tuple(sorted({*case.signals, *signals})))


def _opened(case: Case, event: CaseOpened) -> Case:
    state: State = "awaiting" if case.state == "unopened" else case.state
    return replace(case, state=state, opened=event.at, subject=event.subject or case.subject)


def _offered(case: Case, event: AboutCase, state: State, expires: datetime | None) -> Case:
    """Put to the customer, who may answer until it expires; with a person no clock runs."""
    case = replace(case, table=state, round=event.round, heard=case.heard or event.at, into=None, stands=None)
    if case.why:
        return replace(case, state="handed_over", expires=None)
    return replace(case, state=state, expires=expires, final=False)


def _explained(case: Case, event: ApologyOffered | OptionsOffered) -> Case:
    """What the customer was told of the promise. An explanation that is not the first one opens the case again."""
    again = case.again or (event.round > 1 and bool(event.reasons))
    return replace(case, told=event.promise, weighed=max(case.weighed, event.severity), again=again)


def _apologised(case: Case, event: ApologyOffered) -> Case:
    return _explained(_offered(case, event, "apology", event.expires), event)


def _laid(case: Case, event: OptionsOffered) -> Case:
    case = _explained(_offered(case, event, "options", event.expires), event)
    return replace(case, menus=case.menus + 1, shown=case.shown + event.options, laid=len(event.options))


def _handed_over(case: Case, event: HandedOver) -> Case:
    """The clock stops with the rounds, unless it had run out: what was late stays late."""
    called = event.why in case.signals or event.why in FOR_A_PERSON
    leaves = case.state in LEAVES_TO_A_PERSON or (called and case.state == "declined")
    return replace(
        case,
        state="handed_over" if leaves else case.state,
        why=event.why,
        hand_overs=case.hand_overs + 1,
        called=(*case.called, event.why) if called and event.why not in case.called else case.called,
        undelivered=case.undelivered or event.why == "notice_failed",
        expires=None if case.in_time(event.at) else case.expires,
    )


def _noted(case: Case, event: ChoiceNoted) -> Case:
    why = case.why if case.alarmed else case.trouble
    case = replace(overtaken(case), state="agreed", why=why, expires=None, agreed=event.at)
    return replace(case, chosen=event.gift, until=event.until)


def _undone(case: Case, event: ChoiceUndone) -> Case:
    offered = _offered(case, event, case.table, event.expires)
    return replace(offered, final=case.final, chosen=None, agreed=None, until=None)


def _settled(case: Case, _: CaseSettled) -> Case:
    """Whoever was called while the case was kept open still has it; else what was agreed on ends their part too."""
    stays = case.alarmed or case.state == "agreed"
    return replace(_closed(overtaken(case), "settled"), why=case.why if stays else case.trouble)


def _declined(case: Case, event: ClaimDeclined) -> Case:
    return replace(_closed(case, "declined"), round=event.round, told="kept", reason=event.reason)


def _weighed(customer: Customer, verdict: VerdictReached) -> Customer:
    case = customer.cases[case_of(verdict)]
    return with_verdict(adopted(customer, case, verdict.at), verdict)


def _closed(case: Case, state: State) -> Case:
    """Dates and sums stay, what was shown and paid, and what it was judged by: a late event needs no more."""
    kept = replace(case, state=state, expires=None, grounds=None, paid=None, lost=None, sought=None, concerns=())
    return replace(kept, stands=None)


WHOLE: Mapping[type[Any], Callable[[Customer, Any], Customer]] = {
    CompensationRecorded: with_compensation,
    CompensationSetOff: lambda customer, event: remembered_once(with_set_off(customer, event), event),
    ComplaintMerged: _with_merged,
    RemedyGranted: remembered_once,
}
"""What concerns more than one case."""
CHANGES: Mapping[type[Any], Callable[[Case, Any], Case]] = {
    ComplaintAccepted: lambda case, event: _hinted(case, event.signals),
    VerdictReached: lambda case, event: judged(_hinted(case, event.signals), event),
    CaseOpened: _opened,
    HandedOver: _handed_over,
    PayoutDue: with_due,
    PayoutFailed: with_payment,
    PaymentDelayed: with_payment,
    PaymentMade: with_payment,
    FulfilmentContested: with_payment,
    SatisfactionRated: lambda case, event: replace(case, rated=case.rated or event.score),
    # What was put to the customer, and what we said to what they asked for.
    InformationInvited: lambda case, _: replace(case, asked=True),
    ApologyOffered: _apologised,
    OptionsOffered: _laid,
    InputInvited: lambda case, event: replace(_offered(case, event, "input", event.expires), invited=True),
    CounterAnswered: lambda case, event: case if event.granted else replace(case, denied=event.round),
    ApprovalRequested: requested,
    RulingFollowed: followed,
    GoodwillGiven: lambda case, _: replace(case, unasked=case.unasked + 1),
    FinalSayGiven: lambda case, event: replace(_offered(case, event, "final_say", event.expires), final=True),
    # How it ended.
    CaseExpired: lambda case, _: replace(case, state="expired"),
    ClaimDeclined: _declined,
    ChoiceNoted: _noted,
    ChoiceUndone: _undone,
    CaseSettled: _settled,
    CaseWithdrawn: lambda case, _: replace(_closed(overtaken(case), "withdrawn"), why=case.trouble),
    HistoryKept: lambda case, _: _closed(case, "history"),
    PromiseMade: remembered,
    PromiseKept: remembered,
    PromiseMissed: remembered,
    ClocksStarted: lambda case, event: replace(case, clocks=event.clocks),
}
"""What changes in a case, event by event; all others leave it as it is."""
BESIDES: Mapping[type[Any], Callable[[Customer, Any], Customer]] = {
    VerdictReached: _weighed,
    PayoutDue: with_gift,
    CaseJoined: with_joined,
}
"""What changes beyond the case, once it has changed itself."""
FIRST_WORDS: tuple[type[Any], ...] = (
    *(EvidenceAwaited, InformationRequested, VerdictReached, ComplaintAccepted, ComplaintWithdrawn),
    *(PersonAskedFor, QuestionAsked),
)
"""What a case may be heard of by first."""
REMEMBERED = frozenset({*WHOLE, *CHANGES, *TICKS, *BESIDES, *FIRST_WORDS})
"""All else, timers first of all, is answered and leaves nothing to remember."""
