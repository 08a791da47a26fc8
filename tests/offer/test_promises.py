"""Staff write down what they promised: stored before it is answered, decided by the case alone, and shown with its day."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.offer.console.promise_routes import routes as promise_routes
from services.offer.http import routes
from shared.host.http import build_app
from tests.core.clock_stories import CLOCKED
from tests.core.offer_stories import ANA, POLICY, day
from tests.offer.house import House

WORD = {
    "what": "ring them about the parcel",
    "due": "2999-03-06T16:00:00Z",
    "by": "Mara Lund",
    "role": "care-team",
    "reason": "They asked to hear it from a person.",
}
WHO = {name: WORD[name] for name in ("by", "role", "reason")}


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    mounted = (promise_routes(house.engine, POLICY, lambda: None), routes(house.engine, POLICY))
    app = build_app("offer", lambda: {"ok": True}, {}, (), mounted, "the-key")
    key = {"Authorization": "Bearer the-key"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://offer", headers=key) as client:
        yield client


async def queued(house: House) -> list[tuple[Any, ...]]:
    return await house.rows(
        "select type, cast(convert_from(value, 'utf8') as json) from offer.outbox where type like 'amends.promise-%' "
        "and topic like 'amends.answers%' order by id"
    )


async def test_a_promise_is_stored_before_it_is_answered_and_the_same_key_is_the_same_promise(
    client: httpx.AsyncClient, house: House
) -> None:
    await house.hear(ANA.verdict())
    ids = set()
    for _ in range(2):
        answer = await client.post("/admin/cases/C-1001/promises", json=WORD, headers={"Idempotency-Key": "k-1"})
        assert (answer.status_code, answer.headers["location"]) == (202, f"/admin/cases/{ANA.case}")
        ids.add(answer.json()["id"])
    assert len(ids) == 1
    ((kind, said),) = (await queued(house))[:1]
    assert kind == "amends.promise-given.v1"
    assert (said["what"], said["due"], said["role"]) == (WORD["what"], WORD["due"], "care-team")


async def test_what_was_promised_is_said_to_be_done_by_its_number(client: httpx.AsyncClient, house: House) -> None:
    await house.hear(ANA.verdict(), ANA.promised("ring", due=day(3), at=day(1)))
    answer = await client.post("/admin/cases/C-1001/promises/1/kept", json=WHO)
    assert answer.status_code == 202
    (_, said) = (await queued(house))[-1]
    assert said["promised"] == f"{ANA.case}/promise/1"


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("C-1001/promises", WORD | {"role": "the gardener"}, 403),
        ("C-1001/promises", WORD | {"due": "2018-01-01T00:00:00Z"}, 422),
        ("C-1001/promises", WHO, 422),
        ("C-1001/promises/7/kept", WHO, 404),
        ("C-404/promises", WORD, 404),
    ],
)
async def test_what_cannot_be_promised_is_refused_at_once_with_the_reason(
    client: httpx.AsyncClient, house: House, path: str, said: dict[str, Any], status: int
) -> None:
    await house.hear(ANA.verdict())
    answer = await client.post(f"/admin/cases/{path}", json=said)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await queued(house) == []


async def test_a_case_shows_its_clocks_its_waits_and_its_promises(house: House) -> None:
    clocked = House(house.engine, CLOCKED)
    await clocked.hear(
        ANA.verdict(),
        ANA.promised("ring", due=day(3), at=day(1)),
        ANA.promised("write", due=day(4), at=day(1)),
        ANA.fulfilled(2, day(2)),
        ANA.wants_a_person(1, day(5)),
    )
    dates = (await clocked.the("C-1001")).due_dates
    assert [(clock.rung, clock.state) for clock in dates.clocks] == [
        ("hello", "running"),
        ("answer", "met"),
        ("end", "running"),
    ]
    assert dates.clocks[2].due == day(35)
    assert [(wait.why, wait.since, wait.until) for wait in dates.waits] == [("offered", day(0), day(5))]
    assert [(word.what, word.state) for word in dates.promises] == [("ring", "open"), ("write", "kept")]
