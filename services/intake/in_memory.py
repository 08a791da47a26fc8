"""Which letters are known already, on a shelf in memory: to rehearse where there is no database."""

from typing import Any

from services.intake.core import First, Known, customer_of
from services.intake.flows import flows
from services.intake.letters import Letters, Registered
from shared.bus import codec
from shared.events import CompensationReceived, ComplaintReceived
from shared.policy.policy import Policy
from shared.runtime.flow import Answer, Heard
from shared.runtime.memory_road import Desk, Station


class Shelf:
    """The letters that are known for ever, by (source, id)."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], First] = {}

    def look_up(self, heard: Heard, _: Letters) -> Known:
        """What is known of this letter; one that nobody knew is the first from now on."""
        event: Any = heard.event
        if isinstance(event, CompensationReceived):
            return Known()
        name = (event.source, event.id)
        if not isinstance(event, ComplaintReceived):
            return Known(b"", self._first.get(name))
        digest = codec.digest(event)
        return Known(digest, self._first.setdefault(name, First(customer_of(event), digest, "received")))

    def keep(self, answer: Answer, _: Letters) -> None:
        """What came of it."""
        for _name, said in answer.answers:
            if isinstance(said, Registered):
                self._first[said.source, said.complaint] = First(said.customer, said.digest, said.state)


def desk(policy: Policy) -> Desk:
    """Intake's flow on a road in memory."""
    (flow,) = flows(policy)

    def stations() -> tuple[Station[Any, Any], ...]:
        shelf = Shelf()
        return (Station(flow, shelf.look_up, shelf.keep),)

    return stations
