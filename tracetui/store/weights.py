"""Rows of `weights`: what sampling decided of the traces that it kept. What sums make of them is in `estimates`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from msgspec import Struct

from tracetui.model import Weight
from tracetui.store.write import chunks

SOUND = "min(1e9, max(1.0, CAST(w.weight AS REAL)))"
"""SQL: a weight, whatever another program wrote there."""


def load_weights(conn: sqlite3.Connection, trace_ids: Sequence[str]) -> dict[str, Weight]:
    """What sampling decided of these traces; those of which it decided nothing are left out."""
    found: dict[str, Weight] = {}
    if conn.execute("SELECT 1 FROM weights LIMIT 1").fetchone() is None:
        return found
    for chunk in chunks(trace_ids):
        marks = ", ".join("?" * len(chunk))
        sql = f"SELECT w.trace_id, {SOUND}, CAST(w.reason AS TEXT) FROM weights w WHERE w.trace_id IN ({marks})"
        found.update((row[0], Weight(*row)) for row in conn.execute(sql, chunk))
    return found


def write_weights(conn: sqlite3.Connection, weights: Iterable[Weight]) -> None:
    """Write what was decided, in place of what was decided before."""
    rows = [(one.trace_id, one.weight, one.reason) for one in weights]
    conn.executemany("INSERT OR REPLACE INTO weights (trace_id, weight, reason) VALUES (?, ?, ?)", rows)


class Kept(Struct, frozen=True):
    """The traces that were kept for one reason: how many, and the least and the greatest of their weights."""

    reason: str
    traces: int
    lowest: float
    highest: float


_KEPT = (
    f"SELECT CAST(w.reason AS TEXT), count(*), min({SOUND}), max({SOUND})"
    " FROM weights w JOIN traces t ON t.trace_id = w.trace_id GROUP BY 1 ORDER BY 2 DESC, 1"
)


def list_kept(conn: sqlite3.Connection) -> list[Kept]:
    """What sampling kept, by reason; empty where nothing was sampled."""
    return [Kept(*row) for row in conn.execute(_KEPT)]


def forget_weights(conn: sqlite3.Connection, trace_ids: Iterable[str]) -> None:
    """Remove what was decided of these traces."""
    conn.executemany("DELETE FROM weights WHERE trace_id = ?", ((trace_id,) for trace_id in trace_ids))
