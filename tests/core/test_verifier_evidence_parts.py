"""A failure that touches very many complaints is told in parts, and nobody is left out or told twice."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.verifier.records.interests import Resting
from services.verifier.records.spreading import SUBJECTS_IN_A_PART, Part, part_of, wake
from shared.bus.codec import encode
from shared.events import EvidenceArrived, EvidenceContinued, IncidentReported, Subject

INCIDENT = IncidentReported(id="inc-7", service="fibre-north")


def resting(line: int, *complaints: int) -> list[Resting]:
    return [Resting(Subject("line", f"L-{line:04}"), "crm", f"C-{n:04}", f"cust-{n}") for n in complaints]


def told_in_parts(everybody: list[Resting], most: int) -> Iterator[Resting]:
    """Who is told when each part brings the next, and of each subject no more is read than one part holds and one more."""
    waiting: list[tuple[Resting | None, tuple[Subject, ...]]] = [
        (None, tuple(dict.fromkeys(one.subject for one in everybody)))
    ]
    while waiting:
        first, subjects = waiting.pop()
        read: list[Resting] = []
        for subject in subjects:
            some = [one for one in everybody if one.subject == subject]
            if first and subject == first.subject:
                some = [one for one in some if (one.source, one.complaint) >= (first.source, first.complaint)]
            read += some[: most + 1]
        part = part_of(read, most)
        assert len(part.told) <= most
        yield from part.told
        waiting += part.later


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(1, 5))
def test_everybody_is_told_once(counts: list[int], most: int) -> None:
    everybody = [one for line, count in enumerate(counts) for one in resting(line, *range(count))]
    assert sorted(told_in_parts(everybody, most)) == everybody


def test_where_nothing_is_left_in_a_batch_all_of_them_come_later() -> None:
    part = part_of(resting(1, 1, 2), 0)
    assert part == Part((), ((resting(1, 1)[0], (Subject("line", "L-0001"),)),))


def test_an_event_names_no_more_subjects_than_a_record_holds() -> None:
    lines = SUBJECTS_IN_A_PART + 1
    part = part_of([one for line in range(lines) for one in resting(line, 1)], 0)
    assert [(first.subject.id, len(subjects)) for first, subjects in part.later] == [
        ("L-0000", SUBJECTS_IN_A_PART),
        (f"L-{lines - 1:04}", 1),
    ]


def test_what_is_told_names_the_record_also_in_later_parts() -> None:
    part = part_of(resting(1, 1, 2), 1)
    arrived, continued = wake(None, INCIDENT, part)
    assert isinstance(arrived, EvidenceArrived)
    assert isinstance(continued, EvidenceContinued)
    assert (arrived.complaint, arrived.record) == ("C-0001", "inc-7")
    assert (continued.customer, continued.complaint, continued.record) == ("cust-2", "C-0002", "inc-7")
    (last,) = wake(None, continued, part_of(resting(1, 2), 1))
    assert isinstance(last, EvidenceArrived)
    assert last.record == "inc-7"


def test_a_part_fits_into_a_record_whatever_the_subjects_are_called() -> None:
    longest: Any = tuple(Subject("\U0001f4e6" * 200, f"\U0001f4e6{n:0199}") for n in range(SUBJECTS_IN_A_PART))
    event = EvidenceContinued(customer="cust-1", complaint="C-1", source="crm", subjects=longest, record="inc-7")
    assert encode(event)
