"""What we remember of what was found out: never less than was owed before, never milder than it was called before."""

from msgspec.structs import replace

from services.offer.case import Case, Grounds
from services.offer.payouts.once import failures_of
from shared.events import NOT_PROVIDED, VerdictReached
from shared.money import Money
from shared.remedy import Remedy


def judged(case: Case, verdict: VerdictReached) -> Case:
    """A later verdict replaces an earlier one, but neither what is owed nor the severity ever falls."""
    if case.state in ("withdrawn", "history"):
        return case
    return replace(
        case,
        severity=max(case.severity, verdict.severity),
        subject=verdict.subject or case.subject,
        outcome=verdict.outcome,
        promise=verdict.promise,
        grounds=grounds_of(verdict),
        paid=verdict.paid or case.paid,
        lost=verdict.lost or case.lost,
        sought=verdict.sought or case.sought,
        tier=verdict.tier or case.tier,
        received=verdict.received_at,
        schedule=verdict.schedule,
        concerns=tuple(sorted({*case.concerns, *verdict.concerns})),
        incident=verdict.incident or case.incident,
        owed=_larger(case.owed, owed_under(verdict)),
        in_kind=_in_kind(case, verdict),
        ongoing=verdict.ongoing,
        contested=verdict.contested,
        failures=_failures(case, verdict),
        stands=None if case.round else verdict,
    )


def grounds_of(verdict: VerdictReached) -> Grounds | None:
    """The only ground for declining: nothing is owed, and measurements that nobody contests show the promise kept."""
    if verdict.outcome != "not_owed" or verdict.promise != "kept" or verdict.contested:
        return None
    return Grounds(next(iter(verdict.reasons), "promise_kept"), verdict.clauses, verdict.schedule)


def never_promised(verdict: VerdictReached) -> bool:
    """Whether all that is claimed is something that the house does not promise."""
    return verdict.reasons == (NOT_PROVIDED,)


def owed_under(verdict: VerdictReached) -> Money | None:
    """The remedy under this verdict alone."""
    owed = verdict.remedy if verdict.outcome in ("owed", "owed_in_part") else None
    return owed.sum if owed else None


def _failures(case: Case, verdict: VerdictReached) -> dict[str, Money | None]:
    """Those of the verdict that owes the most, so that they are what is granted for; of equals those found last."""
    now = owed_under(verdict)
    found = failures_of(verdict, now)
    if case.owed is None:
        return found or case.failures
    largest = now is not None and now.currency == case.owed.currency and now >= case.owed
    return found if largest else case.failures


def _larger(before: Money | None, now: Money | None) -> Money | None:
    """Sums in two currencies are not compared: the first one stands, and a person sees to the other."""
    if before is None or now is None:
        return before or now
    return max(before, now) if before.currency == now.currency else before


def _in_kind(case: Case, verdict: VerdictReached) -> Remedy | None:
    """The remedy that is worth most, where it is no plain sum."""
    now = owed_under(verdict)
    if now is None or (case.owed is not None and _larger(case.owed, now) == case.owed):
        return case.in_kind
    return verdict.remedy if verdict.remedy and verdict.remedy.form else None
