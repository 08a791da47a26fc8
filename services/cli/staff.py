"""What a member of staff says with a command: who they are, in which role, and why."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from services.cli.output import print_json
from services.cli.phrases import words
from services.offer.console.desk import Said, Taken
from shared.errors import Misconfigured
from shared.money import Money

By = Annotated[str, typer.Option(help="Your name; it stands in the case.")]
Role = Annotated[str, typer.Option(help="The role that you act in, one of approvals.yaml.")]
Reason = Annotated[str, typer.Option(help="Why, in your own words; it stays in the case.")]
Amount = Annotated[str | None, typer.Option(metavar="SUM", help="Like `25.00 EUR`.")]
Form = Annotated[str | None, typer.Option(help="Like `refund`, `credit` or `voucher`.")]


def said(
    action: str,
    by: str,
    role: str,
    reason: str,
    amount: str | None = None,
    form: str | None = None,
    to: str | None = None,
) -> Said:
    """The ruling as it is stored. Raises Misconfigured for a sum that is none."""
    return Said(action=action, by=by, role=role, reason=reason, amount=_sum(amount), form=form, to=to)


def tell(taken: Taken, *, as_json: bool) -> None:
    """Say that it is stored, and where its effect is seen."""
    if as_json:
        print_json(taken)
        return
    typer.echo(f"stored: {words(taken.action)}. `amends case show {taken.case}` tells what follows")


def _sum(written: str | None) -> Money | None:
    if written is None:
        return None
    number, _, currency = written.strip().partition(" ")
    try:
        return Money(Decimal(number), currency)
    except (InvalidOperation, ValueError) as wrong:
        why = f": {wrong}" if isinstance(wrong, ValueError) else ""
        raise Misconfigured(f"--amount {written}: write it like `25.00 EUR`{why}") from None
