"""One thing that was granted, on its way to the customer: when it is there, who sees to it, and how it stands."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from shared.events import Ledger
from shared.money import Money

TROUBLES = {"late": "payout_late", "failed": "payout_failed", "contested": "fulfilment_contested"}
"""Why a payout is for a person to see to, by how it stands."""
DIFFERS = "payout_differs"
"""Another sum was paid than was due."""
OF_MONEY = frozenset({*TROUBLES.values(), DIFFERS})
"""A person who has a case for one of these has it no longer than that is wrong."""


class Payout(Struct, frozen=True, omit_defaults=True):
    """What became due under one key, and what billing said about it; in kind, `amount` is the worth of `quantity`, and
    what has no price has none. `due`: by when it is with the customer; `owner`, a role, sees to it. `next`: by when the customer
    hears more, where it is late. `missed`: the customer says that it is not there, though nobody has said that it is.
    `came`: the sum that was paid, where that is another one."""

    ledger: Ledger
    form: str
    amount: Money | None = None
    state: Literal["due", "late", "failed", "paid", "contested"] = "due"
    quantity: int | None = None
    due: datetime | None = None
    owner: str | None = None
    next: datetime | None = None
    missed: bool = False
    came: Money | None = None

    @property
    def in_kind(self) -> bool:
        """It has no price, or comes in pieces."""
        return self.amount is None or self.quantity is not None

    @property
    def arrived(self) -> bool:
        """Says whoever pays, whatever the customer says: it is never due again."""
        return self.state in ("paid", "contested")

    @property
    def trouble(self) -> str | None:
        """Why a person has to look at it, a code; None where all is well."""
        return DIFFERS if self.came else TROUBLES.get("contested" if self.missed else self.state)
