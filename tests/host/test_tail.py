"""What is shown of a topic comes once and in the order of its partitions, however the clocks of its writers stand."""

from datetime import UTC, datetime, timedelta

from services.cli.tail import by_time
from shared.bus.seam import Partition, Record

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
HERE, THERE = Partition("amends.payouts.v1", 0), Partition("amends.payouts.v1", 1)


def record(partition: Partition, offset: int, seconds: float) -> Record:
    return Record(partition, offset, b"key", b"{}", (), NOON + timedelta(seconds=seconds))


def shown(*records: Record) -> list[tuple[int, int]]:
    return [(one.partition.number, one.offset) for one in by_time(records)]


def test_two_partitions_are_shown_by_time() -> None:
    assert shown(record(HERE, 0, 1), record(HERE, 1, 3), record(THERE, 0, 2)) == [(0, 0), (1, 0), (0, 1)]


def test_a_record_that_entered_the_road_before_the_one_in_front_of_it_does_not_overtake_it() -> None:
    assert shown(record(HERE, 0, 3), record(HERE, 1, 1), record(THERE, 0, 2)) == [(1, 0), (0, 0), (0, 1)]
