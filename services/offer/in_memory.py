"""The flow that looks after cases, on a road in memory: to rehearse where there is no database."""

from typing import Any

from services.offer.flows import flows
from services.offer.terms import Known
from shared.policy.policy import Policy
from shared.runtime.memory_road import Desk, Station, keep_nothing


def desk(policy: Policy) -> Desk:
    """The offer's flow on a road in memory."""
    (flow,) = flows(policy)

    def stations() -> tuple[Station[Any, Any], ...]:
        return (Station(flow, lambda _, __: Known(policy), keep_nothing),)

    return stations
