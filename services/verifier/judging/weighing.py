"""How much a judgement is in the customer's favour, and which of several decides."""

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce

from services.verifier.judging.part import Part
from shared.events import Outcome, Promise
from shared.remedy import Remedy, together

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
    return max(one, other, key=worth_to_customer)


def deciding(parts: Sequence[Part], beside: str) -> Part:
    """The part that the whole verdict speaks by; what says nothing about a promise (its reason `beside`) only if alone."""
    speaking = [part for part in parts if part.judged.reasons[0] != beside] or parts
    return max(speaking, key=_favour)


def owed_in_all(parts: Sequence[Part]) -> Remedy | None:
    """What is owed under all of them as one; of sums in several currencies, that of the part named first."""
    owed = [part.judged.remedy for part in parts if part.judged.remedy is not None]
    if len(owed) < 2:
        return owed[0] if owed else None
    currency = owed[0].sum.currency
    return reduce(together, (remedy for remedy in owed if remedy.sum.currency == currency))


def in_several_currencies(parts: Sequence[Part]) -> bool:
    """Whether what is owed cannot be added up."""
    owed = [part.judged.remedy for part in parts if part.judged.remedy is not None]
    return len(owed) > 1 and len({remedy.sum.currency for remedy in owed}) > 1


def _favour(part: Part) -> int:
    return favour(part.judged.outcome, part.judged.promise)


def worth_to_customer(part: Part) -> tuple[int, bool, Decimal]:
    """How much it is in the customer's favour, and among equals how much is owed."""
    remedy = part.judged.remedy
    return _favour(part), remedy is not None, remedy.sum.amount if remedy else Decimal(0)
