"""What a person of operations types, read as facts; and refused with what to do where it cannot be right."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.cli.evidence import read_facts, read_instant, stated_by, subject_of
from services.verifier.records.awaited import Waiting
from shared.errors import Misconfigured
from shared.events import Subject

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PARCEL = Subject("order", "53cdb2fc")


def waits(subject: Subject | None = PARCEL, *facts: str) -> Waiting:
    return Waiting(
        complaint="C-1", subject=subject, facts=facts, owner=None, until=NOON, since=NOON, customer="c", source="crm"
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("delivered", "delivered"),
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"),
        ("01234", "01234"),
        ("17.50", Decimal("17.50")),
        ("3", 3),
        ("true", True),
        ("null", None),
        ('"3"', "3"),
        ('["a", 1]', ["a", 1]),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_value_is_json_or_else_text(written: str, value: Any) -> None:
    (found,) = read_facts([f"status={written}"]).values()
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("word", ["status", "=delivered", " =x"])
def test_what_is_no_fact_is_refused(word: str) -> None:
    with pytest.raises(Misconfigured, match="FACT=VALUE"):
        read_facts([word])


def test_a_fact_is_stated_once() -> None:
    with pytest.raises(Misconfigured, match="status is given twice"):
        read_facts(["status=a", "status=b"])


def test_a_complaint_that_waits_leads_to_its_subject_and_a_thing_to_itself() -> None:
    assert subject_of("C-1", [waits(PARCEL, "status")], {"status": "x"}) == PARCEL
    assert subject_of("line/L-9/b", [], {"status": "x"}) == Subject("line", "L-9/b")


@pytest.mark.parametrize(
    ("about", "waiting", "says"),
    [
        ("C-9", [], "amends evidence list"),
        ("line/", [], "amends evidence list"),
        ("C-1", [waits(PARCEL), waits(Subject("order", "o-2"))], "about order/53cdb2fc and order/o-2"),
        ("C-1", [waits(None)], "names no subject"),
        ("C-1", [waits(PARCEL, "promised_on")], "waits for promised_on"),
    ],
)
def test_what_cannot_be_right_is_refused_with_what_to_do(about: str, waiting: list[Waiting], says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        subject_of(about, waiting, {"promissed_on": "2026-03-01"})


def test_the_same_answer_is_the_same_measurement() -> None:
    first, again = (stated_by(" Ines Duarte ", PARCEL, NOON, {"status": "lost"}) for _ in range(2))
    assert first == again
    assert first.by == "Ines Duarte"
    assert first.id != stated_by("Ines Duarte", PARCEL, NOON, {"status": "found"}).id
    with pytest.raises(Misconfigured, match="--by is empty"):
        stated_by("  ", PARCEL, NOON, {"status": "lost"})


@pytest.mark.parametrize("given", ["yesterday", "2026-03-01", "2026-03-01T09:00:00"])
def test_a_moment_has_a_zone(given: str) -> None:
    with pytest.raises(Misconfigured, match=r"2026-03-01T09:00:00Z|has no zone"):
        read_instant(given)
