"""Save, supersede and take back scores in a table with the columns of SCORE_COLUMNS.

The same functions serve `scores` of a tracetui store, `tracetui_scores` in somebody's own database, and the index.
Nothing is ever deleted: an edit supersedes, an undo retracts, and both can be seen afterwards.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from tracetui.model import Score
from tracetui.store.connection import transaction
from tracetui.store.limits import score_within_limits
from tracetui.store.rows import score_from_row, score_to_row
from tracetui.store.schema import SCORE_COLUMNS

_CURRENT = "superseded_by IS NULL AND retracted_ns IS NULL"
_SAME = "trace_id = ? AND span_id IS ? AND name = ? AND source = ? AND author IS ?"


def save_score(conn: sqlite3.Connection, table: str, score: Score) -> None:
    """Insert a score; the one before it of the same target, name, source and author is superseded by it.

    A transaction of its own unless one is open. The same id again changes nothing.
    """
    score = score_within_limits(score)
    same = (score.trace_id, score.span_id, score.name, score.source, score.author)
    marks = ", ".join("?" * len(SCORE_COLUMNS))
    with transaction(conn):
        known = conn.execute(f"SELECT 1 FROM {table} WHERE id = ?", (score.id,)).fetchone()
        if known:
            return
        newer = conn.execute(
            f"SELECT id FROM {table} WHERE {_SAME} AND {_CURRENT} AND time_ns > ? ORDER BY time_ns LIMIT 1",
            (*same, score.time_ns),
        ).fetchone()
        row = list(score_to_row(score))
        if newer is None:
            conn.execute(f"UPDATE {table} SET superseded_by = ? WHERE {_SAME} AND {_CURRENT}", (score.id, *same))
        else:
            row[SCORE_COLUMNS.index("superseded_by")] = newer[0]
        conn.execute(f"INSERT INTO {table} ({', '.join(SCORE_COLUMNS)}) VALUES ({marks})", row)


def retract_score(conn: sqlite3.Connection, table: str, score_id: str, now_ns: int) -> None:
    """Take a score back; the one that it superseded is current again. An unknown or retracted id changes nothing."""
    with transaction(conn):
        sql = f"UPDATE {table} SET retracted_ns = ? WHERE id = ? AND retracted_ns IS NULL"
        if not conn.execute(sql, (now_ns, score_id)).rowcount:
            return
        before = conn.execute(
            f"SELECT id FROM {table} WHERE superseded_by = ? AND retracted_ns IS NULL ORDER BY time_ns DESC LIMIT 1",
            (score_id,),
        ).fetchone()
        if before:
            conn.execute(f"UPDATE {table} SET superseded_by = NULL WHERE id = ?", before)


def join_scores(conn: sqlite3.Connection) -> set[str]:
    """Give scores of an index that name only their span the trace of that span, where it is known by now.

    The traces that got a score. Carried by `scores_by_trace` for each span; without such scores it costs nothing.
    """
    if conn.execute("SELECT 1 FROM scores WHERE trace_id = '' AND span_id IS NOT NULL LIMIT 1").fetchone() is None:
        return set()
    sql = "SELECT c.rowid, s.trace_id FROM spans s CROSS JOIN scores c WHERE c.trace_id = '' AND c.span_id = s.span_id"
    found = conn.execute(sql).fetchall()
    with transaction(conn):
        conn.executemany("UPDATE scores SET trace_id = ? WHERE rowid = ?", [(trace, row) for row, trace in found])
    return {trace_id for _, trace_id in found}


def read_scores_since(conn: sqlite3.Connection, table: str, rowid: int) -> list[tuple[int, Score, bool]]:
    """Scores with a row id above `rowid`, oldest first: (row id, score, whether it is current)."""
    sql = f"SELECT {', '.join(SCORE_COLUMNS)}, rowid FROM {table} WHERE rowid > ? ORDER BY rowid"
    return [(row[-1], score_from_row(row), row[11] is None and row[12] is None) for row in conn.execute(sql, (rowid,))]


def current_scores(conn: sqlite3.Connection, table: str, trace_ids: Sequence[str]) -> list[Score]:
    """The current scores of these traces (at most some hundred) and of their spans, oldest first."""
    marks = ", ".join("?" * len(trace_ids))
    columns = ", ".join(SCORE_COLUMNS)
    sql = f"SELECT {columns} FROM {table} WHERE trace_id IN ({marks}) AND {_CURRENT} ORDER BY time_ns"
    return [score_from_row(row) for row in conn.execute(sql, list(trace_ids))]
