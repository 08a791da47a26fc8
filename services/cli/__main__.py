"""The `amends` commands: one word each, a file a noun; only the module of the word that was typed is loaded."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import typer

from shared.errors import AmendsError, Unavailable

WORDS = {
    "demo": "demo",
    "up": "up",
    "publish": "publish",
    "tail": "tail",
    "feed": "feed",
    "case": "case",
    "approvals": "approvals",
    "payouts": "payouts",
    "rehearse": "rehearse",
    "recover": "recover",
    "fairness": "fairness",
    "evidence": "evidence",
    "mail": "mail",
    "letter": "letter",
    "flows": "flows",
    "dead-letters": "dead_letters",
    "policy": "policy",
    "topics": "topics",
    "migrate": "migrate",
    "clock": "clock",
    "settings": "settings",
    "doctor": "doctor",
}
"""In the order in which `amends --help` lists them."""


def build(words: list[str]) -> typer.Typer:
    """The command line with these words; each module adds what it has with its `register`."""
    app = typer.Typer(
        name="amends",
        help="Amends makes good what went wrong: complaints in, verdicts, offers and apologies out.",
        epilog="`./amends test` runs the tests, from the checkout's front door.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )

    @app.callback()
    def several() -> None:
        """Keep the first word a command, even when only one is loaded."""

    for word in words:
        import_module(f"services.cli.{WORDS[word]}").register(app)
    return app


def run(app: Callable[[], Any]) -> None:
    """What fails among tasks beside each other comes as a group: of those, the first that Amends itself refused is told."""
    try:
        app()
    except ExceptionGroup as together:
        if told := next(_ours(together), None):
            raise told from together
        raise


def _ours(group: ExceptionGroup[Exception]) -> Iterator[AmendsError]:
    for one in group.exceptions:
        if isinstance(one, ExceptionGroup):
            yield from _ours(one)
        elif isinstance(one, AmendsError):
            yield one


def main() -> None:
    """Run the command that was typed. What Amends itself refuses is one line and exit code 1; wrong usage is 2."""
    typed = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    app = build([typed] if typed in WORDS else list(WORDS))
    try:
        run(partial(app, prog_name="amends"))
    except Unavailable as away:
        sys.exit(f"amends: {away}. Is it up, and are AMENDS_DATABASE_URL and AMENDS_KAFKA right?")
    except AmendsError as wrong:
        sys.exit(f"amends: {wrong}")
    except BrokenPipeError:  # `amends tail … | head`
        sys.stderr.close()
        sys.exit(0)
    except OSError as wrong:
        if wrong.filename is None:
            raise
        sys.exit(f"amends: {wrong.filename}: {wrong.strerror}: name a place that may be read and written")


if __name__ == "__main__":
    main()
