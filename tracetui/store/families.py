"""Traces of sources that name parents but no trace: a trace is the oldest ancestor and all that came of it.

A source says what it can see from one stretch of its rows. A child may come long before its parent, or be read by
another process than it, so the index remembers which trace each span of such a source is in, and puts together what
belongs together when the span between appears. Callers hold the transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from tracetui.store.write import Entry, chunks, forget_traces, known_traces, load_entries

_replace = msgspec.structs.replace


def join_families(conn: sqlite3.Connection, origin_id: int, entries: list[Entry]) -> dict[str, str]:
    """Put spans, whose trace is called after the oldest ancestor that their source saw, into the traces of ancestors
    that are known here, and bring along the spans that came before one of these. Gives old → new ids of traces.

    `entries` is changed in place. Carried by the primary keys of `families` and `traces`.
    """
    moved = _known_families(conn, origin_id, {entry.span.trace_id for entry in entries})
    for entry in entries:
        new = moved.get(entry.span.trace_id)
        if new is not None:
            entry.span = _replace(entry.span, trace_id=new)
    heads = {span.span_id: span.trace_id for entry in entries if (span := entry.span).trace_id != span.span_id}
    for old in known_traces(conn, heads):
        moved[old] = heads[old]
        entries += _bring(conn, old, heads[old])
    conn.executemany(
        "INSERT OR REPLACE INTO families VALUES (?, ?, ?)",
        ((origin_id, entry.span.span_id, entry.span.trace_id) for entry in entries),
    )
    return moved


def _known_families(conn: sqlite3.Connection, origin_id: int, span_ids: Iterable[str]) -> dict[str, str]:
    """Spans that are in a trace of another name, and that trace."""
    found: dict[str, str] = {}
    for chunk in chunks(span_ids):
        marks = ", ".join("?" * len(chunk))
        sql = f"SELECT span_id, trace_id FROM families WHERE origin_id = ? AND span_id IN ({marks})"
        found.update(conn.execute(sql, (origin_id, *chunk)).fetchall())
    return {span_id: trace_id for span_id, trace_id in found.items() if span_id != trace_id}


def _bring(conn: sqlite3.Connection, old: str, new: str) -> list[Entry]:
    """Take the spans of a trace out of the index, to be written into another; its scores and joined records move."""
    entries = list(load_entries(conn, old, True))
    forget_traces(conn, [old])
    for entry in entries:
        entry.span, entry.is_new = _replace(entry.span, trace_id=new), True
    conn.execute("UPDATE scores SET trace_id = ? WHERE trace_id = ?", (new, old))
    conn.execute("UPDATE OR IGNORE joined SET trace_id = ? WHERE trace_id = ?", (new, old))
    return entries
