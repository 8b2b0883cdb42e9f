"""Our statistics against what SciPy 1.17 and NumPy 2.4 print for the same samples (written down, not imported)."""

from __future__ import annotations

import pytest

from tracetui.analysis.changes import p95
from tracetui.analysis.means import mean_interval, t_below, t_quantile, welch
from tracetui.analysis.rates import wilson
from tracetui.analysis.stats_tests import mann_whitney, normal_mann_whitney, permutation_test, wins
from tracetui.store.totals import percentile

ONE = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
OTHER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
"""Hollander and Wolfe's depression scale: the example of R's `wilcox.test`."""


@pytest.mark.parametrize(
    ("confidence", "low", "high"),
    [(0.95, -1.1923857079675888, 0.3286079301898117), (0.99, -1.4803854710216324, 0.6166076932438553)],
)
def test_welch_is_ttest_ind_with_unequal_variances(confidence: float, low: float, high: float) -> None:
    found = welch(ONE, OTHER, confidence)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-10)


def test_the_interval_of_a_mean_is_that_of_ttest_1samp() -> None:
    found = mean_interval(ONE)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((1.2166123036181211, 2.316721029715212), rel=1e-10)


@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    [
        (0.975, 1, 12.706204736174694), (0.975, 3.7, 2.8675207071911895), (0.995, 12.25, 3.043228310411185),
        (0.9, 60, 1.295821093515731), (0.975, 1e6, 1.959966356814107), (0.9999, 2, 70.70007107496818),
        (0.6, 0.7, 0.35603136523468015),
    ],
)  # fmt: skip
def test_the_quantile_is_t_ppf(probability: float, freedom: float, quantile: float) -> None:
    # For a million degrees the logarithms of the gamma function leave nine digits.
    assert t_quantile(probability, freedom) == pytest.approx(quantile, rel=1e-8)


@pytest.mark.parametrize(
    ("value", "freedom", "below"),
    [
        (-3, 2.5, 0.036288047774515914), (0.7, 7, 0.7467412239022), (40, 3, 0.9999828096596054),
        (1e-3, 9, 0.5003880348370133),
    ],
)  # fmt: skip
def test_the_distribution_is_t_cdf(value: float, freedom: float, below: float) -> None:
    assert t_below(value, freedom) == pytest.approx(below, rel=1e-10)


@pytest.mark.parametrize(
    ("hits", "n", "confidence", "low", "high"),
    [
        (0, 20, 0.90, 0.0, 0.11915783736096448), (0, 20, 0.99, 0.0, 0.2491054010987534),
        (3, 17, 0.95, 0.061911266376209945, 0.4102945856883412), (3, 17, 0.99, 0.045829706544681464, 0.48875679130677463),
        (81, 263, 0.90, 0.26331361718848145, 0.3565663496084882), (20, 20, 0.95, 0.8388748419471808, 1.0),
    ],
)  # fmt: skip
def test_wilson_is_proportion_ci_of_binomtest(hits: int, n: int, confidence: float, low: float, high: float) -> None:
    found = wilson(hits, n, confidence)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-10)


@pytest.mark.parametrize(
    ("one", "other", "statistic", "p"),
    [
        (ONE, OTHER, 23.0, 0.13291945818531892),
        ([1, 1, 2, 2, 3, 3, 4], [2, 3, 3, 4, 4, 5, 5], 40.0, 0.0499729998820132),
        ([1, 2, 3, 4, 5, 8], [6, 7, 9, 10, 11, 12], 34.0, 0.013065226764425961),
        ([1] * 30 + [2] * 30, [1] * 20 + [2] * 40, 2100.0, 0.06564563800693761),
    ],
)
def test_the_rank_sum_test_is_mannwhitneyu_asymptotic(
    one: list[float], other: list[float], statistic: float, p: float
) -> None:
    assert wins(one, other) == statistic
    assert normal_mann_whitney(one, other) == pytest.approx(p, rel=1e-10)


@pytest.mark.parametrize(
    ("one", "other", "exact"),
    [
        (ONE, OTHER, 0.24549568078979844),
        ([1, 1, 2, 2, 3, 3, 4], [2, 3, 3, 4, 4, 5, 5], 0.06177156177156177),
        ([1, 2, 3, 4, 5, 8], [6, 7, 9, 10, 11, 12], 0.008658008658008658),
    ],
)
def test_the_permutation_test_is_near_to_that_of_every_division(
    one: list[float], other: list[float], exact: float
) -> None:
    """`permutation_test` of the difference of means with `n_resamples=inf`; ours draws some 2,000 divisions."""
    assert permutation_test(one, other, lambda side: sum(side) / len(side)) == pytest.approx(exact, abs=0.05, rel=0.2)


def test_the_rank_sum_test_of_small_sides_is_near_to_the_exact_one() -> None:
    assert mann_whitney(ONE, OTHER) == pytest.approx(0.12990538872891813, abs=0.02)


@pytest.mark.parametrize(("percent", "value"), [(50, 35.0), (95, 79.4), (99, 89.48)])
def test_percentiles_are_those_of_numpy(percent: float, value: float) -> None:
    values = [15, 20, 35, 40, 50, 7, 92]
    assert percentile(sorted(number * 1_000 for number in values), percent) == pytest.approx(value * 1_000)
    if percent == 95:
        assert p95(values) == pytest.approx(value)
