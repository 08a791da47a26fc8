"""What random histories of one customer are told in: three letters, the people of the house, and small questions to both."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from services.offer.case import Case, ClocksStarted, Customer
from services.offer.core import DECIDER
from services.offer.terms import Known
from shared import events as e
from shared.policy.policy import Policy
from shared.runtime.decider import Answered, Timer, step
from tests.core.offer_stories import Complaint

LETTERS = (
    Complaint("cust-ana", "C-1", "order-1"),
    Complaint("cust-ana", "C-2", "order-1"),
    Complaint("cust-ana", "C-3"),
)
ROUNDS = e.ApologyOffered | e.OptionsOffered | e.InputInvited | e.FinalSayGiven | e.ClaimDeclined | e.ChoiceUndone
TO_THE_CUSTOMER = ROUNDS | e.CounterAnswered | e.ChoiceNoted | e.CaseExpired | e.CaseSettled
ANSWERS = (e.ApologyAccepted, e.OptionsRejected, e.CounterOffered)
STAFF = ("Ida", "Mara", "Noor")
ROLES = ("care-team", "head-of-care", "board")
RULED = e.ApprovalGiven | e.ApprovalDenied | e.ApprovalAmended | e.CaseOverruled
PIECE = "2.50"
"""What one piece of a remedy in kind is worth."""

letters = st.sampled_from(LETTERS)
failures = st.sampled_from(["f-1", "f-1", "f-2", None, None])
"""Which failure a verdict finds; often the same one, and often nobody can say."""
wishes = st.sampled_from([None, "5.00", "60.00", "95.00", "110.00", "9000.00", "9000.00"])
forms = st.sampled_from([None, None, "refund", "attention", "a pony"])
sums = st.sampled_from(["5.00", "12.50", "17.50", "40.00", "120.00"])
lags = st.sampled_from([0, 1, 13, 15]).map(lambda days: timedelta(days=days))


def reloaded(customer: Customer) -> Customer:
    """As the database gives it back: it keeps no order of names."""
    return msgspec.json.decode(msgspec.json.encode(customer, order="deterministic"), type=Customer)


def heard(policy: Policy, customer: Customer, *events: e.AnyEvent) -> Customer:
    for event in events:
        customer = step(DECIDER, "offer", customer, UUID(int=1), event, Known(policy)).state
    return customer


def letter_of(case: Case) -> Complaint:
    return owner_of(case.id)


def owner_of(name: str) -> Complaint:
    """Whose case it is, or whose a key of that case is."""
    return next(letter for letter in LETTERS if letter.case == name.partition("/")[0])


def is_of_clocks(said: Answered) -> bool:
    """What clocks add to an answer."""
    return isinstance(said, ClocksStarted | e.ClockMissed) or (
        isinstance(said, Timer) and said.name.startswith("clock/")
    )


def of(kind: Any, said: Iterable[Answered]) -> list[Any]:
    """What of this is of that kind."""
    return [one for one in said if isinstance(one, kind)]
