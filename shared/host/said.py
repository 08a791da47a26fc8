"""What somebody sends with a request: read no further than it may be long, and refused with the reason where it is no good."""

from typing import Any

import msgspec
from fastapi import Request

from shared.bus import values
from shared.errors import Malformed
from shared.host.http import Problem

SAID_LIMIT = 65_536
"""Bytes of what staff or a customer may say at once."""


async def read_body(request: Request, limit: int) -> bytes | None:
    """The whole body; none where it has more bytes than `limit`, and then it is not read to its end."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


async def read_said(request: Request, shape: type[Any], what: str) -> Any:
    """What somebody of the house says: JSON of this shape, with times that name their zone. Raises Problem 413 and 422."""
    body = await read_body(request, SAID_LIMIT)
    if body is None:
        raise Problem(413, f"{what} is too large", f"at most {SAID_LIMIT:,} bytes")
    try:
        return values.parse(msgspec.json.Decoder(shape).decode, body)
    except Malformed as wrong:
        raise Problem(422, f"{what} cannot be read", str(wrong)) from None
