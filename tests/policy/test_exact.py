"""Numbers stay exact: nothing is lost by dividing and multiplying again, and no share is ever a float."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shared.policy.language.arithmetic import exact
from shared.policy.language.form.values import Number

numbers = st.one_of(
    st.integers(-(10**12), 10**12),
    st.decimals(-(10**12), 10**12, places=6),
    st.fractions(-(10**6), 10**6, max_denominator=10**6),
)


@given(numbers, numbers)
def test_the_four_operations_are_those_of_fractions(one: Number, other: Number) -> None:
    assert exact.add(one, other) == Fraction(one) + Fraction(other)
    assert exact.subtract(one, other) == Fraction(one) - Fraction(other)
    assert exact.multiply(one, other) == Fraction(one) * Fraction(other)
    if other:
        assert exact.divide(one, other) == Fraction(one) / Fraction(other)


def test_a_third_times_three_is_whole_again() -> None:
    assert exact.multiply(exact.divide(Decimal(10), Decimal(3)), 3) == 10


def test_a_product_of_many_digits_loses_none() -> None:
    long = Decimal("1." + "3" * 40)
    assert exact.multiply(long, long) == Fraction(long) ** 2


def test_a_share_is_of_a_hundred() -> None:
    assert exact.share(Decimal("12.5"), Decimal(80)) == 10
    assert exact.share(25, Decimal("15.99")) == Decimal("3.9975")


def test_rounding_down_goes_down_below_zero_too() -> None:
    assert exact.whole(Decimal("1.9")) == 1
    assert exact.whole(Decimal("-1.5")) == -2
    assert exact.whole(Fraction(-1, 3)) == -1


def test_the_ratio_of_two_durations_is_no_float() -> None:
    ratio = exact.ratio(timedelta(minutes=1), timedelta(minutes=3))
    assert ratio == Fraction(1, 3)
    assert exact.shared_out(timedelta(hours=1), 3) == timedelta(minutes=20)
    assert exact.stretch(timedelta(hours=1), Decimal("1.5")) == timedelta(minutes=90)


def test_a_fraction_is_shown_by_its_first_digits() -> None:
    assert exact.plain(Fraction(2, 3)) == Decimal("0.666666666667")
