"""What the policy knows, and one of its languages has no words for: a letter would call it by its code."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from shared.policy.policy import Policy
from shared.policy.tree import Branch, Place, read_tree
from shared.policy.wording import WORDS


def unnamed(policy: Policy) -> Iterator[tuple[Place, str]]:
    """Where words are missing, and the fix, language by language."""
    needed = {section: frozenset(names) for section, names in _needed(policy)}
    for language, spoken in policy.wording.languages.items():
        file = Path(policy.wording.folder) / language / WORDS
        for section, names in needed.items():
            words: dict[str, str] = getattr(spoken.words, section)
            for name in sorted(names - words.keys()):
                yield _place(file, section), f"`{section}` has no words for `{name}`, which the policy knows: add them"


def _needed(policy: Policy) -> Iterator[tuple[str, Iterable[str]]]:
    """By section of the words, what a letter may come to name."""
    rows, rounds, payouts = policy.applies.rows, policy.rounds, policy.payouts
    yield "claims", policy.claims
    yield "things", (row.kind for row in rows if row.kind)
    yield "forms", (f"{option.form}{by}" for option in rounds.menu for by in (("", "-by") if option.role else ("",)))
    yield "situations", (signal.name for signal in policy.signals if signal.grave)
    owners = (owned.owner for owned in payouts.forms.values())
    people = (rounds.person, rounds.final_say, payouts.owner, *owners, *(signal.person for signal in policy.signals))
    clocks = (rung.to for pack in policy.clocks for rung in pack.rungs)
    yield "roles", (role for role in (*policy.approvals.roles, *people, *clocks) if role)


def _place(file: Path, section: str) -> Place:
    """Where the section begins."""
    tree = read_tree(file)
    return tree.places.get(section, tree.place) if isinstance(tree, Branch) else tree.place
