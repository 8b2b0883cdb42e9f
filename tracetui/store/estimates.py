"""Sums over a sample: estimates of all traces there were, where each kept one counts as often as its weight says.

Sums are plain SQL as long as nothing was sampled (`is_sample`, the look-up of one row); else they are the estimates of Horvitz and Thompson (1952): weights are 1 / the probability with which a trace was kept.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from tracetui.store.weights import SOUND

WEIGHT = f"coalesce({SOUND}, 1.0)"
"""SQL: the weight of a trace, beside `OF_TRACE` or `OF_SPAN`."""
OF_TRACE = "LEFT JOIN weights w ON w.trace_id = t.trace_id"
OF_SPAN = "LEFT JOIN weights w ON w.trace_id = s.trace_id"


def is_sample(conn: sqlite3.Connection) -> bool:
    """Whether anything was sampled, so that sums are estimates: also of a selection in which all traces stand for
    themselves, because others like them may have gone."""
    return bool(conn.execute("SELECT EXISTS (SELECT 1 FROM weights)").fetchone()[0])


PERCENTS = (50, 95, 99)


def weighted_percentiles(
    weighed: Iterable[tuple[float, float]], percents: Sequence[float] = PERCENTS
) -> list[int | None]:
    """Percentiles of (value, weight) pairs: those of a list in which each value stands as often as its weight says,
    interpolated linearly between neighbours; with weights of 1 the same as `percentile`. None of nothing."""
    ordered = sorted(weighed)
    if not ordered:
        return [None] * len(percents)
    ends = list(accumulate([weight for _, weight in ordered]))
    last = len(ordered) - 1

    def value_at(index: float) -> float:
        return ordered[min(bisect_right(ends, index), last)][0]

    found: list[int | None] = []
    for percent in percents:
        place = (ends[-1] - 1) * percent / 100
        below = int(place)
        low = value_at(below)
        found.append(round(low + (value_at(below + 1) - low) * (place - below)))
    return found


def weighted_percentile(weighed: Iterable[tuple[float, float]], percent: float) -> int | None:
    """One percentile."""
    return weighted_percentiles(weighed, (percent,))[0]
