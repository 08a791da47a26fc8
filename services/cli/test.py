"""`amends test`: from a bare checkout to all tests passed."""

import subprocess
import sys

import typer

from shared.host.settings import CHECKOUT


def register(app: typer.Typer) -> None:
    """Add `test`."""

    @app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
    def test(context: typer.Context) -> None:
        """Run the tests; what follows is pytest's (`-k offer`, `-n 2`, a path). CI=true allows no skips."""
        done = subprocess.run([sys.executable, "-m", "pytest", *context.args], cwd=CHECKOUT, check=False)
        sys.exit(done.returncode)
