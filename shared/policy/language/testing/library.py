"""The schedules of a folder by their names, each with the vectors that lie beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shared.errors import Misconfigured
from shared.policy.language.form.schedule import Schedule
from shared.policy.language.reading.read import read_schedule
from shared.policy.language.testing.vectors import Vector, read_vectors
from shared.policy.tree import nearest

HOME = "schedules"
"""The folder of a policy that holds its schedules; a folder without it is itself one of schedules."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A schedule and the vectors beside it (`NAME.jsonl` beside `NAME.yaml`)."""

    schedule: Schedule
    vectors: tuple[Vector, ...]


def read_library(folder: Path) -> dict[str, Shelved]:
    """All schedules of a policy, or of a folder of schedules. Raises Misconfigured, also for a name that stands twice."""
    if not folder.is_dir():
        raise Misconfigured(f"{folder}: there is no such folder: name the folder of policy.yaml, or one of schedules")
    found: dict[str, Shelved] = {}
    for file in _files(folder):
        schedule = read_schedule(file)
        if schedule.name in found:
            other = found[schedule.name].schedule.place.file
            schedule.place.refuse(f"`{schedule.name}` is the schedule of {other} already: a name stands for one")
        found[schedule.name] = Shelved(schedule, _beside(file))
    if not found:
        raise Misconfigured(f"{folder}: there is no schedule: a promise is a file of its own, NAME.yaml")
    return found


def of_name(library: dict[str, Shelved], name: str) -> Shelved:
    """The schedule of that name. Raises Misconfigured with the nearest one."""
    if name not in library:
        raise Misconfigured(f"no schedule is called `{name}`: {nearest(name, library)}")
    return library[name]


def _files(folder: Path) -> list[Path]:
    home = folder / HOME if (folder / HOME).is_dir() else folder
    return sorted(home.glob("*.yaml"))


def _beside(file: Path) -> tuple[Vector, ...]:
    vectors = file.with_suffix(".jsonl")
    return read_vectors(vectors) if vectors.is_file() else ()


def read_all_vectors(files: Iterable[Path]) -> tuple[Vector, ...]:
    """The vectors of these files, one file after the other."""
    return tuple(vector for file in files for vector in read_vectors(file))
