"""The flow that takes letters in: from the CRM's topic to ours, each under the customer whom it concerns."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.complaints import Claim, Name, claim, find, register
from services.intake.core import First, Known, customer_of, decider
from services.intake.letters import Letters, Registered
from shared.bus import codec
from shared.events import CRM, CompensationReceived, ComplaintReceived, WithdrawalReceived
from shared.policy.policy import Policy
from shared.runtime.flow import Flow, Heard, Outcome


def flows(policy: Policy) -> tuple[Flow[Letters, Known], ...]:
    """What intake runs."""
    intake = Flow(
        name="intake",
        service="intake",
        topics=(CRM,),
        handles=frozenset({ComplaintReceived, WithdrawalReceived, CompensationReceived}),
        key=customer_of,
        decider=decider(policy),
        state=Letters,
        look_up=_look_up,
        keep=_keep,
        inbound=True,
    )
    return (intake,)


async def _look_up(tx: AsyncConnection, heard: Sequence[Heard], _: Mapping[str, Letters]) -> Sequence[Known]:
    """Claim the complaints first and look in the next statement, which sees whoever claimed before us."""
    claims: dict[Name, Claim] = {}
    digests: list[bytes] = []
    for one in heard:
        digests.append(b"")
        if isinstance(one.event, ComplaintReceived):
            digests[-1] = codec.digest(one.event)
            claims.setdefault(_name(one), Claim(customer_of(one.event), digests[-1]))
    await claim(tx, claims)
    first: dict[Name, First] = await find(tx, [_name(one) for one in heard if not _is_compensation(one)])
    return [
        Known(digest, None if _is_compensation(one) else first.get(_name(one)))
        for one, digest in zip(heard, digests, strict=True)
    ]


def _is_compensation(heard: Heard) -> bool:
    """It has an id of its own, which is no complaint's."""
    return isinstance(heard.event, CompensationReceived)


def _name(heard: Heard) -> Name:
    event = heard.event
    assert isinstance(event, ComplaintReceived | WithdrawalReceived)
    return Name(event.source, event.id)


async def _keep(tx: AsyncConnection, outcome: Outcome[Letters]) -> None:
    await register(
        tx, [said for answer in outcome.answers for _, said in answer.answers if isinstance(said, Registered)]
    )
