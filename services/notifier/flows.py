"""The notifier's one flow: it listens to who the customers are and to what is said to them, and writes letters."""

from services.notifier.core import State, decider
from services.notifier.letters import keep
from shared.events import CASES, COMPLAINTS, WIRE, ComplaintAccepted
from shared.policy.policy import Policy
from shared.runtime.flow import Flow

HANDLES = frozenset({ComplaintAccepted, *(event for event, (_, topic) in WIRE.items() if topic == CASES)})


def flows(policy: Policy) -> tuple[Flow[State, None], ...]:
    """The flows of the notifier under this policy."""
    return (
        Flow(
            name="notifier",
            service="notifier",
            topics=(COMPLAINTS, CASES),
            handles=HANDLES,
            key=lambda event: event.customer,
            decider=decider(policy),
            state=State,
            keep=keep,
        ),
    )
