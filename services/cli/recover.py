"""`amends recover`: the house comes forward first, and opens a case for everybody whom a failure affected."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.connected import with_bus
from services.cli.forecast import Forecast, States, forecast
from services.cli.output import Json, paper, print_json
from services.cli.phrases import listed, money, words
from services.cli.recovery import Draft, Listed, drafts, read_customers
from services.intake.complaints import Name, find
from services.intake.flows import flows as intake
from services.notifier.flows import flows as notifier
from services.offer.flows import flows as offer
from services.verifier.flows import flows as verifier
from services.verifier.records import affected
from services.verifier.records.affected import Failure
from shared.errors import Misconfigured
from shared.events import CRM
from shared.host.connections import Connections
from shared.policy.load import load_policy
from shared.policy.policy import Policy
from shared.runtime import documents

SHOWN = 20
"""Customers without an address that people see; --json has all."""
PACE = 0.1
"""Seconds between two handfuls."""


class Recovered(Struct, frozen=True):
    """What was handed in: so many complaints, and those customers have no address."""

    incident: str
    handed_in: int
    known: int
    unreachable: tuple[str, ...]


class Prepared(Struct, frozen=True):
    """What there is to hand in, and what it would come to."""

    letters: tuple[Draft, ...]
    forecast: Forecast


def register(app: typer.Typer) -> None:
    """Add `recover`."""

    @app.command()
    def recover(
        incident: Annotated[str, typer.Argument(help="The incident's id, as it was reported.")],
        customers: Annotated[
            Path | None,
            typer.Option(
                help="The CRM's list: JSON lines with `customer` and `subject` as in a complaint, and what else is known."
            ),
        ] = None,
        rate: Annotated[str, typer.Option(help="So many complaints a second at most: 20 or 20/s.")] = "20/s",
        yes: Annotated[
            bool, typer.Option("--yes", help="Hand them in; without it only what would be is shown.")
        ] = False,
        json: Json = False,
    ) -> None:
        """Hand in a complaint for each customer whom the incident affected, before they write themselves.

        Who they are is in the incident's `affects`, or in the list. Each has an id made from incident and subject, so that
        twice is once; a letter of theirs joins it. First of all look: without --yes nothing is handed in.
        """
        pace = _rate(rate)
        lines = read_customers(customers) if customers else []

        async def work(connections: Connections) -> Prepared:
            prepared = await _prepare(connections, incident, lines)
            if yes:
                await _hand_in(connections, prepared.letters, pace)
            return prepared

        prepared = with_bus(work)
        told = prepared.forecast
        if json:
            done = Recovered(incident, len(prepared.letters), told.known, told.unreachable)
            print_json(done if yes else told)
            return
        _print(incident, told, done=yes)


def _rate(written: str) -> float:
    try:
        rate = float(written.removesuffix("/s"))
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 100_000:
        raise Misconfigured(f"--rate {written}: give complaints a second, e.g. 20 or 20/s")
    return rate


async def _prepare(connections: Connections, incident: str, lines: Sequence[Listed]) -> Prepared:
    policy = load_policy(connections.settings.policy)
    async with connections.engine.connect() as connection:
        failure = await affected.failure(connection, incident)
        _refuse(incident, failure)
        assert failure is not None
        now = (await connection.execute(text("select clock.now()"))).scalar_one()
        letters = drafts(failure, lines, policy.recovery, now)
        if not letters:
            raise Misconfigured(
                f"{incident} names no customer: report it again with a `customer` in the entries of `affects`, or give "
                "--customers FILE"
            )
        known = await find(connection, [Name(CRM, draft.letter.id) for draft in letters])
        fresh = [draft for draft in letters if Name(CRM, draft.letter.id) not in known]
        subjects = {draft.letter.subject for draft in fresh if draft.letter.subject}
        measured = await affected.measured(connection, subjects)
        states = await _states(connection, policy, sorted({draft.letter.customer.id for draft in fresh}))
    return Prepared(tuple(fresh), forecast(policy, failure, fresh, measured, states, now, len(known)))


def _refuse(incident: str, failure: Failure | None) -> None:
    if failure is None:
        raise Misconfigured(f"nobody has reported an incident {incident!r}: operations do, on ops.telemetry")
    if failure.withdrawn:
        raise Misconfigured(f"operations have taken {incident} back: there is nothing to make good")


async def _states(connection: AsyncConnection, policy: Policy, customers: Sequence[str]) -> States:
    """What the flows remember of these customers."""
    states: dict[tuple[str, str], Any] = {}
    for flow in (*intake(policy), *verifier(policy), *offer(policy), *notifier(policy)):
        if flow.state is not type(None):
            found = await documents.look(connection, flow, customers)
            states |= {(flow.name, customer): state for customer, state in found.items()}
    return states


async def _hand_in(connections: Connections, letters: Sequence[Draft], rate: float) -> None:
    """At that pace, in order; whoever is stopped half-way calls the command again, and those that went are known."""
    handful = max(1, int(rate * PACE))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("coming forward", total=len(letters))
        for begin in range(0, len(letters), handful):
            some = letters[begin : begin + handful]
            await connections.bus.publish([draft.record for draft in some])
            progress.advance(task, len(some))
            if begin + handful < len(letters):
                await asyncio.sleep(len(some) / rate)


def _print(incident: str, told: Forecast, *, done: bool) -> None:
    console = paper()
    what = "handed in" if done else "would be handed in"
    console.print(f"{incident}: {told.complaints} complaints {what}; {told.known} were before", style="bold")
    for becomes, count in sorted(told.becomes.items()):
        console.print(f"  {count:>6}  {words(becomes)}")
    console.print(f"  remedy    {_sums(told.remedy)}")
    console.print(f"  goodwill  from {_sums(told.cheapest)} to {_sums(told.dearest)}")
    for unknown in told.unknown:
        console.print(f"  unknown   {unknown}", style="dim")
    if told.unreachable:
        some = listed(list(told.unreachable[:SHOWN]))
        more = len(told.unreachable) - SHOWN
        console.print(f"  {len(told.unreachable)} have no address: {some}" + (f" and {more} more" if more > 0 else ""))
    if not done and told.complaints:
        console.print("Nothing was handed in: the same with --yes does.")


def _sums(sums: Sequence[Any]) -> str:
    return listed([money(one) for one in sums]) if sums else "nothing"
