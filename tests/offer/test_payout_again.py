"""Staff make due again what could not be paid: once, under the same key, and never what has arrived."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.offer.console.payout_routes import routes
from shared.host.http import build_app
from tests.core.offer_stories import ANA, POLICY, day
from tests.offer.house import House

KEY = f"{ANA.case}/remedy/-/1"
SAID = {"by": "Rosa Stern", "role": "billing", "reason": "They gave us another account."}


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app("offer", lambda: {"ok": True}, {}, (), (routes(house.engine, POLICY, lambda: None),), "the-key")
    key = {"Authorization": "Bearer the-key"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://offer", headers=key) as client:
        yield client


async def test_what_could_not_be_paid_is_made_due_again_by_one_event_however_often_it_is_said(
    client: httpx.AsyncClient, house: House
) -> None:
    await house.hear(ANA.verdict(), ANA.not_paid(KEY, day(1)))
    answers = [await client.post(f"/admin/payouts/{KEY}/again", json=SAID) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert len({answer.json()["id"] for answer in answers}) == 1
    ((kind, key),) = set(
        await house.rows(
            "select type, cast(convert_from(value, 'utf8') as json) ->> 'key' from offer.outbox "
            "where topic like 'amends.answers%'"
        )
    )
    assert (kind, key) == ("amends.payout-renewed.v1", KEY)


@pytest.mark.parametrize(
    ("key", "said", "status"),
    [
        (KEY, SAID, 409),
        (f"{ANA.case}/remedy/-/9", SAID, 404),
        ("nobody/remedy/-/1", SAID, 404),
        (KEY, SAID | {"role": "the gardener"}, 403),
        (KEY, {"by": "Rosa Stern"}, 422),
    ],
    ids=["has arrived", "never due", "no such case", "no such role", "half said"],
)
async def test_what_cannot_be_is_refused_at_once_with_the_reason(
    client: httpx.AsyncClient, house: House, key: str, said: dict[str, str], status: int
) -> None:
    await house.hear(ANA.verdict(), ANA.was_paid(KEY, day(1)))
    answer = await client.post(f"/admin/payouts/{key}/again", json=said)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
