"""What is said to the customer about the promise, and when a later word may take the place of an earlier one."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from services.verifier.judging.applies import BEYOND_PRICE
from services.verifier.judging.judge import ABOVE_DOUBT
from services.verifier.judging.matter import Matter
from services.verifier.judging.part import Part
from services.verifier.judging.weighing import deciding, favour, in_several_currencies, owed_in_all
from services.verifier.letters import Letter
from shared.events import NOT_PROVIDED, ClaimJudged, VerdictReached
from shared.policy.policy import Policy
from shared.remedy import Remedy

STANDS = "said-before-and-stands"
ANOTHER_CURRENCY = "another-currency"
"""What is owed in all cannot be added up: a person sees to the rest."""
BY_NAME = (NOT_PROVIDED, BEYOND_PRICE)
"""What is said of a claim by its name, also where the letter holds no other."""


def verdict_of(policy: Policy, letter: Letter, matter: Matter, parts: Sequence[Part], event: Any) -> VerdictReached:
    """The parts as one verdict on this complaint, at the moment of the event that asked for it."""
    assert letter.received_at is not None
    said = [part.judged for part in parts]
    judged = deciding(parts, beside=NOT_PROVIDED).judged
    return VerdictReached(
        customer=event.customer,
        at=event.at,
        complaint=letter.complaint,
        source=letter.source,
        outcome=judged.outcome,
        promise=judged.promise,
        severity=max([one.severity for one in said]),
        schedule=judged.schedule,
        policy=policy.version,
        policy_digest=policy.digest,
        received_at=letter.received_at,
        reasons=(*judged.reasons, *((ANOTHER_CURRENCY,) if in_several_currencies(parts) else ())),
        clauses=judged.clauses,
        missing=judged.missing,
        remedy=owed_in_all(parts),
        contested=any(one.contested for one in said),
        ongoing=any(one.ongoing for one in said),
        judged_as_of=judged.judged_as_of,
        again=min([one.again for one in said if one.again], default=None),
        as_of=judged.as_of,
        facts=judged.facts,
        claims=tuple(said) if len(said) > 1 or judged.reasons[0] in BY_NAME else (),
        subject=letter.subject,
        category=letter.category,
        paid=matter.paid,
        lost=matter.paid,
        sought=letter.sought,
        tier=letter.tier,
        signals=letter.signals,
        concerns=tuple(sorted({claim for one in said for claim in one.claims})),
        incident=next((part.incident for part in parts if part.incident), None),
        jurisdiction=letter.jurisdiction,
        failure=judged.failure,
    )


def better(old: VerdictReached, new: VerdictReached, *, in_time: bool) -> VerdictReached | None:
    """The verdict that replaces `old`; None where the new one is no better for the customer and ends no failure.

    What was only provisional gives way to any verdict: that it was not due yet, and, while the wait for evidence is not
    over by the new one's own time (`in_time`), that a record was missing.
    """
    if _is_not_yet_due(old):
        return None if _is_not_yet_due(new) else new
    if _gives_way(old, new) and in_time:
        return new
    joined = _joined(old, new, in_time=in_time)
    return None if _weight(joined) == _weight(old) else joined


def _is_not_yet_due(verdict: VerdictReached) -> bool:
    """Nothing is owed, and time alone may change that."""
    return verdict.outcome == "not_owed" and verdict.promise == "unknown" and verdict.again is not None


def _joined(old: VerdictReached, new: VerdictReached, *, in_time: bool) -> VerdictReached:
    """The better of both in every part: neither what is owed nor the severity ever falls."""
    severity, remedy = max(old.severity, new.severity), _larger(old.remedy, new.remedy)
    claims = _all_claims(old, new, in_time=in_time)
    if _favour(new) >= _favour(old):
        stands = (STANDS,) if remedy != new.remedy else ()
        return replace(new, severity=severity, remedy=remedy, claims=claims, reasons=(*new.reasons, *stands))
    ended = not (new.ongoing or new.missing)
    return replace(
        old,
        at=new.at,
        severity=severity,
        remedy=remedy,
        signals=new.signals,
        ongoing=old.ongoing and not ended,
        claims=claims,
        reasons=(*(reason for reason in old.reasons if reason != STANDS), STANDS),
    )


def _all_claims(old: VerdictReached, new: VerdictReached, *, in_time: bool) -> tuple[ClaimJudged, ...]:
    """Each claim as it was judged in the customer's favour, and what a further letter has brought up."""
    judged = {one.claims: one for one in new.claims}
    kept = {one.claims: one for one in old.claims if _stands(one, judged.get(one.claims), in_time=in_time)}
    return tuple({**judged, **kept}.values())


def _stands(old: ClaimJudged, new: ClaimJudged | None, *, in_time: bool) -> bool:
    if new is None:
        return True
    return _favour(old) > _favour(new) and not (_gives_way(old, new) and in_time)


def _gives_way(old: VerdictReached | ClaimJudged, new: VerdictReached | ClaimJudged) -> bool:
    """Nothing was known but that a record was missing, and now it is there."""
    return bool(old.missing) and old.promise == "unknown" and not new.missing


def _weight(verdict: VerdictReached) -> tuple[Any, ...]:
    """What must have changed for a verdict to be said again."""
    claims = {(one.claims, one.outcome, one.promise, one.reasons) for one in verdict.claims}
    return _favour(verdict), verdict.severity, verdict.remedy, verdict.ongoing, claims, ABOVE_DOUBT in verdict.reasons


def _favour(verdict: VerdictReached | ClaimJudged) -> int:
    return favour(verdict.outcome, verdict.promise)


def _larger(old: Remedy | None, new: Remedy | None) -> Remedy | None:
    """The larger one. In another currency there is no larger one: the new one is said, and a person sees to both."""
    if old is None or new is None:
        return old or new
    if old.sum.currency != new.sum.currency:
        return new
    return new if new.sum > old.sum else old
