"""A reader's share of the logs: what was placed, what stands still, and what no longer counts."""

from datetime import UTC, datetime

import pytest

from shared.bus.seam import Batch, Partition, Record
from shared.bus.share import Share

ZERO, ONE, TWO = (Partition("parcels", number) for number in range(3))


@pytest.fixture
def share() -> Share:
    """Partitions 0 and 1, assigned and not placed."""
    share = Share()
    share.assign([ZERO, ONE])
    return share


def records(part: Partition, *offsets: int) -> list[Record]:
    return [Record(part, offset, None, b"", (), datetime(2026, 3, 2, tzinfo=UTC)) for offset in offsets]


def batch(share: Share, part: Partition, *offsets: int) -> Batch:
    made = share.batch([(part, records(part, *offsets))])
    assert made
    return made


def test_only_what_is_assigned_and_stands_still_is_placed(share: Share) -> None:
    assert share.place(share.generation, {ZERO: 5, TWO: 0}) == {ZERO: 5}
    assert share.place(share.generation, {ZERO: 9}) == {}
    assert (share.position(ZERO), share.standing) == (5, {ONE})


def test_positions_of_an_older_generation_are_not_taken(share: Share) -> None:
    old = share.generation
    share.assign([ZERO])
    assert share.place(old, {ZERO: 5}) == {}
    assert share.standing == {ZERO}


def test_lanes_part_the_partitions_by_number(share: Share) -> None:
    share.place(share.generation, {ZERO: 0, ONE: 0})
    assert (share.lane(0), share.lane(1)) == ([ZERO], [ONE])


def test_a_slice_begins_where_the_reader_stood(share: Share) -> None:
    share.place(share.generation, {ZERO: 3})
    (first,) = batch(share, ZERO, 4, 6).slices
    (second,) = batch(share, ZERO, 9).slices
    assert [(first.begin, first.end), (second.begin, second.end)] == [(3, 7), (7, 10)]


def test_nothing_read_is_no_batch(share: Share) -> None:
    share.place(share.generation, {ZERO: 3})
    assert share.batch([(ZERO, [])]) is None


def test_what_goes_back_stands_still(share: Share) -> None:
    share.place(share.generation, {ZERO: 0, ONE: 0})
    assert share.back(batch(share, ZERO, 0)) == [ZERO]
    assert (share.standing, share.lane(0), dict(share.done)) == ({ZERO}, [], {ONE: 0})


def test_what_committed_is_done_unless_a_rebalance_came_between(share: Share) -> None:
    share.place(share.generation, {ZERO: 0, ONE: 0})
    committed, late = batch(share, ZERO, 0, 1), batch(share, ONE, 0)
    share.committed(committed)
    assert dict(share.done) == {ZERO: 2, ONE: 0}
    share.assign([ZERO, ONE])
    share.place(share.generation, {ONE: 0})
    share.committed(late)
    assert share.back(late) == []
    assert dict(share.done) == {ONE: 0}
