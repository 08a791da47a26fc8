"""Words that staff read everywhere: sums, codes and lists, written in one way."""

from collections.abc import Sequence
from datetime import datetime

from shared.events import Option
from shared.money import Money


def money(amount: Money) -> str:
    """As it is printed for staff: the code, then the amount."""
    return f"{amount.currency} {amount.amount}"


def words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ").replace("-", " ")


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    *most, last = parts or ("nothing",)
    return f"{', '.join(most)} and {last}" if most else last


def when(at: datetime) -> str:
    """The day and the minute, where the reader is."""
    return f"{at.astimezone():%d %b %H:%M}"


def option(offered: Option) -> str:
    """Its form, and what it is worth."""
    return words(offered.form) + (f" {money(offered.amount)}" if offered.amount else "")
