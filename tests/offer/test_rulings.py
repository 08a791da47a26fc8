"""Staff say yes, no or otherwise over HTTP: stored before it is answered, decided by the case alone, refused with the reason."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from services.offer.console.ruling_routes import routes as ruling_routes
from services.offer.http import routes
from shared import events as e
from shared.bus.seam import Partition, Record
from shared.host.http import build_app
from tests.core.offer_stories import ANA, BEN, CLEO, POLICY, Complaint, day, euro
from tests.offer.house import House

REQUEST = f"{ANA.case}/approval/1"
MARA = {"by": "Mara Lund", "role": "head-of-care", "reason": "The dress was for her wedding."}
WAITS = (ANA.verdict(), ANA.counters(1, day(1), "60.00", "refund"))


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    woken: list[None] = []
    mounted = (ruling_routes(house.engine, POLICY, lambda: woken.append(None)), routes(house.engine, POLICY))
    app = build_app("offer", lambda: {"ok": True}, {}, (), mounted, "the-key")
    key = {"Authorization": "Bearer the-key"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://offer", headers=key) as client:
        yield client


async def queued(house: House) -> list[Any]:
    """What waits for the road, of what staff said."""
    rows = await house.rows("select topic, key, value, event, type from offer.outbox order by id")
    records = [
        Record(Partition(topic, 0), 0, key, value, (("ce_id", str(event).encode()), ("ce_type", kind.encode())), day(2))
        for topic, key, value, event, kind in rows
        if topic == e.ANSWERS
    ]
    return [msgspec.json.decode(record.value or b"") for record in records]


async def says(client: httpx.AsyncClient, action: str, request: str = REQUEST, **said: Any) -> httpx.Response:
    return await client.post(f"/admin/approvals/{request}", json={"action": action, **MARA, **said})


async def test_a_yes_is_stored_before_it_is_answered_and_decides_nothing_by_itself(
    client: httpx.AsyncClient, house: House
) -> None:
    await house.hear(*WAITS)
    answer = await says(client, "approve")
    assert (answer.status_code, answer.headers["location"]) == (202, f"/admin/approvals/{REQUEST}")
    (said,) = await queued(house)
    assert (said["id"], said["by"], said["role"], said["reason"]) == (REQUEST, *MARA.values())
    assert (said["customer"], said["case"], said["complaint"], said["round"]) == ("cust-ana", ANA.case, "C-1001", 1)
    assert (await house.the("C-1001")).state == "handed_over"


async def test_a_yes_twice_is_one_event(client: httpx.AsyncClient, house: House) -> None:
    await house.hear(*WAITS)
    first, second = await says(client, "approve"), await says(client, "approve", by=" mara  lund")
    assert (first.status_code, first.json()["id"]) == (202, second.json()["id"])


async def test_what_an_approver_would_give_instead_travels_with_its_sum(
    client: httpx.AsyncClient, house: House
) -> None:
    await house.hear(*WAITS)
    answer = await says(client, "amend", amount={"amount": "40.00", "currency": "EUR"}, form="credit")
    assert answer.status_code == 202
    assert (await queued(house))[0]["amount"] == {"amount": "40.00", "currency": "EUR"}


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({"role": "care-team"}, 403, "may not decide so much"),
        ({"role": "the gardener"}, 403, "may not decide so much"),
        ({"action": "amend", "amount": {"amount": "100.01", "currency": "EUR"}}, 403, "may not give so much"),
        ({"action": "amend"}, 422, "another amount"),
        ({"action": "amend", "amount": {"amount": "0", "currency": "EUR"}}, 422, "a sum above nothing"),
        ({"action": "amend", "amount": {"amount": "5.001", "currency": "EUR"}}, 422, "the digits of EUR"),
        ({"action": "give"}, 422, "none of approve, deny, amend"),
        ({"by": " "}, 422, "by: it is empty"),
        ({"by": "Customer"}, 422, "the name of the member of staff"),
        ({"reason": ""}, 422, "reason: it is empty"),
        ({"reason": "a\u0000b"}, 422, "NUL"),
        ({"reasons": "x"}, 422, "reasons"),
    ],
)
async def test_what_cannot_be_is_refused_at_once_with_the_reason_and_is_not_stored(
    client: httpx.AsyncClient, house: House, said: dict[str, Any], status: int, why: str
) -> None:
    await house.hear(*WAITS)
    answer = await says(client, **({"action": "approve"} | said))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert why in answer.json()["detail"]
    assert await queued(house) == []


async def test_nobody_approves_what_they_entered_for_the_customer(client: httpx.AsyncClient, house: House) -> None:
    await house.hear(WAITS[0], replace(ANA.counters(1, day(1), "60.00"), by="Mara Lund"))
    answer = await says(client, "approve")
    assert (answer.status_code, answer.json()["title"]) == (403, "asked for it")
    assert (await says(client, "approve", by="Noor Haddad")).status_code == 202


async def test_a_ruling_that_comes_too_late_is_told_so(client: httpx.AsyncClient, house: House) -> None:
    await house.hear(*WAITS, ANA.approved(day(2)))
    assert (await says(client, "deny")).status_code == 409
    await house.hear(BEN.verdict(), BEN.counters(1, day(1), "60.00"), BEN.withdrawn(day(2)))
    late = await says(client, "approve", f"{BEN.case}/approval/1")
    assert (late.status_code, late.json()["title"]) == (409, "already overtaken")
    assert (await says(client, "approve", f"{BEN.case}/approval/7")).status_code == 404


async def test_those_that_wait_are_listed_with_the_longest_due_first(client: httpx.AsyncClient, house: House) -> None:
    await house.hear(
        CLEO.verdict(), CLEO.counters(1, day(3), "110.00"), *WAITS, BEN.verdict(), BEN.counters(1, day(2), "60")
    )
    rows = (await client.get("/admin/approvals")).json()
    assert [(row["complaint"], row["level"]) for row in rows] == [
        ("C-1001", "head-of-care"),
        ("C-1002", "head-of-care"),
        ("C-1003", "board"),
    ]
    assert rows[0]["option"] == {"id": "as-asked", "form": "refund", "amount": {"amount": "60.00", "currency": "EUR"}}
    assert (rows[0]["asked_at"], rows[0]["due"]) == ("2018-02-22T10:00:00Z", "2018-02-24T10:00:00Z")
    await house.hear(ANA.not_approved(day(2)), BEN.chose("voucher-10", 1, day(2)))
    await house.hear(BEN.content(1, day(2.5)))
    assert [row["complaint"] for row in (await client.get("/admin/approvals")).json()] == ["C-1003"]


async def test_what_has_gone_up_a_level_is_listed_as_it_stands(client: httpx.AsyncClient, house: House) -> None:
    await house.hear(*WAITS, ANA.unanswered(day(3)), ANA.unanswered(day(6)))
    (row,) = (await client.get("/admin/approvals")).json()
    assert (row["level"], row["first"], row["late"], row["ended"]) == ("board", "head-of-care", True, None)
    assert row["asked_at"] == "2018-02-22T10:00:00Z"


async def test_who_decides_has_the_whole_case_and_what_such_cases_got(client: httpx.AsyncClient, house: House) -> None:
    others = [Complaint(f"cust-{n}", f"C-2{n}") for n in range(3)]
    for n, other in enumerate(others):
        await house.hear(other.verdict(incident="inc-7"), other.refused(1, day(1)))
        if n:
            await house.hear(other.chose("voucher-10", 2, day(2)))
    await house.hear(BEN.verdict())
    await house.hear(ANA.verdict(incident="inc-7"), ANA.counters(1, day(1), "60.00", "refund"))
    packet = (await client.get(f"/admin/approvals/{REQUEST}")).json()
    assert (packet["id"], packet["four_eyes"], packet["reasons"]) == (REQUEST, False, ["above-the-menu"])
    alike = packet["alike"]
    assert (alike["incident"], alike["cases"], alike["settled"], alike["with_goodwill"]) == ("inc-7", 3, 2, 2)
    sums = {name: alike[name]["amount"] for name in ("median", "most", "given", "to_all")}
    assert sums == {"median": "12.99", "most": "12.99", "given": "25.98", "to_all": "154.02"}
    whole = packet["whole"]
    assert whole["explanation"]["clauses"][0]["evidence"] == ["m-1"]
    assert {held["why"] for held in whole["reserve"]} >= {"later-round"}
    assert [moment["type"] for moment in whole["timeline"]][-3:] == [
        *("amends.counter-offered.v1", "amends.approval-requested.v1", "amends.handed-over.v1"),
    ]


async def test_without_an_incident_cases_of_the_same_schedule_and_severity_are_alike_also_when_closed(
    client: httpx.AsyncClient, house: House
) -> None:
    now = (await house.rows("select clock.now()"))[0][0]
    for of, severity in ((BEN, 2), (CLEO, 3)):
        await house.hear(of.verdict(now, severity=severity), of.content(1, now))
    old = Complaint("cust-old", "C-9")
    await house.hear(old.verdict(day(0)), ANA.verdict(now), ANA.counters(1, now, "60.00", "refund"))
    alike = (await client.get(f"/admin/approvals/{REQUEST}")).json()["alike"]
    assert (alike["incident"], alike["schedule"], alike["cases"], alike["settled"]) == (None, "parcel-promise", 1, 1)
    assert alike["to_all"]["amount"] == "60.00"


async def test_a_request_that_there_is_not_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/admin/approvals/nobody/approval/1")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (await client.get("/admin/approvals", headers={"Authorization": ""})).status_code == 401


async def decides(client: httpx.AsyncClient, case: str, key: str | None = None, **said: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post(f"/admin/cases/{case}/rulings", json={**MARA, **said}, headers=headers)


async def test_a_person_decides_otherwise_by_the_case_or_the_number_of_the_complaint(
    client: httpx.AsyncClient, house: House
) -> None:
    await house.hear(ANA.verdict())
    sum_ = {"amount": "20.00", "currency": "EUR"}
    answer = await decides(client, "C-1001", action="give", amount=sum_)
    assert (answer.status_code, answer.headers["location"]) == (202, f"/admin/cases/{ANA.case}")
    assert (await decides(client, ANA.case, action="hand_on", to="board")).status_code == 202
    given, handed_on = await queued(house)
    assert (given["action"], given["amount"], given["by"]) == ("give", sum_, "Mara Lund")
    assert (handed_on["action"], handed_on["to"]) == ("hand_on", "board")


async def test_the_same_key_again_is_the_same_ruling_and_another_key_another_one(
    client: httpx.AsyncClient, house: House
) -> None:
    await house.hear(ANA.verdict())
    ids = [
        (await decides(client, "C-1001", key, action="stop")).json()["id"] for key in ("k-1", "k-1", "k-2", None, None)
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"action": "give"}, 422),
        ({"action": "give", "amount": {"amount": "150.00", "currency": "EUR"}}, 422),
        ({"action": "approve"}, 422),
        ({"action": "hand_on", "to": "the gardener"}, 403),
        ({"action": "stop", "role": "the gardener"}, 403),
        ({"action": "decline", "role": "care-team"}, 403),
    ],
)
async def test_what_cannot_be_decided_is_refused_at_once(
    client: httpx.AsyncClient, house: House, said: dict[str, Any], status: int
) -> None:
    await house.hear(ANA.verdict())
    assert (await decides(client, "C-1001", **said)).status_code == status
    assert await queued(house) == []


async def test_a_case_that_is_over_or_not_there_is_nobody_s_to_decide(client: httpx.AsyncClient, house: House) -> None:
    await house.hear(ANA.verdict(), ANA.withdrawn(day(1)))
    assert (await decides(client, "C-1001", action="stop")).status_code == 409
    assert (await decides(client, "C-404", action="stop")).status_code == 404


async def test_what_waits_is_the_same_however_events_are_cut_into_batches(house: House) -> None:
    told: tuple[e.AnyEvent, ...] = (
        *WAITS,
        ANA.unanswered(day(3)),
        ANA.not_approved(day(4), role="board"),
        ANA.counters(2, day(5), "95.00"),
    )
    told = (*told, ANA.approved(day(6), number=2), ANA.approved(day(7), by="Noor", number=2))
    pictures = []
    for size in (1, 3, 100):
        await house.forget()
        await house.hear(*told, batch=size)
        pictures.append(
            await house.rows("select id, level, late, ended, cast(yes as text) from offer.approvals order by id")
        )
    assert pictures[0] == pictures[1] == pictures[2]
    assert [row[3] for row in pictures[0]] == ["denied", "given"]
    assert (await house.the("C-1001")).goodwill == euro("95.00")
