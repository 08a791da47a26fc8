"""`amends case`: how a case stands, what happened to it, and why."""

from typing import Annotated, Any
from uuid import uuid4

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from services.cli import timeline
from services.cli.connected import connected
from services.cli.output import Json, harmless, paper, print_json, print_rows
from services.cli.phrases import money, when, words
from services.cli.staff import Amount, By, Form, Reason, Role, said, tell
from services.offer.console import cases, desk
from services.offer.console.cases import ShownCase
from services.offer.console.due_dates import DueDates
from services.offer.console.explanation import Explanation
from services.offer.console.payouts import PayoutRow
from services.offer.timeline import TYPES
from shared.errors import Misconfigured
from shared.host.connections import Connections
from shared.policy.load import load_policy

ACTIONS = tuple(name.replace("_", "-") for name in desk.OVERRULES)
KINDS = {name: kind for kind, name in TYPES.items()}


def register(app: typer.Typer) -> None:
    """Add `case list`, `case show` and `case rule`."""
    case = typer.Typer(help="Cases: what a customer was owed and offered, and how it ended.", no_args_is_help=True)
    app.add_typer(case, name="case")
    case.command(name="list")(list_)
    case.command()(show)
    case.command()(rule)


def list_(
    waiting: Annotated[bool, typer.Option(help="Only those that wait for a person.")] = False, json: Json = False
) -> None:
    """The cases, latest first."""

    async def work(connections: Connections) -> Any:
        async with connections.engine.connect() as connection:
            return await cases.list_cases(connection, waiting=waiting)

    columns = ("complaint", "state", "round", "severity", "subject", "why", "opened_at", "case")
    print_rows(connected(work), columns, as_json=json, empty="no cases wait" if waiting else "no cases yet")


def show(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="The case, or the CRM's number of the complaint.")],
    json: Json = False,
) -> None:
    """One case whole: its state, its timeline, what was paid, what is still in reserve, and why there is not more."""

    async def work(connections: Connections) -> Any:
        policy = load_policy(connections.settings.policy)
        async with connections.engine.connect() as connection:
            return await cases.show_case(connection, wanted, policy)

    found = connected(work)
    if found is None:
        raise Misconfigured(f"there is no case and no complaint {wanted!r}: `amends case list` shows what there is")
    print_json(found) if json else print_case(found)


def rule(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="The case, or the CRM's number of the complaint.")],
    action: Annotated[str, typer.Argument(help="give, decline, stop or hand-on.")],
    by: By,
    role: Role,
    reason: Reason,
    amount: Amount = None,
    form: Form = None,
    to: Annotated[str | None, typer.Option(help="The role that it is handed on to.")] = None,
    json: Json = False,
) -> None:
    """Decide otherwise than the rules: give something, decline goodwill, stop the rounds, hand the case on."""
    if action not in ACTIONS:
        raise Misconfigured(f"there is no ruling {action!r}: choose from {', '.join(ACTIONS)}")
    ruling = said(action.replace("-", "_"), by, role, reason, amount, form, to)
    if lacks := desk.misfit(ruling, desk.OVERRULES):
        raise Misconfigured(lacks)

    async def work(connections: Connections) -> desk.Taken:
        policy = load_policy(connections.settings.policy)
        return await desk.rule_on_case(connections.engine, policy, wanted, ruling, str(uuid4()))

    tell(connected(work), as_json=json)


def print_case(case: ShownCase) -> None:
    """The case as its own small page: who and what, the timeline, what was paid, what is held back and why."""
    console = paper()
    console.print(
        Text(f"{case.complaint}  {words(case.state)}", style="bold") + Text(f"   case {case.case}", style="dim")
    )
    for name, value in _facts(case).items():
        console.print(Text(f"  {name:<10}", style="dim") + Text(harmless(value)))
    console.print()
    for moment in case.timeline:
        event = msgspec.convert(moment.value, KINDS[moment.type], strict=False) if moment.type in KINDS else moment
        console.print(timeline.line(event, moment.at))
    if case.payouts:
        console.print("\npayouts", style="bold")
    for payout in case.payouts:
        console.print(f"  {payout.key.split('/', 1)[1]:<28} {_payout(payout)}")
    if case.reserve:
        console.print("\nin reserve, not shown yet", style="bold")
    for option in case.reserve:
        console.print(f"  {option.id:<28} {money(option.amount) if option.amount else 'no money'}  {words(option.why)}")
    _print_due(console, case.due_dates)
    if case.why_not_more:
        _print_why(console, case.why_not_more)


def _print_due(console: Console, dates: DueDates) -> None:
    """What is owed by which day, and what the clocks stood still for."""
    if dates.clocks:
        console.print("\nclocks", style="bold")
    for clock in dates.clocks:
        by = f" by {when(clock.due)}" if clock.due else ""
        console.print(f"  {clock.pack + '/' + clock.rung:<28} {words(clock.owed)}{by}, {words(clock.state)}")
    for wait in dates.waits:
        until = f" to {when(wait.until)}" if wait.until else ""
        console.print(Text(f"  waited for the customer ({wait.why}) from {when(wait.since)}{until}", style="dim"))
    if dates.promises:
        console.print("\npromises", style="bold")
    for word in dates.promises:
        name = word.promised.split("/", 1)[1]
        console.print(f"  {name:<28} {word.what} by {when(word.due)}, {words(word.state)}: {word.owner}")


def _print_why(console: Console, why: Explanation) -> None:
    """The answer to "why not more?", ledger by ledger."""
    console.print("\nwhy not more?", style="bold")
    for ledger, reasons in (("remedy", why.remedy), ("goodwill", why.goodwill), ("approval", why.approval)):
        for n, reason in enumerate(reasons):
            options = f": {', '.join(reason.options)}" if reason.options else ""
            console.print(Text(f"  {'' if n else ledger:<10}", style="dim") + Text(reason.says + options))


def _payout(payout: PayoutRow) -> str:
    what = f"{money(payout.amount)} as {words(payout.form)}" if payout.amount else words(payout.form)
    by = f" by {payout.due.astimezone():%d %b %H:%M}, {payout.owner}" if payout.due and payout.state == "due" else ""
    return f"{what}, {payout.state}{by}"


def _facts(case: ShownCase) -> dict[str, str]:
    facts = {
        "customer": case.customer,
        "subject": case.subject,
        "verdict": f"{words(case.outcome)}, promise {case.promise}, severity {case.severity}",
        "waiting": case.waiting and f"for a person: {words(case.why or '')}",
        "letters": case.contacts > 1 and f"wrote {case.contacts} times",
    }
    return {name: value for name, value in facts.items() if value}
