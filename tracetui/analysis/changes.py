"""What changed between two samples, measure by measure, and whether it may be chance. Pure and deterministic.

Shares: Wilson's interval each, Newcombe's for the difference. Means: Student's interval each, Welch's for the
difference, and a seeded permutation test. The 95th percentile: the same permutation test. Scores, whose steps need not
be even: the rank sum test of Mann and Whitney. Where some traces stand for others that were not kept, see `weighted`.
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
from tracetui.analysis.weighted import Weighed, compare_means, estimate_mean, even
from tracetui.analysis.weighted import mean_interval as weighted_interval
from tracetui.figures import Sample
from tracetui.store.estimates import weighted_percentile
from tracetui.store.totals import percentile


class Estimate(Struct, frozen=True):
    """A measure of one sample: None of nothing. `interval` is None where there is none to be had.

    `n` and `hits` are what was observed. `effective_n` is there where some of it stands for what was not kept: the number
    of observations of equal weight that would be as sure, or of a percentile, that are left for tests.
    """

    value: float | None
    n: int
    hits: int | None = None
    interval: Interval | None = None
    effective_n: float | None = None

    @property
    def size(self) -> float:
        """How many observations the value may be said to come from."""
        return self.n if self.effective_n is None else min(self.n, self.effective_n)

    @property
    def trials(self) -> tuple[float, float]:
        """The hits of how many, as sure as the share is."""
        if self.effective_n is None or self.value is None:
            return self.hits or 0, self.n
        return self.value * self.effective_n, self.effective_n


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
        if seen.share is not None:
            interval = wilson(*_trials(seen), confidence)
            return Estimate(seen.share.value, seen.n, seen.hits, interval, seen.share.n)
        return Estimate(seen.hits / seen.n, seen.n, seen.hits, wilson(seen.hits, seen.n, confidence))
    if isinstance(seen, Weighed):
        return _weighed_estimate(measure, seen, confidence)
    if measure.kind == "p95":
        return Estimate(percentile(sorted(map(round, seen)), 95), len(seen))
    return Estimate(mean(seen), len(seen), None, mean_interval(seen, confidence))


def _weighed_estimate(measure: Measure, seen: Weighed, confidence: float) -> Estimate:
    number = len(seen.values)
    if measure.kind == "p95":
        value = weighted_percentile(zip(seen.values, seen.weights, strict=True), 95)
        return Estimate(value, number, effective_n=len(even(seen)))
    found = estimate_mean(seen)
    if found is None:
        return Estimate(None, number)
    return Estimate(found.value, number, None, weighted_interval(found, confidence), found.n)


def doubt(measure: Measure, one: Sample, other: Sample, scales: Scales, confidence: float = 0.95) -> Doubt | None:
    """How sure the difference of two samples is; None where one of them has nothing to measure."""
    first, second = measure.seen(one, scales), measure.seen(other, scales)
    if isinstance(first, Counted) and isinstance(second, Counted):
        return _doubt_of_rates(first, second, confidence)
    if isinstance(first, Weighed) or isinstance(second, Weighed):
        return _doubt_of_weighed(measure, _weighed(first), _weighed(second), confidence)
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
    interval = newcombe(*_trials(one), *_trials(other), confidence)
    is_weighed = one.share is not None or other.share is not None
    return Doubt(not interval.has(0), "Newcombe, weighted" if is_weighed else "Newcombe", interval)


def _trials(seen: Counted) -> tuple[float, float]:
    """Hits of how many: what was observed, or what is as sure as the estimated share."""
    return (seen.hits, seen.n) if seen.share is None else (seen.share.value * seen.share.n, seen.share.n)


def _doubt_of_weighed(measure: Measure, one: Weighed, other: Weighed, confidence: float) -> Doubt | None:
    """Means by their variance; the 95th percentile by the permutation test of parts in which all values count the same."""
    if measure.kind == "mean":
        found = compare_means(one, other, confidence)
        return None if found is None else Doubt(found.p <= 1 - confidence, "Welch, weighted", found.interval, found.p)
    values, others = even(one), even(other)
    if not values or not others:
        return None
    p = permutation_test(values, others, STATISTICS[measure.kind])
    return Doubt(p <= 1 - confidence, "permutation of even samples", None, p)


def _weighed(seen: Seen) -> Weighed:
    if isinstance(seen, Weighed):
        return seen
    values = _values(seen)
    return Weighed(values, [1.0] * len(values))


def _values(seen: Seen) -> Sequence[float]:
    return () if isinstance(seen, Counted | Weighed) else seen


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
