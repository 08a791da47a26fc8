"""Whether each regime's clocks can be kept and told apart: one for every complaint, each rung with one way to count."""

import re
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import get_args
from zoneinfo import available_timezones

from shared.policy.packs import HOUSE, PROGRESS, Owed, Pack, Rung
from shared.policy.policy import Policy
from shared.policy.shape import Path, Places
from shared.policy.tree import nearest

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
NONE = timedelta()
ORDER: tuple[Owed, ...] = get_args(Owed)


def check_packs(policy: Policy, places: Places) -> None:
    """Raises Misconfigured at the first thing that does not fit, with its place."""
    if not policy.clocks:
        return
    if HOUSE not in {pack.pack for pack in policy.clocks}:
        places["clocks",].refuse(f"there is no clocks/{HOUSE}.yaml: it is for all that no other pack is for")
    for n, pack in enumerate(policy.clocks):
        _where(pack, places, ("clocks", n))
        _pack(pack, places, ("clocks", n))
        for m, rung in enumerate(pack.rungs):
            _rung(pack, rung, policy, places, ("clocks", n, "rungs", m))
        _order(pack, places, ("clocks", n, "rungs"))
    _apart(policy, places)


def _where(pack: Pack, places: Places, path: Path) -> None:
    named = pack.jurisdictions or pack.kinds
    if pack.pack == HOUSE and (named or pack.begins or pack.ends):
        places[*path, "pack"].refuse(f"`{HOUSE}` is for all that no other pack is for: leave out where it applies")
    if pack.pack != HOUSE and not named:
        places[*path, "pack"].refuse("it says nowhere what it is for: name its `jurisdictions` or `kinds`")
    if pack.begins and pack.ends and pack.ends < pack.begins:
        places[*path, "ends"].refuse(f"it ends before it begins: write a day from {pack.begins} on")
    if pack.zone not in available_timezones():
        places[*path, "zone"].refuse(f"`{pack.zone}` is no time zone: write it like `Europe/London`")


def _pack(pack: Pack, places: Places, path: Path) -> None:
    if pack.progress_every == NONE:
        places[*path, "progress_every"].refuse("nobody can hear from us at every moment: write it like `14 days`")
    if len(set(pack.pauses)) < len(pack.pauses):
        places[*path, "pauses"].refuse("a way of waiting is named twice: keep one")
    if not pack.rungs:
        places[*path, "rungs"].refuse("a pack without rungs promises nothing: name one, or remove the file")
    names = [rung.name for rung in pack.rungs]
    for n, name in enumerate(names):
        if not CODE.fullmatch(name) or name == PROGRESS:
            places[*path, "rungs", n, "name"].refuse(f"`{name}` is no name of a rung: write it like `final-response`")
        if name in names[:n]:
            places[*path, "rungs", n, "name"].refuse(f"`{name}` is taken by another rung: each has a name of its own")


def _rung(pack: Pack, rung: Rung, policy: Policy, places: Places, path: Path) -> None:
    here = places[*path, "name"]
    if (rung.within is None) == (rung.working_days is None):
        here.refuse(f"`{rung.name}` needs one way to count: `within: 8 weeks` or `working_days: 15`")
    if rung.working_days and rung.calendar is None:
        places[*path, "working_days"].refuse("working days are those of a calendar: add `calendar: …`")
    if rung.calendar is not None and rung.calendar not in policy.calendars:
        places[*path, "calendar"].refuse(
            f"there is no calendar `{rung.calendar}`: {nearest(rung.calendar, policy.calendars)}"
        )
    if rung.within == NONE:
        places[*path, "within"].refuse("nothing is done in no time: write it like `8 weeks`")
    if rung.names_body and pack.body is None:
        places[*path, "names_body"].refuse("the pack names no `body`: add one with `name` and `where`")
    if rung.warn is not None:
        _warning(rung, places, (*path, "warn"))


def _warning(rung: Rung, places: Places, path: Path) -> None:
    """In plain time, whatever the rung counts in: the least time that it can have is compared."""
    if rung.due == "acknowledgement":
        places[path].refuse("before an acknowledgement there is nothing to report: leave `warn` out")
    least = rung.within if rung.within is not None else timedelta(days=rung.working_days or 0)
    if not NONE < rung.warn < least:  # type: ignore[operator]
        places[path].refuse(f"a warning comes between the start and the end: write less than {least.days or 1} days")


def _order(pack: Pack, places: Places, path: Path) -> None:
    for n, (one, other) in enumerate(pairwise(pack.rungs), start=1):
        if ORDER.index(other.due) < ORDER.index(one.due):
            places[*path, n, "due"].refuse(f"`{other.name}` stands behind what is due after it: put it first")


def _apart(policy: Policy, places: Places) -> None:
    """No complaint has two regimes, so that the order of files means nothing."""
    for (n, one), (m, other) in combinations(enumerate(policy.clocks), 2):
        if one.pack == other.pack:
            places["clocks", m, "pack"].refuse(f"`{one.pack}` is the name of another pack")
        if HOUSE not in (one.pack, other.pack) and _overlap(one, other):
            places["clocks", max(n, m), "pack"].refuse(
                f"`{one.pack}` and `{other.pack}` are for the same complaints: part them by `jurisdictions`, `kinds` or days"
            )


def _overlap(one: Pack, other: Pack) -> bool:
    return (
        _meet(one.jurisdictions, other.jurisdictions)
        and _meet(one.kinds, other.kinds)
        and (one.begins or date.min) <= (other.ends or date.max)
        and (other.begins or date.min) <= (one.ends or date.max)
    )


def _meet(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return not some or not others or not set(some).isdisjoint(others)
