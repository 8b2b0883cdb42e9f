"""Student's t against its printed table and against plain integration of its density."""

from __future__ import annotations

from fractions import Fraction
from math import exp, lgamma, pi, sqrt
from statistics import mean as plain_mean
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.analysis.means import mean, mean_interval, t_below, t_quantile, variance, welch

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    [
        (0.975, 1, 12.7062), (0.975, 2, 4.3027), (0.975, 5, 2.5706), (0.975, 10, 2.2281), (0.975, 30, 2.0423),
        (0.975, 120, 1.9799), (0.995, 4, 4.6041), (0.995, 10, 3.1693), (0.95, 7, 1.8946), (0.975, 1e6, 1.9600),
        (0.5, 3, 0.0),
    ],
)  # fmt: skip
def test_quantiles_are_those_of_the_table(probability: float, freedom: float, quantile: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(quantile, abs=6e-5)


@pytest.mark.parametrize("freedom", [1, 2.5, 7, 40])
@pytest.mark.parametrize("value", [-3.0, -0.4, 0.0, 0.7, 2.1])
def test_the_distribution_is_the_area_under_the_density(freedom: float, value: float) -> None:
    scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)
    steps = 4_000
    width = value / steps
    area = sum(
        scale * (1 + ((index + 0.5) * width) ** 2 / freedom) ** (-(freedom + 1) / 2) * width for index in range(steps)
    )
    assert t_below(value, freedom) == pytest.approx(0.5 + area, abs=1e-6)


@given(NUMBERS)
def test_mean_and_variance_are_those_of_the_standard_library(values: list[float]) -> None:
    assert mean(values) == pytest.approx(plain_mean(values), rel=1e-9, abs=1e-6)
    assert sqrt(variance(values)) == pytest.approx(stdev(values), rel=1e-9, abs=1e-6)


def test_an_interval_of_a_mean_by_hand() -> None:
    found = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found is not None
    assert (found.low, found.high) == pytest.approx((3 - 2.7764 * sqrt(0.5), 3 + 2.7764 * sqrt(0.5)), abs=1e-4)


def test_welchs_interval_by_hand() -> None:
    one, other = [1.0, 2.0, 3.0], [10.0, 14.0, 18.0, 22.0]
    parts = [1.0 / 3, (4**2 * 5 / 3) / 4]
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 2 + parts[1] ** 2 / 3)
    half = t_quantile(0.975, freedom) * sqrt(sum(parts))
    found = welch(one, other)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((14 - half, 14 + half))


@given(NUMBERS, NUMBERS)
def test_an_interval_of_a_difference_of_means_has_it(one: list[float], other: list[float]) -> None:
    found = welch(one, other)
    difference = plain_mean(other) - plain_mean(one)
    assert found is not None
    assert found.low - 1e-5 <= difference <= found.high + 1e-5


def test_of_one_value_there_is_no_interval() -> None:
    assert mean([]) is None
    assert mean_interval([1.0]) is None
    assert welch([1.0], [1.0, 2.0]) is None
    same = welch([2.0, 2.0], [5.0, 5.0])
    assert same is not None
    assert (same.low, same.high) == (3, 3)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=9))
def test_no_number_is_too_great(values: list[float]) -> None:
    for found in (mean_interval(values), welch(values, values[::-1]), welch(values, [1.0, 2.0])):
        assert found is not None
        assert found.low <= found.high
    assert mean(values) == pytest.approx(plain_mean(map(Fraction, values)), rel=1e-9, abs=1e-9 * max(map(abs, values)))


def test_great_values_scale_like_small_ones() -> None:
    small, other = [1.0, 2.0, 4.0], [3.0, 5.0, 9.0]
    great, more = [value * 1e300 for value in small], [value * 1e300 for value in other]
    few, many = welch(small, other), welch(great, more)
    assert few is not None
    assert many is not None
    assert (many.low / 1e300, many.high / 1e300) == pytest.approx((few.low, few.high))
    assert mean(great) == pytest.approx((mean(small) or 0) * 1e300)
