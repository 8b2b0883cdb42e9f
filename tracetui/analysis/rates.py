"""Intervals of shares and of the difference of two shares, for samples of any size. Pure."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from msgspec import Struct


class Interval(Struct, frozen=True):
    """From `low` to `high`, both included."""

    low: float
    high: float

    def has(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.low <= value <= self.high


def wilson(hits: float, n: float, confidence: float = 0.95) -> Interval:
    """The score interval of a share of `n` that Wilson gave in 1927; all that is possible where `n` is 0."""
    if n == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / n + spread / (4 * n))
    return Interval(
        0.0 if hits == 0 else max(0.0, middle - half),
        1.0 if hits == n else min(1.0, middle + half),
    )


def newcombe(hits: float, n: float, other_hits: float, other_n: float, confidence: float = 0.95) -> Interval:
    """The interval of `other share - share` from the Wilson intervals of both: Newcombe's method 10 of 1998."""
    if n == 0 or other_n == 0:
        return Interval(-1.0, 1.0)
    one, other = wilson(hits, n, confidence), wilson(other_hits, other_n, confidence)
    share, other_share = hits / n, other_hits / other_n
    rise = other_share - share
    return Interval(
        rise - sqrt((other_share - other.low) ** 2 + (one.high - share) ** 2),
        rise + sqrt((other.high - other_share) ** 2 + (share - one.low) ** 2),
    )
