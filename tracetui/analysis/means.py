"""Intervals of means and of the difference of two means, by Student's t distribution. Pure.

Python has no quantile of t, so it is found by halving over its distribution function, a regularised incomplete beta
function, which is evaluated as a continued fraction (Lentz's method).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp, fsum, inf, lgamma, log, sqrt

from tracetui.analysis.rates import Interval

_TINY = 1e-300
_PRECISE = 1e-14
_HALVINGS = 200
_GREAT = 1e100
"""Beyond, squares and sums may be more than a float can hold; a score may be any number."""


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; None of nothing."""
    if not values:
        return None
    scale = _scale(values)
    return scale * _middle([value / scale for value in values])


def _middle(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def _scale(*sides: Sequence[float]) -> float:
    """What values are divided by while they are added up: 1, but where they are great."""
    greatest = max(abs(value) for side in sides for value in side)
    return greatest if greatest > _GREAT else 1.0


def variance(values: Sequence[float]) -> float:
    """The sample variance (over n - 1). Needs two values."""
    middle = _middle(values)
    return fsum((value - middle) ** 2 for value in values) / (len(values) - 1)


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """The interval of a mean; None of fewer than two values."""
    if len(values) < 2:
        return None
    scale = _scale(values)
    scaled = [value / scale for value in values]
    middle = _middle(scaled)
    half = t_quantile((1 + confidence) / 2, len(scaled) - 1) * sqrt(variance(scaled) / len(scaled))
    return Interval(scale * (middle - half), scale * (middle + half))


def welch(values: Sequence[float], other: Sequence[float], confidence: float = 0.95) -> Interval | None:
    """The interval of `mean(other) - mean(values)` without taking the variances for equal: Welch's of 1947.

    None where either has fewer than two values.
    """
    if len(values) < 2 or len(other) < 2:
        return None
    scale = _scale(values, other)
    sides = [[value / scale for value in side] for side in (values, other)]
    difference = _middle(sides[1]) - _middle(sides[0])
    parts = [(variance(side) / len(side), len(side) - 1) for side in sides]
    squared = sum(part for part, _ in parts)
    if squared == 0:
        return Interval(scale * difference, scale * difference)
    freedom = 1 / sum((part / squared) ** 2 / degrees for part, degrees in parts)
    half = t_quantile((1 + confidence) / 2, freedom) * sqrt(squared)
    return Interval(scale * (difference - half), scale * (difference + half))


@lru_cache(1024)
def t_quantile(probability: float, freedom: float) -> float:
    """The value that Student's t with `freedom` degrees is below with a probability of at least one half."""
    low, high = 0.0, 1.0
    while t_below(high, freedom) < probability and high < inf:
        low, high = high, high * 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_below(middle, freedom) < probability else (low, middle)
    return (low + high) / 2


def t_below(value: float, freedom: float) -> float:
    """The probability that Student's t with `freedom` degrees is below a value."""
    tail = _beta_share(freedom / (freedom + value * value), freedom / 2, 0.5) / 2
    return 1 - tail if value > 0 else tail


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    return front / a / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + …)), the continued fraction of the incomplete beta function."""
    total, c, d = 1.0, 1.0, 0.0
    for step in range(1, 10_000):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / ((1 + term * d) or _TINY)
        c = (1 + term / c) or _TINY
        total *= c * d
        if abs(c * d - 1) < _PRECISE:
            break
    return total
