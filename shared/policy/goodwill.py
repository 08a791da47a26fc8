"""Whether the limits on what is given because we are sorry can be kept as they are written."""

from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from shared.policy.limits import LONGEST
from shared.policy.policy import Policy
from shared.policy.shape import Path, Places
from shared.policy.tree import nearest

CAUSES = ("contacts", "hand_overs", "waiting")


def check_limits(policy: Policy, places: Places) -> None:
    """Raises Misconfigured at the first thing that does not fit, with its place."""
    for one in (_times, _tiers, _budget, _raises):
        one(policy, places)


def _times(policy: Policy, places: Places) -> None:
    limits = policy.limits
    for path, time in {
        ("limits", "within"): limits.within,
        ("limits", "repeats", "within"): limits.repeats.within,
    }.items():
        if time == timedelta():
            places[path].refuse("nothing counts within no time: write it like `365 days`")
        if time > LONGEST:
            places[path].refuse(f"what is older than {LONGEST.days} days is forgotten: look back at most so long")


def _tiers(policy: Policy, places: Places) -> None:
    for name in policy.limits.tiers:
        if name != name.strip() or not name:
            places["limits", "tiers", name].refuse("a tier is a word of the CRM's: write it as it stands there")


def _budget(policy: Policy, places: Places) -> None:
    """The soft line comes before the hard one."""
    budget, here = policy.limits.budget, ("limits", "budget")
    try:
        ZoneInfo(budget.zone)
    except (KeyError, ValueError, OSError):
        places[*here, "zone"].refuse(f"`{budget.zone}` is no time zone: {nearest(budget.zone, available_timezones())}")
    hard = {line.currency: line.amount for line in budget.hard}
    for n, line in enumerate(budget.soft):
        if line.currency in hard and line.amount > hard[line.currency]:
            places[*here, "soft", n].refuse(
                f"it is above the hard line of {hard[line.currency]} {line.currency}: the soft line comes before it"
            )


def _raises(policy: Policy, places: Places) -> None:
    """Each row speaks of one thing, and says more than the rows below it."""
    for n, row in enumerate(policy.limits.raises):
        here: Path = ("limits", "raises", n)
        named = [cause for cause in CAUSES if getattr(row, cause) is not None]
        if len(named) != 1:
            places[here].refuse(f"a row speaks of one thing: name one of {', '.join(f'`{cause}`' for cause in CAUSES)}")
        if row.waiting == timedelta():
            places[*here, "waiting"].refuse("nobody waits for no time: write it like `21 days`")
        for other in policy.limits.raises[:n]:
            mine, theirs = getattr(row, named[0]), getattr(other, named[0])
            if theirs is not None and (theirs >= mine or other.by >= row.by):
                places[here].refuse(f"it adds nothing to an earlier row of `{named[0]}`: let both numbers rise")
