"""What is said on the phone is the same answer as on the page, by the one table of what may be said, and the first one stands."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.notifier.page.phone import routes
from shared.host.http import build_app
from tests.core.notifier_stories import CALL, POLICY, VOUCHER, Complaint
from tests.notifier.bureau import Bureau

ANA = Complaint()


@pytest.fixture
async def desk(bureau: Bureau) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app("notifier", lambda: {"ok": True}, {}, (), (routes(bureau.engine, POLICY, lambda: None),), "the-key")
    key = {"Authorization": "Bearer the-key"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk", headers=key) as client:
        yield client


async def offered(bureau: Bureau) -> None:
    """Options lie before her, with time to answer."""
    (now,) = (await bureau.rows("select clock.now()"))[0]
    options = ANA.options(2, options=(CALL, VOUCHER), expires=now + timedelta(days=14))
    await bureau.hear(ANA.accepted(), ANA.apology(1, expires=now + timedelta(days=14)), options)


async def enters(desk: httpx.AsyncClient, **said: Any) -> httpx.Response:
    return await desk.post(f"/admin/cases/{ANA.case}/answers", json={"round": 2, "by": " Ida  Berg ", **said})


async def queued(bureau: Bureau) -> list[tuple[str, dict[str, Any]]]:
    rows = await bureau.rows("select type, value from notifier.outbox order by id")
    return [(kind, json.loads(value)) for kind, value in rows if "notice" not in kind]


async def test_staff_see_what_lies_before_the_customer_and_what_may_be_said(
    desk: httpx.AsyncClient, bureau: Bureau
) -> None:
    await offered(bureau)
    told = (await desk.get(f"/admin/cases/{ANA.case}/answers")).json()
    assert (told["round"], told["state"], told["currency"]) == (2, "options", "BRL")
    assert told["answers"][:2] == ["option-accepted/call", "option-accepted/voucher-20"]


async def test_a_choice_on_the_phone_is_one_event_that_says_who_heard_it(
    desk: httpx.AsyncClient, bureau: Bureau
) -> None:
    await offered(bureau)
    for _ in range(2):
        assert (await enters(desk, kind="option-accepted", option="voucher-20")).status_code == 202
    ((kind, said),) = await queued(bureau)
    assert (kind, said["option"], said["round"], said["by"]) == (
        "amends.option-accepted.v1",
        "voucher-20",
        2,
        "Ida Berg",
    )


async def test_a_wish_on_the_phone_may_name_a_sum_a_form_and_words(desk: httpx.AsyncClient, bureau: Bureau) -> None:
    await offered(bureau)
    sum_ = {"amount": "45.00", "currency": "BRL"}
    wish = {"kind": "counter-offered", "amount": sum_, "form": "refund", "text": "The money back."}
    assert (await enters(desk, **wish)).status_code == 202
    ((_, said),) = await queued(bureau)
    assert (said["amount"], said["form"], said["text"], said["by"]) == (sum_, "refund", "The money back.", "Ida Berg")


async def test_the_first_answer_of_a_round_stands_whichever_way_it_came(
    desk: httpx.AsyncClient, bureau: Bureau
) -> None:
    await offered(bureau)
    await enters(desk, kind="option-accepted", option="call")
    late = await enters(desk, kind="option-accepted", option="voucher-20")
    assert (late.status_code, late.json()["title"]) == (409, "answered already")
    assert len(await queued(bureau)) == 1


async def test_who_asks_for_a_person_on_the_phone_gets_one(desk: httpx.AsyncClient, bureau: Bureau) -> None:
    await offered(bureau)
    assert (await enters(desk, kind="person-asked-for", text="Let me speak with somebody.")).status_code == 202
    ((kind, said),) = await queued(bureau)
    assert (kind, said["by"]) == ("amends.person-asked-for.v1", "Ida Berg")


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({"kind": "option-accepted"}, 409, "no answer to what lies before"),
        ({"kind": "option-accepted", "option": "a pony"}, 409, "no answer to what lies before"),
        ({"kind": "option-accepted", "option": "call", "round": 1}, 409, "no answer to what lies before"),
        ({"kind": "counter-offered"}, 409, "what they said"),
        ({"kind": "counter-offered", "form": "a pony"}, 422, "choose from"),
        ({"kind": "counter-offered", "amount": {"amount": "5.00", "currency": "EUR"}}, 422, "a sum in BRL"),
        ({"kind": "options-rejected", "by": "customer"}, 422, "who heard it"),
        ({"kind": "options-rejected", "by": " "}, 422, "who heard it"),
        ({"kind": "options-rejected", "why": "x"}, 422, "why"),
    ],
)
async def test_what_is_no_answer_is_refused_with_the_reason(
    desk: httpx.AsyncClient, bureau: Bureau, said: dict[str, Any], status: int, why: str
) -> None:
    await offered(bureau)
    answer = await enters(desk, **said)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert why in answer.json()["detail"]
    assert await queued(bureau) == []


async def test_a_case_of_which_nothing_was_said_is_not_there_and_nobody_answers_without_the_key(
    desk: httpx.AsyncClient,
) -> None:
    assert (await enters(desk, kind="options-rejected")).status_code == 404
    desk.headers.pop("Authorization")
    assert (await enters(desk, kind="options-rejected")).status_code == 401
