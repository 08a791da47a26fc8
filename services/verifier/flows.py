"""The verifier's two flows: one keeps what operations measured, the other judges complaints by it."""

from types import NoneType
from typing import Any

from services.verifier.core import FLOW, decider
from services.verifier.letters import Letters
from services.verifier.records import inquiry, spreading
from services.verifier.records.inquiry import Inquiry
from shared.events import (
    ANSWERS,
    COMPLAINTS,
    EVIDENCE,
    TELEMETRY,
    TIMERS,
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    EvidenceArrived,
    InformationGiven,
    TimerFired,
)
from shared.policy.policy import Policy
from shared.policy.words import read_claims
from shared.runtime.flow import Flow

JUDGED = frozenset(
    {ComplaintAccepted, ComplaintMerged, ComplaintWithdrawn, EvidenceArrived, InformationGiven, TimerFired}
)


def flows(policy: Policy) -> tuple[Flow[Any, Any], ...]:
    """What the verifier runs."""
    keeping = Flow(
        name="evidence",
        service="verifier",
        topics=(TELEMETRY, EVIDENCE),
        handles=spreading.HANDLES,
        key=_nobodys,
        decider=spreading.decider(),
        state=NoneType,
        look_up=spreading.Spreading(policy.recovery).look_up,
        keep=spreading.keep,
        inbound=True,
    )
    judging = Flow(
        name=FLOW,
        service="verifier",
        topics=(COMPLAINTS, EVIDENCE, ANSWERS, TIMERS),
        handles=JUDGED,
        key=_customer_of,
        decider=decider(policy),
        state=Letters,
        look_up=Inquiry(read_claims(policy.claims), policy.evidence).look_up,
        keep=inquiry.keep,
    )
    return (keeping, judging)


def _nobodys(_: Any) -> None:
    """A measurement belongs to no customer; the complaints that rest on it do."""


def _customer_of(event: Any) -> str:
    customer: str = event.customer
    return customer
