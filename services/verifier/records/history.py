"""What the house itself remembers about a customer: how often it failed them, and what that has cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.verifier.judging.failures import broken_once, owed_once
from services.verifier.letters import Letter, Letters
from shared.events import Subject, VerdictReached
from shared.policy.language.form.schedule import Schedule

YEAR = timedelta(days=365)


def said_before(letter: Letter, letters: Letters) -> tuple[VerdictReached, ...]:
    """What was said to this customer about other letters, none more than a year older, by when those were received."""
    assert letter.received_at is not None
    begins, own = letter.received_at - YEAR, letter.case
    others = [other.verdict for case, other in letters.letters.items() if other.verdict is not None and case != own]
    latest = [verdict for verdict in others if verdict.received_at >= begins]
    return tuple(sorted(latest, key=lambda verdict: (verdict.received_at, verdict.complaint)))


def remembered(
    schedule: Schedule,
    subject: Subject | None,
    received_at: datetime,
    said: Sequence[VerdictReached],
    failure: str | None = None,
) -> dict[str, Any]:
    """What the house remembers of the twelve months before, by verdicts alone and never by complaints.

    `failures_12_months` counts promises that were broken to whoever wrote before, `failures_of_subject_12_months` those
    about this subject. `remedies` lists what was owed under this very schedule about this subject, by whichever letter,
    each with the date that it was judged by: a limit holds in whatever order two letters are read. Each failure counts once,
    and the `failure` that is judged now is none that was before.
    """
    broken = broken_once((one for one in said if one.received_at < received_at), failure)
    return {
        "failures_12_months": len(broken),
        "failures_of_subject_12_months": sum(one.subject == subject for one in broken),
        "remedies": [
            {"on": (judged.as_of or one.received_at.date()).isoformat(), "amount": str(judged.remedy.sum.amount)}
            for one, judged in owed_once(said, failure)
            if one.subject == subject and judged.schedule == schedule.name and judged.remedy is not None
        ],
    }
