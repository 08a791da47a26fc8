"""A value that is not known, and why: a fact that is missing, or a sum that the schedule itself does not have."""

from dataclasses import dataclass

MISSING_FACT = "missing_fact"
NOT_COMPUTABLE = "not_computable"


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands where a value would stand. `facts`: the facts that were looked for, in the order of looking."""

    reason: str
    facts: tuple[str, ...] = ()


def missing_together(*values: object) -> Missing:
    """One for all that are missing among these values, of which one is: every name is reported, the first reason."""
    found = [one for one in values if type(one) is Missing]
    if len(found) == 1:
        return found[0]
    names = dict.fromkeys(name for one in found for name in one.facts)
    return Missing(found[0].reason, tuple(names))
