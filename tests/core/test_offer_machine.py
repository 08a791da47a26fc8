"""Any history of a customer keeps the rules of the house, beside a model that a child could follow.

One machine: rounds, wishes, approvals, limits, promises, payouts and clocks together, in any order, late, doubled and
contradictory, while other versions of the policy come into force. A history that breaks a rule is printed, with what
tells it again.
"""

import os

import pytest
from hypothesis import settings

from tests.core.machine_money import MoneyHolds
from tests.core.machine_people import ClocksHold, PeopleHold
from tests.core.machine_rounds import RoundsHold

HISTORIES = int(os.environ.get("HISTORIES", "300"))
"""How many random histories: `HISTORIES=10000 ./amends test -q tests/core/test_offer_machine.py` for a long look."""
pytestmark = pytest.mark.timeout(max(300, HISTORIES))


class Offer(RoundsHold, MoneyHolds, PeopleHold, ClocksHold):
    def hold(self) -> None:
        for one in self.invariants:
            one.function(self)


Offer.TestCase.settings = settings(max_examples=HISTORIES, stateful_step_count=50, deadline=None, print_blob=True)
TestOffer = Offer.TestCase
