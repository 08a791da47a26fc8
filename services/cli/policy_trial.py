"""`amends policy test`: whether each schedule comes to what its examples and vectors say, and would notice a mistake."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import to_builtins
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli.output import Json, print_json, print_rows
from shared.errors import Misconfigured
from shared.host.settings import read_settings
from shared.policy.language.form.evaluation import Evaluation
from shared.policy.language.form.schedule import Example
from shared.policy.language.judging.compile import Compiled, compile_schedule
from shared.policy.language.proving.examples import apart_from, decided
from shared.policy.language.testing.library import Shelved, of_name, read_all_vectors, read_library
from shared.policy.language.testing.mutants import mutants
from shared.policy.language.testing.trials import Trial, read_known, trials
from shared.policy.language.testing.vectors import judge

Mutate = Annotated[
    bool, typer.Option(help="Make every small mistake in turn, and list those that no example and no vector notices.")
]


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that comes to something else than it says: `apart` says how, `why` which check decided and on what."""

    schedule: str
    case: Example
    apart: str
    why: str
    found: Evaluation


def register(policy: typer.Typer) -> None:
    """Add `policy test`."""

    @policy.command()
    def test(
        paths: Annotated[
            list[Path] | None,
            typer.Argument(help="The folder of the policy or of schedules (else AMENDS_POLICY), and files of vectors."),
        ] = None,
        mutate: Mutate = False,
        json: Json = False,
    ) -> None:
        """Judge each example, the vectors beside each schedule, and those given. Exit code 1 when one differs."""
        library, cases = _gather(paths or [])
        if mutate:
            raise typer.Exit(_print_trials(library, cases, as_json=json))
        raise typer.Exit(_print_failures(library, cases, as_json=json))


def _gather(paths: Iterable[Path]) -> tuple[dict[str, Shelved], dict[str, list[Example]]]:
    """The schedules, and by their names all that they are to come to: examples first, then vectors."""
    folders = [path for path in paths if path.is_dir()]
    if len(folders) > 1:
        raise Misconfigured(f"{folders[1]} is a second folder: name one, and files of vectors")
    library = read_library(folders[0] if folders else read_settings().policy)
    cases = {name: [*one.schedule.examples, *(vector.case for vector in one.vectors)] for name, one in library.items()}
    for vector in read_all_vectors(path for path in paths if not path.is_dir()):
        of_name(library, vector.schedule)
        cases[vector.schedule].append(vector.case)
    return library, cases


def _failures(name: str, compiled: Compiled, cases: Iterable[Example]) -> Iterator[Failure]:
    for case in cases:
        found = judge(compiled, case)
        apart = apart_from(case.expect, found)
        if apart:
            yield Failure(name, case, apart, decided(compiled.schedule, found), found)


def _print_failures(library: dict[str, Shelved], cases: dict[str, list[Example]], *, as_json: bool) -> int:
    compiled = {name: compile_schedule(one.schedule) for name, one in library.items()}
    failed = {name: list(_failures(name, compiled[name], cases[name])) for name in library}
    all_failed = [failure for failures in failed.values() for failure in failures]
    rows = [{"schedule": name, "cases": len(cases[name]), "failed": len(failed[name])} for name in library]
    if as_json:
        print_json({"schedules": rows, "failures": [_plain(failure) for failure in all_failed]})
        return 1 if all_failed else 0
    for failure in all_failed:
        place = failure.case.place
        typer.echo(f"{place.file}:{place.line}: {failure.case.name} comes to {failure.apart}: {failure.why}")
    print_rows(rows, ("schedule", "cases", "failed"), as_json=False, empty="there is no schedule")
    return 1 if all_failed else 0


def _plain(failure: Failure) -> dict[str, Any]:
    last = failure.found.trace[-1] if failure.found.trace else None
    return {
        "schedule": failure.schedule,
        "id": failure.case.name,
        "file": str(failure.case.place.file),
        "line": failure.case.place.line,
        "differs": failure.apart,
        "why": failure.why,
        "clause": {"line": last.line, "says": last.says} if last else None,
        "found": to_builtins(failure.found),
    }


def _print_trials(library: dict[str, Shelved], cases: dict[str, list[Example]], *, as_json: bool) -> int:
    """Prints what survived; the exit code is 1 where anything did."""
    tried = {name: list(_tried(one, cases[name])) for name, one in library.items()}
    rows = [
        {"schedule": name, "mistakes": len(ends)} | {end: sum(one.end == end for one in ends) for end in Trial.ENDS}
        for name, ends in tried.items()
    ]
    survived = [one for ends in tried.values() for one in ends if one.end == "survived"]
    if as_json:
        places = [(one.mutant.place.file, one.mutant.place.line, one.mutant.says) for one in survived]
        print_json(
            {"schedules": rows, "survived": [{"file": str(f), "line": n, "says": says} for f, n, says in places]}
        )
        return 1 if survived else 0
    for one in survived:
        typer.echo(f"{one.mutant.place.file}:{one.mutant.place.line}: {one.mutant.says}")
    print_rows(rows, ("schedule", "mistakes", *Trial.ENDS), as_json=False, empty="there is no schedule")
    return 1 if survived else 0


def _tried(shelved: Shelved, cases: list[Example]) -> Iterator[Trial]:
    schedule = shelved.schedule
    compiled = compile_schedule(schedule)
    for failure in _failures(schedule.name, compiled, cases):
        failure.case.place.refuse(
            f"{failure.case.name} comes to {failure.apart} before any mistake was made: mend that"
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(schedule.name, total=sum(1 for _ in mutants(schedule)))
        for trial in trials(schedule, cases, read_known(schedule.place.file)):
            progress.advance(task)
            yield trial
