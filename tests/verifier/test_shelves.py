"""A rehearsal's shelves answer as the tables do: the same stream, told to both, is answered with the same events."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from services.verifier.flows import flows
from services.verifier.in_memory import desk
from shared.bus import codec
from shared.bus.seam import Record
from shared.events import ComplaintWithdrawn, Inbound
from shared.runtime.decider import Note, OfTimers
from shared.runtime.flow import Answer, Heard
from shared.runtime.memory_road import MemoryRoad
from tests.telling import NOON, Listener, events_of, passed_on
from tests.verifier.conftest import POLICY
from tests.verifier.words import FACTS, SOURCE, incident, joined, letter, measurement, taken_back, told

PEOPLE = ("ana", "bo", "cem", "dora", "eli", "fay", "gus")
THINGS = (("order", "o-1"), ("order", "o-2"), ("service", "fibre-north"), ("line", "L-1"), ("line", "L-2"))
HOUR = timedelta(hours=1)
WILLING = replace(POLICY, recovery=replace(POLICY.recovery, by_itself=True))
"""The house comes forward by itself, so that this is compared too."""


class Said:
    """What the road in memory says."""

    def __init__(self) -> None:
        self.events: list[bytes] = []

    def told(self, _: str, answer: Answer) -> None:
        self.events += [codec.encode(one) for _name, one in answer.answers if not isinstance(one, OfTimers | Note)]

    def refused(self, flow: str, heard: Heard, why: str) -> None:
        raise AssertionError(f"{flow} refused {heard.event}: {why}")


def stream(chance: Random) -> list[Record]:
    """Letters, further letters, figures, incidents that grow, end and are taken back, and what is taken back besides."""
    records, written = [], []
    for n in range(60):
        kind, thing = chance.choice(THINGS)
        match chance.choice(("letter", "letter", "letter", "measured", "incident", "joined", "withdrawn", "back")):
            case "letter":
                who = chance.choice(PEOPLE)
                at = NOON - chance.randrange(0, 90) * HOUR / 30
                words = chance.choice(("It came late.", "No internet since noon.", "It is broken."))
                records.append(letter(who, f"C-{n}", thing, kind, received_at=at, text=words))
                written.append((who, f"C-{n}"))
            case "joined" if written:
                who, complaint = chance.choice(written)
                records.append(joined(who, complaint, "No internet, and it never came."))
            case "withdrawn" if written:
                who, complaint = chance.choice(written)
                records.append(told(ComplaintWithdrawn(customer=who, complaint=complaint, source=SOURCE), f"w {n}"))
            case "measured":
                taken = f"2018-02-{chance.randrange(9, 14):02}T19:00:00Z"
                facts = FACTS | {"delivered_at": f"2018-02-{chance.randrange(3, 9):02}T18:00:00-03:00"}
                records.append(measurement(f"m-{n}", thing, taken, kind, **facts))
            case "back":
                records.append(taken_back(f"m-{chance.randrange(n + 1)}", f"b-{n}", thing, kind))
            case "incident":
                records.append(failed(chance, n))
            case _:
                pass
    return records


def failed(chance: Random, n: int) -> Record:
    """One of three incidents, in some state of what is known about it."""
    fields: dict[str, Any] = {"id": f"inc-{chance.randrange(3)}", "updated_at": f"2018-02-14T{n % 24:02}:00:00Z"}
    if chance.random() < 0.7:
        fields["started_at"] = f"2018-02-{chance.choice((10, 13, 14))}T06:00:00Z"
    if chance.random() < 0.4:
        fields["resolved_at"] = f"2018-02-14T{chance.randrange(7, 12):02}:00:00Z"
    if chance.random() < 0.6:
        things = [{"kind": kind, "id": thing} for kind, thing in chance.sample(THINGS, 2)]
        fields["affects"] = [things[0], things[1] | {"customer": chance.choice(PEOPLE)}]
    if chance.random() < 0.2:
        fields["withdrawn"] = chance.random() < 0.5
    return incident(**fields)


async def of_the_tables(keeper: Listener, judge: Listener, records: list[Record]) -> list[bytes]:
    said: list[bytes] = []
    for record in records:
        kept, judged = await keeper.hear(record), await judge.hear(record)
        waiting = passed_on((*kept.rows, *judged.rows), "verifier")
        said += [codec.encode(event) for event in events_of((*kept.rows, *judged.rows))]
        while waiting:
            (first, *waiting) = waiting
            kept, judged = await keeper.hear(first), await judge.hear(first)
            said += [codec.encode(event) for event in events_of((*kept.rows, *judged.rows))]
            waiting += passed_on((*kept.rows, *judged.rows), "verifier")
    return said


def of_the_shelves(records: list[Record]) -> list[bytes]:
    said = Said()
    road = MemoryRoad(desk(WILLING)(), said, NOON)
    for record in records:
        read = codec.decode(record)
        road.publish(read.id, read.event)
        while road.waiting:
            road.hear()
    return said.events


@pytest.mark.parametrize("seed", range(4))
async def test_shelves_and_tables_answer_alike(engine: AsyncEngine, seed: int) -> None:
    keeper, judge = (Listener(engine, flow) for flow in flows(WILLING))
    records = stream(Random(seed))
    said = of_the_shelves(records)
    assert len(said) > 40
    assert said == await of_the_tables(keeper, judge, records)


def test_the_streams_hold_what_operations_say_and_what_customers_write() -> None:
    kinds = {type(codec.decode(record).event) for seed in range(4) for record in stream(Random(seed))}
    assert len(kinds) == 6
    assert any(issubclass(kind, Inbound.__args__) for kind in kinds)
