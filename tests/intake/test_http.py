"""Letters over HTTP: stored before we say so, the same again is no trouble, and what cannot be taken is said plainly."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake.http import routes
from shared.bus import codec
from shared.bus.seam import Partition, Record
from shared.events import CRM
from shared.host.http import build_app
from tests.telling import NOON, Listener, events_of, kinds_of, plain, rows

LETTER: dict[str, Any] = {
    "id": "C-1001",
    "customer": {"id": "cust-77", "name": "Ana Lima", "email": "ana@example.org", "language": "pt-BR"},
    "subject": {"kind": "order", "id": "53cdb2fc"},
    "text": "The parcel was promised for the 10th …",
    "received_at": "2018-02-14T09:12:00-03:00",
    "paid": {"amount": "129.90", "currency": "BRL"},
}


class Bell:
    """Counts how often the relay was woken."""

    rings = 0

    def __call__(self) -> None:
        self.rings += 1


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
async def client(engine: AsyncEngine, bell: Bell) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app("intake", lambda: {"ok": True}, {}, (routes(engine, "the-key", bell),), (), "admin")
    key = {"Authorization": "Bearer the-key"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake", headers=key) as client:
        yield client


async def outbox(engine: AsyncEngine) -> list[Record]:
    """What waits to be published, as the relay would publish it."""
    found = await rows(engine, "select topic, key, value, event, type from intake.outbox order by id")
    return [
        Record(Partition(topic, 0), 0, key, value, codec.headers(event, type_, "amends/intake", NOON), NOON)
        for topic, key, value, event, type_ in found
    ]


def problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    return f"{answer.json()['title']}: {answer.json().get('detail', '')}"


async def test_a_letter_is_taken_and_its_status_can_be_asked_at_once(
    client: httpx.AsyncClient, engine: AsyncEngine, bell: Bell
) -> None:
    taken = await client.post("/complaints", json=LETTER)
    assert taken.status_code == 202
    assert taken.json()["state"] == "received"
    status = await client.get(taken.headers["location"])
    assert (status.status_code, status.json()) == (200, taken.json())
    assert (len(await outbox(engine)), bell.rings) == (1, 1)


async def test_the_topic_brings_the_letter_as_if_the_crm_had_written_it(
    client: httpx.AsyncClient, engine: AsyncEngine, intake: Listener
) -> None:
    await client.post("/complaints", json=LETTER)
    (record,) = await outbox(engine)
    assert (record.partition.topic, record.key) == (CRM, b"cust-77")
    assert codec.decode(record).id == codec.decode(plain(CRM, **LETTER)).id
    folded = await intake.hear(record)
    assert list(kinds_of(events_of(folded.rows))) == ["complaint-accepted"]
    again = await intake.hear(plain(CRM, **LETTER))
    assert (again.rows, again.letters) == ([], [])
    status = (await client.get("/complaints/C-1001")).json()
    assert status["state"] == "accepted"
    assert status["decided_at"]


async def test_the_same_again_is_taken_again_and_goes_on_once(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    first = await client.post("/complaints", json=LETTER)
    again = await client.post("/complaints", json=dict(reversed(LETTER.items())) | {"unknown": 1})
    assert (again.status_code, again.json()) == (202, first.json())
    assert len(await outbox(engine)) == 1


async def test_what_the_topic_brought_before_needs_not_go_on_again(
    client: httpx.AsyncClient, engine: AsyncEngine, intake: Listener
) -> None:
    await intake.hear(plain(CRM, **LETTER))
    taken = await client.post("/complaints", json=LETTER)
    assert (taken.status_code, taken.json()["state"]) == (202, "accepted")
    assert [record.partition.topic for record in await outbox(engine)] == ["amends.complaints.v1"]


@pytest.mark.parametrize("other", [{"text": "another letter"}, {"customer": {"id": "cust-78"}}])
async def test_other_content_under_a_known_id_is_refused(
    client: httpx.AsyncClient, engine: AsyncEngine, other: dict[str, Any]
) -> None:
    await client.post("/complaints", json=LETTER)
    said = problem(await client.post("/complaints", json=LETTER | other), 409)
    assert "'C-1001' is known, and the first one stands" in said
    assert len(await outbox(engine)) == 1


async def test_two_that_cross_are_one(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    answers = await asyncio.gather(*(client.post("/complaints", json=LETTER) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(await outbox(engine)) == 1


async def test_without_an_id_the_idempotency_key_is_the_id(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    unnamed = {name: field for name, field in LETTER.items() if name != "id"}
    taken = await client.post("/complaints", json=unnamed, headers={"Idempotency-Key": "once 7/x"})
    assert (taken.status_code, taken.json()["id"]) == (202, "once 7/x")
    assert (await client.get(taken.headers["location"])).status_code == 200
    again = await client.post("/complaints", json=unnamed | {"id": None}, headers={"Idempotency-Key": "once 7/x"})
    assert again.json() == taken.json()
    assert "id: add it" in problem(await client.post("/complaints", json=unnamed), 422)


async def test_sums_stay_exact_where_the_id_is_filled_in(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    body = json.dumps({name: field for name, field in LETTER.items() if name not in ("id", "paid")})
    body = body[:-1] + ', "paid": {"amount": 129.10, "currency": "BRL"}}'
    await client.post("/complaints", content=body, headers={"Idempotency-Key": "k"})
    (record,) = await outbox(engine)
    assert str(codec.decode(record).event.paid.amount) == "129.10"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "it is not JSON"),
        (b"[1]", 400, "no JSON object"),
        (b"\xff\xfe", 400, "no JSON object"),
        (b'{"id": "C-1", "a": ' + b"[" * 20_000, 400, "nested too deeply"),
        (json.dumps(LETTER | {"received_at": "2018-02-14T09:12:00"}).encode(), 422, "a time needs its zone"),
        (json.dumps(LETTER | {"customer": {}}).encode(), 422, "customer: it lacks the field id"),
        (json.dumps(LETTER | {"text": " ", "category": None}).encode(), 422, "at least one of text and category"),
        (json.dumps(LETTER | {"text": "a\0b"}).encode(), 400, "NUL"),
        (json.dumps(LETTER | {"type": "crm.complaint-withdrawn.v1"}).encode(), 422, "only crm.complaint-received.v1"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_the_reason(
    client: httpx.AsyncClient, engine: AsyncEngine, body: bytes, status: int, said: str
) -> None:
    assert said in problem(await client.post("/complaints", content=body), status)
    assert await outbox(engine) == []


async def test_more_than_a_record_may_have_is_refused_where_it_enters(client: httpx.AsyncClient) -> None:
    said = problem(await client.post("/complaints", json=LETTER | {"text": "x" * 1_048_576}), 413)
    assert "1,048,576 bytes" in said


async def test_nobody_gets_in_without_the_key(client: httpx.AsyncClient) -> None:
    wrong = {"Authorization": "Bearer admin"}
    problem(await client.post("/complaints", json=LETTER, headers=wrong), 401)
    problem(await client.get("/complaints/C-1001", headers=wrong), 401)


async def test_what_nobody_has_sent_is_not_found(client: httpx.AsyncClient) -> None:
    assert "nobody has sent a complaint 'C-9'" in problem(await client.get("/complaints/C-9"), 404)


async def test_the_status_names_the_letter_that_was_joined(client: httpx.AsyncClient, intake: Listener) -> None:
    await intake.hear(plain(CRM, **LETTER), plain(CRM, **(LETTER | {"id": "C-1002"})))
    status = (await client.get("/complaints/C-1002", params={"source": CRM})).json()
    assert (status["state"], status["into"], status["into_source"]) == ("merged", "C-1001", CRM)


async def test_a_full_outbox_sheds_letters_until_the_bus_is_back(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    many = text(
        "insert into intake.outbox (topic, key, value, event, type, at) "
        "select 't', '', '', gen_random_uuid(), 't', clock.now() from generate_series(1, 100000)"
    )
    async with engine.begin() as tx:
        await tx.execute(many)
    answer = await client.post("/complaints", json=LETTER)
    assert "too many complaints wait" in problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert await rows(engine, "select 1 from intake.complaints") == []


async def test_without_its_tables_the_door_says_come_again(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text("drop table intake.complaints"))
    answer = await client.post("/complaints", json=LETTER)
    problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
