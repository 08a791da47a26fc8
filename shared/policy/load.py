"""How the house's promises and offers get from its files into its decisions, or are refused with file, line and fix."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from shared.errors import Misconfigured
from shared.policy.checks import check
from shared.policy.policy import Policy
from shared.policy.shape import read_shape
from shared.policy.tree import Branch, Node, Place, Row, nearest, read_tree

SCHEDULES = "schedules"
LIBRARY = "library"
"""Schedules of the policy language that no service judges by yet: `amends policy test` reads them."""
FILES = ("policy.yaml", "claims.yaml", "signals.yaml", "menu.yaml")

HOMES = {
    "claims": "claims.yaml",
    "signals": "signals.yaml",
    "schedules": "schedules/NAME.yaml",
    "digest": "no file at all",
}
"""What belongs elsewhere than into policy.yaml."""


def load_policy(folder: Path) -> Policy:
    """The policy in `folder`: policy.yaml, claims.yaml, signals.yaml, menu.yaml and schedules/*.yaml.

    Raises Misconfigured, one line with file, line, what is wrong and the nearest right thing.
    """
    policy, places = read_shape(_whole(folder), Policy)
    check(policy, places)
    return msgspec.structs.replace(policy, digest=digest(policy))


def digest(policy: Policy) -> str:
    """What the policy means, in 16 hex digits: spacing, comments and the order of names do not count."""
    meaning = _meaning(msgspec.to_builtins(policy, builtin_types=(Decimal, timedelta)))
    return hashlib.sha256(msgspec.json.encode(meaning, order="sorted")).hexdigest()[:16]


def _meaning(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _meaning(item) for name, item in value.items() if name != "digest"}
    if isinstance(value, list | tuple):
        return [_meaning(item) for item in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value


def _whole(folder: Path) -> Branch:
    """The files put together as one tree in the shape of a Policy."""
    _nothing_unread(folder)
    head = _named(read_tree(folder / "policy.yaml"))
    for name, home in HOMES.items():
        if name in head.entries:
            head.places[name].refuse(f"`{name}` belongs into {home}, not here")
    rounds = head.entries.get("rounds")
    menu = read_tree(folder / "menu.yaml")
    parts: dict[str, Node] = {name: read_tree(folder / f"{name}.yaml") for name in ("claims", "signals")}
    parts["schedules"] = _schedules(folder)
    if isinstance(rounds, Branch):
        if "menu" in rounds.entries:
            rounds.places["menu"].refuse("`menu` belongs into menu.yaml, not here")
        parts["rounds"] = _joined(rounds, {"menu": menu})
    return _joined(head, parts)


def _nothing_unread(folder: Path) -> None:
    """Raises Misconfigured for a file that is missing, or that nobody would read."""
    if not folder.is_dir():
        raise Misconfigured(f"{folder}: there is no such folder: AMENDS_POLICY names the folder of policy.yaml")
    for name in FILES:
        if not (folder / name).is_file():
            raise Misconfigured(f"{folder / name}: the file is missing: a policy has {', '.join(FILES)} and schedules/")
    for file in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        path = str(file.relative_to(folder))
        homes = (folder / SCHEDULES, folder / LIBRARY)
        if path not in FILES and not (file.parent in homes and file.suffix == ".yaml"):
            raise Misconfigured(f"{file}: nothing reads this file: {nearest(path, [*FILES, 'schedules/NAME.yaml'])}")


def _schedules(folder: Path) -> Row:
    files = sorted((folder / SCHEDULES).glob("*.yaml"))
    if not files:
        raise Misconfigured(f"{folder / SCHEDULES}: there is no schedule: a promise is a file in it, NAME.yaml")
    return Row(Place(folder / SCHEDULES, 1), tuple(read_tree(file) for file in files))


def _named(node: Node) -> Branch:
    if not isinstance(node, Branch):
        node.place.refuse("named entries belong here: `version: …`, `house: …` and so on")
    return node


def _joined(branch: Branch, more: Mapping[str, Node]) -> Branch:
    places = {name: node.place for name, node in more.items() if name not in branch.places}
    return Branch(branch.place, {**branch.entries, **more}, {**places, **branch.places})
