"""Staff reach the cases over HTTP with the admin key, and are told plainly what there is not."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.offer.http import routes
from shared.host.http import build_app
from tests.core.offer_stories import ANA, CLEO, POLICY, day, euro
from tests.offer.house import House

KEY = {"Authorization": "Bearer the-key"}


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app("offer", lambda: {"ok": True}, {}, (), (routes(house.engine, POLICY),), "the-key")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://offer", headers=KEY) as client:
        yield client


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200
    return answer.json()


async def test_a_case_is_shown_with_its_sums_as_decimal_strings(client: httpx.AsyncClient, house: House) -> None:
    await house.hear(ANA.verdict())
    by_case, by_complaint = await get(client, f"/admin/cases/{ANA.case}"), await get(client, "/admin/cases/C-1001")
    assert by_case == by_complaint
    assert by_case["remedy"] == {"amount": "17.50", "currency": "EUR"}
    assert (by_case["state"], by_case["opened_at"]) == ("apology", "2018-02-21T10:00:00Z")
    assert {"timeline", "payouts", "explanation", "reserve"} <= set(by_case)


async def test_the_list_and_those_that_wait(client: httpx.AsyncClient, house: House) -> None:
    await house.hear(ANA.verdict(), CLEO.unclear(day(1), contested=True, paid=euro("340")))
    assert [case["complaint"] for case in await get(client, "/admin/cases")] == ["C-1003", "C-1001"]
    assert [case["complaint"] for case in await get(client, "/admin/cases?waiting=true")] == ["C-1003"]


async def test_a_case_that_is_not_there_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/admin/cases/C-404")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "C-404" in answer.json()["detail"]


async def test_without_the_key_nothing_is_shown(client: httpx.AsyncClient) -> None:
    assert (await client.get("/admin/cases", headers={"Authorization": ""})).status_code == 401
