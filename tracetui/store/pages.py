"""Which traces, in which order, and the rows of one page of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from tracetui.errors import WrongUse
from tracetui.model import Score, Trace
from tracetui.query.fields import TOKENS
from tracetui.store.rows import score_from_row, trace_from_row
from tracetui.store.schema import SCORE_COLUMNS, TRACE_COLUMNS
from tracetui.store.weights import load_weights
from tracetui.store.write import chunks


class Where(Struct, frozen=True):
    """A boolean SQL expression over alias `t` (a row of `traces`) with its parameters; by default everything."""

    sql: str = "1"
    params: tuple[Any, ...] = ()


EVERYTHING = Where()

_TOKENS = f"coalesce({TOKENS.format(a='t')}, 0)"
_SCORE = (
    "(SELECT avg(c.value) FROM scores c WHERE c.trace_id = t.trace_id"
    " AND c.superseded_by IS NULL AND c.retracted_ns IS NULL)"
)
SORTS: dict[str, str] = {
    "start": "t.start_ns",
    "latency": "(t.end_ns - t.start_ns)",
    "cost": "t.cost_usd",
    "tokens": _TOKENS,
    "name": "t.name COLLATE NOCASE",
    "errors": "t.errors",
    "score": _SCORE,
    "spans": "t.spans",
}
"""What traces can be sorted by; what is not recorded always comes last."""


def order_by(sort: str) -> str:
    """The ORDER BY of a sort key such as "-start". Raises WrongUse on an unknown one.

    `start` is carried by the index `traces_by_start`; the others sort the ids in memory.
    """
    key = sort.lstrip("-+")
    if key not in SORTS:
        raise WrongUse(f'cannot sort by "{key}"; choose one of {", ".join(SORTS)}')
    direction = "DESC" if sort.startswith("-") else "ASC"
    if key == "start":
        return f"t.start_ns {direction}, t.trace_id {direction}"
    return f"{SORTS[key]} {direction} NULLS LAST, t.start_ns DESC, t.trace_id DESC"


def list_ids(
    conn: sqlite3.Connection, where: Where = EVERYTHING, sort: str = "-start", limit: int | None = None
) -> list[str]:
    """The ids of the traces that match, in order."""
    # With `start_ns` among the columns, SQLite merges the indexes of several stores instead of sorting.
    sql = f"SELECT t.trace_id, t.start_ns FROM traces t WHERE {where.sql} ORDER BY {order_by(sort)} LIMIT ?"
    rows = conn.execute(sql, (*where.params, -1 if limit is None else limit)).fetchall()
    return [row[0] for row in rows]


def count_traces(conn: sqlite3.Connection) -> int:
    """How many traces there are."""
    return int(conn.execute("SELECT count(*) FROM traces").fetchone()[0])


def load_page(conn: sqlite3.Connection, trace_ids: Sequence[str]) -> list[Trace]:
    """The rows of these traces with their current scores, in this order; absent ones are left out."""
    found: dict[str, Trace] = {}
    scores = current_scores(conn, trace_ids)
    weights = load_weights(conn, trace_ids)
    for chunk in chunks(trace_ids):
        marks = ", ".join("?" * len(chunk))
        sql = f"SELECT {', '.join(TRACE_COLUMNS)} FROM traces WHERE trace_id IN ({marks})"
        for row in conn.execute(sql, chunk):
            found[row[0]] = trace_from_row(row, tuple(scores.get(row[0], ())), weights.get(row[0]))
    return [found[trace_id] for trace_id in trace_ids if trace_id in found]


def current_scores(conn: sqlite3.Connection, trace_ids: Sequence[str]) -> dict[str, list[Score]]:
    """Current scores of these traces and of their spans, oldest first, by trace id."""
    scores: dict[str, list[Score]] = {}
    for chunk in chunks(trace_ids):
        marks = ", ".join("?" * len(chunk))
        sql = (
            f"SELECT {', '.join(SCORE_COLUMNS)} FROM scores WHERE trace_id IN ({marks})"
            " AND superseded_by IS NULL AND retracted_ns IS NULL ORDER BY time_ns"
        )
        for row in conn.execute(sql, chunk):
            scores.setdefault(row[1], []).append(score_from_row(row))
    return scores


def load_metadata(conn: sqlite3.Connection, trace_ids: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, str]]:
    """Values of metadata keys by trace id; where several spans have a key, the one nearest to the root says."""
    found: dict[str, dict[str, str]] = {}
    for chunk in chunks(trace_ids):
        sql = (
            "SELECT s.trace_id, j.key, j.value FROM spans s,"
            " json_each(CASE WHEN json_valid(s.metadata) THEN s.metadata ELSE '{}' END) j"
            f" WHERE s.trace_id IN ({', '.join('?' * len(chunk))}) AND s.metadata IS NOT NULL"
            f" AND j.key IN ({', '.join('?' * len(keys))}) ORDER BY s.depth DESC, s.start_ns DESC"
        )
        for trace_id, key, value in conn.execute(sql, (*chunk, *keys)):
            found.setdefault(trace_id, {})[key] = "" if value is None else str(value)
    return found


def find_id(conn: sqlite3.Connection, prefix: str, limit: int = 6) -> list[tuple[str, str | None]]:
    """Traces, else spans, whose id is `prefix` or begins with it: (trace_id, span_id or None), at most `limit`."""
    exact = conn.execute("SELECT trace_id FROM traces WHERE trace_id = ?", (prefix,)).fetchall()
    if exact:
        return [(exact[0][0], None)]
    rows = conn.execute("SELECT trace_id, span_id FROM spans WHERE span_id = ? LIMIT ?", (prefix, limit)).fetchall()
    if rows:
        return [(trace_id, span_id) for trace_id, span_id in rows]
    end = prefix + "\U0010ffff"
    found: list[tuple[str, str | None]] = [
        (trace_id, None)
        for (trace_id,) in conn.execute(
            "SELECT trace_id FROM traces WHERE trace_id >= ? AND trace_id < ? LIMIT ?", (prefix, end, limit)
        )
    ]
    if not found:
        sql = "SELECT trace_id, span_id FROM spans WHERE span_id >= ? AND span_id < ? LIMIT ?"
        found = [(trace_id, span_id) for trace_id, span_id in conn.execute(sql, (prefix, end, limit))]
    return found
