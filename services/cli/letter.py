"""`amends letter`: how the house's letters and pages read, before anybody is sent one."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.output import Json, print_rows
from services.notifier.writing.examples import Example, examples
from services.notifier.writing.lint import prove_wording
from services.notifier.writing.preview import Preview, preview
from services.notifier.writing.voice import Voices
from shared.errors import Misconfigured
from shared.host.settings import read_settings
from shared.policy.load import load_policy
from shared.policy.policy import Policy
from shared.policy.tree import nearest

COLUMNS = ("language", "kind", "example", "subject", "text")


def register(app: typer.Typer) -> None:
    """Add `letter preview`."""
    letter = typer.Typer(help="Letters and pages, as customers read them.", no_args_is_help=True)
    app.add_typer(letter, name="letter")

    @letter.command(name="preview")
    def preview_(
        folder: Annotated[Path | None, typer.Argument(help="The policy's folder; without one, AMENDS_POLICY.")] = None,
        language: Annotated[list[str] | None, typer.Option(help="Only this language; may be given again.")] = None,
        kind: Annotated[list[str] | None, typer.Option(help="Only letters of this kind; may be given again.")] = None,
        variant: Annotated[int, typer.Option(min=0, max=26, help="Which of its texts: 0, 1, 2 …")] = 0,
        out: Annotated[Path | None, typer.Option(help="Where to write; without one, AMENDS_HOME/preview.")] = None,
        json: Json = False,
    ) -> None:
        """Write letters and pages of example cases to files: plain text, HTML, and the customer's page.

        They are what would be sent, so a wording that breaks a rule is refused as by `policy check`.
        """
        settings = read_settings()
        policy = load_policy(folder or settings.policy)
        prove_wording(policy)
        home = out or settings.home / "preview"
        languages = _known(language, list(policy.wording.languages), "language")
        kinds = _known(kind, sorted({example.template for example in examples(policy)}), "kind")
        rows = list(_write(policy, home, languages, kinds, variant))
        print_rows(rows, COLUMNS, as_json=json, empty="no letters")


def _known(wanted: list[str] | None, there: list[str], what: str) -> list[str]:
    for name in wanted or ():
        if name not in there:
            raise Misconfigured(f"--{what} {name}: {nearest(name, there)}")
    return wanted or there


def _write(
    policy: Policy, home: Path, languages: list[str], kinds: list[str], variant: int
) -> Iterator[dict[str, Any]]:
    voices = Voices(policy)
    for language in languages:
        for example in examples(policy):
            if example.template in kinds:
                yield _written(home / language, language, preview(voices, example, language, variant))


def _written(folder: Path, language: str, made: Preview) -> dict[str, Any]:
    """The files of one example, and the row that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    name = _file_name(made.example)
    parts = {"text": (f"{name}.txt", f"{made.subject}\n\n{made.text}"), "html": (f"{name}.html", made.html)}
    if made.page:
        parts["page"] = (f"{name}.page.html", made.page)
    for file, content in parts.values():
        (folder / file).write_text(content, encoding="utf-8")
    files = {part: str(folder / file) for part, (file, _) in parts.items()}
    told = {"language": language, "kind": made.example.template, "example": made.example.name, "subject": made.subject}
    return told | {"page": None} | files


def _file_name(example: Example) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{example.template} {example.name} {example.round}".lower()).strip("-")
