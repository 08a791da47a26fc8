"""`amends rehearse`: a story through the whole house before any customer is in it, on a clock of its own."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from services.cli.happenings import read_story
from services.cli.noted import Ended, Noted
from services.cli.output import WIDE, Json, paper, print_json
from services.cli.phrases import money, words
from services.cli.rehearsal import Rehearsal
from services.cli.timeline import MARKS
from shared.errors import Misconfigured
from shared.events import Instant
from shared.host.settings import read_settings
from shared.policy.load import load_policy


def register(app: typer.Typer) -> None:
    """Add `rehearse`."""

    @app.command()
    def rehearse(
        story: Annotated[
            Path,
            typer.Argument(
                help="One event a line, as it would be published, or what is answered to a case; each with `at`."
            ),
        ],
        policy: Annotated[Path | None, typer.Option(help="The folder of the policy (else AMENDS_POLICY).")] = None,
        until: Annotated[str, typer.Option(help="Stop at this moment; else time goes on until no timer is left.")] = "",
        letters: Annotated[bool, typer.Option(help="Print each letter whole.")] = False,
        json: Json = False,
    ) -> None:
        """Play a story through the four services in memory: letters, payouts, timers and ends, with their dates.

        Nothing is sent, paid or stored. Billing pays at once, unless the story says of a complaint what billing does.
        """
        happenings = read_story(story)
        rehearsal = Rehearsal(load_policy(policy or read_settings().policy), happenings)
        rehearsal.play(_moment(until))
        if json:
            ends, timers = rehearsal.ends(), rehearsal.pending()
            print_json({"moments": rehearsal.noted, "cases": ends, "timers": timers})
            return
        _print(rehearsal, letters=letters)


def _moment(until: str) -> datetime | None:
    if not until:
        return None
    try:
        return msgspec.convert(until, Instant, strict=False)
    except msgspec.ValidationError:
        raise Misconfigured(f"--until {until}: give a moment with its zone, e.g. 2026-03-02T10:00:00Z") from None


def _print(rehearsal: Rehearsal, *, letters: bool) -> None:
    console = paper(WIDE)
    for noted in rehearsal.noted:
        console.print(_line(noted))
        if letters and noted.body:
            console.print(Text("".join(f"      {line}\n" for line in noted.body.splitlines()), style="dim"))
    console.print("\nHow each case stands", style="bold")
    for ended in rehearsal.ends():
        console.print(_end(ended))
    for timer in rehearsal.pending():
        console.print(Text(f"  {timer.complaint or timer.customer}: {timer.says}", style="dim"))


def _line(noted: Noted) -> Text:
    sign, style = MARKS[noted.sign]
    about = noted.complaint or noted.customer or ""
    text = Text(f"{noted.at.astimezone():%Y-%m-%d %H:%M:%S}  {about:<12} ", style="dim")
    return text.append(f"{sign} ", style=style).append(noted.says, style="dim" if noted.kind == "timer" else style)


def _end(ended: Ended) -> Text:
    paid = [
        f"{money(sum_)} as {ledger}" for ledger, sum_ in (("owed", ended.remedy), ("goodwill", ended.goodwill)) if sum_
    ]
    why = f" ({words(ended.why)})" if ended.why else ""
    judged = f"{words(ended.outcome)}, promise {ended.promise}, severity {ended.severity}, round {ended.round}"
    parts = (f"  {ended.complaint}: {words(ended.state)}{why}", judged, *paid)
    return Text("; ".join(parts))
