"""What a collector needs of a store beside `write_spans`: payload rows by span, and scores whose span came later.

Payloads can come before their span (log events, updates): their row then waits for it. Callers hold the transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from tracetui.errors import NotWritable
from tracetui.model import Score, Span
from tracetui.store import connection
from tracetui.store.rows import score_from_row, span_from_row
from tracetui.store.schema import SCORE_COLUMNS, SPAN_COLUMNS
from tracetui.store.trace_facts import stand_in_id

Connection: TypeAlias = sqlite3.Connection
"""An open store, for rooms that run no SQL themselves."""

_PAYLOAD = "SELECT attributes, events, raw FROM payloads WHERE trace_id = ? AND span_id = ?"
_SPAN = f"SELECT {', '.join(SPAN_COLUMNS)} FROM spans WHERE trace_id = ? AND span_id = ?"
_WRITE = "INSERT OR REPLACE INTO payloads VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


@contextmanager
def transaction(conn: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Everything within is on disk when this ends, or nothing is. Raises NotWritable where SQLite cannot (lock, full disk)."""
    try:
        with connection.transaction(conn):
            yield
    except sqlite3.Error as error:
        raise NotWritable(f"{path}: cannot be written now ({error}); free space, or close what holds it") from error


def find_payload(conn: sqlite3.Connection, trace_id: str, span_id: str) -> tuple[Any, Any, Any] | None:
    """Attributes, events and raw text of a payload, as they are in the row. Carried by the primary key."""
    row: tuple[Any, Any, Any] | None = conn.execute(_PAYLOAD, (trace_id, span_id)).fetchone()
    return row


def find_span(conn: sqlite3.Connection, trace_id: str, span_id: str) -> Span | None:
    """The span as it was written, without what follows from others. Carried by the primary key."""
    row = conn.execute(_SPAN, (trace_id, span_id)).fetchone()
    return span_from_row(row) if row is not None else None


def find_score(conn: sqlite3.Connection, score_id: str) -> Score | None:
    """A score by its id, current or not."""
    row = conn.execute(f"SELECT {', '.join(SCORE_COLUMNS)} FROM scores WHERE id = ?", (score_id,)).fetchone()
    return score_from_row(row) if row is not None else None


def write_payloads(conn: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows of `payloads`, replacing older ones of the same span."""
    conn.executemany(_WRITE, rows)


def find_root(conn: sqlite3.Connection, trace_id: str) -> str | None:
    """The first span of a trace that has no parent and does not stand in for the trace. Carried by the primary key."""
    sql = (
        "SELECT span_id FROM spans WHERE trace_id = ? AND parent_id IS NULL AND span_id <> ? ORDER BY start_ns LIMIT 1"
    )
    row = conn.execute(sql, (trace_id, stand_in_id(trace_id))).fetchone()
    return row[0] if row is not None else None


def find_trace_of_span(conn: sqlite3.Connection, span_id: str) -> str | None:
    """The trace of a span of which only the id is known: a pass over the spans, for the few scores that are sent so."""
    row = conn.execute("SELECT trace_id FROM spans WHERE span_id = ? LIMIT 1", (span_id,)).fetchone()
    return row[0] if row is not None else None


def move_scores(conn: sqlite3.Connection, span_id: str, trace_id: str) -> None:
    """Give scores whose trace was not known (the span's id stands in for it) their trace. Carried by scores_by_trace."""
    sql = "UPDATE scores SET trace_id = ? WHERE trace_id = ? AND span_id = ?"
    conn.execute(sql, (trace_id, span_id, span_id))
