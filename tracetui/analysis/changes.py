"""What changed between two samples, measure by measure, and whether it may be chance. Pure and deterministic.

Shares: Wilson's interval each, Newcombe's for the difference. Means: Student's interval each, Welch's for the
difference, and a seeded permutation test. The 95th percentile: the same permutation test. Scores, whose steps need not
be even: the rank sum test of Mann and Whitney.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from msgspec import Struct

from tracetui.analysis.means import mean, mean_interval, welch
from tracetui.analysis.measures import Counted, Measure, Seen
from tracetui.analysis.rates import Interval, newcombe, wilson
from tracetui.analysis.stats_tests import Statistic, mann_whitney, permutation_test
from tracetui.analysis.thumbs import Scales
from tracetui.figures import Sample
from tracetui.store.totals import percentile


class Estimate(Struct, frozen=True):
    """A measure of one sample: None of nothing. `interval` is None where there is none to be had."""

    value: float | None
    n: int
    hits: int | None = None
    interval: Interval | None = None


class Doubt(Struct, frozen=True):
    """How sure a difference is: the interval of `other - one`, the two-sided p-value, and by which methods.

    `is_sure` says that chance alone seldom gives such a difference: as seldom as the confidence that was asked for.
    """

    is_sure: bool
    method: str
    interval: Interval | None = None
    p: float | None = None


class Change(Struct, frozen=True):
    """A measure of two samples. `doubt` is None where it was not asked for."""

    measure: Measure
    one: Estimate
    other: Estimate
    doubt: Doubt | None = None

    @property
    def difference(self) -> float | None:
        """`other - one`; None where one of them is."""
        if self.one.value is None or self.other.value is None:
            return None
        return self.other.value - self.one.value

    @property
    def ratio(self) -> float | None:
        """`other / one`; None where one of them is, or where it is of zero."""
        if self.one.value is None or self.other.value is None or self.one.value == 0:
            return None
        return self.other.value / self.one.value


def estimate(measure: Measure, sample: Sample, scales: Scales, confidence: float = 0.95) -> Estimate:
    """A measure of one sample with its interval."""
    seen = measure.seen(sample, scales)
    if isinstance(seen, Counted):
        if not seen.n:
            return Estimate(None, 0, 0)
        return Estimate(seen.hits / seen.n, seen.n, seen.hits, wilson(seen.hits, seen.n, confidence))
    if measure.kind == "p95":
        return Estimate(percentile(sorted(map(round, seen)), 95), len(seen))
    return Estimate(mean(seen), len(seen), None, mean_interval(seen, confidence))


def doubt(measure: Measure, one: Sample, other: Sample, scales: Scales, confidence: float = 0.95) -> Doubt | None:
    """How sure the difference of two samples is; None where one of them has nothing to measure."""
    first, second = measure.seen(one, scales), measure.seen(other, scales)
    if isinstance(first, Counted) and isinstance(second, Counted):
        return _doubt_of_rates(first, second, confidence)
    values, others = _values(first), _values(second)
    if not values or not others:
        return None
    if measure.is_score:
        p = mann_whitney(values, others)
        return Doubt(p <= 1 - confidence, "Mann-Whitney", welch(values, others, confidence), p)
    p = permutation_test(values, others, STATISTICS[measure.kind])
    interval = welch(values, others, confidence) if measure.kind == "mean" else None
    return Doubt(p <= 1 - confidence, "permutation", interval, p)


def _doubt_of_rates(one: Counted, other: Counted, confidence: float) -> Doubt | None:
    if not one.n or not other.n:
        return None
    interval = newcombe(one.hits, one.n, other.hits, other.n, confidence)
    return Doubt(not interval.has(0), "Newcombe", interval)


def _values(seen: Seen) -> Sequence[float]:
    return () if isinstance(seen, Counted) else seen


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile, interpolated linearly, of values that are not ordered."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * 0.95
    below = int(place)
    return ordered[below] + (ordered[ceil(place)] - ordered[below]) * (place - below)


STATISTICS: dict[str, Statistic] = {"mean": _mean, "p95": p95}
"""What the permutation test looks at, by the kind of measure."""
