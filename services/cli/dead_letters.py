"""`amends dead-letters`: what could not be read or decided, and what becomes of it."""

from typing import Annotated, Any

import typer

from services.cli.connected import connected
from services.cli.flows import SERVICE_OF, service_of
from services.cli.output import Json, print_json, print_rows
from services.intake import flows as intake
from services.notifier import flows as notifier
from services.offer import flows as offer
from services.verifier import flows as verifier
from shared.errors import Misconfigured
from shared.host.admin import describe
from shared.host.connections import Connections
from shared.policy.load import load_policy
from shared.runtime import dead_letters
from shared.runtime.flow import Flow
from shared.runtime.retries import requeue, retry

FLOWS = {"intake": intake.flows, "verifier": verifier.flows, "offer": offer.flows, "notifier": notifier.flows}
Id = Annotated[str, typer.Argument(metavar="ID", help="<flow>-<number>, as `dead-letters list` prints it.")]


def register(app: typer.Typer) -> None:
    """Add `dead-letters list`, `show`, `retry` and `discard`."""
    group = typer.Typer(help="Records that were set aside, with the reason.", no_args_is_help=True)
    app.add_typer(group, name="dead-letters")

    @group.command(name="list")
    def list_(
        all: Annotated[bool, typer.Option("--all", help="Also those that were retried or discarded.")] = False,  # noqa: A002
        json: Json = False,
    ) -> None:
        """The dead letters of all flows, newest first."""
        columns = ("id", "kind", "topic", "partition", "offset", "reason", "state", "at")
        print_rows(connected(lambda c: _list(c, ended=all)), columns, as_json=json, empty="no dead letters")

    @group.command()
    def show(letter: Id, json: Json = False) -> None:
        """One dead letter whole: where it came from, why it is here, its bytes."""
        flow, number = dead_letters.parse_id(letter)
        found = connected(lambda c: dead_letters.show(c.engine, _service(flow), flow, number))
        _print(found, letter, as_json=json)

    @group.command(name="retry")
    def retry_(letter: Id, json: Json = False) -> None:
        """Feed it again to the flow that failed, and to no other reader; twice has one effect."""
        flow, number = dead_letters.parse_id(letter)
        _print(connected(lambda c: _again(c, flow, number)), letter, as_json=json)

    @group.command()
    def discard(letter: Id, json: Json = False) -> None:
        """End it without doing anything; it stays on record."""
        flow, number = dead_letters.parse_id(letter)
        found = connected(lambda c: dead_letters.discard(c.engine, _service(flow), flow, number, "console"))
        _print(found, letter, as_json=json)


async def _list(connections: Connections, *, ended: bool) -> list[dict[str, Any]]:
    found = [
        letter
        for service in dict.fromkeys(SERVICE_OF.values())
        for letter in await dead_letters.list_all(connections.engine, service, ended=ended)
    ]
    return [describe(letter) for letter in sorted(found, key=lambda letter: letter.at, reverse=True)]


def _service(flow: str) -> str:
    """In whose table the dead letters of the flow lie; those of a relay in its own service's. Raises Misconfigured."""
    relays = {dead_letters.relay_of(service): service for service in FLOWS}
    return relays.get(flow) or service_of(flow)


async def _again(connections: Connections, flow: str, number: int) -> dead_letters.DeadLetter | None:
    service = _service(flow)
    if flow == dead_letters.relay_of(service):
        return await requeue(connections.engine, service, number, "console")
    return await retry(connections.engine, _flow(connections, flow), number, "console")


def _flow(connections: Connections, name: str) -> Flow[Any, Any]:
    flows = FLOWS[service_of(name)](load_policy(connections.settings.policy))
    return next(flow for flow in flows if flow.name == name)


def _print(found: dead_letters.DeadLetter | None, wanted: str, *, as_json: bool) -> None:
    if found is None:
        raise Misconfigured(f"there is no dead letter {wanted}: `amends dead-letters list` shows what there is")
    told = describe(found, whole=True)
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        if value not in (None, ""):
            typer.echo(f"{name:<10} {value}")
