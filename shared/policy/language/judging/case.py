"""One case while it is being judged: what was put before the schedule, what was read of it, and each step so far."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from shared.policy.language.form.evaluation import Derived, Given, Read, Step


class Case:
    """`memo` keeps what was read or worked out, by name; `reads`, `derived` and `caps` gather for the step in hand."""

    __slots__ = ("as_of", "caps", "currency", "derived", "facts", "memo", "ongoing", "reads", "so_far", "steps")

    def __init__(
        self, facts: Mapping[str, Given], as_of: date | None, so_far: datetime | None, currency: str | None
    ) -> None:
        self.facts = facts
        self.as_of = as_of
        self.so_far = so_far
        self.currency = currency
        self.memo: dict[str, Any] = {}
        self.reads: list[Read] = []
        self.derived: list[Derived] = []
        self.caps: list[str] = []
        self.steps: list[Step] = []
        self.ongoing = False

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
