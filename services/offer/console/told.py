"""One case as its timeline tells it: what was found, what was put to the customer and by what, and what they answered."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from shared.events import (
    Answer,
    ApologyAccepted,
    ApologyOffered,
    ApprovalRequested,
    CaseJoined,
    ClaimDeclined,
    ComplaintWithdrawn,
    CounterOffered,
    GoodwillGiven,
    HandedOver,
    Option,
    OptionAccepted,
    OptionsOffered,
    PayoutDue,
    Ruling,
    RulingFollowed,
    VerdictReached,
)
from shared.money import Money
from shared.remedy import Remedy

OVER = ("settled", "declined", "expired", "joined", "withdrawn")


class Offer(Struct, frozen=True):
    """Options that were on the table together, and what their choice went by. `passed`: how many answers came before it;
    `wish`: what the customer had asked for by then."""

    shown: str
    facts: dict[str, Any]
    policy: str
    raised: tuple[str, ...]
    limits: tuple[str, ...]
    passed: tuple[str, ...]
    wish: str
    rulings: tuple[str, ...]


class Told(Struct, frozen=True):
    """A case. `facts` are those of the last verdict, `first_facts` of the one that led to our first word; `answers` what the
    customer said, `rulings` what people decided, `limits` all that ever bit; `joined`: the complaint that answers for the same
    failure, which is owed once."""

    case: str
    complaint: str
    customer: str
    state: str
    facts: dict[str, Any] = {}
    first_facts: dict[str, Any] = {}
    judged_by: str = ""
    remedy: str = "nothing owed"
    first: str = ""
    repeated: int = 0
    raised: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    called_first: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    answers: tuple[str, ...] = ()
    wish: str = ""
    rulings: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    given: str = "no money"
    joined: str = ""

    @property
    def is_over(self) -> bool:
        """Nothing more will be given by rule."""
        return self.state in OVER


def tell(told: Told, events: Iterable[Any]) -> Told:
    """The case with what these events, in their order, say about it."""
    for event in events:
        told = _with(told, event)
    return told


def _with(told: Told, event: Any) -> Told:
    match event:
        case VerdictReached():
            return _judged(told, event)
        case ApologyOffered() | OptionsOffered() | ClaimDeclined():
            return _put(told, event)
        case CaseJoined():
            return replace(told, joined=event.first, first=told.first or "joined")
        case HandedOver():
            return replace(told, called=(*told.called, event.why))
        case RulingFollowed():
            return replace(told, rulings=(*told.rulings, f"{event.action} by {event.role}"))
        case PayoutDue(ledger="goodwill") if event.amount:
            given = f"{_money(event.amount)} as {event.form}"
            return replace(told, given=given if told.given == "no money" else f"{told.given} + {given}")
        case Answer() if not isinstance(event, Ruling):
            return _answered(told, event)
        case ComplaintWithdrawn():
            return replace(told, answers=(*told.answers, "took it back"))
        case ApprovalRequested() | GoodwillGiven():
            return replace(told, limits=_merged(told.limits, event.limits))
        case _:
            return told


def _judged(told: Told, verdict: VerdictReached) -> Told:
    """What is owed is the largest of all verdicts, and so is the severity; the rest is what was found last."""
    facts: dict[str, Any] = {
        "outcome": verdict.outcome,
        "promise": verdict.promise,
        "severity": max(verdict.severity, told.facts.get("severity", 1)),
        "contested": verdict.contested,
        "ongoing": verdict.ongoing,
        "paid": _money(verdict.paid),
        "lost": _money(verdict.lost),
        "owed": _remedy(verdict.remedy),
        "schedule": verdict.schedule,
        "sought": verdict.sought or "",
        "concerns": tuple(sorted(verdict.concerns)),
        "claims": tuple(sorted(claim for one in verdict.claims for claim in one.claims)),
        "reads": {f"{one.name}: {name}": value for one in verdict.clauses for name, value in one.reads.items()},
    }
    remedy = _remedy(verdict.remedy) if verdict.remedy else told.remedy
    first = facts if not told.first else told.first_facts
    by = f"{verdict.policy} ({verdict.policy_digest})"
    return replace(told, facts=facts, first_facts=first, judged_by=by, remedy=remedy)


def _put(told: Told, event: ApologyOffered | OptionsOffered | ClaimDeclined) -> Told:
    kind = {ApologyOffered: "apology", OptionsOffered: "options", ClaimDeclined: "declined"}[type(event)]
    if not told.first:
        told = replace(
            told,
            first=kind,
            called_first=told.called,
            repeated=getattr(event, "repeated", 0),
            raised=getattr(event, "raised", ()),
        )
    if not isinstance(event, OptionsOffered):
        return told
    offer = Offer(
        shown=" · ".join(map(_option, event.options)),
        facts=told.facts,
        policy=f"{event.policy} ({event.policy_digest})",
        raised=event.raised,
        limits=event.limits,
        passed=told.answers,
        wish=told.wish,
        rulings=told.rulings,
    )
    return replace(told, offers=(*told.offers, offer), limits=_merged(told.limits, event.limits))


def _answered(told: Told, event: Answer) -> Told:
    """Without their words, which are kept for a short time; what they named is a sum, a form, or an option of ours."""
    match event:
        case OptionAccepted():
            said = f"chose {event.option}"
        case ApologyAccepted():
            said = "content"
        case CounterOffered():
            named = (event.form, _money(event.amount))
            wish = " ".join(word for word in named if word) or "something else"
            return replace(told, answers=(*told.answers, f"asked for {wish}"), wish=wish)
        case _:
            said = type(event).__name__
    return replace(told, answers=(*told.answers, said))


def _option(option: Option) -> str:
    return f"{option.form} {_money(option.amount)}" if option.amount else option.form


def _remedy(remedy: Remedy | None) -> str:
    if remedy is None:
        return "nothing owed"
    return _money(remedy.sum) if remedy.form is None else f"{remedy.form} worth {_money(remedy.sum)}"


def _money(amount: Money | None) -> str:
    return f"{amount.currency} {amount.amount}" if amount else ""


def _merged(one: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *more)))
