"""Nobody can fill a service's memory: not even by what only staff may send, since that is read before the key is looked at."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Body

from shared.host.bodies import LIMIT
from shared.host.http import build_app

CHUNK = 65_536


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    router = APIRouter()

    @router.post("/admin/echo")
    async def echo(words: str = Body("", embed=True)) -> dict[str, Any]:
        return {"words": len(words)}

    app = build_app("tests", lambda: {"ok": True}, {}, (), (router,), "key")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tests") as made:
        yield made


class Flood:
    """A body without end, which counts what was read of it."""

    def __init__(self) -> None:
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.read < 10 * LIMIT:
            self.read += CHUNK
            yield b" " * CHUNK


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer key"}])
async def test_a_body_without_end_is_read_to_the_limit_and_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    flood = Flood()
    answer = await client.post("/admin/echo", content=flood, headers=headers | {"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert flood.read <= LIMIT + 2 * CHUNK


async def test_a_body_that_says_itself_that_it_is_too_large_is_not_read(client: httpx.AsyncClient) -> None:
    flood = Flood()
    headers = {"Content-Length": str(LIMIT + 1), "Content-Type": "application/json"}
    assert (await client.post("/admin/echo", content=flood, headers=headers)).status_code == 413
    assert flood.read <= 2 * CHUNK


async def test_what_is_within_the_limit_is_heard(client: httpx.AsyncClient) -> None:
    answer = await client.post("/admin/echo", json={"words": "x" * 1_000_000}, headers={"Authorization": "Bearer key"})
    assert answer.json() == {"words": 1_000_000}
