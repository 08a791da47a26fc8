"""Whether every word of ours has a way to the customer, and whether that way is one that the law lets it take."""

import re
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import available_timezones

from shared.policy.policy import Policy
from shared.policy.shape import Path, Places
from shared.policy.tree import nearest

CODE = re.compile(r"[a-z][a-z0-9-]*")
COUNTRY = re.compile(r"[A-Z]{2}")


def check_delivery(policy: Policy, places: Places) -> None:
    """Raises Misconfigured at the first thing that does not fit, with its place."""
    for one in (_ways, _tries, _writing, _quiet, _manners):
        one(policy, places)


def _ways(policy: Policy, places: Places) -> None:
    said = policy.delivery
    for name in said.ways:
        if not CODE.fullmatch(name):
            places["delivery", "ways", name].refuse(f"`{name}` is no channel: write it in small letters, like `email`")
    if said.default not in said.ways:
        places["delivery", "default"].refuse(f"there is no way `{said.default}`: {nearest(said.default, said.ways)}")


def _tries(policy: Policy, places: Places) -> None:
    tries = policy.delivery.tries
    if tries.first <= timedelta():
        places["delivery", "tries", "first"].refuse("a server that is asked again at once says the same: write `1 min`")
    if tries.longest < tries.first:
        places["delivery", "tries", "longest"].refuse("`longest` is shorter than `first`: the waits only grow")
    if tries.give_up < tries.longest:
        places["delivery", "tries", "give_up"].refuse("it would be given up before the second try: make it longer")


def _writing(policy: Policy, places: Places) -> None:
    for n, rule in enumerate(policy.delivery.writing):
        here: Path = ("delivery", "writing", n)
        for m, jurisdiction in enumerate(rule.jurisdictions):
            if not COUNTRY.fullmatch(jurisdiction):
                places[*here, "jurisdictions", m].refuse(
                    f"`{jurisdiction}` is no country by ISO 3166: write it like `DE`"
                )
        _some_once(rule.jurisdictions, places, (*here, "jurisdictions"))
        _some_once(rule.kinds, places, (*here, "kinds"))


def _quiet(policy: Policy, places: Places) -> None:
    quiet = policy.delivery.quiet
    if quiet is None:
        return
    if quiet.zone not in available_timezones():
        places["delivery", "quiet", "zone"].refuse(
            f"`{quiet.zone}` is no time zone: {nearest(quiet.zone, available_timezones())}"
        )
    if quiet.begins.minutes % 1440 == quiet.ends.minutes % 1440:
        places["delivery", "quiet", "ends"].refuse("it would be quiet all day or never: let it end at another time")


def _some_once(names: Sequence[str], places: Places, path: Path) -> None:
    if not names:
        places[path].refuse("an empty list says nothing: name one, or remove the rule")
    for n, name in enumerate(names):
        if name in names[:n]:
            places[*path, n].refuse(f"`{name}` is named twice: keep one")


def _manners(policy: Policy, places: Places) -> None:
    for n, name in enumerate(policy.delivery.manners):
        if name != name.strip().casefold():
            places["delivery", "manners", n].refuse(f"`{name}` would never be met: write it in small letters")
