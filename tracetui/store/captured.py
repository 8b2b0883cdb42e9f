"""What a collector needs of a store beside `write_spans`: payload rows by span, scores whose span came later, and large
traces that come in many small requests.

Payloads can come before their span (log events, updates): their row then waits for it. Callers hold the transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from tracetui.errors import NotWritable
from tracetui.model import Score, Span
from tracetui.store import connection
from tracetui.store.limits import within_limits
from tracetui.store.rows import score_from_row, span_from_row, span_to_row
from tracetui.store.schema import SCORE_COLUMNS, SPAN_COLUMNS
from tracetui.store.trace_facts import is_stand_in, stand_in_id, with_facts, with_older
from tracetui.store.write import Entry, forget_traces, known_traces, load_entries, write_spans

Connection: TypeAlias = sqlite3.Connection
"""An open store, for rooms that run no SQL themselves."""

_PAYLOAD = "SELECT attributes, events, raw FROM payloads WHERE trace_id = ? AND span_id = ?"
_SPAN = f"SELECT {', '.join(SPAN_COLUMNS)} FROM spans WHERE trace_id = ? AND span_id = ?"
_COPY = """
INSERT OR REPLACE INTO payloads
SELECT trace_id, ?, input, output, tools, attributes, events, raw
FROM payloads
WHERE trace_id = ? AND span_id = ?
"""
_WRITE = "INSERT OR REPLACE INTO payloads VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_APPEND = f"INSERT OR REPLACE INTO spans ({', '.join(SPAN_COLUMNS)}) VALUES ({', '.join('?' * len(SPAN_COLUMNS))})"
_ARRANGED = "SELECT spans FROM traces WHERE trace_id = ?"
_THERE = "SELECT count(*) FROM spans WHERE trace_id = ?"
_LARGE = 1_000
_GROWTH = 4
"""A trace of `_LARGE` spans is arranged anew when it has grown by a `_GROWTH`th. For each request would be quadratic: 20,000
spans in requests of 100 took 37 s."""


@contextmanager
def transaction(conn: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Everything within is on disk when this ends, or nothing is. Raises NotWritable where SQLite cannot (lock, full disk)."""
    try:
        with connection.transaction(conn):
            yield
    except sqlite3.Error as error:
        raise NotWritable(connection.explain_sqlite_error(path, error)) from error


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


def write_captured(conn: sqlite3.Connection, spans: Iterable[Span], facts: Mapping[str, Span]) -> frozenset[str]:
    """Write spans of one request, each id once. `facts` are what the store has of traces' own records, by trace.

    Gives the large traces that only got rows: the triggers list them in `stale`, so that readers sum them up themselves
    until somebody calls `arrange`.
    """
    by_trace: dict[str, list[Span]] = {}
    for span in spans:
        by_trace.setdefault(span.trace_id, []).append(span)
    waiting = frozenset(trace_id for trace_id, own in by_trace.items() if not _is_due(conn, trace_id, own))
    whole = [span for trace_id, own in by_trace.items() if trace_id not in waiting for span in own]
    said = [record for trace_id, record in facts.items() if trace_id in by_trace and trace_id not in waiting]
    write_spans(conn, [Entry(span) for span in (*whole, *said)], is_index=False)
    for trace_id in waiting:
        rows = (_appended(conn, span, facts.get(trace_id)) for span in by_trace[trace_id])
        conn.executemany(_APPEND, [span_to_row(span) for span in rows if span is not None])
    return waiting


def _is_due(conn: sqlite3.Connection, trace_id: str, spans: list[Span]) -> bool:
    """Whether a trace is to be arranged with these spans. Carried by the primary keys."""
    row = conn.execute(_ARRANGED, (trace_id,)).fetchone()
    if row is None or row[0] < _LARGE or any(map(is_stand_in, spans)):
        return True
    arranged: int = row[0]
    there: int = conn.execute(_THERE, (trace_id,)).fetchone()[0]
    return there + len(spans) - arranged >= arranged // _GROWTH


def _appended(conn: sqlite3.Connection, span: Span, facts: Span | None) -> Span | None:
    """A span as `write_spans` would write it; None where the one that is there has ended and this one has not."""
    span = within_limits(span)
    older = find_span(conn, span.trace_id, span.span_id)
    if older is not None:
        if older.end_ns is not None and span.end_ns is None:
            return None
        span = with_older(span, older)
    return span if facts is None else with_facts(span, facts)


def arrange(conn: sqlite3.Connection, trace_ids: Iterable[str]) -> None:
    """Bring traces that were only appended to up to date; those that somebody else arranged stay as they are."""
    for trace_id in known_traces(conn, trace_ids, table="stale"):
        # One span is enough: the write reads the others of its trace.
        write_spans(conn, list(load_entries(conn, trace_id, False))[:1], is_index=False)


def copy_payload(conn: sqlite3.Connection, trace_id: str, span_id: str, new_id: str) -> None:
    """Write the payload of a span under another id of the same trace, too. Carried by the primary key."""
    conn.execute(_COPY, (new_id, trace_id, span_id))


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


def forget_early(conn: sqlite3.Connection, span_ids: Sequence[str]) -> None:
    """Remove spans whose trace was not known when they came, and for which a trace of their own id stood in.

    The greatest number of a change stays: who follows the store must not be told it a second time.
    """
    if not span_ids:
        return
    latest = conn.execute("SELECT max(changed) FROM traces").fetchone()
    conn.executemany("DELETE FROM payloads WHERE trace_id = ? AND span_id = ?", [(one, one) for one in span_ids])
    forget_traces(conn, span_ids)
    sql = "UPDATE traces SET changed = ? WHERE changed = (SELECT max(changed) FROM traces)"
    conn.execute(sql, latest)


def move_scores(conn: sqlite3.Connection, span_id: str, trace_id: str) -> None:
    """Give scores whose trace was not known (the span's id stands in for it) their trace. Carried by scores_by_trace."""
    sql = "UPDATE scores SET trace_id = ? WHERE trace_id = ? AND span_id = ?"
    conn.execute(sql, (trace_id, span_id, span_id))
