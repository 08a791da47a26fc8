"""What is said to the customer about the promise, and when a later word may take the place of an earlier one."""

from typing import Any

from msgspec.structs import replace

from services.verifier.judge import NOT_YET_DUE, Finding
from services.verifier.letters import Letter
from shared.events import Outcome, Promise, VerdictReached
from shared.policy.policy import DeliverySchedule, Policy
from shared.remedy import Remedy, remedy_of

FAVOUR: dict[tuple[Outcome, Promise], int] = {
    ("not_owed", "kept"): 0,
    ("not_owed", "unknown"): 1,
    ("cannot_tell", "unknown"): 2,
    ("not_owed", "broken"): 3,
    ("cannot_tell", "broken"): 4,
    ("owed", "broken"): 5,
}
"""How much a verdict is in the customer's favour."""
STANDS = "said-before-and-stands"


def verdict_of(
    policy: Policy,
    letter: Letter,
    finding: Finding,
    schedule: DeliverySchedule | None,
    incident: str | None,
    event: Any,
) -> VerdictReached:
    """The finding as a verdict on this complaint, at the moment of the event that asked for it."""
    assert letter.received_at is not None
    return VerdictReached(
        customer=event.customer,
        at=event.at,
        complaint=letter.complaint,
        source=letter.source,
        outcome=finding.outcome,
        promise=finding.promise,
        severity=finding.severity,
        schedule=schedule.name if schedule else "none",
        policy=policy.version,
        policy_digest=policy.digest,
        received_at=letter.received_at,
        reasons=finding.reasons,
        clauses=finding.clauses,
        missing=finding.missing,
        remedy=remedy_of(finding.remedy) if finding.remedy else None,
        contested=finding.contested,
        ongoing=finding.ongoing,
        subject=letter.subject,
        category=letter.category,
        paid=finding.paid,
        lost=finding.paid,
        sought=letter.sought,
        incident=incident,
    )


def better(old: VerdictReached, new: VerdictReached, *, in_time: bool) -> VerdictReached | None:
    """The verdict that replaces `old`; None where the new one is no better for the customer and ends no failure.

    What was only provisional gives way to any verdict: that it was not due yet, and, while the wait for evidence is not
    over by the new one's own time (`in_time`), that a record was missing.
    """
    if NOT_YET_DUE in old.reasons:
        return None if NOT_YET_DUE in new.reasons else new
    if old.missing and old.promise == "unknown" and in_time and not new.missing:
        return new
    joined = _joined(old, new)
    return None if _weight(joined) == _weight(old) else joined


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
        ongoing=old.ongoing and not ended,
        reasons=(*(reason for reason in old.reasons if reason != STANDS), STANDS),
        clauses=new.clauses,
        policy=new.policy,
        policy_digest=new.policy_digest,
    )


def _weight(verdict: VerdictReached) -> tuple[int, int, Remedy | None, bool]:
    return _favour(verdict), verdict.severity, verdict.remedy, verdict.ongoing


def _favour(verdict: VerdictReached) -> int:
    return FAVOUR[verdict.outcome, verdict.promise]


def _larger(old: Remedy | None, new: Remedy | None) -> Remedy | None:
    """The larger sum; in another currency there is no larger one, so what was said first stands."""
    if old is None or new is None:
        return old or new
    return new if old.sum.currency == new.sum.currency and new.sum > old.sum else old
