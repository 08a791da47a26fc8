"""`amends mail`: the letters of a house without a mail server, as they lie in AMENDS_HOME/mail."""

from typing import Annotated

import typer

from services.cli.output import Json, print_json, print_rows
from services.notifier import mailbox
from shared.host.settings import read_settings


def register(app: typer.Typer) -> None:
    """Add `mail list` and `mail show`."""
    mail = typer.Typer(
        help="The local mailbox (letters go there while AMENDS_SMTP_URL is not set).", no_args_is_help=True
    )
    app.add_typer(mail, name="mail")

    @mail.command(name="list")
    def list_(json: Json = False) -> None:
        """The letters, oldest first."""
        letters = mailbox.list_letters(read_settings().home / "mail")
        print_rows(letters, ("id", "date", "to", "subject"), as_json=json, empty="no letters yet")

    @mail.command()
    def show(
        letter: Annotated[str, typer.Argument(help="Its id, as `mail list` prints it.")], json: Json = False
    ) -> None:
        """One letter as its reader sees it."""
        found = mailbox.show_letter(read_settings().home / "mail", letter)
        print_json(found) if json else typer.echo(found.as_text())
