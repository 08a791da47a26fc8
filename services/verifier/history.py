"""What the house itself remembers about a customer: how often it failed them, and what that has cost."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.verifier.letters import Letter, Letters
from shared.events import Subject, VerdictReached
from shared.policy.language.form.schedule import Schedule

YEAR = timedelta(days=365)


def earlier(letter: Letter, letters: Letters) -> tuple[VerdictReached, ...]:
    """What was said to this customer about letters of the twelve months before, by when those were received."""
    assert letter.received_at is not None
    begins = letter.received_at - YEAR
    verdicts = (
        other.verdict for other in letters.letters.values() if other.case != letter.case and other.verdict is not None
    )
    return tuple(
        sorted(
            (verdict for verdict in verdicts if begins <= verdict.received_at < letter.received_at),
            key=lambda verdict: (verdict.received_at, verdict.complaint),
        )
    )


def remembered(schedule: Schedule, subject: Subject | None, before: Sequence[VerdictReached]) -> dict[str, Any]:
    """What the house remembers of the twelve months before, by verdicts alone and never by complaints.

    `failures_12_months` counts broken promises, `failures_of_subject_12_months` those about this subject, and `remedies`
    lists what was owed under this very schedule about this subject, each with the date that it was judged by.
    """
    broken = [one for one in before if one.promise == "broken"]
    of_subject = [one for one in before if one.subject == subject]
    return {
        "failures_12_months": len(broken),
        "failures_of_subject_12_months": sum(one.subject == subject for one in broken),
        "remedies": [
            {"on": (one.as_of or one.received_at.date()).isoformat(), "amount": str(one.remedy.sum.amount)}
            for one in of_subject
            if one.schedule == schedule.name and one.remedy is not None
        ],
    }
