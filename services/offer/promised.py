"""What a person of the house has promised a customer, and what became of it."""

from datetime import datetime

from msgspec import Struct


class Promised(Struct, frozen=True, omit_defaults=True):
    """`what` was promised for `due`; `owner`, a role, sees to it. `kept`: when it was done; `missed`: the customer has heard
    that it was not, and that it will be by `next`."""

    what: str
    due: datetime
    owner: str
    kept: datetime | None = None
    missed: bool = False
    next: datetime | None = None
