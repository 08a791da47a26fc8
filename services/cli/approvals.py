"""`amends approvals`: what waits for somebody's yes or no, and saying it."""

from typing import Annotated, Any

import typer

from services.cli.case import print_case
from services.cli.connected import connected
from services.cli.output import Json, paper, print_json, print_rows
from services.cli.phrases import listed, money, option, when, words
from services.cli.staff import Amount, By, Form, Reason, Role, said, tell
from services.offer.console import desk, waiting
from services.offer.console.alike import Alike
from services.offer.console.waiting import Packet
from shared.errors import Misconfigured
from shared.host.connections import Connections
from shared.policy.load import load_policy

Id = Annotated[
    str, typer.Argument(metavar="ID", help="The request; or a case or complaint of which one request waits.")
]


def register(app: typer.Typer) -> None:
    """Add `approvals list`, `show`, `approve`, `deny` and `amend`."""
    group = typer.Typer(help="Wishes of customers that wait for somebody's yes or no.", no_args_is_help=True)
    app.add_typer(group, name="approvals")
    group.command(name="list")(list_)
    group.command()(show)
    group.command()(approve)
    group.command()(deny)
    group.command()(amend)


def list_(json: Json = False) -> None:
    """Those that wait, due longest ago first."""

    async def work(connections: Connections) -> Any:
        async with connections.engine.connect() as connection:
            return await waiting.list_open(connection)

    columns = ("id", "complaint", "level", "due", "late", "kind", "option", "reasons", "limits", "yes")
    print_rows(connected(work), columns, as_json=json, empty="nothing waits for a yes or a no")


def show(request: Id, json: Json = False) -> None:
    """One request whole: who is asked for what and why, what such cases got, and the case itself."""

    async def work(connections: Connections) -> Packet | None:
        policy = load_policy(connections.settings.policy)
        async with connections.engine.connect() as connection:
            return await waiting.packet(connection, await waiting.named(connection, request), policy)

    found = connected(work)
    if found is None:
        raise Misconfigured(f"nobody has asked for {request!r}: `amends approvals list` shows what waits")
    print_json(found) if json else _print(found)


def approve(request: Id, by: By, role: Role, reason: Reason, json: Json = False) -> None:
    """Say yes to it, exactly as it stands."""
    _rule(request, said("approve", by, role, reason), as_json=json)


def deny(request: Id, by: By, role: Role, reason: Reason, json: Json = False) -> None:
    """Say no; the customer hears why, and is offered what else there is."""
    _rule(request, said("deny", by, role, reason), as_json=json)


def amend(
    request: Id, by: By, role: Role, reason: Reason, amount: Amount = None, form: Form = None, json: Json = False
) -> None:
    """Offer another sum or another form instead, beside other options; the customer chooses."""
    _rule(request, said("amend", by, role, reason, amount, form), as_json=json)


def _rule(request: str, ruling: desk.Said, *, as_json: bool) -> None:
    if lacks := desk.misfit(ruling, tuple(desk.ANSWERS)):
        raise Misconfigured(lacks)

    async def work(connections: Connections) -> desk.Taken:
        policy = load_policy(connections.settings.policy)
        async with connections.engine.connect() as connection:
            name = await waiting.named(connection, request)
        return await desk.rule_on_request(connections.engine, policy, name, ruling)

    tell(connected(work), as_json=as_json)


def _print(packet: Packet) -> None:
    console = paper()
    state = packet.ended or ("late" if packet.late else "waits")
    console.print(f"{option(packet.option)}  {state}   request {packet.id}", style="bold")
    facts = {
        "asked of": f"{packet.level}, until {when(packet.due)}"
        + (", and of a second person" if packet.four_eyes else ""),
        "because": listed([words(reason) for reason in (*packet.reasons, *packet.limits)]),
        "asked by": packet.asked_by or "the customer",
        "yes from": listed(packet.yes) if packet.yes else "",
        "alike": _alike(packet.alike) if packet.alike else "",
    }
    for name, value in facts.items():
        if value:
            console.print(f"  {name:<10} {value}")
    console.print()
    print_case(packet.whole)


def _alike(alike: Alike) -> str:
    """What such cases got, in one sentence."""
    of = f"incident {alike.incident}" if alike.incident else f"{alike.schedule}, severity {alike.severity}, in 90 days"
    if not alike.cases:
        return f"no other case of {of}"
    sums = ""
    if alike.median and alike.most and alike.to_all:
        sums = f"; {money(alike.median)} in the middle, {money(alike.most)} at most; all as much as this: {money(alike.to_all)} more"
    return f"{alike.cases} other cases of {of}, {alike.settled} settled, {alike.with_goodwill} given money{sums}"
