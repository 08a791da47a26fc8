"""Who of the house may give how much: its roles, the levels at which a wish is decided, and when two people must agree."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from shared.money import Money

Percent = Annotated[Decimal, Meta(ge=0, le=1000)]


class Level(Struct, frozen=True, forbid_unknown_fields=True):
    """`role` says yes or no within so much time of `calendar`, counted while that is open; then the next level is asked.

    It may give up to `share` percent of the loss, and up to `up_to` in a currency; with sums, in no other currency.
    """

    role: str
    share: Percent
    within: timedelta
    calendar: str
    up_to: tuple[Money, ...] = ()

    def may_give(self, amount: Money | None, loss: Money | None) -> bool:
        """What has no sum, anybody of a level may give; where the loss cannot be set beside the sum, only sums bound it."""
        if amount is None:
            return True
        if loss is not None and loss.currency == amount.currency and amount > loss.percent(self.share):
            return False
        return not self.up_to or any(amount.currency == most.currency and amount <= most for most in self.up_to)

    def most(self, loss: Money) -> Money | None:
        """The largest sum that it may give for such a loss; None where it may give nothing in that currency."""
        share = loss.percent(self.share)
        sums = [most for most in self.up_to if most.currency == loss.currency]
        return min(share, *sums) if sums else None if self.up_to else share


class Doubt(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the customer's word stands against a measurement, more than `above` is for `role` at least, on the menu or not."""

    role: str
    above: tuple[Money, ...]


class Approvals(Struct, frozen=True, forbid_unknown_fields=True):
    """`roles`: all to whom a case may be handed. `levels`: those that say yes or no to a wish, from the lowest up.

    `weighs`: the level from which somebody decides on what no share of a loss can bound: a wish without a sum, or one where
    the loss is not known. Above `four_eyes_above`, and in a currency that it does not name, two people must say yes.
    """

    roles: tuple[str, ...]
    levels: tuple[Level, ...]
    weighs: str
    doubt: Doubt
    four_eyes_above: tuple[Money, ...]

    def rank(self, role: str) -> int | None:
        """How high the role stands among the levels, from 0; None where it decides on no wish."""
        return next((n for n, level in enumerate(self.levels) if level.role == role), None)

    def above(self, role: str) -> Level | None:
        """Who is asked when this role has not answered; nobody after the last. A role that is gone is followed by the last."""
        rank = self.rank(role)
        return self.levels[-1] if rank is None else next(iter(self.levels[rank + 1 :]), None)

    def four_eyes(self, amount: Money | None) -> bool:
        """Whether two people must agree on so much."""
        if amount is None:
            return False
        return not any(amount.currency == line.currency and amount <= line for line in self.four_eyes_above)

    def doubtful(self, amount: Money | None) -> bool:
        """Whether so much is more than the house gives on a contested word."""
        if amount is None:
            return False
        return not any(amount.currency == line.currency and amount <= line for line in self.doubt.above)

    def first_for(self, amount: Money | None, loss: Money | None, *, contested: bool) -> Level | None:
        """The lowest level that may give this; None where it is more of the loss than anybody may give."""
        known = amount is not None and loss is not None and loss.currency == amount.currency
        least = 0 if known else self.rank(self.weighs) or 0
        if contested and self.doubtful(amount):
            least = max(least, self.rank(self.doubt.role) or 0)
        able = (level for level in self.levels[least:] if level.may_give(amount, loss))
        return next(able, None if known else self.levels[-1])
