"""However a stream is cut, and however often parts of it come again, the same customers end up with the same answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.bus.seam import Record
from shared.events import CaseSettled, ComplaintWithdrawn, TimerFired
from shared.runtime.flow import Flow
from shared.runtime.fold import fold, sift
from shared.runtime.outbox import Row
from shared.runtime.reading import read
from shared.runtime.timers import Key, Setting
from tests.runtime.desk import NOON, Memory, desk, letter, measurement, plain, raw, record, scales

CUTS = (1, 2, 7, 100, 10_000)


@dataclass
class House:
    """What the database would hold, in memory."""

    flow: Flow[Memory, Any]
    inbox: dict[UUID, bytes | None] = field(default_factory=dict)
    documents: dict[str, Memory] = field(default_factory=dict)
    outbox: list[Row] = field(default_factory=list)
    timers: dict[Key, Setting | None] = field(default_factory=dict)
    letters: list[tuple[int, str]] = field(default_factory=list)
    repeats: int = 0

    def take(self, records: Sequence[Record]) -> None:
        reading = read(self.flow, records)
        fresh = {event_id for event_id in reading.claims() if event_id not in self.inbox}
        sifted = sift(reading.heard, reading.digests, fresh, self.inbox)
        states = {event.key: self.documents.get(event.key, Memory()) for event in sifted.heard if event.key is not None}
        folded = fold(self.flow, sifted.heard, sifted.digests, [None] * len(sifted.heard), states, {})
        letters = [*reading.letters, *sifted.letters, *folded.letters]
        self.inbox |= folded.done
        self.documents |= folded.changed
        self.outbox += folded.rows
        self.timers |= folded.timers
        self.letters += sorted((each.record.offset, each.kind) for each in letters)
        self.repeats += sifted.repeats + folded.repeats

    def holds(self) -> tuple[Any, ...]:
        return self.inbox, self.documents, self.outbox, self.timers, self.letters, self.repeats


WORDS = ("late", "late again", "bug in decide", "bug in evolve", "told differently", "too much to answer")


@st.composite
def streams(draw: st.DrawFn) -> list[Record]:
    """Letters of a few customers, some of them trouble, some coming again, among bytes and events of no concern."""
    records: list[Record] = []
    for offset in range(draw(st.integers(1, 40))):
        kind = draw(
            st.sampled_from(("letter",) * 5 + ("again",) * 2 + ("withdrawn", "noise", "other timer", "timer", "case"))
        )
        customer = draw(st.sampled_from(("ana", "bo", "cem")))
        if kind == "again" and records:
            again = draw(st.sampled_from(records))
            records.append(Record(again.partition, offset, again.key, again.value, again.headers, again.at))
        elif kind == "withdrawn":
            gone = ComplaintWithdrawn(customer=customer, complaint=f"C-{offset}", source="-")
            records.append(record(gone, offset))
        elif kind == "noise":
            records.append(raw(draw(st.sampled_from((b"", b"{", b"\xff", b"[" * 5_000, b"x" * 1_048_577))), offset))
        elif kind.endswith("timer"):
            flow = "desk" if kind == "timer" else "another"
            records.append(record(TimerFired(customer=customer, flow=flow, case="-", name="soon", due=NOON), offset))
        elif kind == "case":
            settled = CaseSettled(customer=customer, complaint="C", source="-", case="-")
            records.append(record(settled, offset))
        else:
            records.append(record(letter(customer, f"C-{offset}", draw(st.sampled_from(WORDS))), offset))
    return records


def taken(flow: Flow[Memory, Any], records: Sequence[Record], size: int) -> House:
    house = House(flow)
    for start in range(0, len(records), size):
        house.take(records[start : start + size])
    return house


@given(streams())
@settings(max_examples=60, deadline=None)
def test_the_cut_into_batches_cannot_be_seen_in_what_comes_of_a_stream(records: list[Record]) -> None:
    whole = taken(desk(), records, 10_000)
    for size in CUTS:
        assert taken(desk(), records, size).holds() == whole.holds()


@given(streams(), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_a_stream_that_comes_again_changes_nothing(records: list[Record], size: int) -> None:
    house = taken(desk(), records, size)
    inbox, documents, outbox, timers = dict(house.inbox), dict(house.documents), list(house.outbox), dict(house.timers)
    house.take([each for each in records if b"late" in (each.value or b"")])
    assert (house.inbox, house.documents, house.outbox, house.timers) == (inbox, documents, outbox, timers)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.booleans()), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_of_two_contents_under_one_id_the_first_that_could_be_answered_stands(
    steps: list[tuple[str, int, bool]],
) -> None:
    records = [
        plain(measurement("o-1", f"m-{name}", weight=weight, falls=falls), offset)
        for offset, (name, weight, falls) in enumerate(steps)
    ]
    whole = taken(scales(), records, 10_000)
    for size in CUTS:
        assert taken(scales(), records, size).holds() == whole.holds()


@pytest.mark.parametrize("words", ["bug in decide", "bug in evolve", "too much to answer"])
def test_a_bug_parks_one_message_and_the_customers_later_letters_still_run(words: str) -> None:
    records = [record(letter("ana", f"C-{n}", words if n == 1 else "late"), n) for n in range(3)]
    house = taken(desk(), records, 10)
    assert house.letters == [(1, "bug")]
    assert house.documents["ana"].letters == ("C-0", "C-2")
    assert len(house.outbox) == 2
    assert len(house.inbox) == 2, "a dead letter keeps no claim"


def test_a_bug_says_where_it_is_and_keeps_the_customers_words_out_of_the_reason() -> None:
    reading = read(desk(), [record(letter("ana", "C-0", "bug in decide"), 0)])
    folded = fold(desk(), reading.heard, reading.digests, [None], {"ana": Memory()}, {})
    (parked,) = folded.letters
    assert parked.reason.startswith("a bug: ZeroDivisionError in decide, runtime/desk.py:")
    assert "Traceback" in parked.detail


def test_a_document_that_cannot_be_read_parks_its_customers_events_alone() -> None:
    reading = read(desk(), [record(letter(name, "C-0"), n) for n, name in enumerate(("ana", "bo"))])
    states = {"ana": Memory(), "bo": Memory()}
    folded = fold(desk(), reading.heard, reading.digests, [None] * 2, states, {"ana": "its document cannot be read"})
    assert [(parked.record.offset, parked.reason) for parked in folded.letters] == [(0, "its document cannot be read")]
    assert list(folded.changed) == ["bo"]


def test_an_answer_stays_on_its_records_partition_only_where_its_key_stays() -> None:
    own = taken(desk(), [record(letter("ana", "C-0"), 0, number=3)], 1)
    assert [row.partition for row in own.outbox] == [3]
    moved = record(letter("ana", "C-0"), 0, number=3)
    other = taken(desk(), [Record(moved.partition, 0, b"someone else", moved.value, moved.headers, moved.at)], 1)
    assert [row.partition for row in other.outbox] == [None]


def test_an_event_that_touches_no_document_is_answered_from_the_initial_state() -> None:
    house = taken(desk(key=lambda _: None), [record(letter("ana", f"C-{n}"), n) for n in range(2)], 10)
    assert house.documents == {}
    assert len(house.outbox) == 2


def test_the_last_of_two_settings_of_a_timer_counts() -> None:
    house = taken(desk(), [record(letter("ana", f"C-{n}"), n) for n in range(2)], 10)
    (setting,) = house.timers.values()
    assert setting
    assert (setting.due - NOON).seconds == 2
