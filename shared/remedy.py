"""What is owed under a verdict: a sum, or something in kind with its worth and the forms that count as equal."""

from decimal import Decimal

from msgspec import Struct

from shared.money import Money

PLAIN = "money"
"""The form of a remedy that is a sum and nothing else."""
FORM = "refund"
"""How a plain sum is paid."""


class Remedy(Struct, frozen=True, omit_defaults=True):
    """As it travels: `{"amount": "17.50", "currency": "BRL"}`, or in kind
    `{"form": "replacement", "quantity": 2, "worth": {…}, "equal": ["refund"]}`.

    `worth` is that of the whole, not of one piece. `equal`: forms of the same worth that the customer may take instead.
    Raises ValueError unless it is exactly one of both.
    """

    amount: Decimal | None = None
    currency: str | None = None
    form: str | None = None
    quantity: int | None = None
    worth: Money | None = None
    equal: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        is_sum = self.amount is not None and self.currency is not None
        if is_sum == (self.form is not None and self.worth is not None):
            raise ValueError("a remedy is a sum (`amount`, `currency`) or in kind (`form`, `worth`)")
        if self.amount is not None and self.currency is not None:
            Money(self.amount, self.currency)

    @property
    def sum(self) -> Money:
        """What it is worth in money."""
        if self.worth is not None:
            return self.worth
        assert self.amount is not None
        assert self.currency is not None
        return Money(self.amount, self.currency)


def remedy_of(money: Money, form: str = PLAIN, quantity: int | None = None, equal: tuple[str, ...] = ()) -> Remedy:
    """A remedy worth this much, in this form."""
    if form == PLAIN:
        return Remedy(amount=money.amount, currency=money.currency)
    return Remedy(form=form, quantity=quantity, worth=money, equal=equal)


def together(first: Remedy, second: Remedy) -> Remedy:
    """Both as one: in kind where both are of one form, else the sum that they are worth. Raises ValueError for two
    currencies."""
    if first.sum.currency != second.sum.currency:
        raise ValueError("remedies in two currencies cannot be added up")
    worth = first.sum + second.sum
    if first.form is None or first.form != second.form:
        return remedy_of(worth)
    pieces = (first.quantity or 0) + (second.quantity or 0)
    return remedy_of(worth, first.form, pieces or None, first.equal)
