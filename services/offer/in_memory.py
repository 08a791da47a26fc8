"""The flow that looks after cases, on a road in memory: to rehearse where there is no database."""

from typing import Any

from services.offer.budget import Purse
from services.offer.case import Customer
from services.offer.flows import flows
from services.offer.terms import Known
from shared.policy.policy import Policy
from shared.runtime.flow import Answer, Heard
from shared.runtime.memory_road import Desk, Station


class Shelf:
    """The house's budget as it stands between two events."""

    def __init__(self, policy: Policy) -> None:
        self._purse, self._before = Purse(policy), Customer()

    def look_up(self, heard: Heard, customer: Customer) -> Known:
        """The policy, and what the budget stands at."""
        self._before = customer
        return self._purse.known(heard.event)

    def keep(self, _: Answer, customer: Customer) -> None:
        """What the answers have given or offered."""
        self._purse.count(self._before, customer)


def desk(policy: Policy) -> Desk:
    """The offer's flow on a road in memory."""
    (flow,) = flows(policy)

    def stations() -> tuple[Station[Any, Any], ...]:
        shelf = Shelf(policy)
        return (Station(flow, shelf.look_up, shelf.keep),)

    return stations
