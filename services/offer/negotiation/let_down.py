"""Whoever is let down a second time is not asked what would put it right: we come with options of our own, or a person does."""

from msgspec.structs import replace

from services.offer.case import Case, State
from shared.policy.policy import Policy

GETS_OPTIONS: frozenset[State] = frozenset({"apology", "options", "input", "expired", "settled"})


def let_down_again(case: Case, policy: Policy) -> Case:
    """What we had said would be done was not: a failure on top of the first one, and graver."""
    return replace(case, severity=min(4, case.severity + policy.promises.raises), again=True)


def gets_options(case: Case) -> bool:
    """Whether we come with options of our own: not where a person has the case, or a choice or a last word stands already."""
    return case.why is None and case.state in GETS_OPTIONS
