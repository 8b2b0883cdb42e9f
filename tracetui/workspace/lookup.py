"""One span and where its payload lies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

from tracetui.model import Span
from tracetui.query import Filter
from tracetui.sources.base import Reference
from tracetui.store.pages import Where
from tracetui.store.rows import span_from_row
from tracetui.store.schema import REFERENCE_COLUMNS, SPAN_COLUMNS
from tracetui.store.trace_facts import stand_in_id

_SPAN = f"SELECT {', '.join(SPAN_COLUMNS + REFERENCE_COLUMNS)} FROM spans WHERE trace_id = ? AND span_id = ?"
_JOINED = (
    "SELECT position, length, item FROM main.joined WHERE trace_id = ? AND span_id = ? AND origin_id = ?"
    " ORDER BY position, item"
)
_HOME = (
    "SELECT s.origin_id FROM spans s JOIN traces t USING (trace_id) WHERE s.trace_id = ?"
    " ORDER BY s.span_id = coalesce(?, t.root_id) DESC LIMIT 1"
)


_STAND_IN = "SELECT origin_id, position, length, item FROM main.joined WHERE trace_id = ? AND span_id = ? LIMIT 1"


class StandIn(Struct, frozen=True):
    """A record of a trace that is kept apart from its spans, and the number of the source where it lies."""

    span: Span
    origin_id: int
    reference: Reference


class Located(Struct, frozen=True):
    """A span, the number of its source, and where its record and further records of it lie there. A root also has
    the trace's own record, where there is one."""

    span: Span
    origin_id: int
    reference: Reference
    joined: tuple[Reference, ...]
    stand_in: StandIn | None = None


def locate_span(conn: sqlite3.Connection, trace_id: str, span_id: str) -> Located | None:
    """Find one span by its ids; None where there is none."""
    row = conn.execute(_SPAN, (trace_id, span_id)).fetchone()
    if row is None:
        return None
    origin_id, position, length, item = row[len(SPAN_COLUMNS) :]
    joined = tuple(Reference(*found) for found in conn.execute(_JOINED, (trace_id, span_id, origin_id)))
    span = span_from_row(row)
    stand_in = _stand_in(conn, trace_id) if span.parent_id is None else None
    return Located(span, origin_id, Reference(position, length, item), joined, stand_in)


def _stand_in(conn: sqlite3.Connection, trace_id: str) -> StandIn | None:
    row = conn.execute(_STAND_IN, (trace_id, stand_in_id(trace_id))).fetchone()
    return None if row is None else StandIn(Span(trace_id, stand_in_id(trace_id)), row[0], Reference(*row[1:]))


def locate_home(conn: sqlite3.Connection, trace_id: str, span_id: str | None) -> int | None:
    """The number of the source that a score of this span, or of this trace's root, belongs to."""
    if span_id is not None and locate_span(conn, trace_id, span_id) is None:
        return None
    row = conn.execute(_HOME, (trace_id, span_id)).fetchone()
    return None if row is None else row[0]


def where_of(filter_: Filter | None) -> Where:
    """The condition of a filter over `traces`."""
    return Where() if filter_ is None else Where(filter_.trace_sql, tuple(filter_.trace_params))


@contextmanager
def picked(conn: sqlite3.Connection, chosen: Where | Sequence[str]) -> Iterator[Where]:
    """A condition that selects just these traces, for as long as the block runs.

    A condition is evaluated once, here, however many questions are asked about what it selects.
    """
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS picked (trace_id TEXT PRIMARY KEY) WITHOUT ROWID")
    conn.execute("BEGIN")
    try:
        if isinstance(chosen, Where):
            sql = f"INSERT OR IGNORE INTO temp.picked SELECT t.trace_id FROM traces t WHERE {chosen.sql}"
            conn.execute(sql, chosen.params)
        else:
            rows = ((trace_id,) for trace_id in chosen)
            conn.executemany("INSERT OR IGNORE INTO temp.picked VALUES (?)", rows)
        yield Where("t.trace_id IN (SELECT trace_id FROM temp.picked)")
    finally:
        conn.execute("ROLLBACK")
