"""How much is given because we are sorry, to one customer and in all, and what happens when things go wrong again and again."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from shared.money import Money

LONGEST = timedelta(days=1096)
"""No limit looks back further: what is older than three years is forgotten."""


class GoodwillLimit(Struct, frozen=True, forbid_unknown_fields=True):
    """What one customer may be given because we are sorry: at most so many `gifts` of money, worth at most so much in each
    currency. A currency that is not named has no limit of its own."""

    gifts: Annotated[int, Meta(ge=0)]
    sums: tuple[Money, ...] = ()


class Budget(Struct, frozen=True, forbid_unknown_fields=True):
    """What the house gives in a calendar month of `zone`, in each currency that is named.

    Past `soft`, what customers ask for beyond what lies before them is for an approver to give; past `hard`, no rule gives
    any more money.
    """

    zone: str
    soft: tuple[Money, ...] = ()
    hard: tuple[Money, ...] = ()


class Repeats(Struct, frozen=True, forbid_unknown_fields=True):
    """What happens again and again: counted `within` so long.

    From so many `verified` failures of one customer on, the case goes to a person; so many `of_one_subject` are told to
    operations. Whose claims measurements `contradicted` so often hears it when another one is declined.
    """

    within: timedelta
    verified: Annotated[int, Meta(ge=2)]
    of_one_subject: Annotated[int, Meta(ge=2)]
    contradicted: Annotated[int, Meta(ge=2)]


class Raise(Struct, frozen=True, forbid_unknown_fields=True):
    """The severity goes up `by` so much for one thing: so many `contacts` about the case, so many `hand_overs` from one
    person to the next, or so long `waiting` for our first word."""

    by: Annotated[int, Meta(ge=1, le=3)]
    contacts: Annotated[int, Meta(ge=2)] | None = None
    hand_overs: Annotated[int, Meta(ge=1)] | None = None
    waiting: timedelta | None = None


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """How much is given because we are sorry, to one customer `within` so long and by the house in a month; what is owed
    counts in none of it. `tiers`: the limits of customers whom the CRM calls so, in place of those for `everyone`."""

    within: timedelta
    everyone: GoodwillLimit
    budget: Budget
    repeats: Repeats
    raises: tuple[Raise, ...] = ()
    tiers: dict[str, GoodwillLimit] = {}

    def of(self, tier: str | None) -> GoodwillLimit:
        """What holds for a customer of this tier."""
        return self.tiers.get(tier or "", self.everyone)
