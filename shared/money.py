"""Money: an exact decimal and an ISO 4217 code, never a float."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import msgspec
from iso4217 import Currency

LIMIT = Decimal(10**12)
"""No ledger holds so much. Decimal, since every sum is held against it and to make one of a number each time takes longer."""


class Money(msgspec.Struct, frozen=True, order=True):
    """A sum as it travels: `{"amount": "129.90", "currency": "BRL"}`.

    `amount` is a finite decimal of any sign; on the wire it is a string. `currency` is an ISO 4217 code.
    Raises ValueError for another code, an infinite amount, or more digits than any ledger holds.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not (self.amount.is_finite() and abs(self.amount) < LIMIT):
            raise ValueError("an amount is a finite decimal below 1,000,000,000,000")
        minor_digits(self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same_currency(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same_currency(other).amount, self.currency)

    def percent(self, rate: Decimal) -> "Money":
        """This share of the sum, rounded half up to the currency's minor unit."""
        return Money(self.amount * rate / 100, self.currency).rounded()

    def rounded(self) -> "Money":
        """Half up to the currency's minor unit (ISO 4217 digits, not the display digits of CLDR)."""
        return Money(self.amount.quantize(_unit(self.currency), rounding=ROUND_HALF_UP), self.currency)

    def _same_currency(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} cannot be set against {self.currency}")
        return other


@cache
def minor_digits(currency: str) -> int:
    """Digits behind the point of the currency, by ISO 4217. Raises ValueError for an unknown code."""
    try:
        exponent = Currency(currency).exponent
    except ValueError:
        # Repeated where it may be a slip; whatever else a feed put there may be somebody's words, and this is logged.
        what = repr(currency) if len(currency) <= 4 else "what it says"
        raise ValueError(f"{what} is no ISO 4217 currency code") from None
    return exponent or 0


@cache
def _unit(currency: str) -> Decimal:
    """The smallest sum there is of it."""
    return Decimal(1).scaleb(-minor_digits(currency))
