"""`amends policy diff`: which clauses a new policy says otherwise, and which recorded cases it would answer otherwise."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.output import Json, print_json, print_rows
from services.cli.verdicts import verdicts_on_the_topic
from shared.policy.language.form.evaluation import Evaluation
from shared.policy.language.judging.compile import compile_schedule
from shared.policy.language.testing.changes import Change, changes
from shared.policy.language.testing.library import Shelved, read_library
from shared.policy.language.testing.recorded import OtherAnswer, other_answers, read_verdicts, recorded

CASES = Annotated[
    Path | None,
    typer.Option(
        help="Recorded verdicts, one event a line (`amends tail amends.verdicts --from-start --json`); else the topic's."
    ),
]


def register(policy: typer.Typer) -> None:
    """Add `policy diff`."""

    @policy.command()
    def diff(
        old: Annotated[Path, typer.Argument(help="The folder as it is.")],
        new: Annotated[Path, typer.Argument(help="The folder as it would be.")],
        cases: CASES = None,
        clauses_only: Annotated[bool, typer.Option(help="Look at no recorded case.")] = False,
        json: Json = False,
    ) -> None:
        """List the clauses that changed, and the recorded cases whose outcome or sum would change."""
        before, after = read_library(old), read_library(new)
        changed = _changed(before, after)
        answers = [] if clauses_only else _answers(before, after, cases)
        if json:
            print_json({"clauses": changed, "cases": [_case(one) for one in answers], "sums": _sums(answers)})
            return
        print_rows(changed, ("place", "clause", "was", "now"), as_json=False, empty="no clause has changed")
        if not clauses_only:
            columns = ("complaint", "schedule", "was", "now", "difference")
            print_rows(map(_case, answers), columns, as_json=False, empty="no recorded case would end otherwise")
            for currency, total in _sums(answers).items():
                typer.echo(f"in all {total:+} {currency}")


def _changed(before: dict[str, Shelved], after: dict[str, Shelved]) -> list[dict[str, Any]]:
    rows = []
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            one = (before.get(name) or after[name]).schedule
            gone = "a schedule" if name in before else "", "a schedule" if name in after else ""
            rows.append(_row(name, Change("schedule", *gone, one.place)))
        else:
            rows += [_row(name, one) for one in changes(before[name].schedule, after[name].schedule)]
    return rows


def _row(schedule: str, change: Change) -> dict[str, Any]:
    place = f"{change.place.file.name}:{change.place.line}"
    return {"place": place, "schedule": schedule, "clause": change.what, "was": change.was, "now": change.now}


def _answers(before: dict[str, Shelved], after: dict[str, Shelved], file: Path | None) -> list[OtherAnswer]:
    verdicts = read_verdicts(file) if file else verdicts_on_the_topic()
    old, new = ({name: compile_schedule(one.schedule) for name, one in side.items()} for side in (before, after))
    return list(other_answers(recorded(verdicts), old, new))


def _case(one: OtherAnswer) -> dict[str, Any]:
    return {
        "complaint": one.recorded.verdict.complaint,
        "schedule": one.recorded.schedule,
        "was": _told(one.old),
        "now": _told(one.new),
        "difference": f"{one.difference:+} {one.new.currency}",
    }


def _told(found: Evaluation) -> str:
    return f"{found.outcome} {found.reason} {'–' if found.amount is None else found.amount}"


def _sums(answers: Iterable[OtherAnswer]) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in answers:
        sums[one.new.currency] += one.difference
    return dict(sums)
