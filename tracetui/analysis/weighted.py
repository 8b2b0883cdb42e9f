"""Shares and means of a sample in which observations count differently, and how sure they are. Pure.

A trace that was kept by a rate stands for others, one that was kept for a reason only for itself. The variance of an
estimate is the linearised one of survey statistics, the sum of squared weights and residuals over the squared sum of weights,
which with equal weights is the usual one. Of a share it gives an effective number of observations, for Wilson's interval
(Korn and Graubard, 1998); of a mean the effective number is that of Kish (1965).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import fsum, sqrt

from msgspec import Struct

from tracetui.analysis.means import t_below, t_quantile
from tracetui.analysis.rates import Interval


class Share(Struct, frozen=True):
    """An estimated share, and the number of observations of equal weight that would be as sure."""

    value: float
    n: float


def estimate_share(hits: float, n: float, hits_squared: float, n_squared: float) -> Share | None:
    """The share from sums of weights, and of squared weights, of the hits and of all; None of nothing."""
    if n <= 0 or n_squared <= 0:
        return None
    share = min(1.0, hits / n)
    variance = (hits_squared * (1 - share) ** 2 + max(0.0, n_squared - hits_squared) * share**2) / n**2
    effective = n**2 / n_squared if variance <= 0 else share * (1 - share) / variance
    return Share(share, min(n, effective))


class Weighed(Struct, frozen=True):
    """Values, and how much each counts."""

    values: Sequence[float]
    weights: Sequence[float]


class Mean(Struct, frozen=True):
    """A weighted mean, its variance (None of too few), and the effective number of values behind it."""

    value: float
    variance: float | None
    n: float


def estimate_mean(seen: Weighed) -> Mean | None:
    """The mean; None of nothing."""
    total = fsum(seen.weights)
    if not total:
        return None
    pairs = list(zip(seen.values, seen.weights, strict=True))
    value = fsum(weight * one for one, weight in pairs) / total
    n = total**2 / fsum(weight * weight for weight in seen.weights)
    if n < 2:
        return Mean(value, None, n)
    squares = fsum((weight * (one - value)) ** 2 for one, weight in pairs)
    return Mean(value, squares / total**2 * n / (n - 1), n)


def mean_interval(found: Mean, confidence: float) -> Interval | None:
    """The interval of a weighted mean by Student's t; None of too few."""
    if found.variance is None:
        return None
    half = t_quantile((1 + confidence) / 2, found.n - 1) * sqrt(found.variance)
    return Interval(found.value - half, found.value + half)


class Difference(Struct, frozen=True):
    """The interval of the difference of two means, and its two-sided p-value."""

    interval: Interval
    p: float


def compare_means(one: Weighed, other: Weighed, confidence: float) -> Difference | None:
    """Welch's comparison (1947) of two weighted means; None where either is of too few."""
    first, second = estimate_mean(one), estimate_mean(other)
    if first is None or second is None or first.variance is None or second.variance is None:
        return None
    difference, squared = second.value - first.value, first.variance + second.variance
    if squared == 0:
        return Difference(Interval(difference, difference), 0.0 if difference else 1.0)
    parts = ((first.variance, first.n - 1), (second.variance, second.n - 1))
    freedom = 1 / sum((part / squared) ** 2 / degrees for part, degrees in parts)
    half = t_quantile((1 + confidence) / 2, freedom) * sqrt(squared)
    p = 2 * (1 - t_below(abs(difference) / sqrt(squared), freedom))
    return Difference(Interval(difference - half, difference + half), min(1.0, p))


def even(seen: Weighed, seed: int = 1) -> list[float]:
    """A part of the values in which all count the same: each stays with the probability of its weight over the greatest.

    For tests that know no weights; the same part every time, whatever the order of rows.
    """
    greatest = max(seen.weights, default=1.0)
    chance = random.Random(seed)
    ordered = sorted(zip(seen.values, seen.weights, strict=True))
    return [value for value, weight in ordered if chance.random() < weight / greatest]
