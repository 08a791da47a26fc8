"""Cases with their answers, one a line, that a schedule must come to exactly: how a published rule is pinned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from shared.events import Promise
from shared.policy.language.form.evaluation import Evaluation, Given
from shared.policy.language.form.schedule import Ending, Example, Expectation
from shared.policy.language.judging.compile import Compiled
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.tree import Place


class _Expect(Struct, frozen=True, forbid_unknown_fields=True):
    outcome: Ending
    amount: str | None
    reason: str
    currency: str | None = None
    promise: Promise | None = None
    severity: int | None = None
    ongoing: bool | None = None
    again: datetime | None = None


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    schedule: str
    id: str
    facts: dict[str, Any]
    expect: _Expect
    as_of: date | None = None
    now: datetime | None = None


LINE = msgspec.json.Decoder(_Line, float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Vector:
    """A case of the schedule of that name; its place is the line of the file, its name the vector's id."""

    schedule: str
    case: Example


def read_vectors(file: Path) -> tuple[Vector, ...]:
    """The vectors of a file, in its order. Raises Misconfigured with file and line for what is none."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        Place(file, 1).refuse("the file cannot be read: vectors are UTF-8 text, one JSON object a line")
    return tuple(_vectors(file, text))


def _vectors(file: Path, text: str) -> Iterator[Vector]:
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        vector = _vector(line, Place(file, number))
        first = seen.setdefault(vector.case.name, number)
        if first != number:
            vector.case.place.refuse(f"`{vector.case.name}` is on line {first} already: an id stands for one vector")
        yield vector


def _vector(line: str, place: Place) -> Vector:
    try:
        read = LINE.decode(line)
    except msgspec.DecodeError as wrong:
        place.refuse(f"{wrong}: a vector has `schedule`, `id`, `facts` and `expect`, as docs/vectors.md shows")
    if read.now is not None and read.now.tzinfo is None:
        place.refuse("`now` has no offset: write it like `2026-05-20T18:30:00+02:00`")
    expect = Expectation(**{name: getattr(read.expect, name) for name in read.expect.__struct_fields__})
    return Vector(read.schedule, Example(place, read.id, read.facts, expect, read.as_of, read.now))


def judge(compiled: Compiled, case: Example) -> Evaluation:
    """What the schedule says to this case."""
    facts = {name: Given(value) for name, value in case.facts.items()}
    return evaluate(compiled, facts, as_of=case.as_of, so_far=case.now, currency=case.expect.currency)
