"""What recorded costs say about token counts: a price of each count that explains all costs of one model.

With costs = a·input + b·cached + c·output, b is positive where the cached tokens are counted beside the input, and
negative where they are part of it (they are cheaper than the input that they replace).
"""

from __future__ import annotations

from collections.abc import Sequence

_FEWEST = 5
_TOLERANCE = 2e-3

Point = tuple[float, float, float, float]
"""Input tokens, cached tokens, output tokens, cost."""


def fit_cached_price(points: Sequence[Point]) -> int:
    """The sign of b: 1, -1, or 0 where no three prices explain the costs."""
    if len(points) < _FEWEST or sum(point[1] > 0 for point in points) < 2:
        return 0
    prices = _least_squares(points)
    if prices is None:
        return 0
    fresh, cached, output = prices
    for point in points:
        told = fresh * point[0] + cached * point[1] + output * point[2]
        if abs(told - point[3]) > _TOLERANCE * point[3]:
            return 0
    if fresh <= 0 or output <= 0 or abs(cached) < 0.01 * fresh:
        return 0
    return 1 if cached > 0 else -1


def _least_squares(points: Sequence[Point]) -> tuple[float, float, float] | None:
    """Solve the normal equations; rows are weighted so that each cost counts alike."""
    matrix = [[0.0] * 4 for _ in range(3)]
    for point in points:
        row = [value / point[3] for value in point[:3]]
        for i in range(3):
            for j in range(3):
                matrix[i][j] += row[i] * row[j]
            matrix[i][3] += row[i]
    return _solve(matrix)


def _solve(matrix: list[list[float]]) -> tuple[float, float, float] | None:
    for column in range(3):
        pivot = max(range(column, 3), key=lambda row: abs(matrix[row][column]))
        if abs(matrix[pivot][column]) < 1e-12:
            return None
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        for row in range(3):
            if row != column:
                factor = matrix[row][column] / matrix[column][column]
                for k in range(column, 4):
                    matrix[row][k] -= factor * matrix[column][k]
    return (matrix[0][3] / matrix[0][0], matrix[1][3] / matrix[1][1], matrix[2][3] / matrix[2][2])
