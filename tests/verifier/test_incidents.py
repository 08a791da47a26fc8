"""A failure of a service touches its customers, and what each of its reports says counts by when it was said."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.records import evidence, incidents
from services.verifier.records.about import About, Spoken
from shared.events import Subject
from tests.telling import NOON, Listener, events_of, rows
from tests.verifier.words import incident, letter, measurement, names

LINE = {"kind": "line", "id": "L-9"}


async def about(
    engine: AsyncEngine, subject: Subject, since: datetime = NOON - timedelta(days=30), until: datetime = NOON
) -> About:
    """What a judge sees of a complaint that speaks of that time."""
    async with engine.begin() as tx:
        return (await evidence.about(tx, {Spoken(subject, since, until)})).get(subject, About())


async def test_an_incident_wakes_those_about_the_service_and_about_what_it_touched(
    keeper: Listener, judge: Listener
) -> None:
    await judge.hear(
        letter("cust-1", "C-1", "fibre-north", "service"),
        letter("cust-2", "C-2", "L-9", "line"),
        letter("cust-3", "C-3", "L-8", "line"),
    )
    woken = await keeper.hear(incident(affects=[{"kind": "line", "id": "L-9", "customer": "cust-2"}]))
    assert sorted(event.complaint for event in events_of(woken.rows)) == ["C-1", "C-2"]
    assert names(await keeper.hear(incident(resolved_at="2018-02-14T13:00:00Z"))) == ["EvidenceArrived"] * 2


async def test_an_incident_touches_what_its_latest_report_lists_in_whatever_order_they_come(
    keeper: Listener, engine: AsyncEngine
) -> None:
    latest = incident(updated_at="2018-02-14T12:00:00Z", affects=[{"kind": "line", "id": "L-1"}])
    earlier = incident(updated_at="2018-02-14T11:00:00Z", cause="storm", affects=[{"kind": "line", "id": "L-2"}])
    await keeper.hear(latest)
    await keeper.hear(earlier)
    touched = await rows(engine, "select kind, id from verifier.incident_subjects order by 1, 2")
    assert touched == [("line", "L-1"), ("service", "fibre-north")]
    assert ("cause", '"storm"') in await rows(engine, "select fact, cast(value as text) from verifier.facts")


async def test_a_judge_sees_all_that_touched_a_subject_by_when_it_began_with_all_that_is_known(
    keeper: Listener, engine: AsyncEngine
) -> None:
    await keeper.hear(
        incident(id="inc-9", affects=[LINE]),
        incident(id="inc-8", started_at="2018-02-14T11:00:00Z", affects=[LINE], cause="storm", proved=True),
        incident(id="inc-7", started_at="2018-02-14T10:00:00Z", affects=[LINE]),
        incident(id="inc-6", started_at="2018-02-13T23:00:00-03:00"),
    )
    await keeper.hear(incident(id="inc-8", updated_at="2018-02-14T12:00:00Z", resolved_at=None))
    on_line = (await about(engine, Subject("line", "L-9"))).incidents
    assert [one.id for one in on_line] == ["inc-7", "inc-8", "inc-9"], "it had begun when it was told of"
    assert {name: fact.value for name, fact in on_line[1].facts.items()} == {
        "service": "fibre-north",
        "started_at": "2018-02-14T11:00:00Z",
        "cause": "storm",
        "proved": True,
        "resolved_at": None,
    }
    on_service = (await about(engine, Subject("service", "fibre-north"))).incidents
    assert [one.id for one in on_service] == ["inc-6", "inc-7", "inc-8", "inc-9"]


async def test_a_judge_sees_the_incidents_of_the_time_spoken_of_however_many_came_after(
    keeper: Listener, engine: AsyncEngine
) -> None:
    hours = range(300)
    reports = [
        incident(
            id=f"inc-{n:03}",
            started_at=(NOON + timedelta(hours=n)).isoformat(),
            resolved_at=(NOON + timedelta(hours=n, minutes=30)).isoformat(),
        )
        for n in hours
    ]
    await keeper.hear(*reports)
    service, quarter = Subject("service", "fibre-north"), NOON + timedelta(minutes=15)
    shown = [
        [one.id for one in (await about(engine, service, since, until)).incidents]
        for since, until in (
            (quarter, quarter),
            (NOON + timedelta(hours=1, minutes=30), NOON + timedelta(hours=2)),
            (NOON + timedelta(minutes=31), NOON + timedelta(minutes=59)),
        )
    ]
    assert shown == [["inc-000"], ["inc-001", "inc-002"], []]
    (await keeper.hear(incident(id="inc-000", updated_at="2018-02-16T12:00:00Z", resolved_at=None)))
    later = NOON + timedelta(hours=9, minutes=45)
    assert [one.id for one in (await about(engine, service, later, later)).incidents] == ["inc-000"]


async def test_of_very_many_incidents_at_one_time_those_that_began_last_count(
    keeper: Listener, engine: AsyncEngine
) -> None:
    began = [NOON - timedelta(minutes=n) for n in range(incidents.SHOWN + 3)]
    await keeper.hear(*(incident(id=f"inc-{n:03}", started_at=at.isoformat()) for n, at in enumerate(began)))
    shown = (await about(engine, Subject("service", "fibre-north"))).incidents
    assert [one.id for one in shown] == [f"inc-{n:03}" for n in reversed(range(incidents.SHOWN))]


async def test_an_incident_that_is_withdrawn_counts_for_nobody_until_it_comes_back(
    keeper: Listener, judge: Listener, engine: AsyncEngine
) -> None:
    await judge.hear(letter("cust-2", "C-2", "L-9", "line"))
    await keeper.hear(incident(updated_at="2018-02-14T10:00:00Z", affects=[LINE]))
    woken = await keeper.hear(incident(updated_at="2018-02-14T11:00:00Z", withdrawn=True))
    assert names(woken) == ["EvidenceArrived"]
    assert (await about(engine, Subject("line", "L-9"))).incidents == ()
    woken = await keeper.hear(incident(updated_at="2018-02-14T12:00:00Z", withdrawn=False))
    assert names(woken) == ["EvidenceArrived"]
    assert [one.id for one in (await about(engine, Subject("line", "L-9"))).incidents] == ["inc-7"]


async def test_whether_it_is_withdrawn_is_said_by_the_latest_report_in_whatever_order_they_come(
    keeper: Listener, engine: AsyncEngine
) -> None:
    reports: list[dict[str, Any]] = [
        {"updated_at": "2018-02-14T10:00:00Z", "affects": [LINE], "started_at": "2018-02-14T09:00:00Z"},
        {"updated_at": "2018-02-14T11:00:00Z", "withdrawn": True},
        {"updated_at": "2018-02-14T12:00:00Z", "withdrawn": False},
        {"updated_at": "2018-02-14T13:00:00Z", "withdrawn": True, "affects": []},
    ]
    for count, stands in ((2, ()), (3, ("inc-7",)), (4, ())):
        for order in permutations(reports[:count]):
            await keeper.hear_in_batches([incident(**report) for report in order], 1)
            seen = (await about(engine, Subject("service", "fibre-north"))).incidents
            assert tuple(one.id for one in seen) == stands
            async with engine.begin() as tx:
                tables = ("facts", "inbox", "incident_subjects")
                await tx.exec_driver_sql(f"truncate {', '.join(f'verifier.{table}' for table in tables)}")


async def test_what_an_incident_is_like_only_its_own_reports_say(keeper: Listener, engine: AsyncEngine) -> None:
    await keeper.hear(incident(started_at="2018-02-14T10:00:00Z"))
    folded = await keeper.hear(measurement("m-1", "inc-7", kind="incident", started_at="soon", service=None))
    assert not folded.letters
    (seen,) = (await about(engine, Subject("service", "fibre-north"))).incidents
    assert seen.facts["started_at"].value == "2018-02-14T10:00:00Z"


async def test_the_same_said_again_of_whom_it_affects_is_no_news_and_wakes_nobody(
    keeper: Listener, judge: Listener
) -> None:
    affects = [{"kind": "line", "id": "L-9", "customer": "cust-77"}]
    await judge.hear(letter(order="L-9", kind="line"))
    first = await keeper.hear(incident(affects=affects, updated_at="2018-02-14T10:00:00Z"))
    assert "EvidenceArrived" in names(first)
    again = await keeper.hear(incident(affects=affects, updated_at="2018-02-14T11:00:00Z"))
    assert names(again) == []
