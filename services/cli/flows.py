"""`amends flows`: which flows run, where they stand, and how to stop and start them."""

from typing import Annotated, Any

import typer

from services.cli.connected import with_bus
from services.cli.output import Json, print_json, print_rows
from shared.errors import Misconfigured
from shared.host.connections import Connections
from shared.runtime import flows, positions

SERVICE_OF = {
    "intake": "intake",
    "evidence": "verifier",
    "verifier": "verifier",
    "offer": "offer",
    "notifier": "notifier",
}
"""The five flows of the road, each with the service whose schema it keeps its rows in."""
Name = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICE_OF)}.")]


def register(app: typer.Typer) -> None:
    """Add `flows list`, `flows pause` and `flows resume`."""
    group = typer.Typer(help="The flows of the road.", no_args_is_help=True)
    app.add_typer(group, name="flows")

    @group.command(name="list")
    def list_(json: Json = False) -> None:
        """Each flow: whether it runs, why not, and how many records are still before it."""
        columns = ("flow", "state", "behind", "reason", "by", "since")
        print_rows(with_bus(_list), columns, as_json=json, empty="no flow has ever run here: `amends up` starts them")

    @group.command()
    def pause(
        flow: Name,
        reason: Annotated[str, typer.Option(help="Why; shown by `flows list` and readiness.")] = "",
        json: Json = False,
    ) -> None:
        """Stop a flow on all its members; its backlog waits, and nothing is lost."""

        async def work(connections: Connections) -> flows.FlowState | None:
            return await flows.pause(connections.engine, service_of(flow), flow, "console", reason)

        _print(with_bus(work), flow, as_json=json)

    @group.command()
    def resume(
        flow: Name,
        go_on: Annotated[
            str, typer.Option("--from", help="For a position outside the log: go on from its `begin` or its `end`.")
        ] = "",
        json: Json = False,
    ) -> None:
        """Let a flow go on; the dead letters that stopped it are forgiven."""
        if go_on not in ("", "begin", "end"):
            raise Misconfigured(f"--from {go_on}: give `begin` (all that is left) or `end` (only what is new)")

        async def work(connections: Connections) -> flows.FlowState | None:
            where: Any = go_on or None
            return await flows.resume(connections.engine, service_of(flow), flow, "console", connections.bus, where)

        _print(with_bus(work), flow, as_json=json)


def service_of(flow: str) -> str:
    """The service that runs the flow. Raises Misconfigured for a name that is none."""
    if flow not in SERVICE_OF:
        raise Misconfigured(f"there is no flow {flow!r}: choose from {', '.join(SERVICE_OF)}")
    return SERVICE_OF[flow]


async def _list(connections: Connections) -> list[dict[str, Any]]:
    rows = []
    for service in dict.fromkeys(SERVICE_OF.values()):
        for state in await flows.list_flows(connections.engine, service):
            async with connections.engine.connect() as connection:
                stands = await positions.read(connection, service, state.flow)
            ends = await connections.bus.ends(stands)
            behind = sum(max(0, ends[part].end - max(at, ends[part].begin)) for part, at in stands.items())
            told = {"flow": state.flow, "service": service, "state": state.state, "behind": behind}
            rows.append(told | {"reason": state.reason, "by": state.by, "since": state.since})
    return rows


def _print(state: flows.FlowState | None, flow: str, *, as_json: bool) -> None:
    if state is None:
        raise Misconfigured(f"{flow} has never run here: `amends up` starts it")
    print_json(state) if as_json else typer.echo(
        f"{flow} is {state.state}" + (f": {state.reason}" if state.reason else "")
    )
