"""Estimates from a sample: with equal weights what is known of old, and intervals that hold what they promise."""

from __future__ import annotations

import random

import pytest

from tracetui.analysis import means
from tracetui.analysis.changes import doubt, estimate
from tracetui.analysis.measures import measures
from tracetui.analysis.rates import wilson
from tracetui.analysis.thumbs import Scales
from tracetui.analysis.weighted import Weighed, compare_means, estimate_mean, estimate_share, even, mean_interval
from tracetui.figures import Sample, Weighting

VALUES, OTHERS = [3.0, 4.5, 1.0, 9.0, 2.0, 2.5], [5.0, 7.5, 9.0, 8.0]


@pytest.mark.parametrize("weight", [1.0, 7.0])
def test_equal_weights_give_what_there_was_without(weight: float) -> None:
    one, other = Weighed(VALUES, [weight] * 6), Weighed(OTHERS, [weight] * 4)
    found = estimate_mean(one)
    assert found is not None
    assert (found.value, found.n) == (pytest.approx(means.mean(VALUES)), pytest.approx(6))
    wanted = means.mean_interval(VALUES, 0.95)
    interval = mean_interval(found, 0.95)
    assert wanted is not None
    assert interval is not None
    assert (interval.low, interval.high) == (pytest.approx(wanted.low), pytest.approx(wanted.high))
    compared, welch = compare_means(one, other, 0.95), means.welch(VALUES, OTHERS, 0.95)
    assert compared is not None
    assert welch is not None
    assert (compared.interval.low, compared.interval.high) == (pytest.approx(welch.low), pytest.approx(welch.high))
    assert compared.interval.has(0) == (compared.p > 0.05)


@pytest.mark.parametrize("weight", [1.0, 4.0])
def test_equal_weights_give_the_share_of_what_was_observed(weight: float) -> None:
    share = estimate_share(3 * weight, 40 * weight, 3 * weight**2, 40 * weight**2)
    assert share is not None
    assert (share.value, share.n) == (pytest.approx(3 / 40), pytest.approx(40))


def test_errors_that_are_all_there_make_a_share_surer_than_their_few_others() -> None:
    """50 errors, each for itself, and 100 others that stand for 10,000."""
    share = estimate_share(50.0, 10_050.0, 50.0, 100 * 100.0**2 + 50)
    assert share is not None
    assert share.value == pytest.approx(0.004975, abs=1e-6)
    assert 5_000 < share.n < 10_050


def test_a_share_of_which_nothing_was_seen_is_no_surer_than_what_was_looked_at() -> None:
    share = estimate_share(0.0, 1_000.0, 0.0, 100 * 10.0**2)
    assert share is not None
    assert (share.value, share.n) == (0.0, 100)


def test_of_nothing_there_is_no_estimate() -> None:
    assert estimate_share(0, 0, 0, 0) is None
    assert estimate_mean(Weighed([], [])) is None
    assert compare_means(Weighed([1.0], [2.0]), Weighed([1.0, 2.0], [1.0, 1.0]), 0.95) is None


def test_an_even_part_is_the_same_every_time_and_keeps_the_proportions() -> None:
    seen = Weighed([*range(1_000), *range(1_000, 2_000)], [10.0] * 1_000 + [1.0] * 1_000)
    part = even(seen)
    assert part == even(Weighed(list(reversed(seen.values)), list(reversed(seen.weights))))
    assert sum(value < 1_000 for value in part) == 1_000
    assert 60 < sum(value >= 1_000 for value in part) < 150


def sampled(chance: random.Random, traces: int, rate: float, failing: float, ns: float) -> Sample:
    """A sample of traces: errors and the slowest are all there, of the rest a share."""
    rows = [(chance.lognormvariate(ns, 0.5), chance.random() < failing) for _ in range(traces)]
    limit = sorted(took for took, _ in rows)[int(traces * 0.95)]
    kept: list[tuple[float, bool, float]] = []
    for took, is_error in rows:
        if is_error or took > limit:
            kept.append((took, is_error, 1.0))
        elif chance.random() < rate:
            kept.append((took, is_error, 1 / rate))
    weights = [weight for *_, weight in kept]
    errors = [weight for _, is_error, weight in kept if is_error]
    weighting = Weighting(
        {"traces": sum(weights), "errors": sum(errors)},
        {"traces": sum(weight**2 for weight in weights), "errors": sum(weight**2 for weight in errors)},
        {"trace_ns": weights},
    )
    return Sample(
        traces=len(kept), errors=len(errors), trace_ns=[round(took) for took, *_ in kept], weighting=weighting
    )


SCALES = Scales(())
MEASURES = {one.key: one for one in measures("traces", [], SCALES)}


@pytest.mark.parametrize("key", ["error_rate", "latency_mean", "latency_p95"])
def test_chance_alone_seldom_looks_like_a_change(key: str) -> None:
    chance, alarms = random.Random(5), 0
    for _ in range(100):
        one, other = (sampled(chance, 500, 0.2, 0.05, 20.0) for _ in range(2))
        found = doubt(MEASURES[key], one, other, SCALES, 0.95)
        alarms += found is not None and found.is_sure
    assert alarms <= 11  # 5 are promised


@pytest.mark.parametrize(("key", "failing", "ns"), [("error_rate", 0.15, 20.0), ("latency_mean", 0.05, 20.4)])
def test_a_change_is_found_in_a_sample_too(key: str, failing: float, ns: float) -> None:
    chance = random.Random(6)
    found = doubt(
        MEASURES[key], sampled(chance, 800, 0.2, 0.05, 20.0), sampled(chance, 800, 0.2, failing, ns), SCALES, 0.95
    )
    assert found is not None
    assert found.is_sure
    assert "weighted" in found.method


def test_intervals_hold_the_truth_as_often_as_they_promise() -> None:
    chance, hits = random.Random(7), {"error_rate": 0, "latency_mean": 0}
    truth = {"error_rate": 0.05, "latency_mean": 2.718281828**20 * 2.718281828**0.125}
    for _ in range(200):
        sample = sampled(chance, 500, 0.2, 0.05, 20.0)
        for key, value in truth.items():
            interval = estimate(MEASURES[key], sample, SCALES, 0.95).interval
            assert interval is not None
            hits[key] += interval.has(value)
    assert min(hits.values()) >= 180  # 190 are promised


def test_what_was_observed_stays_what_it_is() -> None:
    found = estimate(MEASURES["error_rate"], sampled(random.Random(8), 500, 0.2, 0.05, 20.0), SCALES, 0.95)
    assert found.hits is not None
    assert found.value is not None
    assert found.value < found.hits / found.n
    assert found.interval != wilson(found.hits, found.n, 0.95)
    assert found.size <= found.n
