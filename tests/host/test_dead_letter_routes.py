"""Staff end dead letters over HTTP, those of a flow and those of a relay alike."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx
from fastapi import FastAPI

from shared.bus import codec
from shared.bus.seam import Partition, Record
from shared.events import CASES, CaseOpened
from shared.host.admin import dead_letter_routes
from shared.host.database import make_engine
from shared.runtime import dead_letters, outbox
from shared.runtime.reading import Letter


async def test_an_event_that_the_bus_would_not_take_is_put_back_into_the_outbox_once(database_url: str) -> None:
    engine = make_engine(database_url, "staff")
    row = outbox.row_of(CaseOpened(customer="ana", complaint="C-1", source="-", case="1"), uuid4())
    at = datetime(2026, 3, 2, tzinfo=UTC)
    headers = codec.headers(row.event, row.type, "amends/offer", at)
    refused = Record(Partition(CASES, -1), 1, row.key, row.value, headers, at)
    async with engine.begin() as tx:
        await dead_letters.append(tx, "offer", "offer-relay", (Letter(refused, "refused", "too large"),), (0,))
    (waiting,) = await dead_letters.list_all(engine, "offer")
    app = FastAPI()
    app.include_router(dead_letter_routes("offer", engine, []))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://offer") as staff:
        for _ in range(2):
            answer = await staff.post(f"/admin/dead-letters/{waiting.id}/retry")
            assert (answer.status_code, answer.json()["state"]) == (200, "retried")
    async with engine.connect() as connection:
        queued = await outbox.unsent(connection, "offer", 10)
    assert [(each.topic, each.partition, each.event) for each in queued if each.topic == CASES] == [
        (CASES, None, row.event)
    ]
    await engine.dispose()
