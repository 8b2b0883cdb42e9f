"""Whether two samples may come from the same source: two tests that assume no particular distribution. Pure.

Both give two-sided p-values, and the same ones every time: the random choices of the permutation test are seeded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from math import sqrt
from statistics import NormalDist

Statistic = Callable[[Sequence[float]], float]

ROUNDS = 1_999
MOST = 400
"""Values of a side that are permuted; of a longer one, as many are drawn."""
_ENOUGH = 100
"""Permutations that beat what was observed, after which more rounds would only tell more exactly how little it means."""


_FEW = 50
"""Values of a side below which the rank sum test permutes: many ties make the normal approximation too sure there."""


def mann_whitney(values: Sequence[float], other: Sequence[float]) -> float:
    """The p-value of the rank sum test of Mann and Whitney (1947): does one side tend to be greater?

    By seeded permutation of the ranks where a side is small, else by the normal approximation. 1 where a side is empty
    or all values are the same.
    """
    if min(len(values), len(other)) >= _FEW:
        return normal_mann_whitney(values, other)
    both = _ranks([*values, *other])
    return permutation_test(both[: len(values)], both[len(values) :], lambda side: sum(side) / len(side))


def _ranks(values: Sequence[float]) -> list[float]:
    """The place of each value in their order, the middle one of its ties."""
    places: dict[float, float] = {}
    below = 0
    for value, same in groupby(sorted(values)):
        ties = len(list(same))
        places[value] = below + (ties + 1) / 2
        below += ties
    return [places[value] for value in values]


def normal_mann_whitney(values: Sequence[float], other: Sequence[float]) -> float:
    """The same by the normal approximation alone, with corrections for ties and for continuity."""
    n, m = len(values), len(other)
    if not n or not m:
        return 1.0
    ties = [len(list(same)) for _, same in groupby(sorted([*values, *other]))]
    size = n + m
    spread = n * m / 12 * (size + 1 - sum(tie**3 - tie for tie in ties) / (size * (size - 1)))
    if spread <= 0:
        return 1.0
    distance = max(0.0, abs(wins(values, other) - n * m / 2) - 0.5)
    return min(1.0, 2 * NormalDist().cdf(-distance / sqrt(spread)))


def wins(values: Sequence[float], other: Sequence[float]) -> float:
    """In how many of all pairs the value of `other` is the greater one, a tie for half: the statistic U."""
    total, below, ordered = 0.0, 0, sorted([*((value, 0) for value in values), *((value, 1) for value in other)])
    for _, group in groupby(ordered, lambda item: item[0]):
        sides = [side for _, side in group]
        equal, winning = sides.count(0), sides.count(1)
        total += winning * (below + equal / 2)
        below += equal
    return total


def permutation_test(
    values: Sequence[float], other: Sequence[float], statistic: Statistic, *, rounds: int = ROUNDS, seed: int = 1
) -> float:
    """How often a random division of all values in two differs at least as much in a statistic as the given one.

    The p-value counts the given division among them, so it is never 0. It ends early where nothing can come of it any
    more (the sequential rule of Besag and Clifford, 1991). Sides of more than `MOST` values are thinned by the same seed.
    1 where a side is empty.
    """
    if not values or not other:
        return 1.0
    chance = random.Random(seed)
    ordered = (sorted(side) for side in (values, other))  # the answer must not depend on the order of rows
    one, two = (side if len(side) <= MOST else chance.sample(side, MOST) for side in ordered)
    observed = abs(statistic(two) - statistic(one))
    least = observed - 1e-12 * max(1.0, abs(observed))
    beaten = 0
    for number, difference in enumerate(_divisions([*one, *two], len(one), statistic, chance), 1):
        beaten += difference >= least
        if beaten >= _ENOUGH:
            return beaten / number
        if number >= rounds:
            break
    return (beaten + 1) / (rounds + 1)


def _divisions(pool: list[float], size: int, statistic: Statistic, chance: random.Random) -> Iterator[float]:
    while True:
        chance.shuffle(pool)
        yield abs(statistic(pool[size:]) - statistic(pool[:size]))
