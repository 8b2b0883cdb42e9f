"""What is missing or odd in the spans of a store or an index: counts, sizes and ids, never a text."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from tracetui.model import MODEL_CALLS, Usage
from tracetui.store.groups import BUYS
from tracetui.store.schema import COST_COUNTS, HAS_USAGE

_CALLS = ", ".join(f"'{kind}'" for kind in sorted(MODEL_CALLS))
_COUNTS = f"""
SELECT count(*), total(s.kind IN ({_CALLS})), total(s.is_orphan), total(s.end_ns IS NULL AND s.start_ns < ?),
  total(s.kind IN ({_CALLS}) AND s.status IN ('success', 'refused') AND NOT ({HAS_USAGE})), total(s.usage_inconsistent)
FROM spans s
"""
_UNPRICED = f"""
SELECT s.model, s.cost_reason, count(*) FROM spans s
WHERE s.cost_usd IS NULL AND {COST_COUNTS} AND {BUYS} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
_BIGGEST = (
    "SELECT trace_id, span_id, length, origin_id, position FROM spans WHERE length > 0 ORDER BY length DESC LIMIT 200"
)
_NEWEST_CALLS = f"""
SELECT s.trace_id, s.span_id, s.input_tokens, s.cache_read_tokens, s.cache_write_tokens, s.output_tokens
FROM (SELECT trace_id FROM traces ORDER BY start_ns DESC LIMIT ?) t CROSS JOIN spans s ON s.trace_id = t.trace_id
WHERE s.kind IN ({_CALLS}) ORDER BY s.start_ns DESC LIMIT ?
"""
BIGGEST = 5
"""Rows that are named by their size."""
Fault = sqlite3.DatabaseError
"""What any question raises where the database is damaged."""
_BETWEEN = 20_000
"""Instructions of SQLite between two looks at the clock."""


class Counts(Struct, frozen=True):
    """Over all spans: `never_ended` began long ago and have no end; `missing_usage` are calls that were answered."""

    spans: int
    calls: int
    orphans: int
    never_ended: int
    missing_usage: int
    inconsistent_usage: int


class Unpriced(Struct, frozen=True):
    """Calls of a model that have no price, and the reason as it is stored."""

    model: str | None
    reason: str | None
    calls: int


class Row(Struct, frozen=True):
    """How many bytes the record of a span has."""

    trace_id: str
    span_id: str
    bytes: int


class SentCall(Struct, frozen=True):
    """A model call and its recorded usage."""

    trace_id: str
    span_id: str
    usage: Usage


@contextmanager
def capped(conn: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Have whatever the connection does interrupted after so long; it then raises OperationalError "interrupted"."""
    deadline = time.monotonic() + seconds
    conn.set_progress_handler(lambda: time.monotonic() > deadline, _BETWEEN)
    try:
        yield
    finally:
        conn.set_progress_handler(None, 0)


def is_interrupted(error: sqlite3.Error) -> bool:
    """Whether it was `capped`, and not a fault."""
    return "interrupt" in str(error)


def load_counts(conn: sqlite3.Connection, began_before_ns: int, most_s: float) -> Counts | None:
    """One pass over `spans`; None where it would take longer than `most_s`."""
    try:
        with capped(conn, most_s):
            row = conn.execute(_COUNTS, (began_before_ns,)).fetchone()
    except sqlite3.OperationalError as error:
        if not is_interrupted(error):
            raise
        return None
    return Counts(*(int(number) for number in row))


def load_unpriced(conn: sqlite3.Connection, most_s: float) -> list[Unpriced] | None:
    """Models without a price, those with most calls first; one pass over `spans`, None where it would take too long."""
    try:
        with capped(conn, most_s):
            return [Unpriced(*row) for row in conn.execute(_UNPRICED)]
    except sqlite3.OperationalError as error:
        if not is_interrupted(error):
            raise
        return None


def load_biggest(conn: sqlite3.Connection, most_s: float) -> list[Row] | None:
    """The biggest records of an index of files; of a record that holds several spans one. Empty where none has a size."""
    try:
        with capped(conn, most_s):
            found = conn.execute(_BIGGEST).fetchall()
    except sqlite3.OperationalError as error:
        if not is_interrupted(error):
            raise
        return None
    of_record: dict[tuple[int, int], Row] = {}
    for trace_id, span_id, length, *place in found:
        of_record.setdefault((place[0], place[1]), Row(trace_id, span_id, length))
    return list(of_record.values())[:BIGGEST]


def list_newest_calls(conn: sqlite3.Connection, limit: int) -> list[SentCall]:
    """The model calls of the newest traces, the oldest of them first. Carried by `traces_by_start`."""
    rows = conn.execute(_NEWEST_CALLS, (limit, limit)).fetchall()
    return [SentCall(trace_id, span_id, Usage(*usage)) for trace_id, span_id, *usage in reversed(rows)]
