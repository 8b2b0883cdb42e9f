"""The two tests against all pairs and all divisions of small samples."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.analysis.stats_tests import MOST, mann_whitney, normal_mann_whitney, permutation_test, wins

SMALL = st.lists(st.integers(0, 6), min_size=1, max_size=12)


def mean(values: object) -> float:
    numbers = list(values)  # type: ignore[call-overload]
    return sum(numbers) / len(numbers)


@given(SMALL, SMALL)
def test_wins_are_counted_as_over_all_pairs(one: list[int], other: list[int]) -> None:
    assert wins(one, other) == sum((b > a) + (b == a) / 2 for a in one for b in other)


@given(SMALL, SMALL)
def test_sides_may_be_turned(one: list[int], other: list[int]) -> None:
    assert normal_mann_whitney(one, other) == pytest.approx(normal_mann_whitney(other, one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2, 3, 4, 5, 6], [4, 5, 6, 7, 8, 9]),
        ([1, 1, 2, 2, 3, 3, 4], [2, 3, 3, 4, 4, 5, 5]),
        ([5, 1, 4, 2, 3, 9], [6, 7, 8, 2, 1, 3]),
        ([0, 0, 0, 0, 1, 1], [0, 1, 1, 1, 1, 1]),
    ],
)
def test_the_rank_sum_test_is_near_to_all_divisions_counted(one: list[int], other: list[int]) -> None:
    pool, size = [*one, *other], len(one)
    middle = size * len(other) / 2
    observed = abs(wins(one, other) - middle)
    as_far = total = 0
    for chosen in combinations(range(len(pool)), size):
        left = [pool[index] for index in chosen]
        right = [value for index, value in enumerate(pool) if index not in chosen]
        as_far += abs(wins(left, right) - middle) >= observed - 1e-9
        total += 1
    assert mann_whitney(one, other) == pytest.approx(as_far / total, abs=0.06)


def test_the_rank_sum_test_of_a_textbook() -> None:
    """Without ties: U = 2 of 6 × 6, z = (18 − 2 − ½) / √39."""
    assert normal_mann_whitney([1, 2, 3, 4, 5, 8], [6, 7, 9, 10, 11, 12]) == pytest.approx(0.01307, abs=1e-4)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=5), st.lists(st.integers(0, 9), min_size=2, max_size=5))
def test_the_permutation_test_is_near_to_all_divisions_counted(one: list[int], other: list[int]) -> None:
    pool, size = [*one, *other], len(one)
    observed = abs(mean(other) - mean(one))
    as_far = total = 0
    for chosen in combinations(range(len(pool)), size):
        left = [pool[index] for index in chosen]
        right = [value for index, value in enumerate(pool) if index not in chosen]
        as_far += abs(mean(right) - mean(left)) >= observed - 1e-9
        total += 1
    assert permutation_test(one, other, mean) == pytest.approx(as_far / total, abs=0.16)


@pytest.mark.parametrize("test", [mann_whitney, lambda one, other: permutation_test(one, other, mean)])
def test_the_same_source_seldom_looks_like_two(test: object) -> None:
    chance = random.Random(3)
    draws = [
        ([chance.expovariate(1) for _ in range(25)], [chance.expovariate(1) for _ in range(15)]) for _ in range(60)
    ]
    assert sum(test(*draw) <= 0.05 for draw in draws) <= 8  # type: ignore[operator]


@pytest.mark.parametrize("test", [mann_whitney, lambda one, other: permutation_test(one, other, mean)])
def test_what_is_twice_as_slow_is_seen(test: object) -> None:
    chance = random.Random(4)
    one = [chance.lognormvariate(0, 0.4) for _ in range(40)]
    other = [2 * chance.lognormvariate(0, 0.4) for _ in range(40)]
    assert test(one, other) < 0.001  # type: ignore[operator]


def test_both_ways_to_the_rank_sum_test_agree_where_samples_are_large() -> None:
    chance = random.Random(6)
    for shift in (0, 0, 0, 1):
        one = [chance.randrange(1, 6) for _ in range(49)]
        other = [chance.randrange(1, 6) + shift for _ in range(70)]
        assert mann_whitney(one, other) == pytest.approx(normal_mann_whitney(one, other), abs=0.06)


def test_the_permutation_test_says_the_same_in_any_order_also_of_many_values() -> None:
    chance = random.Random(5)
    one, other = ([chance.random() for _ in range(MOST * 3)] for _ in range(2))
    assert permutation_test(one, other, mean) == permutation_test(one[::-1], sorted(other), mean)


def test_of_nothing_and_of_equal_values_nothing_follows() -> None:
    assert mann_whitney([], [1.0]) == mann_whitney([1, 1], [1, 1]) == 1
    assert permutation_test([], [1.0], mean) == permutation_test([2, 2], [2, 2], mean) == 1
