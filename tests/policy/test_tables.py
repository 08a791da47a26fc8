"""The first row that fits answers; where a key is unknown, a row that could fit stops the case, and no other does."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.policy.language.form.schedule import (
    AnyCell,
    Cell,
    DatedRow,
    DatedTable,
    Interval,
    Row,
    Table,
    Unknown,
    Words,
)
from shared.policy.language.form.types import DATE, FLAG, PERCENT, OneOf, Simple
from tests.policy.hand_made import EURO, answer, at, check, fact, formula, judge, schedule

FLIGHT = [fact("distance", Simple("distance", "km")), fact("inside", FLAG)]
ANY = AnyCell()


def up_to(high: int | None, low: int | None = None) -> Interval:
    return Interval(None if low is None else low * 1000, False, None if high is None else high * 1000, True)


def row(line: int, *cells: Cell, gives: Any) -> Row:
    return Row(at(line), cells, (gives,))


BAND = Table(
    "band", at(10), (formula("distance"), formula("inside")), {"sum": EURO},
    (
        row(11, up_to(1500), ANY, gives=Decimal(250)),
        row(12, up_to(3500), ANY, gives=Decimal(400)),
        row(13, ANY, Words((True,)), gives=Decimal(400)),
        row(14, ANY, ANY, gives=Decimal(600)),
    ),
)  # fmt: skip


def band(given: dict[str, Any], table: Table = BAND) -> str:
    found = judge(schedule(FLIGHT, [check(None, "owed band", pay="band.sum")], tables=[table]), given)
    return str(found.amount) if found.amount is not None else " ".join(found.missing) or found.reason


@pytest.mark.parametrize(
    ("distance", "inside", "sum_"),
    [(1500, False, 250), (1501, False, 400), (3500, True, 400), (3501, True, 400), (3501, False, 600)],
)
def test_the_first_row_that_fits_answers(distance: int, inside: bool, sum_: int) -> None:
    assert band({"distance": distance, "inside": inside}) == f"{sum_}.00"


def test_a_row_that_fits_whatever_the_unknown_key_is_still_fits() -> None:
    assert band({"distance": 1500}) == "250.00"


def test_a_row_of_which_another_cell_fails_is_passed_over() -> None:
    only_inside = Table(
        "band", at(10), BAND.by, BAND.gives,
        (row(11, up_to(1500), Words((True,)), gives=Decimal(1)), row(12, ANY, ANY, gives=Decimal(2))),
    )  # fmt: skip
    assert band({"inside": False}, only_inside) == "2.00"
    assert band({"distance": 2000}, only_inside) == "2.00"


def test_a_row_that_could_fit_stops_the_case_even_where_a_later_one_says_the_same() -> None:
    assert band({"inside": True}) == "distance"
    assert band({"distance": 4000}) == "inside"
    assert band({}) == "distance"


def test_an_interval_has_its_bounds_or_not() -> None:
    steps = Table(
        "steps", at(20), (formula("rate"),), {"sum": EURO},
        (
            Row(at(21), (Interval(Decimal(99), True, Decimal(100), False),), (Decimal(1),)),
            Row(at(22), (Interval(Decimal(95), False, None, False),), (Decimal(2),)),
        ),
    )  # fmt: skip
    facts = [fact("rate", PERCENT)]
    one = schedule(facts, [check(None, "owed it", pay="steps.sum")], tables=[steps])
    assert judge(one, {"rate": "99"}).amount == 1
    assert judge(one, {"rate": "100"}).amount == 2
    assert judge(one, {"rate": "98.999"}).amount == 2
    assert judge(one, {"rate": "95"}).reason == "no_row_fits"


def test_a_table_of_one_key_stops_at_its_first_row_where_that_is_unknown_and_the_row_asks() -> None:
    asks = (Row(at(21), (up_to(5),), (Decimal(1),)), Row(at(22), (ANY,), (Decimal(2),)))
    facts = [fact("far", Simple("distance", "km"))]
    for rows, wanted in ((asks, ("far",)), (asks[1:], ())):
        table = Table("steps", at(20), (formula("far"),), {"sum": EURO}, rows)
        assert judge(schedule(facts, [check(None, "owed it", pay="steps.sum")], tables=[table])).missing == wanted


DATED = DatedTable(
    "sums", at(30), formula("day"), {"first": EURO, "further": EURO},
    (
        DatedRow(at(31), date(2015, 4, 1), (Decimal(75), Decimal(35))),
        DatedRow(at(32), date(2023, 9, 1), (Unknown("no_rate_for_date"), Unknown("not_published"))),
        DatedRow(at(33), date(2025, 4, 1), (Decimal(95), Decimal(45))),
    ),
)  # fmt: skip
DAYS = [fact("day", DATE), fact("restored", FLAG)]


@pytest.mark.parametrize(
    ("day", "sum_"), [("2015-04-01", 75), ("2023-08-31", 75), ("2025-04-01", 95), ("2030-01-01", 95)]
)
def test_the_row_in_force_on_the_day_answers(day: str, sum_: int) -> None:
    assert (
        judge(schedule(DAYS, [check(None, "owed it", pay="sums.first")], tables=[DATED]), {"day": day}).amount == sum_
    )


def test_a_gap_stops_only_the_case_that_would_pay_it() -> None:
    checks = [check("restored", "not_owed in_time"), check(None, "owed it", pay="sums.first + sums.further")]
    one = schedule(DAYS, checks, tables=[DATED])
    in_time, late = ({"day": "2024-01-01", "restored": restored} for restored in (True, False))
    assert judge(one, in_time).reason == "in_time"
    found = judge(one, late)
    assert (found.outcome, found.amount, found.reason) == ("cannot_tell", None, "no_rate_for_date")


def test_a_date_before_the_first_row_has_no_sum() -> None:
    one = schedule(DAYS, [check(None, "owed it", pay="sums.first")], tables=[DATED])
    assert judge(one, {"day": "2015-03-31"}).reason == "no_rate_for_date"
    assert judge(one, {}).missing == ("day",)


def test_the_trace_names_the_row_by_its_line_and_what_it_gave() -> None:
    found = judge(schedule(DAYS, [check(None, "owed it", pay="sums.first")], tables=[DATED]), {"day": "2026-01-01"})
    (derived,) = found.trace[0].derived
    assert (derived.name, derived.line, derived.value) == ("sums", 33, {"first": Decimal(95), "further": Decimal(45)})


def test_a_key_is_a_word_of_several() -> None:
    kinds = OneOf(("a", "b", "c"))
    tier = Table(
        "tier", at(40), (formula("kind"),), {"late": FLAG},
        (row(41, Words(("a", "b")), gives=True), row(42, ANY, gives=False)),
    )  # fmt: skip
    for word, wanted in (("a", "yes"), ("b", "yes"), ("c", "no")):
        assert answer([fact("kind", kinds)], "tier.late", {"kind": word}, tables=[tier]) == wanted
