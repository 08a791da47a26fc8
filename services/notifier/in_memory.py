"""The flow that writes to customers, on a road in memory: to rehearse where there is no database and no post."""

from typing import Any

from services.notifier.flows import flows
from shared.policy.policy import Policy
from shared.runtime.memory_road import Desk, Station, keep_nothing


def desk(policy: Policy) -> Desk:
    """The notifier's flow on a road in memory."""
    (flow,) = flows(policy)

    def stations() -> tuple[Station[Any, Any], ...]:
        return (Station(flow, lambda _, __: None, keep_nothing),)

    return stations
