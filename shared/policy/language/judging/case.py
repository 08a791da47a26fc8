"""One case while it is being judged: what its names stand for, what was read of it, and each step so far."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from shared.policy.language.form.evaluation import Derived, Given, Read, Step


class Case(dict[str, Any]):
    """`case["freight"]` is what this name stands for: worked out when it is first asked for, then kept.

    `names` says how. `absent`: the facts that were looked for and that nobody stated. `reads`, `derived` and `caps`
    gather for the step in hand.
    """

    __slots__ = (
        "absent",
        "as_of",
        "caps",
        "currency",
        "derived",
        "facts",
        "names",
        "ongoing",
        "reads",
        "so_far",
        "steps",
    )

    def __init__(
        self,
        names: "Mapping[str, Run]",
        facts: Mapping[str, Given],
        as_of: date | None,
        so_far: datetime | None,
        currency: str | None,
    ) -> None:
        self.names = names
        self.facts = facts
        self.as_of = as_of
        self.so_far = so_far
        self.currency = currency
        self.absent: set[str] = set()
        self.reads: list[Read] = []
        self.derived: list[Derived] = []
        self.caps: list[str] = []
        self.steps: list[Step] = []
        self.ongoing = False

    def __missing__(self, name: str) -> Any:
        value = self[name] = self.names[name](self)
        return value

    def note(self, step: Step) -> None:
        """The step in hand is done: with what was read, derived and capped since the one before."""
        reads, derived, caps = self.reads, self.derived, self.caps
        if derived or caps:
            self.steps.append(Step(step.line, step.says, step.result, tuple(reads), tuple(derived), tuple(caps)))
            self.reads, self.derived, self.caps = [], [], []
        elif reads:
            self.steps.append(Step(step.line, step.says, step.result, tuple(reads)))
            self.reads = []
        else:
            self.steps.append(step)

    def note_rest(self) -> None:
        """What was read after the last step belongs to it."""
        if not (self.reads or self.derived or self.caps):
            return
        last = self.steps[-1]
        self.steps[-1] = replace(
            last,
            reads=(*last.reads, *self.reads),
            derived=(*last.derived, *self.derived),
            caps=(*last.caps, *self.caps),
        )

    def bite(self, limit: str) -> None:
        """A limit has decided a value; once is enough to know."""
        if limit not in self.caps:
            self.caps.append(limit)


Run = Callable[[Case], Any]
"""What a formula or a name comes to in a case: a value, or Missing."""
