"""Every error that a caller meets is a problem document: what cannot be meant, what is not there, and our own bugs."""

import httpx
import pytest
from fastapi import APIRouter

from shared.errors import Misconfigured
from shared.host.http import build_app
from shared.runtime.failures import Refused

ROUTES = APIRouter()


@ROUTES.get("/refused")
def refused() -> None:
    raise Refused("PostgreSQL refuses the data: CharacterNotInRepertoireError (22021)", "the words of the row")


@ROUTES.get("/unnamed")
def unnamed() -> None:
    raise Misconfigured("'x' names no dead letter")


@ROUTES.get("/bug")
def bug() -> None:
    raise KeyError("secret of the house")


@pytest.mark.parametrize(
    ("path", "status", "says"), [("/refused", 400, "refuses"), ("/unnamed", 404, "'x'"), ("/bug", 500, "log")]
)
async def test_an_error_is_a_problem_document(path: str, status: int, says: str) -> None:
    app = build_app("desk", lambda: {"ok": True}, {}, [ROUTES], [], "key")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as caller:
        answer = await caller.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert says in answer.json()["detail"]
    assert "secret" not in answer.text
    assert "the words of the row" not in answer.text
