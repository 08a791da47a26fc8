"""Which time a letter speaks of: the moment that it names, or the days before it was written."""

from datetime import datetime, time, timedelta

from shared.policy.policy import Evidence

DAY, MIDNIGHT = timedelta(days=1), time()


def time_spoken_of(
    evidence: Evidence, occurred_at: datetime | None, last_letter: datetime
) -> tuple[datetime, datetime]:
    """When it failed: at the moment that the letter names, else in the days before the letter.

    Midnight stands for the whole day: it is how a day is written where a moment is asked for.
    """
    if occurred_at is None:
        return last_letter - evidence.looks_back, last_letter
    return occurred_at, occurred_at + (DAY if occurred_at.time() == MIDNIGHT else timedelta())


def about_then(evidence: Evidence, since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The same time with the policy's margin: what people remember and what operations wrote down may lie apart."""
    return since - evidence.margin, until + evidence.margin
