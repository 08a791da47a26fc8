"""Days and moments as the clauses of a verdict read them, so that a letter shows what was measured."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def days_late(text: str, promised: date | None, delivered: date | None) -> int | None:
    """The days between both, or else as a clause read them; nothing where it read something else."""
    if promised and delivered:
        return (delivered - promised).days
    return int(text) if text.isascii() and text.isdigit() else None


def day(text: str, zone: str) -> date | None:
    """The local date of a date or an instant as a clause read it; nothing where it read something else."""
    try:
        if len(text) == len("2018-02-10"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(ZoneInfo(zone)).date() if moment.tzinfo else moment.date()


def moment(text: str) -> datetime | None:
    """An instant as a clause read it; nothing where it read something else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo and len(text) > len("2018-02-10") else None
