"""No request is read without end: whoever sends more than any event may have is told so, before anybody looks at a key."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.bus.seam import RECORD_LIMIT

LIMIT = 2 * RECORD_LIMIT
"""Bytes. Routes with a limit of their own have a lower one, and words of their own for it."""
TOO_LARGE = f"a request has at most {LIMIT:,} bytes, and the record in it {RECORD_LIMIT:,} bytes (1 MiB)"


class BodyLimit:
    """Reads at most LIMIT bytes of each request's body for the app behind it, and answers 413 for more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "0")
        left = LIMIT - (int(stated) if stated.isascii() and stated.isdigit() else 0)
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if left < 0 or read > LIMIT:
                raise HTTPException(413, TOO_LARGE)
            return message

        await self._app(scope, counted, send)
