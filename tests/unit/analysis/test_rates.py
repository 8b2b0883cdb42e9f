"""Intervals of shares against published examples and against simulation by counting."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.analysis.rates import newcombe, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_that_of_newcombes_paper(hits: int, n: int, low: float, high: float) -> None:
    """Examples of Newcombe, Statistics in Medicine 17 (1998), 857-872, method 3."""
    found = wilson(hits, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("one", "n", "other", "m", "low", "high"),
    [
        (48, 80, 56, 70, 0.0524, 0.3339),
        (3, 10, 9, 10, 0.1705, 0.8090),
        (0, 10, 10, 10, 0.6075, 1.0000),
        (0, 29, 5, 56, -0.0381, 0.1926),
    ],
)
def test_the_difference_is_that_of_newcombes_paper(
    one: int, n: int, other: int, m: int, low: float, high: float
) -> None:
    """Examples of Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10."""
    found = newcombe(one, n, other, m)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(0, 60), st.integers(1, 60))
def test_an_interval_of_a_share_has_the_share_and_mirrors(hits: int, n: int) -> None:
    hits = min(hits, n)
    found, mirrored = wilson(hits, n), wilson(n - hits, n)
    assert 0 <= found.low <= hits / n <= found.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-12)


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 40), st.integers(1, 40))
def test_an_interval_of_a_difference_has_it_and_turns_with_the_sides(a: int, n: int, b: int, m: int) -> None:
    a, b = min(a, n), min(b, m)
    found, turned = newcombe(a, n, b, m), newcombe(b, m, a, n)
    assert found.low - 1e-12 <= b / m - a / n <= found.high + 1e-12
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low), abs=1e-12)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("n", [20, 50, 150])
def test_wilsons_interval_covers_about_as_often_as_it_says(share: float, n: int) -> None:
    covered = sum(
        comb(n, hits) * share**hits * (1 - share) ** (n - hits) for hits in range(n + 1) if wilson(hits, n).has(share)
    )
    assert 0.90 < covered <= 1


def test_of_nothing_everything_is_possible() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)
    assert (newcombe(0, 0, 1, 2).low, newcombe(1, 2, 0, 0).high) == (-1, 1)
