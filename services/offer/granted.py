"""What a customer was granted for one failure, by one of their complaints, so that no other one is paid for it again."""

from datetime import datetime

from msgspec import Struct

from shared.money import Money


class Granted(Struct, frozen=True):
    """What one case was granted for one failure, given elsewhere included, and when that was last."""

    amount: Money
    at: datetime
