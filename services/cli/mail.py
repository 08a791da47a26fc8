"""`amends mail`: the house's letters, whichever way they go: what is queued, sent or failed; and the switch that stops them."""

from typing import Annotated

import typer

from services.cli.connected import connected
from services.cli.output import Json, print_json, print_rows
from services.notifier.admin import CHANNELS
from services.notifier.sending import register as letters
from services.notifier.sending import resending, switches
from services.notifier.sending.switches import ALL, Switch
from shared.errors import Misconfigured

BY = "console"
Channel = Annotated[str, typer.Option(help=f"One of {', '.join(CHANNELS)}.")]


def register(app: typer.Typer) -> None:
    """Add `mail list`, `mail show`, `mail resend`, `mail pause` and `mail resume`."""
    mail = typer.Typer(
        help="The letters, and what became of each (while AMENDS_SMTP_URL is not set they lie in AMENDS_HOME/mail).",
        no_args_is_help=True,
    )
    app.add_typer(mail, name="mail")
    mail.command(name="list")(list_)
    mail.command()(show)
    mail.command()(resend)
    mail.command()(pause)
    mail.command()(resume)


def list_(json: Json = False) -> None:
    """The letters, oldest first: queued, paused, sent, failed, or overtaken by a later one."""
    found = connected(lambda connections: letters.list_entries(connections.engine))
    columns = ("id", "state", "at", "to", "subject", "reason")
    print_rows(found, columns, as_json=json, empty="no letters yet")


def show(letter: Annotated[str, typer.Argument(help="Its id, as `mail list` prints it.")], json: Json = False) -> None:
    """One letter as its reader sees it, and what became of it."""
    found = connected(lambda connections: letters.show_entry(connections.engine, letter))
    print_json(found) if json else typer.echo(found.as_text())


def resend(
    letter: Annotated[str, typer.Argument(help="Its id, as `mail list` prints it.")],
    by: Annotated[str, typer.Option(help="Your name; it stays with the letter.")],
    reason: Annotated[str, typer.Option(help="Why, in your own words; it stays with the letter.")],
    json: Json = False,
) -> None:
    """Send a letter again that has failed: the very same one, under the same Message-ID."""
    found = connected(lambda connections: resending.resend(connections.engine, letter, by, reason))
    print_json(found) if json else typer.echo(f"{found.id} is {found.state} again")


def pause(
    reason: Annotated[str, typer.Option(help="Why; shown by `doctor` and readiness.")] = "",
    channel: Channel = ALL,
    json: Json = False,
) -> None:
    """Stop all sending, in every process; what is written meanwhile waits, and nothing is lost."""
    wanted = _known(channel)
    _print(connected(lambda c: switches.pause(c.engine, BY, reason, wanted)), as_json=json)


def resume(channel: Channel = ALL, json: Json = False) -> None:
    """Let letters go out again, those that have waited first."""
    wanted = _known(channel)
    _print(connected(lambda c: switches.resume(c.engine, BY, wanted)), as_json=json)


def _known(channel: str) -> str:
    if channel not in CHANNELS:
        raise Misconfigured(f"there is no channel {channel!r}: choose from {', '.join(CHANNELS)}")
    return channel


def _print(found: list[Switch], *, as_json: bool) -> None:
    if as_json:
        print_json([switch._asdict() for switch in found])
        return
    stopped = [switches.sentence(switch) for switch in found if switch.paused]
    typer.echo("\n".join(stopped) or "letters go out")
