"""How our word reaches a customer: which way each wish goes, what must be in writing that lasts, when it is quiet, and how long we try."""

from datetime import timedelta
from typing import Literal

from msgspec import Struct

from shared.policy.calendars import TimeOfDay

NoticeKind = Literal[
    "acknowledgement",
    "apology",
    "options",
    "input",
    "counter-answer",
    "decline",
    "final-say",
    "settlement",
    "payment-made",
    "payment-late",
    "progress",
    "promise-kept",
    "promise-missed",
    "question",
]


class Way(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a wished channel leads: mail that we send, a signed webhook to a CRM that sends itself, or a person.

    `durable`: what comes this way stays with the customer, unchanged, for as long as they need it.
    """

    by: Literal["email", "webhook", "person"]
    durable: bool


class Writing(Struct, frozen=True, forbid_unknown_fields=True):
    """In these jurisdictions notices of these kinds must reach the customer on a durable medium, as `source` says."""

    jurisdictions: tuple[str, ...]
    kinds: tuple[NoticeKind, ...]
    source: str


class Quiet(Struct, frozen=True, forbid_unknown_fields=True):
    """From `begins` to `ends` on the clocks of `zone`, over midnight where that is earlier, nothing goes out `but` these kinds."""

    zone: str
    begins: TimeOfDay
    ends: TimeOfDay
    but: tuple[NoticeKind, ...] = ()


class Tries(Struct, frozen=True, forbid_unknown_fields=True):
    """A letter that cannot be taken now is tried again: after `first`, then twice as long each time up to `longest`, until
    `give_up`, when a person hears of it."""

    first: timedelta
    longest: timedelta
    give_up: timedelta


class Delivery(Struct, frozen=True, forbid_unknown_fields=True):
    """`ways`: by the channel that a customer wishes. `default`: the one of who wishes none.

    `manners`: forms of address that are no name, in small letters.
    """

    ways: dict[str, Way]
    default: str
    tries: Tries
    writing: tuple[Writing, ...] = ()
    quiet: Quiet | None = None
    manners: tuple[str, ...] = ()

    def address(self, wish: str | None) -> str | None:
        """The form of address as a name, such as "Ms Lima"; one that only says how formal we are to be names nobody."""
        return None if wish is None or wish.strip().casefold() in self.manners else wish

    def must_last(self, kind: str, jurisdiction: str | None) -> bool:
        """Whether such a notice must be on a durable medium there."""
        return any(kind in rule.kinds and jurisdiction in rule.jurisdictions for rule in self.writing)
