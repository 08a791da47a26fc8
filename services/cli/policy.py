"""`amends policy`: whether the files that the business edits fit together, and what they say to a case."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli import policy_diff, policy_explain, policy_trial
from services.cli.output import Json, print_json
from services.notifier.writing.lint import prove_wording
from services.notifier.writing.preview import prove_pages
from shared.host.settings import read_settings
from shared.policy.doubts import doubts_of
from shared.policy.load import load_policy


def register(app: typer.Typer) -> None:
    """Add `policy check`, `policy test`, `policy explain` and `policy diff`."""
    policy = typer.Typer(help="The policy files.", no_args_is_help=True)
    app.add_typer(policy, name="policy")

    @policy.command()
    def check(
        folder: Annotated[Path | None, typer.Argument(help="The folder; without one, AMENDS_POLICY.")] = None,
        json: Json = False,
    ) -> None:
        """Load the policy as a service would, and write every letter. A mistake is one line with file, line and fix, and exit code 1.

        What is only probably wrong is told too, and leaves the exit code 0.
        """
        home = folder or read_settings().policy
        loaded = load_policy(home)
        prove_wording(loaded)
        prove_pages(loaded)
        doubts = [str(doubt) for doubt in doubts_of(home, loaded)]
        if json:
            print_json({"version": loaded.version, "digest": loaded.digest, "doubts": doubts})
        else:
            for doubt in doubts:
                typer.echo(f"doubt: {doubt}")
            names = ", ".join(loaded.schedules)
            typer.echo(
                f"policy {loaded.version} ({loaded.digest[:12]}) is sound: {names}; {len(loaded.rounds.menu)} options"
            )

    for module in (policy_trial, policy_explain, policy_diff):
        module.register(policy)
