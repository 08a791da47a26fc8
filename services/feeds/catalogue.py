"""Which status pages and monitors this house listens to: read from the one file that operations edit."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from services.feeds import prometheus, statuspage, upptime
from services.feeds.prometheus import PrometheusFeed
from services.feeds.source import LONGEST, Ask, Reading
from services.feeds.statuspage import StatuspageFeed
from services.feeds.upptime import UpptimeFeed
from shared.policy.shape import read_shape
from shared.policy.tree import Branch, Leaf, Node, Place, Row, nearest, read_tree

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
FORM = 1
"""Of the cursors: raised when a newer code cannot go on from an older one's."""
SERVICE = 36
"""Characters of a service's name: with the feed's and the source's own name in front it must still be an id."""
SOONEST, LATEST = timedelta(seconds=1), timedelta(days=1)
WINDOW = timedelta(days=400)


class Poll(Struct, frozen=True):
    """How a feed is asked: how often, and with which environment variable's content as its bearer token."""

    every: timedelta = timedelta(minutes=1)
    token_from: str = ""


class Kind(NamedTuple):
    """One way of asking and reading: what the file says of such a feed, and the two functions."""

    shape: type[Any]
    ask: Callable[[Any, Mapping[str, Any], datetime], Ask | None]
    read: Callable[[Any, Mapping[str, Any], Ask, bytes], Reading]


KINDS = {
    "statuspage": Kind(StatuspageFeed, statuspage.ask, statuspage.read),
    "prometheus": Kind(PrometheusFeed, prometheus.ask, prometheus.read),
    "upptime": Kind(UpptimeFeed, upptime.ask, upptime.read),
}


class Entry(NamedTuple):
    """One feed of the file."""

    kind: str
    feed: Any
    poll: Poll

    @property
    def name(self) -> str:
        return str(self.feed.name)

    @property
    def meaning(self) -> str:
        """Of all that decides what an answer means: with another meaning the old cursor is worth nothing."""
        said = msgspec.to_builtins(self.feed) | {"kind": self.kind, "form": FORM, "report": None}
        return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()[:16]

    def ask(self, cursor: Mapping[str, Any], now: datetime) -> Ask | None:
        """What to ask next; None when there is nothing to ask yet."""
        return KINDS[self.kind].ask(self.feed, cursor, now)

    def read(self, cursor: Mapping[str, Any], asked: Ask, body: bytes) -> Reading:
        """What the answer means. Raises Unreadable."""
        return KINDS[self.kind].read(self.feed, cursor, asked, body)


def load_feeds(file: Path) -> tuple[Entry, ...]:
    """The feeds of the file, in its order. Raises Misconfigured, one line with file, line and fix."""
    root = _branch(read_tree(file))
    for name in root.entries:
        if name != "feeds":
            root.places[name].refuse(f"unknown name `{name}`: {nearest(name, ['feeds'])}")
    if "feeds" not in root.entries:
        root.place.refuse("`feeds` is missing here: add it (a list, `[]` for none)")
    listed = root.entries["feeds"]
    if not isinstance(listed, Row):
        listed.place.refuse("a list belongs here: begin each feed with `- name: …`, or write `[]` for none")
    entries: dict[str, Entry] = {}
    for node in listed.items:
        entry = _entry(_branch(node))
        if entry.name in entries:
            node.place.refuse(f"`{entry.name}` is the name of two feeds: give this one another")
        entries[entry.name] = entry
    return tuple(entries.values())


def _branch(node: Node) -> Branch:
    if not isinstance(node, Branch):
        node.place.refuse("named entries belong here: `name: value`, one a line")
    return node


def _entry(branch: Branch) -> Entry:
    kind = branch.entries.get("kind")
    if kind is None:
        branch.place.refuse(f"`kind` is missing here: add it (one of {', '.join(KINDS)})")
    if not isinstance(kind, Leaf) or kind.text not in KINDS:
        kind.place.refuse(f"there is no such kind of feed: {nearest(getattr(kind, 'text', ''), KINDS)}")
    of_poll = set(Poll.__struct_fields__)
    poll, _ = read_shape(_part(branch, lambda name: name in of_poll), Poll)
    shape = KINDS[kind.text].shape
    feed, _ = read_shape(_part(branch, lambda name: name not in {*of_poll, "kind"}), shape)
    entry = Entry(kind.text, feed, poll)
    _check(entry, branch)
    return entry


def _part(branch: Branch, wanted: Callable[[str], bool]) -> Branch:
    """The same place in the file, with only the entries that are wanted."""
    entries = {name: node for name, node in branch.entries.items() if wanted(name)}
    return Branch(branch.place, entries, branch.places)


def _check(entry: Entry, branch: Branch) -> None:
    """What a value's shape alone does not show. Raises Misconfigured."""

    def at(name: str) -> Place:
        return branch.places.get(name, branch.place)

    feed = entry.feed
    if not NAME.fullmatch(feed.name):
        at("name").refuse(f"`{feed.name}` is no name: up to 40 of a–z, 0–9 and `-`, like `acme-status`")
    address = urlsplit(feed.url)
    if address.scheme not in ("http", "https") or not address.hostname or address.username or address.fragment:
        at("url").refuse("that is no address to ask: write it like `https://status.example.com/api/v2/incidents.json`, "
                         "and a token into `token_from`")  # fmt: skip
    if not SOONEST <= entry.poll.every <= LATEST:
        at("every").refuse("it must be from `1 s` to `1 day`: 60 s is right for most")
    match feed:
        case StatuspageFeed() if not feed.services and not feed.otherwise:
            branch.place.refuse("nothing would ever be reported: add `services` (component: service), or `otherwise`")
        case UpptimeFeed() if len(set(feed.services.values())) < len(feed.services):
            at("services").refuse("two sites are one service here, and would overwrite each other: give each its own")
        case PrometheusFeed():
            _check_promise(feed, at)
    for service in (*getattr(feed, "services", {}).values(), getattr(feed, "otherwise", "")):
        if len(service) > SERVICE:
            at("services").refuse(f"`{service}` is too long for a service: {SERVICE} characters at most")


def _check_promise(feed: PrometheusFeed, at: Callable[[str], Place]) -> None:
    if (feed.below is None) == (feed.above is None):
        at("below").refuse("say when the promise is broken: `below: 0.99`, or `above: 2.5`, one of the two")
    if len(feed.subject.kind) > LONGEST or len(feed.subject.id) > LONGEST:
        at("subject").refuse(f"its kind and its id may have {LONGEST} characters each: shorten them")
    if feed.step < SOONEST or feed.step.microseconds:
        at("step").refuse("it must be whole seconds: `60 s` is right for most")
    if not feed.step <= feed.window <= WINDOW:
        at("window").refuse(f"it must be from one step to {WINDOW.days} days: `35 days` holds every month")
    if "?" in feed.url:
        at("url").refuse("the address of the server belongs here, like `http://prometheus:9090`, without a query")
