"""Where staff write down what they have promised a customer, and say that it is done."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid4, uuid5

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from msgspec import Meta, Struct
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.offer.case import Case, about
from services.offer.console.cases import find_case, weighed_case
from services.offer.staff import promises
from shared.events import NEVER, Instant, PromiseFulfilled, PromiseGiven, Word
from shared.host.http import Problem
from shared.host.said import read_said
from shared.policy.policy import Policy
from shared.runtime import outbox
from shared.runtime.failures import named

SERVICE = "offer"
NOW = text("select clock.now()")
STATUS = {"no-such-promise": 404, "role-unknown": 403, "day-is-over": 422}
"""All else goes against how the case stands by now: 409."""
WORDS = {
    "no-such-promise": "nobody has promised that in this case",
    "role-unknown": "the house has no such role: approvals.yaml names them",
    "day-is-over": "a promise is for a day to come",
    "not-opened": "the case is not open yet",
    "over": "the case was taken back, or is history",
}
Said = Annotated[str, Meta(min_length=1, max_length=4_000)]
Name = Annotated[Word, Meta(min_length=1)]
IdempotencyKey = Annotated[str | None, Header(description="The same key again is the same promise.")]
PROMISE = {
    "what": "ring them about the parcel",
    "due": "2026-03-06T16:00:00Z",
    "by": "Mara Lund",
    "role": "customer care",
    "reason": "They asked to hear it from a person.",
}


class Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody has promised, by when, who they are, in which role, and why."""

    what: Name
    due: Instant
    by: Name
    role: Name
    reason: Said


class Kept(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who says that it is done, in which role, and how they know."""

    by: Name
    role: Name
    reason: Said


def routes(engine: AsyncEngine, policy: Policy, wake: Callable[[], None]) -> APIRouter:
    """`/admin/cases/{id}/promises`, to be mounted behind the admin key and before the cases."""
    router = APIRouter(prefix="/admin/cases", tags=["promises"])

    @router.post(
        "/{case:path}/promises/{promised:path}/kept",
        status_code=202,
        summary="Say that what was promised is done",
        openapi_extra=body_of({name: PROMISE[name] for name in ("by", "role", "reason")}),
    )
    async def kept(case: str, promised: str, request: Request) -> Response:
        said = await read_said(request, Kept, "the word")

        def ruling(known: Case, _: datetime) -> PromiseFulfilled:
            name = promised if "/" in promised else f"{known.id}/{promises.PROMISE}/{promised}"
            return PromiseFulfilled(**facts_of(known, said), promised=name)

        return await _stored(case, ruling, promised)

    @router.post(
        "/{case:path}/promises",
        status_code=202,
        summary="Write down what was promised to the customer",
        openapi_extra=body_of(PROMISE),
    )
    async def given(case: str, request: Request, idempotency_key: IdempotencyKey = None) -> Response:
        said = await read_said(request, Given, "the promise")

        def ruling(known: Case, now: datetime) -> PromiseGiven:
            return PromiseGiven(**facts_of(known, said) | {"at": now}, what=said.what, due=said.due)

        return await _stored(case, ruling, idempotency_key or str(uuid4()))

    async def _stored(name: str, ruling: Callable[[Case, datetime], Any], key: str) -> Response:
        with named():
            async with engine.begin() as tx:
                known, now = await case_named(tx, name, policy)
                event = ruling(known, now)
                if why := promises.why_not(known, event, policy):
                    raise Problem(STATUS.get(why, 409), why.replace("-", " "), WORDS[why])
                event_id = uuid5(NAMESPACE_URL, f"amends:{type(event).__name__}:{known.id}\n{key}")
                await outbox.queue(tx, SERVICE, replace(event, at=NEVER), event_id)
        wake()
        address = f"/admin/cases/{quote(known.id)}"
        return JSONResponse({"id": str(event_id), "case": known.id}, 202, {"Location": address})

    return router


async def case_named(tx: AsyncConnection, name: str, policy: Policy) -> tuple[Case, datetime]:
    """Raises Problem 404 and 409."""
    row = await find_case(tx, name)
    if row is None:
        raise Problem(404, "no such case", f"there is no case and no complaint {name!r}")
    weighed = await weighed_case(tx, row.case, row.customer, policy)
    if weighed is None:
        raise Problem(409, "not opened", WORDS["not-opened"])
    return weighed[0], await tx.scalar(NOW)


def facts_of(case: Case, said: Given | Kept) -> dict[str, Any]:
    who = {"by": " ".join(said.by.split()), "role": said.role.strip(), "reason": said.reason.strip()}
    return about(case, NEVER) | who


def body_of(example: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object", "example": example}}}
    return {"requestBody": {"required": True, "content": content}}
