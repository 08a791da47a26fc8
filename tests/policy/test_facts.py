"""Facts are read as the schedule says that they are written; everything else is unknown, and never a guess."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.language.form.types import (
    COUNT,
    DATE,
    FLAG,
    INSTANT,
    MONTH,
    NUMBER,
    PERCENT,
    PROOF,
    ListOf,
    MoneyIn,
    OneOf,
    Record,
    Simple,
    Type,
)
from shared.policy.language.judging.facts import reader
from shared.policy.language.judging.unknown import MISSING_FACT, Missing

EURO = MoneyIn("EUR")
KILOMETRES, METRES, MINUTES, DAYS = (
    Simple("distance", "km"), Simple("distance", "m"), Simple("duration", "minutes"), Simple("duration", "days"),
)  # fmt: skip
CLOSED, OPEN = OneOf(("1", "2")), OneOf(("consumer",), open=True)
STRETCH = Record({"from": INSTANT, "to": INSTANT})


def read(type_: Type, value: Any) -> Any:
    return reader(type_, "it")(value)


@pytest.mark.parametrize(
    ("type_", "value", "wanted"),
    [
        (INSTANT, "2026-05-20T18:30:00Z", datetime(2026, 5, 20, 18, 30, tzinfo=UTC)),
        (INSTANT, "2026-05-20T18:30:00.5+02:00", datetime(2026, 5, 20, 16, 30, 0, 500_000, tzinfo=UTC)),
        (DATE, "2026-05-20", date(2026, 5, 20)),
        (MONTH, "2026-05", date(2026, 5, 1)),
        (NUMBER, "-12.50", Decimal("-12.50")),
        (NUMBER, 7, 7),
        (COUNT, 7, 7),
        (COUNT, "7", 7),
        (PERCENT, "99.90", Decimal("99.90")),
        (PERCENT, Decimal("99.9"), Decimal("99.9")),
        (EURO, "12.50", Decimal("12.50")),
        (EURO, {"amount": "12.50", "currency": "EUR"}, Decimal("12.50")),
        (KILOMETRES, 1500, 1_500_000),
        (METRES, "6.5", Decimal("6.5")),
        (MINUTES, 61, timedelta(minutes=61)),
        (DAYS, "1.5", timedelta(hours=36)),
        (FLAG, True, True),
        (PROOF, "asserted", "asserted"),
        (CLOSED, 2, "2"),
        (OPEN, "consumer", "consumer"),
        (OPEN, "small_firm", "other"),
        (ListOf(MINUTES), [61, "5"], (timedelta(minutes=61), timedelta(minutes=5))),
    ],
)
def test_what_is_written_as_it_should_be_is_read(type_: Type, value: Any, wanted: Any) -> None:
    assert read(type_, value) == wanted


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (INSTANT, "2026-05-20T18:30:00"),
        (INSTANT, "2026-05-20"),
        (INSTANT, 1_779_000_000),
        (DATE, "20260520"),
        (DATE, "2026-W21-3"),
        (DATE, "2026-02-30"),
        (DATE, "2026-05-20T00:00:00Z"),
        (MONTH, "2026-13"),
        (MONTH, "2026-05-20"),
        (NUMBER, 12.5),
        (NUMBER, "12,50"),
        (NUMBER, "1e3"),
        (NUMBER, "NaN"),
        (NUMBER, Decimal("Infinity")),
        (NUMBER, " 1"),
        (NUMBER, "٣"),
        (NUMBER, True),
        (NUMBER, 10**15),
        (NUMBER, "9" * 1000),
        (COUNT, -1),
        (COUNT, "1.5"),
        (EURO, "-1.00"),
        (EURO, {"amount": "1.00", "currency": "USD"}),
        (MoneyIn(""), {"amount": "1.00", "currency": "USD"}),
        (KILOMETRES, -1),
        (FLAG, "true"),
        (FLAG, 1),
        (PROOF, True),
        (PROOF, "maybe"),
        (PROOF, ["proved"]),
        (CLOSED, "3"),
        (CLOSED, True),
        (OPEN, 7.5),
        (OPEN, ["consumer"]),
        (ListOf(DATE), "2026-05-20"),
    ],
)
def test_what_is_not_is_refused_and_never_guessed(type_: Type, value: Any) -> None:
    with pytest.raises((ValueError, TypeError, ArithmeticError)):
        read(type_, value)


def test_an_instant_keeps_its_offset_and_loses_the_name_of_its_zone() -> None:
    named = datetime(2026, 5, 20, 18, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert read(INSTANT, named).utcoffset() == timedelta(hours=2)
    assert not isinstance(read(INSTANT, named).tzinfo, ZoneInfo)
    assert read(INSTANT, "2026-05-20T18:30:00+02:00").utcoffset() == timedelta(hours=2)


def test_an_entry_that_cannot_be_read_is_missing_and_the_others_stay() -> None:
    missing = Missing(MISSING_FACT, ("it",))
    first = {"from": "2026-05-20T18:30:00Z", "to": None, "noise": 1}
    found = read(ListOf(STRETCH), [first, "nonsense", None])
    assert found == ({"from": datetime(2026, 5, 20, 18, 30, tzinfo=UTC), "to": missing}, missing, missing)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals() | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TYPES = (
    INSTANT, DATE, MONTH, NUMBER, COUNT, PERCENT, EURO, KILOMETRES, MINUTES, FLAG, PROOF, CLOSED, OPEN, ListOf(DATE),
    ListOf(STRETCH),
)  # fmt: skip


@given(anything, st.sampled_from(TYPES))
def test_nothing_that_a_source_sends_is_more_than_refused(value: Any, type_: Type) -> None:
    try:
        read(type_, value)
    except (ValueError, TypeError, ArithmeticError):
        return
