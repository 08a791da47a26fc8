"""An incident that very many complaints rest on is told to all of them, a bounded number at a time."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.records import spreading
from shared.events import EvidenceArrived, EvidenceContinued
from shared.runtime.fold import Folded
from tests.telling import Listener, events_of, passed_on
from tests.verifier.words import incident, letter, measurement

LINES = [{"kind": "line", "id": f"L-{n}"} for n in range(30)]


async def rest(engine: AsyncEngine, kind: str, id_: str, count: int) -> None:
    """So many complaints rest on it, as if they had been judged."""
    async with engine.begin() as tx:
        await tx.execute(
            text(
                "insert into verifier.interests (kind, subject, source, complaint, customer) "
                "select :kind, :id, 'crm', :id || '/' || n, 'cust-' || n from generate_series(1, :count) n"
            ),
            {"kind": kind, "id": id_, "count": count},
        )


async def all_parts(keeper: Listener, first: Folded[Any]) -> list[list[Any]]:
    """What each transaction said, until no further part follows."""
    parts = [events_of(first.rows)]
    waiting = first.rows
    while following := [row for row in waiting if row.type == "amends.evidence-continued.v1"]:
        folded = await keeper.hear(*passed_on(following, "verifier"))
        parts.append(events_of(folded.rows))
        waiting = folded.rows
    return parts


def told(parts: list[list[Any]]) -> list[str]:
    return [event.complaint for part in parts for event in part if isinstance(event, EvidenceArrived)]


async def test_everybody_who_rests_on_a_service_is_told_in_parts(keeper: Listener, engine: AsyncEngine) -> None:
    count = 3 * spreading.TOLD_AT_ONCE + 1
    await rest(engine, "service", "fibre-north", count)
    parts = await all_parts(keeper, await keeper.hear(incident()))
    assert [len(part) for part in parts] == [501, 501, 501, 1]
    assert sorted(told(parts)) == sorted(f"fibre-north/{n}" for n in range(1, count + 1))
    assert {event.record for part in parts for event in part} == {"inc-7"}


async def test_everybody_who_rests_on_what_it_touched_is_told_in_parts(keeper: Listener, engine: AsyncEngine) -> None:
    for line in LINES:
        await rest(engine, line["kind"], line["id"], 40)
    parts = await all_parts(keeper, await keeper.hear(incident(affects=LINES)))
    assert len(parts) == 3
    assert len(told(parts)) == len(set(told(parts))) == 40 * len(LINES)


async def test_a_batch_of_many_reports_says_no_more_than_it_may(keeper: Listener, engine: AsyncEngine) -> None:
    await rest(engine, "service", "fibre-north", 600)
    reports = [incident(id=f"inc-{n}") for n in range(10)]
    parts = await all_parts(keeper, await keeper.hear(*reports))
    arrived = [event for event in parts[0] if isinstance(event, EvidenceArrived)]
    continued = [event for event in parts[0] if isinstance(event, EvidenceContinued)]
    assert (len(arrived), len(continued)) == (spreading.TOLD_IN_A_BATCH, 10)
    assert len(told(parts)) == 10 * 600


async def test_who_writes_between_two_parts_has_seen_it_and_whoever_waited_is_told(
    keeper: Listener, judge: Listener, engine: AsyncEngine
) -> None:
    await rest(engine, "order", "53cdb2fc", spreading.TOLD_AT_ONCE)
    await judge.hear(letter("cust-77", "C-waits"))
    first = await keeper.hear(measurement())
    (verdict,) = events_of((await judge.hear(letter("cust-78", "C-later"))).rows)
    assert verdict.outcome == "owed"
    assert "C-waits" in told(await all_parts(keeper, first))
