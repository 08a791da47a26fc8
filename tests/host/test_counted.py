"""A request is a visitor for as long as it takes, however it ends."""

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from shared.host.counted import Counted
from shared.runtime.visitors import Visitors


async def test_a_request_counts_until_it_is_answered_or_broken() -> None:
    visitors, seen = Visitors(), []

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        seen.append(visitors.here)
        if scope["path"] == "/broken":
            raise ZeroDivisionError
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Counted(app, visitors)), base_url="http://amends"
    ) as client:
        assert (await client.get("/")).status_code == 204
        assert not visitors.here
        with pytest.raises(ZeroDivisionError):
            await client.get("/broken")
    assert seen == [True, True]
    assert not visitors.here
