"""How the house's promises and offers get from its files into its decisions, or are refused with file, line and fix."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from shared.errors import Misconfigured
from shared.policy.applications import check_applications
from shared.policy.checks import check
from shared.policy.fulfilment import check_payouts
from shared.policy.language.judging.compile import Compiled, compile_schedule
from shared.policy.language.proving.proofs import prove
from shared.policy.language.reading.read import read_schedule
from shared.policy.packs import HOUSE
from shared.policy.policy import Policy
from shared.policy.shape import Places, read_shape
from shared.policy.tree import Branch, Leaf, Node, Place, Row, nearest, read_tree
from shared.policy.wording import FOLDER as WORDING
from shared.policy.wording import read_wording

SCHEDULES, CLOCKS = "schedules", "clocks"
FILES = (
    "policy.yaml",
    "applies.yaml",
    "claims.yaml",
    "signals.yaml",
    "calendars.yaml",
    "menu.yaml",
    "limits.yaml",
    "delivery.yaml",
    "approvals.yaml",
)
PARTS = ("applies", "claims", "signals", "calendars", "limits", "delivery", "approvals")
"""What has a file of its own, of that name. Of `schedules` and `clocks` each one has a file."""
HOMES = {part: f"{part}.yaml" for part in PARTS} | {
    "schedules": "schedules/NAME.yaml",
    "clocks": "clocks/NAME.yaml",
    "wording": "wording/LANGUAGE/",
    "digest": "no file at all",
}
"""What belongs elsewhere than into policy.yaml."""


def load_policy(folder: Path) -> Policy:
    """The policy in `folder`: policy.yaml, the files beside it, of schedules/ what applies somewhere, and wording/.

    Raises Misconfigured, one line with file, line, what is wrong and the nearest right thing.
    """
    policy, places = read_shape(_whole(folder), Policy)
    check(policy, places)
    schedules = _schedules(folder, policy, places)
    check_applications(policy, schedules, places)
    check_payouts(policy, schedules, places)
    language = places.get(("house", "language"), places["house",])
    wording = read_wording(folder / WORDING, policy.house.language, language)
    policy = msgspec.structs.replace(policy, wording=wording)
    return msgspec.structs.replace(policy, schedules=schedules, digest=digest(policy, schedules))


def digest(policy: Policy, schedules: Mapping[str, Compiled]) -> str:
    """What the policy means, in 16 hex digits: spacing, comments and the order of names do not count."""
    said = msgspec.structs.replace(policy.wording, folder="")
    plain = msgspec.to_builtins(
        msgspec.structs.replace(policy, schedules={}, wording=said), builtin_types=(Decimal, timedelta)
    )
    written = {name: _plain(read_tree(one.schedule.place.file)) for name, one in schedules.items()}
    meaning = _meaning(plain | {"schedules": written})
    return hashlib.sha256(msgspec.json.encode(meaning, order="sorted")).hexdigest()[:16]


def _meaning(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _meaning(item) for name, item in value.items() if name != "digest"}
    if isinstance(value, list | tuple):
        return [_meaning(item) for item in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value


def _plain(node: Node) -> Any:
    match node:
        case Leaf(text=text):
            return text
        case Row(items=items):
            return [_plain(item) for item in items]
        case Branch(entries=entries):
            return {name: _plain(item) for name, item in entries.items()}


def _schedules(folder: Path, policy: Policy, places: Places) -> dict[str, Compiled]:
    """The schedules that the policy names, each read, compiled and proved; the others rest until one names them."""
    found: dict[str, Compiled] = {}
    for n, row in enumerate(policy.applies.rows):
        file = folder / SCHEDULES / f"{row.schedule}.yaml"
        if not file.is_file():
            there = (other.stem for other in file.parent.glob("*.yaml"))
            places["applies", "rows", n, "schedule"].refuse(
                f"there is no {SCHEDULES}/{row.schedule}.yaml: {nearest(row.schedule, there)}"
            )
        if row.schedule not in found:
            found[row.schedule] = _ready(file)
    return found


def _ready(file: Path) -> Compiled:
    schedule = read_schedule(file)
    if schedule.name != file.stem:
        schedule.place.refuse(
            f"`schedule: {schedule.name}` stands in another file's name: call it {schedule.name}.yaml"
        )
    compiled = compile_schedule(schedule)
    prove(schedule, compiled)
    return compiled


def _whole(folder: Path) -> Branch:
    """The files put together as one tree in the shape of a Policy."""
    _nothing_unread(folder)
    head = _named(read_tree(folder / "policy.yaml"))
    for name, home in HOMES.items():
        if name in head.entries:
            head.places[name].refuse(f"`{name}` belongs into {home}, not here")
    rounds = head.entries.get("rounds")
    menu = read_tree(folder / "menu.yaml")
    parts: dict[str, Node] = {name: read_tree(folder / f"{name}.yaml") for name in PARTS}
    parts["clocks"] = _packs(folder / CLOCKS)
    if isinstance(rounds, Branch):
        if "menu" in rounds.entries:
            rounds.places["menu"].refuse("`menu` belongs into menu.yaml, not here")
        parts["rounds"] = _joined(rounds, {"menu": menu})
    return _joined(head, parts)


def _packs(folder: Path) -> Row:
    """Each regime's clocks, in the order of their names."""
    packs = {file.stem: _named(read_tree(file)) for file in sorted(folder.glob("*.yaml"))}
    for name, pack in packs.items():
        said = pack.entries.get("pack")
        if isinstance(said, Leaf) and said.text != name:
            said.place.refuse(f"`pack: {said.text}` stands in another file's name: call it {said.text}.yaml")
    return Row(Place(folder / f"{HOUSE}.yaml", 1), tuple(packs.values()))


def _nothing_unread(folder: Path) -> None:
    """Raises Misconfigured for a file that is missing, or that nobody would read."""
    if not folder.is_dir():
        raise Misconfigured(f"{folder}: there is no such folder: AMENDS_POLICY names the folder of policy.yaml")
    for name in (*FILES, f"{CLOCKS}/{HOUSE}.yaml"):
        if not (folder / name).is_file():
            raise Misconfigured(
                f"{folder / name}: the file is missing: a policy has {', '.join(FILES)}, {CLOCKS}/{HOUSE}.yaml, schedules/ "
                "and wording/"
            )
    for file in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        path = str(file.relative_to(folder))
        if path.startswith(f"{WORDING}/"):
            continue
        if path not in FILES and not (file.parent in (folder / SCHEDULES, folder / CLOCKS) and file.suffix == ".yaml"):
            there = [*FILES, "schedules/NAME.yaml", "clocks/NAME.yaml"]
            raise Misconfigured(f"{file}: nothing reads this file: {nearest(path, there)}")


def _named(node: Node) -> Branch:
    if not isinstance(node, Branch):
        node.place.refuse("named entries belong here: `version: …`, `house: …` and so on")
    return node


def _joined(branch: Branch, more: Mapping[str, Node]) -> Branch:
    places = {name: node.place for name, node in more.items() if name not in branch.places}
    return Branch(branch.place, {**branch.entries, **more}, {**places, **branch.places})
