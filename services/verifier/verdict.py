"""What is said to the customer about the promise, and when a later word may take the place of an earlier one."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from services.verifier.applies import NOT_PROVIDED
from services.verifier.judge import Part
from services.verifier.letters import Letter
from services.verifier.matter import Matter
from services.verifier.weighing import deciding, favour, owed_in_all
from shared.events import VerdictReached
from shared.policy.policy import Policy
from shared.remedy import Remedy

STANDS = "said-before-and-stands"


def verdict_of(policy: Policy, letter: Letter, matter: Matter, parts: Sequence[Part], event: Any) -> VerdictReached:
    """The parts as one verdict on this complaint, at the moment of the event that asked for it."""
    assert letter.received_at is not None
    first = deciding(parts, beside=(NOT_PROVIDED,))
    judged = first.judged
    return VerdictReached(
        customer=event.customer,
        at=event.at,
        complaint=letter.complaint,
        source=letter.source,
        outcome=judged.outcome,
        promise=judged.promise,
        severity=max(part.judged.severity for part in parts),
        schedule=judged.schedule,
        policy=policy.version,
        policy_digest=policy.digest,
        received_at=letter.received_at,
        reasons=judged.reasons,
        clauses=judged.clauses,
        missing=judged.missing,
        remedy=owed_in_all(parts),
        contested=any(part.judged.contested for part in parts),
        ongoing=any(part.judged.ongoing for part in parts),
        judged_as_of=first.judged_as_of,
        again=first.again,
        as_of=judged.as_of,
        facts=judged.facts,
        claims=tuple(part.judged for part in parts) if len(parts) > 1 else (),
        subject=letter.subject,
        category=letter.category,
        paid=matter.paid,
        lost=matter.paid,
        sought=letter.sought,
        signals=letter.signals,
        concerns=tuple(sorted({claim for part in parts for claim in part.judged.claims})),
        incident=next((part.incident for part in parts if part.incident), None),
    )


def better(old: VerdictReached, new: VerdictReached, *, in_time: bool) -> VerdictReached | None:
    """The verdict that replaces `old`; None where the new one is no better for the customer and ends no failure.

    What was only provisional gives way to any verdict: that it was not due yet, and, while the wait for evidence is not
    over by the new one's own time (`in_time`), that a record was missing.
    """
    if is_not_yet_due(old):
        return None if is_not_yet_due(new) else new
    if old.missing and old.promise == "unknown" and in_time and not new.missing:
        return new
    joined = _joined(old, new)
    return None if _weight(joined) == _weight(old) else joined


def is_not_yet_due(verdict: VerdictReached) -> bool:
    """Nothing is owed, and time alone may change that."""
    return verdict.outcome == "not_owed" and verdict.promise == "unknown" and verdict.again is not None


def _joined(old: VerdictReached, new: VerdictReached) -> VerdictReached:
    """The better of both in every part: neither what is owed nor the severity ever falls."""
    severity, remedy = max(old.severity, new.severity), _larger(old.remedy, new.remedy)
    if _favour(new) >= _favour(old):
        return replace(new, severity=severity, remedy=remedy)
    ended = not (new.ongoing or new.missing)
    return replace(
        old,
        at=new.at,
        severity=severity,
        signals=new.signals,
        ongoing=old.ongoing and not ended,
        reasons=(*(reason for reason in old.reasons if reason != STANDS), STANDS),
        clauses=new.clauses,
        policy=new.policy,
        policy_digest=new.policy_digest,
    )


def _weight(verdict: VerdictReached) -> tuple[int, int, Remedy | None, bool]:
    return _favour(verdict), verdict.severity, verdict.remedy, verdict.ongoing


def _favour(verdict: VerdictReached) -> int:
    return favour(verdict.outcome, verdict.promise)


def _larger(old: Remedy | None, new: Remedy | None) -> Remedy | None:
    """The larger one; in another currency there is no larger one, so what was said first stands."""
    if old is None or new is None:
        return old or new
    return new if old.sum.currency == new.sum.currency and new.sum > old.sum else old
