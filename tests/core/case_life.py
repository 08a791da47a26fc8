"""Draws docs/case-life.md from the one table of the case's life: `python -m tests.core.case_life` writes it anew."""

import re
from pathlib import Path
from typing import get_args

from services.offer.case import State
from services.offer.life import LIFE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "case-life.md"
ENDS = ("settled", "declined", "expired", "joined", "withdrawn", "history")
HEAD = """# The life of a case

Drawn from `services/offer/life.py`, the one table of what counts in which state; a test walks every state with every
event and holds the decisions to it. A state that an event leaves as it is has no arrow; the table below has it all the same.

"""


def words(name: str) -> str:
    """`OptionsRejected` → options rejected."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def arrows() -> dict[tuple[str, str], list[str]]:
    """From where to where, and by what."""
    found: dict[tuple[str, str], list[str]] = {}
    for state, row in LIFE.items():
        for heard, leads in row.items():
            for after in leads:
                if after != state:
                    found.setdefault((state, after), []).append(words(heard.__name__))
    return found


def diagram() -> str:
    lines = ["stateDiagram-v2", "    [*] --> unopened"]
    lines += [f"    {one} --> {other}: {', '.join(heard)}" for (one, other), heard in arrows().items()]
    lines += [f"    {end} --> [*]" for end in ENDS]
    return "\n".join(lines)


def rows() -> str:
    lines = ["| in this state | this counts | and leads to |", "|---|---|---|"]
    for state in get_args(State):
        for heard, leads in LIFE[state].items():
            lines.append(f"| {state} | {words(heard.__name__)} | {', '.join(leads)} |")
    return "\n".join(lines)


def page() -> str:
    return f"{HEAD}```mermaid\n{diagram()}\n```\n\n{rows()}\n"


if __name__ == "__main__":
    PAGE.write_text(page())
