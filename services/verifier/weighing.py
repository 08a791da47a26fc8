"""How much a judgement is in the customer's favour, and which of several decides."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from services.verifier.judge import Part
from shared.events import Outcome, Promise
from shared.remedy import Remedy, remedy_of

FAVOUR: dict[tuple[Outcome, Promise], int] = {
    ("not_owed", "kept"): 0,
    ("not_owed", "unknown"): 1,
    ("excluded", "unknown"): 2,
    ("cannot_tell", "unknown"): 3,
    ("excluded", "broken"): 4,
    ("not_owed", "broken"): 4,
    ("cannot_tell", "broken"): 5,
    ("owed_in_part", "broken"): 6,
    ("owed", "broken"): 6,
}
"""From worst to best for the customer. Money that is owed while it is unknown whether a promise was broken counts as owed."""
OWED = 6


def favour(outcome: Outcome, promise: Promise) -> int:
    """How much this is in the customer's favour."""
    return FAVOUR.get((outcome, promise), OWED if outcome in ("owed", "owed_in_part") else 1)


def better_of(one: Part, other: Part) -> Part:
    """The one that is more in the customer's favour, and the larger sum among equals; the first where nothing differs."""
    return max(one, other, key=lambda part: (_favour(part), _worth(part)))


def deciding(parts: Sequence[Part], beside: Iterable[str]) -> Part:
    """The part that the whole verdict speaks by; what says nothing about a promise (`beside` reasons) only if alone."""
    speaking = [part for part in parts if part.judged.reasons[0] not in set(beside)] or parts
    return max(speaking, key=_favour)


def owed_in_all(parts: Sequence[Part]) -> Remedy | None:
    """What is owed under all of them. Sums of one currency are added; of things in kind the largest is named."""
    owed = [part.judged.remedy for part in parts if part.judged.remedy is not None]
    if len(owed) < 2:
        return owed[0] if owed else None
    currencies = {remedy.sum.currency for remedy in owed}
    if len(currencies) > 1 or any(remedy.form for remedy in owed):
        return max(owed, key=lambda remedy: remedy.sum.amount)
    total, *others = (remedy.sum for remedy in owed)
    for more in others:
        total += more
    return remedy_of(total)


def _favour(part: Part) -> int:
    return favour(part.judged.outcome, part.judged.promise)


def _worth(part: Part) -> tuple[bool, Decimal]:
    remedy = part.judged.remedy
    return remedy is not None, remedy.sum.amount if remedy else Decimal(0)
