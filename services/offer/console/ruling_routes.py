"""Where staff say yes, no or otherwise over HTTP, and read what they need for it."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.offer.console import desk, waiting
from services.offer.console.desk import NotTaken, Said, Taken
from shared.host.http import Problem
from shared.host.said import read_said
from shared.policy.policy import Policy
from shared.runtime.failures import named

STATUS = {
    404: {"no-such-request", "no-such-case"},
    403: {"role-may-not", "role-unknown", "asked-for-it", "said-yes-already", "sum-too-high"},
    422: {"nothing-amended", "nothing-named", "above-ceiling", "beyond-all-levels", "not-a-wish"},
}
"""There is no such thing, it is not theirs, or it does not fit. All else goes against how the case stands by now: 409."""
ON_REQUEST = {"action": "approve", "by": "Mara Lund", "role": "the head of customer care", "reason": "They are right."}
ON_CASE = ON_REQUEST | {"action": "give", "amount": {"amount": "25.00", "currency": "EUR"}, "form": "refund"}
IdempotencyKey = Annotated[str | None, Header(description="The same key again is the same ruling.")]


def routes(engine: AsyncEngine, policy: Policy, wake: Callable[[], None]) -> APIRouter:
    """`/admin/approvals` and `/admin/cases/{id}/rulings`, to be mounted behind the admin key and before the cases."""
    router = APIRouter(prefix="/admin", tags=["rulings"])

    @router.get("/approvals", summary="What waits for a yes or a no, due longest ago first")
    async def list_() -> Response:
        with named():
            async with engine.connect() as connection:
                return _json(await waiting.list_open(connection))

    @router.get("/approvals/{request_id:path}", summary="One request, with all that is known of its case")
    async def show(request_id: str) -> Response:
        with named():
            async with engine.connect() as connection:
                found = await waiting.packet(connection, request_id, policy)
        if found is None:
            raise Problem(404, "no such request", f"nobody has asked for {request_id!r}")
        return _json(found)

    @router.post(
        "/approvals/{request_id:path}",
        status_code=202,
        summary="Say yes, no or otherwise",
        openapi_extra=_body_of(ON_REQUEST),
    )
    async def answer(request_id: str, request: Request) -> Response:
        said = await _read(request, tuple(desk.ANSWERS))
        taken = await _taken(desk.rule_on_request(engine, policy, request_id, said))
        wake()
        return _accepted(taken, f"/admin/approvals/{quote(request_id)}")

    @router.post(
        "/cases/{case:path}/rulings",
        status_code=202,
        summary="Decide otherwise than the rules",
        openapi_extra=_body_of(ON_CASE),
    )
    async def overrule(case: str, request: Request, idempotency_key: IdempotencyKey = None) -> Response:
        said = await _read(request, desk.OVERRULES)
        taken = await _taken(desk.rule_on_case(engine, policy, case, said, idempotency_key or str(uuid4())))
        wake()
        return _accepted(taken, f"/admin/cases/{quote(taken.case)}")

    return router


async def _read(request: Request, actions: tuple[str, ...]) -> Said:
    """What they say. Raises Problem 413 and 422."""
    said: Said = await read_said(request, Said, "the ruling")
    if lacks := desk.misfit(said, actions):
        raise Problem(422, "the ruling cannot be read", lacks)
    return said


async def _taken(ruling: Any) -> Taken:
    """Raises Problem 403, 404, 409 and 422, each with the reason."""
    try:
        taken: Taken = await ruling
    except NotTaken as refused:
        status = next((code for code, whys in STATUS.items() if refused.why in whys), 409)
        raise Problem(status, refused.why.replace("-", " "), str(refused)) from None
    return taken


def _accepted(taken: Taken, address: str) -> Response:
    return JSONResponse(msgspec.to_builtins(taken), 202, {"Location": address})


def _body_of(example: dict[str, Any]) -> dict[str, Any]:
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object", "example": example}}},
        }
    }


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
