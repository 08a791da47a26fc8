"""Where staff make due once more what could not be paid: stored before it is answered, and paid once however often it is said."""

from collections.abc import Callable
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.offer.console.promise_routes import SERVICE, Kept, body_of, case_named, facts_of
from services.offer.payouts.billing import why_not_renewed
from shared.events import PayoutRenewed
from shared.host.http import Problem
from shared.host.said import read_said
from shared.policy.policy import Policy
from shared.runtime import outbox
from shared.runtime.failures import named

STATUS = {"never-due": 404, "role-unknown": 403}
"""All else goes against how the payout stands by now: 409."""
WORDS = {
    "never-due": "nothing was ever due under this key",
    "role-unknown": "the house has no such role: approvals.yaml and the payouts of policy.yaml name them",
    "is-due": "it is on its way; a clock asks after it when its day has passed",
    "is-paid": "it has arrived, and is never paid again",
    "is-contested": "it was paid, and is never paid again; what else may be done is `give`",
}
EXAMPLE = {"by": "Rosa Stern", "role": "billing", "reason": "They gave us another account."}


def routes(engine: AsyncEngine, policy: Policy, wake: Callable[[], None]) -> APIRouter:
    """`/admin/payouts/{key}/again`, to be mounted behind the admin key."""
    router = APIRouter(prefix="/admin/payouts", tags=["payouts"])

    @router.post(
        "/{key:path}/again",
        status_code=202,
        summary="Make due once more what could not be paid, or is late",
        openapi_extra=body_of(EXAMPLE),
    )
    async def again(key: str, request: Request) -> Response:
        said = await read_said(request, Kept, "the word")
        with named():
            async with engine.begin() as tx:
                case, _ = await case_named(tx, key.partition("/")[0], policy)
                ruling = PayoutRenewed(**facts_of(case, said), key=key)
                if why := why_not_renewed(case.payouts.get(key), ruling, policy):
                    raise Problem(STATUS.get(why, 409), why.replace("-", " "), WORDS[why])
                # The day that it was due for: the same said twice is one event, and after another failure it is a new one.
                event_id = uuid5(NAMESPACE_URL, f"amends:renewed:{key}\n{case.payouts[key].due}")
                await outbox.queue(tx, SERVICE, ruling, event_id)
        wake()
        address = f"/admin/cases/{quote(case.id)}"
        return JSONResponse({"id": str(event_id), "case": case.id}, 202, {"Location": address})

    return router
