"""Whether somebody can decide on every wish, in time, and nobody is named who is not there."""

from collections.abc import Iterator
from itertools import pairwise

from shared.policy.policy import Policy
from shared.policy.shape import Path, Places
from shared.policy.tree import nearest


def check_approvals(policy: Policy, places: Places) -> None:
    """Raises Misconfigured at the first thing that does not fit, with its place."""
    for one in (_levels, _rising, _bounds, _roles):
        one(policy, places)


def _levels(policy: Policy, places: Places) -> None:
    approvals = policy.approvals
    if not approvals.levels:
        places["approvals", "levels"].refuse("nobody says yes or no: name at least one level")
    seen: set[str] = set()
    for n, level in enumerate(approvals.levels):
        here: Path = ("approvals", "levels", n)
        if level.role in seen:
            places[*here, "role"].refuse(f"`{level.role}` has a level already: one role stands on one level")
        seen.add(level.role)
        if level.calendar not in policy.calendars:
            places[*here, "calendar"].refuse(
                f"there is no calendar `{level.calendar}`: {nearest(level.calendar, policy.calendars)}"
            )
        if not level.within:
            places[*here, "within"].refuse("nobody answers in no time: write it like `4 h`")
    for role, path in ((approvals.weighs, ("weighs",)), (approvals.doubt.role, ("doubt", "role"))):
        if role not in seen:
            places["approvals", *path].refuse(f"`{role}` has no level: {nearest(role, seen)}")


def _rising(policy: Policy, places: Places) -> None:
    """Whoever is asked next may give at least as much."""
    for n, (lower, higher) in enumerate(pairwise(policy.approvals.levels), 1):
        here: Path = ("approvals", "levels", n)
        if higher.share < lower.share:
            places[*here, "share"].refuse(f"it is less than that of `{lower.role}` below: at least {lower.share}")
        if higher.up_to and not lower.up_to:
            places[*here, "up_to"].refuse(f"`{lower.role}` below has no such bound: name one there, or none here")
        for money in lower.up_to:
            if higher.up_to and not any(money.currency == most.currency and money <= most for most in higher.up_to):
                places[*here, "up_to"].refuse(
                    f"`{lower.role}` below may give {money.amount} {money.currency}: no less here"
                )


def _bounds(policy: Policy, places: Places) -> None:
    """Nobody goes above the ceiling; and the last of all is bound by the loss alone, which is the reason for every no."""
    for n, level in enumerate(policy.approvals.levels):
        if level.share > policy.rounds.ceiling:
            places["approvals", "levels", n, "share"].refuse(
                f"an approver may not go above the ceiling: at most {policy.rounds.ceiling}"
            )
    last = len(policy.approvals.levels) - 1
    if policy.approvals.levels[last].up_to:
        places["approvals", "levels", last, "up_to"].refuse(
            "nobody could decide on what is above this: leave the sums of the last level out, `share` bounds it"
        )


def _roles(policy: Policy, places: Places) -> None:
    roles = policy.approvals.roles
    if len(set(roles)) < len(roles):
        places["approvals", "roles"].refuse("a role is named twice: keep one")
    for role, path in _named(policy):
        if role not in roles:
            places[path].refuse(f"there is no role `{role}` in approvals.yaml: {nearest(role, roles)}")


def _named(policy: Policy) -> Iterator[tuple[str, Path]]:
    """Every role that the policy hands something to, and where."""
    yield policy.rounds.person, ("rounds", "person")
    yield policy.rounds.final_say, ("rounds", "final_say")
    for n, level in enumerate(policy.approvals.levels):
        yield level.role, ("approvals", "levels", n, "role")
    for n, signal in enumerate(policy.signals):
        if signal.person:
            yield signal.person, ("signals", n, "person")
    for n, option in enumerate(policy.rounds.menu):
        if option.role:
            yield option.role, ("rounds", "menu", n, "role")
