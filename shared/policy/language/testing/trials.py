"""Whether the examples and vectors of a schedule would notice a mistake in it, tried with every small one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from shared.errors import Misconfigured
from shared.policy.language.form.schedule import Example, Schedule
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.proving.examples import apart_from
from shared.policy.language.testing.mutants import Mutant, mutants
from shared.policy.language.testing.vectors import judge
from shared.policy.tree import Place

KNOWN = ".same.txt"
"""Beside `NAME.yaml`, `NAME.same.txt`: the mistakes that change nothing, each followed by an indented reason."""


@dataclass(frozen=True, slots=True)
class Known:
    """A mistake that changes nothing, and why."""

    place: Place
    says: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One mistake and what came of it: `noticed` by a case, `known` to change nothing, or `survived` unseen."""

    ENDS: ClassVar[tuple[str, ...]] = ("noticed", "known", "survived")

    mutant: Mutant
    end: Literal["noticed", "known", "survived"]
    by: str = ""


def trials(schedule: Schedule, cases: Sequence[Example], known: Mapping[str, Known]) -> Iterator[Trial]:
    """Every mistake in turn. Raises Misconfigured at the end for a `known` one that a case notices, or that is none."""
    unseen = dict(known)
    order = list(cases)
    for mutant in mutants(schedule):
        noticed = _noticed(mutant.schedule, order)
        if noticed is None and mutant.says in known:
            unseen.pop(mutant.says, None)
            yield Trial(mutant, "known", known[mutant.says].reason)
        elif noticed is None:
            yield Trial(mutant, "survived")
        else:
            order.remove(noticed)  # who noticed one often notices the next: it is asked first
            order.insert(0, noticed)
            yield Trial(mutant, "noticed", noticed.name)
    for one in unseen.values():
        one.place.refuse(f"`{one.says}` is no mistake that goes unnoticed: remove it")


def _noticed(mistaken: Schedule, cases: Iterable[Example]) -> Example | None:
    """The first case that comes to something else; a schedule that cannot be compiled is noticed by any."""
    try:
        compiled = compile_schedule(mistaken)
    except Misconfigured:
        return next(iter(cases), None)
    return next((case for case in cases if apart_from(case.expect, judge(compiled, case))), None)


def read_known(schedule: Path) -> dict[str, Known]:
    """The mistakes that are known to change nothing, from the file beside the schedule; none where there is no file.

    Raises Misconfigured for one without a reason.
    """
    file = schedule.with_name(schedule.stem + KNOWN)
    if not file.is_file():
        return {}
    found: dict[str, Known] = {}
    waiting: list[Known] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):  # the reason of all that stand above it
            found |= {one.says: replace(one, reason=line.strip()) for one in waiting}
            waiting = []
        else:
            waiting.append(Known(Place(file, number), line.strip(), ""))
    for one in waiting:
        one.place.refuse("why does it change nothing? Write the reason below it, indented")
    return found
