"""Letters on the CRM's topic: each counts once for ever, whoever brings it, however often, and however at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake import complaints
from services.intake.flows import flows
from shared.bus.seam import Record
from shared.events import CRM, ComplaintAccepted
from tests.intake.conftest import POLICY
from tests.runtime.barrier import Barrier, until
from tests.telling import NOON, Listener, cloud_event, events_of, generic_plan, kinds_of, plain, rows

DAY = timedelta(days=1)


def value(number: str = "C-1001", customer: str = "cust-77", **facts: Any) -> dict[str, Any]:
    return {
        "id": number,
        "customer": {"id": customer, "name": "Ana Lima"},
        "subject": {"kind": "order", "id": "53cdb2fc"},
        "text": "late",
        "received_at": NOON.isoformat(),
        **facts,
    }


def letter(*args: str, **facts: Any) -> Record:
    return plain(CRM, **value(*args, **facts))


def delivery(ce_id: str, *args: str, **facts: Any) -> Record:
    return cloud_event(CRM, "crm.complaint-received.v1", "shop/web", ce_id, **value(*args, **facts))


async def registered(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    return await rows(engine, "select source, complaint, customer, state from intake.complaints order by 1, 2")


async def test_a_letter_goes_on_under_its_customer_and_is_known_for_ever(intake: Listener) -> None:
    folded = await intake.hear(letter())
    (row,) = folded.rows
    assert (row.topic, row.key) == ("amends.complaints.v1", b"cust-77")
    (accepted,) = events_of(folded.rows)
    assert isinstance(accepted, ComplaintAccepted)
    assert (accepted.source, accepted.name, accepted.received_at) == (CRM, "Ana Lima", NOON)
    assert await registered(intake.engine) == [(CRM, "C-1001", "cust-77", "accepted")]


async def test_the_same_letter_under_another_event_id_does_nothing(intake: Listener) -> None:
    first = await intake.hear(delivery("event-1"), delivery("event-2"))
    assert list(kinds_of(events_of(first.rows))) == ["complaint-accepted"]
    again = await intake.hear(delivery("event-3"))
    assert (again.rows, again.letters) == ([], [])


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_id_with_other_content_is_a_conflict_and_the_first_one_stands(
    intake: Listener, together: bool
) -> None:
    told = [delivery("event-1"), delivery("event-2", text="quite another letter")]
    folded = [await intake.hear(*told)] if together else [await intake.hear(one) for one in told]
    (dead,) = [one for each in folded for one in each.letters]
    assert dead.kind == "conflict"
    assert "'C-1001' of shop/web is known with other content" in dead.reason
    assert [event.text for each in folded for event in events_of(each.rows)] == ["late"]


async def test_how_a_letter_is_spelled_is_no_other_content(intake: Listener) -> None:
    await intake.hear(delivery("event-1"))
    spelled = value(mood="cross") | {"customer": {"name": "Ana Lima", "id": "cust-77", "mood": None}}
    again = await intake.hear(
        cloud_event(CRM, "crm.complaint-received.v1", "shop/web", "event-2", **dict(reversed(spelled.items())))
    )
    assert (again.rows, again.letters) == ([], [])


async def test_what_came_of_a_letter_is_kept_with_the_reason(intake: Listener) -> None:
    await intake.hear(
        letter("C-1"),
        letter("C-2", received_at=(NOON + DAY).isoformat()),
        letter("C-3", received_at=(NOON + 3 * DAY).isoformat()),
        letter("C-4", subject=None),
        plain(CRM, type="crm.complaint-withdrawn.v1", id="C-4", customer="cust-77"),
    )
    kept = await rows(
        intake.engine, "select complaint, state, into_source, into_complaint, reason from intake.complaints order by 1"
    )
    assert kept == [
        ("C-1", "accepted", None, None, None),
        ("C-2", "merged", CRM, "C-1", None),
        ("C-3", "rejected", None, None, "received_in_future"),
        ("C-4", "withdrawn", None, None, None),
    ]


async def test_withdrawal_and_compensation_go_on_under_the_customer(intake: Listener) -> None:
    given: dict[str, Any] = {
        "id": "K-1",
        "customer": "cust-77",
        "complaint": "C-1001",
        "amount": {"amount": "5.00", "currency": "BRL"},
    }
    folded = await intake.hear(
        letter(),
        plain(CRM, type="crm.compensation-recorded.v1", **given),
        plain(CRM, type="crm.complaint-withdrawn.v1", id="C-1001", customer={"id": "cust-77"}),
    )
    assert list(kinds_of(events_of(folded.rows))) == [
        "complaint-accepted",
        "compensation-recorded",
        "complaint-withdrawn",
    ]
    assert {row.key for row in folded.rows} == {b"cust-77"}


async def test_two_first_letters_of_one_customer_at_once_are_one_case(engine: AsyncEngine) -> None:
    barrier = Barrier("written")
    ahead, behind = Listener(engine, flows(POLICY)[0], barrier), Listener(engine, flows(POLICY)[0])
    first = asyncio.create_task(ahead.hear(letter("C-1")))
    await barrier.reached()
    second = asyncio.create_task(behind.hear(letter("C-2")))
    await waits_for_a_lock(engine)
    barrier.open()
    assert list(kinds_of(events_of((await first).rows))) == ["complaint-accepted"]
    (merged,) = events_of((await second).rows)
    assert (merged.complaint, merged.into) == ("C-2", "C-1")


async def test_one_letter_claimed_by_two_customers_at_once_belongs_to_the_first(engine: AsyncEngine) -> None:
    barrier = Barrier("written")
    ahead, behind = Listener(engine, flows(POLICY)[0], barrier), Listener(engine, flows(POLICY)[0])
    first = asyncio.create_task(ahead.hear(delivery("event-1", "C-1", "cust-77")))
    await barrier.reached()
    second = asyncio.create_task(behind.hear(delivery("event-2", "C-1", "cust-78")))
    await waits_for_a_lock(engine)
    barrier.open()
    assert len((await first).rows) == 1
    folded = await second
    assert folded.rows == []
    assert "another customer's" in folded.letters[0].reason
    assert await registered(engine) == [("shop/web", "C-1", "cust-77", "accepted")]


async def waits_for_a_lock(engine: AsyncEngine) -> None:
    """Until some session of this database waits for another one's lock."""
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    await until(lambda: rows(engine, waiting))


async def test_how_the_stream_is_cut_into_batches_cannot_be_seen(engine: AsyncEngine, intake: Listener) -> None:
    def stream(source: str) -> list[Record]:
        told = [value(f"C-{n}", f"cust-{n % 3}", received_at=(NOON + n * DAY / 9).isoformat()) for n in range(14)]
        told += [*told[3:9], value("C-5", "cust-2", text="other")]
        return [cloud_event(CRM, "crm.complaint-received.v1", source, f"e-{n}", **one) for n, one in enumerate(told)]

    answers = []
    for size in (1, 2, 7, 100):
        said = await intake.hear_in_batches(stream(f"cut-{size}"), size)
        answers.append([(type(event).__name__, event.customer, event.complaint) for event in said])
        kept = await rows(
            engine,
            "select complaint, customer, state, into_complaint from intake.complaints where source = :source order by 1",
            source=f"cut-{size}",
        )
        answers[-1] += kept
        await forget(engine)
    assert all(one == answers[0] for one in answers)
    assert len(answers[0]) == 28


async def forget(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.exec_driver_sql("truncate intake.complaints, intake.documents, intake.inbox")


@pytest.mark.parametrize("name", ["CLAIM", "FIND", "REGISTER"])
async def test_no_plan_made_on_the_empty_table_reads_all_of_it_later(engine: AsyncEngine, name: str) -> None:
    assert "Seq Scan" not in await generic_plan(engine, getattr(complaints, name).on("intake"))
