"""Counts the requests that a process has in hand, so that what can wait gives way to them."""

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.visitors import Visitors


class Counted:
    """Every request is a visitor from its first byte to the last one of its answer."""

    def __init__(self, app: ASGIApp, visitors: Visitors) -> None:
        self._app, self._visitors = app, visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._visitors.served():
            await self._app(scope, receive, send)
