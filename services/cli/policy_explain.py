"""`amends policy explain`: how a schedule comes to its answer, step by step, for a file of facts or for a complaint."""

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from services.cli.output import WIDE, Json, print_json
from services.cli.verdicts import verdicts_on_the_topic
from shared.errors import Misconfigured
from shared.host.settings import read_settings
from shared.policy.language.form.evaluation import Evaluation, Given, Read, Step
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.judging.evaluate import evaluate
from shared.policy.language.testing.library import Shelved, of_name, read_library
from shared.policy.language.testing.recorded import recorded
from shared.policy.language.testing.slips import shown

HOW = {"holds": "[green]✓[/]", "fails": "·", "unknown": "[yellow]?[/]", "not_proved": "[dim]not proved[/]"}


class FactFile(Struct, frozen=True, kw_only=True):
    """A file of facts with more than facts: which schedule, which day chooses its version, and the moment of judgement."""

    facts: dict[str, Any]
    schedule: str | None = None
    as_of: date | None = None
    now: datetime | None = None


def register(policy: typer.Typer) -> None:
    """Add `policy explain`."""

    @policy.command()
    def explain(
        case: Annotated[str, typer.Argument(help="A JSON file of facts, or the id of a complaint that has a verdict.")],
        schedule: Annotated[
            str | None, typer.Option(help="The schedule; needed where the file does not name it.")
        ] = None,
        folder: Annotated[Path | None, typer.Option(help="The folder; without one, AMENDS_POLICY.")] = None,
        json: Json = False,
    ) -> None:
        """Print the answer, and the checks, facts, derived values and limits that led to it."""
        library = read_library(folder or read_settings().policy)
        file = Path(case)
        answers = _of_file(file, library, schedule) if file.is_file() else _of_complaint(case, library, schedule)
        if json:
            print_json([{"schedule": name} | msgspec.to_builtins(found) for name, found in answers])
            return
        for name, found in answers:
            Console(width=None if sys.stdout.isatty() else WIDE).print(tree(name, found))


def _of_file(file: Path, library: dict[str, Shelved], schedule: str | None) -> list[tuple[str, Evaluation]]:
    read = _read(file)
    name = schedule or read.schedule or _only(library)
    facts = {fact: Given(value) for fact, value in read.facts.items()}
    compiled = compile_schedule(of_name(library, name).schedule)
    return [(name, evaluate(compiled, facts, as_of=read.as_of, so_far=read.now))]


def _read(file: Path) -> FactFile:
    """`{"facts": {…}}` with what belongs to it, as a vector has it, or the facts alone."""
    try:
        value = msgspec.json.Decoder(float_hook=Decimal).decode(file.read_bytes())
        if isinstance(value, dict) and isinstance(value.get("facts"), dict):
            return msgspec.convert(value, FactFile)
        return FactFile(facts=msgspec.convert(value, dict[str, Any]))
    except msgspec.MsgspecError as wrong:
        raise Misconfigured(f'{file}: {wrong}: write `{{"facts": {{"NAME": VALUE}}}}`, as a vector has them') from wrong


def _only(library: dict[str, Shelved]) -> str:
    if len(library) > 1:
        raise Misconfigured(f"which schedule? Give --schedule: {', '.join(library)}")
    return next(iter(library))


def _of_complaint(complaint: str, library: dict[str, Shelved], schedule: str | None) -> list[tuple[str, Evaluation]]:
    """The latest verdict's claims, taken again from its own facts."""
    verdicts = [verdict for verdict in verdicts_on_the_topic() if verdict.complaint == complaint]
    if not verdicts:
        raise Misconfigured(f"{complaint} is no file, and no complaint with a verdict: `amends case list` has them")
    found = [
        (name, one.judged_by(compile_schedule(of_name(library, name).schedule)))
        for one in recorded(verdicts)
        if (name := schedule or one.schedule)
    ]
    if not found:
        raise Misconfigured(f"the verdict on {complaint} names no facts, so there is nothing to take again")
    return found


def tree(name: str, found: Evaluation) -> Tree:
    """The answer with its steps below, as people read it."""
    root = Tree(_headline(name, found))
    for about in _circumstances(found):
        root.add(f"[dim]{escape(about)}[/]")
    for step in found.trace:
        _add_step(root, step)
    return root


def _headline(name: str, found: Evaluation) -> str:
    sum_ = "" if found.amount is None else f" {found.amount} {found.currency}"
    return f"[bold]{escape(name)}: {found.outcome}{sum_}[/], {found.reason}; promise {found.promise}"


def _circumstances(found: Evaluation) -> Iterator[str]:
    if found.missing:
        yield f"missing: {', '.join(found.missing)}"
    if found.version:
        yield f"version {found.version}"
    if found.as_of:
        yield f"as of {found.as_of}"
    if found.severity:
        yield f"severity {found.severity}"
    if found.ongoing:
        yield "it goes on: owed so far"
    if found.again:
        yield f"time alone may change it: again at {found.again.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if found.form != "money":
        yield f"in the form of {found.form}{f', {found.quantity} of it' if found.quantity else ''}"
    for other in found.alternatives:
        yield f"or {other.form}, worth {other.worth}"


def _add_step(root: Tree, step: Step) -> None:
    branch = root.add(f"{HOW[step.result]} line {step.line}: {escape(step.says)}")
    for read in step.reads:
        branch.add(_told(read))
    for derived in step.derived:
        branch.add(f"{derived.name} = {_shown(derived.value)}" + (f" (line {derived.line})" if derived.line else ""))
    for cap in step.caps:
        branch.add(f"limited by {escape(cap)}")


def _told(read: Read) -> str:
    if read.how == "absent":
        return f"[yellow]{read.fact}: nobody says[/]"
    notes = [note for note in (read.record, "" if read.how == "given" else read.how.replace("_", " ")) if note]
    return f"{read.fact}: {_shown(read.value)}" + (f" [dim]({escape(', '.join(notes))})[/]" if notes else "")


def _shown(value: Any) -> str:
    """A value as the policy writes it, in the console's markup."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case timedelta():
            return shown(value)
        case Mapping():
            return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
        case list() | tuple():
            return "; ".join(map(_shown, value)) or "nothing"
    return escape(str(value))
