"""Which topics there are, how wide they are and how long they keep what they hold: read from one file."""

from pathlib import Path
from typing import Any

import yaml

from shared.bus.seam import Bus, TopicSpec
from shared.errors import Misconfigured

DAY = 86_400.0
FIELDS = {"partitions", "retention_days"}
INBOUND = ("crm.", "ops.")


def load_topics(path: Path) -> dict[str, TopicSpec]:
    """The topics of the file at `path`, in its order. Raises Misconfigured with file and line."""
    root = _parse(path)
    topics = dict(_entry(path, name, value) for name, value in _pairs(path, root))
    if not topics:
        raise Misconfigured(f"{path}:1: no topic is named")
    _refuse_different_counts(path, root, topics)
    return topics


async def ensure_topics(bus: Bus, path: Path) -> list[str]:
    """Create the topics of the file that are missing; returns their names. Raises Misconfigured or Unavailable."""
    return await bus.ensure(load_topics(path))


def is_stamped_on_arrival(topic: str) -> bool:
    """What others write gets the moment of its arrival as its time; what Amends writes brings the outbox's own."""
    return topic.startswith(INBOUND)


def no_such_topic(topic: str) -> Misconfigured:
    """The bus has no such topic."""
    return Misconfigured(f"there is no topic {topic} on this bus: run `amends topics ensure`")


def count_differs(topic: str, found: int, wanted: int) -> Misconfigured:
    """The topic is there and is not as wide as the file says."""
    return Misconfigured(
        f"topic {topic} has {found} partitions and deploy/topics.yaml says {wanted}: "
        "set the number in the file back, or drain the topics and make them anew"
    )


def _parse(path: Path) -> yaml.Node:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise Misconfigured(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Misconfigured(f"{path}:{mark.line + 1 if mark else 1}: {getattr(error, 'problem', error)}") from None
    if root is None:
        raise Misconfigured(f"{path}:1: no topic is named")
    return root


def _pairs(path: Path, node: yaml.Node) -> list[tuple[str, yaml.Node]]:
    """The names and values of a mapping, each name once."""
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(path, node, "names with values are wanted here")
    pairs = [(str(name.value), value, name) for name, value in node.value]
    for n, (name, _, where) in enumerate(pairs):
        if name in {earlier for earlier, *_ in pairs[:n]}:
            raise _wrong(path, where, f"{name} is there twice")
    return [(name, value) for name, value, _ in pairs]


def _entry(path: Path, name: str, node: yaml.Node) -> tuple[str, TopicSpec]:
    fields = dict(_pairs(path, node))
    for field, value in fields.items():
        if field not in FIELDS:
            raise _wrong(path, value, f"{name}: {field} is not known; known are {', '.join(sorted(FIELDS))}")
    for field in sorted(FIELDS - set(fields)):
        raise _wrong(path, node, f"{name}: {field} is missing")
    partitions = _number(path, name, "partitions", fields["partitions"], int)
    return name, TopicSpec(partitions, DAY * _number(path, name, "retention_days", fields["retention_days"], float))


def _number(path: Path, name: str, field: str, node: yaml.Node, kind: Any) -> Any:
    try:
        number = kind(str(node.value)) if isinstance(node, yaml.ScalarNode) else 0
    except ValueError:
        number = 0
    if not 0 < number <= 10_000:
        raise _wrong(path, node, f"{name}: {field} wants a number above 0 and at most 10,000")
    return number


def _refuse_different_counts(path: Path, root: yaml.Node, topics: dict[str, TopicSpec]) -> None:
    """One customer's events lie in the same partition of each of our topics only if all are equally wide."""
    ours = {name: spec.partitions for name, spec in topics.items() if name.startswith("amends.")}
    for name, node in _pairs(path, root):
        if name in ours and ours[name] != (first := next(iter(ours.values()))):
            raise _wrong(
                path,
                node,
                f"{name} has {ours[name]} partitions and {next(iter(ours))} has {first}: all amends.* have one count",
            )


def _wrong(path: Path, node: yaml.Node, what: str) -> Misconfigured:
    return Misconfigured(f"{path}:{node.start_mark.line + 1}: {what}")
