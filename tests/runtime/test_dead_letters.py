"""What was set aside can be looked at, tried again and ended; each of these once, and in the flow that failed alone."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.bus.seam import Record
from shared.errors import Misconfigured
from shared.runtime import dead_letters
from shared.runtime.decider import Decider
from shared.runtime.flow import Flow
from shared.runtime.passage import Passage
from shared.runtime.retries import retry
from tests.runtime.barrier import Barrier
from tests.runtime.desk import Memory, batch_of, decide, desk, evolve, letter, place, raw, record, replace_letters, rows


async def set_aside(engine: AsyncEngine, *records: Record, flow: Flow[Memory, Any] | None = None) -> list[int]:
    """The numbers of the dead letters that these records become."""
    flow = flow or desk()
    await place(engine, flow, {each.partition for each in records}, at=records[0].offset)
    await Passage(flow, engine).take(batch_of(records))
    found = await rows(
        engine, "select number from offer.dead_letters where flow = :flow order by number", flow=flow.name
    )
    return [number for (number,) in found]


def mended(**changes: Any) -> Flow[Memory, Any]:
    """The desk of the next release: what was a bug is a letter like any other."""

    def evolve_all(memory: Memory, event: Any) -> Memory:
        return replace_letters(memory, event.complaint) if hasattr(event, "text") else evolve(memory, event)

    def decide_all(memory: Memory, event: Any, known: Any) -> tuple[Any, ...]:
        return decide(memory, letter(event.customer, event.complaint), known)

    return desk(decider=Decider(initial=Memory(), decide=decide_all, evolve=evolve_all), **changes)


async def memory_of(engine: AsyncEngine, flow: str = "desk") -> list[Any]:
    return await rows(
        engine, "select cast(state as jsonb) -> 'letters' from offer.documents where flow = :flow", flow=flow
    )


async def test_a_dead_letter_shows_the_bytes_as_they_came_and_why(engine: AsyncEngine) -> None:
    broken = replace(
        raw(b"\x00\xff{", 7), headers=(("odd\0name", b"\xff\x00"), ("ce_type", b"amends.complaint-accepted.v1"))
    )
    (number,) = await set_aside(engine, broken)
    shown = await dead_letters.show(engine, "offer", "desk", number)
    assert shown is not None
    assert shown.record == broken
    assert (shown.id, shown.kind, shown.state, shown.size) == (f"desk-{number}", "malformed", "waiting", 3)
    assert shown.reason
    assert await dead_letters.list_all(engine, "offer") == [shown]


async def test_a_name_that_is_no_dead_letters_is_refused_with_the_way_to_find_one() -> None:
    assert dead_letters.parse_id("offer-relay-12") == ("offer-relay", 12)
    for wrong in ("desk", "desk-", "desk-x", "-3"):
        with pytest.raises(Misconfigured, match="dead-letters list"):
            dead_letters.parse_id(wrong)


async def test_a_retry_is_answered_by_the_flow_that_failed_and_by_no_other(engine: AsyncEngine) -> None:
    broken = record(letter("ana", "C-0", "bug in decide"), 0)
    (number,) = await set_aside(engine, broken)
    (other,) = await set_aside(engine, broken, flow=desk(name="other"))
    done = await retry(engine, mended(), number, "mia")
    assert done is not None
    assert (done.state, done.by) == ("retried", "mia")
    assert await memory_of(engine) == [(["C-0"],)]
    assert await memory_of(engine, "other") == [(None,)]
    assert await rows(engine, "select state from offer.dead_letters where number = :n", n=other) == [("waiting",)]
    ((partition,),) = await rows(engine, "select partition from offer.outbox where topic like '%cases%'")
    assert partition is None, "the counts may have changed since"


async def test_a_retry_twice_has_one_effect(engine: AsyncEngine) -> None:
    (number,) = await set_aside(engine, record(letter("ana", "C-0", "bug in decide"), 0))
    barrier = Barrier("kept")

    async def keep(_: AsyncConnection, __: Any) -> None:
        await barrier("kept")

    first = asyncio.create_task(retry(engine, mended(keep=keep), number, "mia"))
    await barrier.reached()
    second = asyncio.create_task(retry(engine, mended(keep=keep), number, "noor"))
    barrier.open()
    both = await asyncio.gather(first, second)
    assert [done.by for done in both if done] == ["mia", "mia"]
    assert await memory_of(engine) == [(["C-0"],)]
    assert await rows(engine, "select count(*) from offer.outbox where topic like '%cases%'") == [(1,)]


@pytest.mark.parametrize("words", ["bug in decide", "what PostgreSQL refuses", "told differently"])
async def test_a_retry_that_fails_again_leaves_the_letter_and_the_reason_that_it_has_now(
    engine: AsyncEngine, words: str
) -> None:
    (number,) = await set_aside(engine, record(letter("ana", "C-0", words), 0))
    async with engine.begin() as tx:
        await tx.execute(text("update offer.dead_letters set reason = 'old'"))
    failed = await retry(engine, desk(), number, "mia")
    assert failed is not None
    assert failed.state == "waiting"
    assert failed.reason != "old"
    assert await rows(engine, "select count(*) from offer.inbox") == [(0,)]
    assert await memory_of(engine) in ([(None,)], [])


async def test_what_was_sent_again_and_answered_meanwhile_is_not_answered_by_a_retry(engine: AsyncEngine) -> None:
    broken = record(letter("ana", "C-0", "bug in decide"), 0, name="the same")
    (number,) = await set_aside(engine, broken)
    await Passage(mended(), engine).take(batch_of([replace(broken, offset=1)]))
    done = await retry(engine, mended(), number, "mia")
    assert done is not None
    assert done.state == "retried"
    assert await memory_of(engine) == [(["C-0"],)]


async def test_later_letters_have_gone_ahead_of_a_retry(engine: AsyncEngine) -> None:
    letters = [record(letter("ana", f"C-{n}", "bug in decide" if n == 0 else "late"), n) for n in range(3)]
    (number,) = await set_aside(engine, *letters)
    await retry(engine, mended(), number, "mia")
    assert await memory_of(engine) == [(["C-1", "C-2", "C-0"],)]


async def test_bytes_that_were_too_many_to_keep_cannot_be_tried_again(engine: AsyncEngine) -> None:
    (number,) = await set_aside(engine, raw(b"x" * 1_048_577, 0))
    with pytest.raises(Misconfigured, match="discard"):
        await retry(engine, desk(), number, "mia")


async def test_discarding_ends_a_letter_and_a_retry_after_that_does_nothing(engine: AsyncEngine) -> None:
    (number,) = await set_aside(engine, record(letter("ana", "C-0", "bug in decide"), 0))
    gone = await dead_letters.discard(engine, "offer", "desk", number, "mia")
    assert gone is not None
    assert (gone.state, gone.by) == ("discarded", "mia")
    again = await retry(engine, mended(), number, "noor")
    assert again == gone
    assert await dead_letters.list_all(engine, "offer") == []
    assert await dead_letters.list_all(engine, "offer", ended=True) == [gone]


async def test_there_is_nothing_to_show_retry_or_discard_under_a_number_that_was_not_given(engine: AsyncEngine) -> None:
    assert await dead_letters.show(engine, "offer", "desk", 1) is None
    assert await retry(engine, desk(), 1, "mia") is None
    assert await dead_letters.discard(engine, "offer", "desk", 1, "mia") is None
