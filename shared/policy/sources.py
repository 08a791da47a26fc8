"""What a schedule may ask of whom: the names that the letter, an incident and the house's own memory know.

A measurement knows whatever operations state, and the customer is asked whatever a schedule wants to know of them.
"""

from collections.abc import Mapping
from difflib import get_close_matches

NAMES: Mapping[str, tuple[str, ...]] = {
    "complaint": (
        "received_at",
        "occurred_at",
        "since",
        "until",
        "category",
        "channel",
        "jurisdiction",
        "sought",
        "paid",
        "currency",
    ),
    "incident": ("service", "severity", "started_at", "resolved_at", "cause", "responsible", "proved", "summary"),
    "history": ("failures_12_months", "failures_of_subject_12_months", "remedies"),
}
PARTS: Mapping[str, tuple[str, ...]] = {"remedies": ("on", "amount")}
"""The fields of an entry, where history gives a list."""


def wrong_name(source: str, name: str) -> str | None:
    """What is wrong with asking this source for that name, with the nearest right one; None where it knows it."""
    known = NAMES.get(source)
    if known is None or name in known:
        return None
    close = get_close_matches(name, known, n=1)
    fix = f"did you mean `{close[0]}`?" if close else "it knows " + ", ".join(f"`{one}`" for one in known)
    return f"no {source} knows `{name}`: {fix}"
