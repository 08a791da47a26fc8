"""The door for letters that come over HTTP: each is stored before we say that we have it, and its status can be asked."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import msgspec
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse, Response
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.intake.complaints import Claim, Name, Status, claim, find, status
from shared.bus import codec, values
from shared.bus.seam import RECORD_LIMIT
from shared.errors import Malformed, TooLarge
from shared.events import CRM, WIRE, ComplaintReceived
from shared.host.http import Problem, bearer
from shared.host.said import read_body
from shared.runtime import outbox
from shared.runtime.failures import Refused, named

SERVICE = "intake"
CE_TYPE, TOPIC = WIRE[ComplaintReceived]
NULL = b"null"
FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
EXAMPLE = {
    "id": "C-1001",
    "customer": {"id": "cust-77", "name": "Ana Lima", "email": "ana@example.org", "language": "pt-BR"},
    "subject": {"kind": "order", "id": "53cdb2fc"},
    "category": "late-delivery",
    "text": "The parcel was promised for the 10th …",
    "received_at": "2018-02-14T09:12:00Z",
    "paid": {"amount": "129.90", "currency": "BRL"},
    "sought": "refund",
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "example": EXAMPLE}}},
    }
}
IdempotencyKey = Annotated[str | None, Header(description="The complaint's `id`, where the body has none.")]


def routes(engine: AsyncEngine, key: str, wake: Callable[[], None]) -> APIRouter:
    """Intake's own routes, behind the bearer `key`; `wake` tells the relay that a letter waits in the outbox."""
    router = APIRouter(tags=["complaints"], dependencies=[Depends(bearer(key))])

    @router.post("/complaints", status_code=202, summary="Hand in a complaint", openapi_extra=BODY)
    async def post(request: Request, idempotency_key: IdempotencyKey = None) -> Response:
        letter = read_letter(await _body(request), idempotency_key)
        stored = await _store(engine, letter)
        wake()
        return JSONResponse(_shown(stored), 202, {"Location": _address(stored)})

    @router.get("/complaints/{complaint:path}", summary="How a complaint stands")
    async def get(complaint: str, source: str = CRM) -> Response:
        with named():
            async with engine.connect() as connection:
                found = await status(connection, Name(source, complaint))
        if found is None:
            raise Problem(404, "no such complaint", f"nobody has sent a complaint {complaint!r} from {source!r}")
        return JSONResponse(_shown(found))

    return router


async def _body(request: Request) -> bytes:
    """The body, of which no more is read than a record may have. Raises Problem 413."""
    body = await read_body(request, RECORD_LIMIT)
    if body is None:
        raise _too_large()
    return body


def _too_large() -> Problem:
    return Problem(413, "the complaint is too large", f"a record has at most {RECORD_LIMIT:,} bytes (1 MiB)")


def read_letter(body: bytes, idempotency_key: str | None) -> ComplaintReceived:
    """The letter as the topic would bring it. Raises Problem 400 for what is no JSON, 422 for what does not fit, 413."""
    try:
        fields = {name: bytes(field) for name, field in values.parse(FIELDS, body).items()}
    except Malformed as wrong:
        raise Problem(400, "the body is no JSON object", str(wrong)) from None
    if fields.get("type", NULL) not in (NULL, f'"{CE_TYPE}"'.encode()):
        raise Problem(422, "the complaint cannot be read", f"type: only {CE_TYPE} is taken here, or none")
    if fields.get("id", NULL) == NULL:
        if idempotency_key is None:
            raise Problem(422, "the complaint cannot be read", "id: add it, or send it as the header Idempotency-Key")
        fields["id"] = msgspec.json.encode(idempotency_key)
        body = msgspec.json.encode({name: msgspec.Raw(field) for name, field in fields.items()})
    try:
        letter: ComplaintReceived = values.decode(ComplaintReceived, body)
        codec.encode(letter)
    except Malformed as wrong:
        raise Problem(422, "the complaint cannot be read", str(wrong)) from None
    except TooLarge:
        raise _too_large() from None
    return replace(letter, source=TOPIC)


async def _store(engine: AsyncEngine, letter: ComplaintReceived) -> Status:
    """Register the letter and queue it for the topic, both or neither. Raises Problem 409, 503; Unavailable."""
    name = Name(letter.source, letter.id)
    try:
        with named():
            async with engine.begin() as tx:
                await _register(tx, name, letter)
                stored = await status(tx, name)
    except Refused as refused:
        raise Problem(422, "the complaint cannot be stored", refused.detail) from None
    assert stored is not None
    return stored


async def _register(tx: AsyncConnection, name: Name, letter: ComplaintReceived) -> None:
    """Claim first and look in the next statement, which sees whoever claimed before us."""
    if await outbox.depth(tx, SERVICE) >= outbox.ROW_LIMIT:
        raise Problem(503, "not available now", "too many complaints wait to be passed on", {"Retry-After": "30"})
    claimed = Claim(letter.customer.id, codec.digest(letter))
    if await claim(tx, {name: claimed}):
        await outbox.append(tx, SERVICE, (_row(letter),))
        return
    first = (await find(tx, [name]))[name]
    if (first.customer, first.digest) != claimed:
        raise Problem(409, "known with other content", f"complaint {letter.id!r} is known, and the first one stands")


def _row(letter: ComplaintReceived) -> outbox.Row:
    """As the CRM itself would put it on the topic: whoever reads it knows it by source and id."""
    return outbox.row_of(letter, uuid5(NAMESPACE_URL, f"{letter.source}\n{letter.id}"))


def _address(stored: Status) -> str:
    return f"/complaints/{quote(stored.id)}"


def _shown(stored: Status) -> Any:
    return msgspec.to_builtins(stored)
