"""Take whole traces out of a tracetui store: those that are too old, and those that `sampling` does not keep.

Scores are never deleted, so traces that are rated now stay whole. Whoever has the store open notices by `dropped`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from tracetui.model import Span
from tracetui.store.migrate import has_table
from tracetui.store.schema import SPAN_COLUMNS
from tracetui.store.write import Entry, chunks, load_entries, next_change, write_spans

RATED = "EXISTS (SELECT 1 FROM scores c WHERE c.trace_id = t.trace_id AND c.superseded_by IS NULL AND c.retracted_ns IS NULL)"
"""SQL: whether a trace has a current score. Carried by `scores_by_trace`."""

_OLD = f"""
SELECT t.trace_id, t.changed FROM traces t
WHERE t.start_ns < :before_ns AND NOT {RATED}
  AND coalesce(t.end_ns, (SELECT max(coalesce(s.end_ns, s.start_ns)) FROM spans s WHERE s.trace_id = t.trace_id)) < :before_ns
ORDER BY t.start_ns, t.trace_id
"""
"""Carried by `traces_by_start`, and for those that run by the primary key of `spans`."""
_KEPT_BY_RATING = f"SELECT count(*) FROM traces t WHERE coalesce(t.end_ns, t.start_ns) < ? AND {RATED}"
_PAYLOAD_BYTES = " + ".join(
    f"coalesce(length(CAST({name} AS BLOB)), 0)" for name in ("input", "output", "tools", "attributes", "events", "raw")
)
_LOGGED = 10_000
"""Ids that `dropped` holds at least: who reads a live store less often than that many leave has to look at all ids."""


class Seen(Struct, frozen=True):
    """A trace, and its value of `changed` when it was looked at."""

    trace_id: str
    changed: int


class Amount(Struct, frozen=True):
    """Traces, their spans, and the bytes of their payloads."""

    traces: int = 0
    spans: int = 0
    bytes: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.traces + other.traces, self.spans + other.spans, self.bytes + other.bytes)


_NUMBERS = (
    "start_ns",
    "end_ns",
    "ttft_ns",
    *(column for column in SPAN_COLUMNS if column.endswith("_tokens")),
    "cost_usd",
)
_IS_ODD = " OR ".join(
    [f"typeof(s.{name}) NOT IN ('integer', 'real', 'null')" for name in _NUMBERS]
    + ["typeof(s.start_ns) <> 'integer'", "typeof(s.end_ns) = 'real'", "typeof(s.span_id) <> 'text'"]
)
_STALE = (
    "SELECT st.trace_id FROM stale st WHERE {odd}EXISTS"
    f" (SELECT 1 FROM spans s WHERE s.trace_id = st.trace_id AND ({_IS_ODD})) ORDER BY st.seq"
)


def has_stale(conn: sqlite3.Connection) -> bool:
    """Whether plain SQL wrote anything that nobody added up yet."""
    return conn.execute("SELECT 1 FROM stale LIMIT 1").fetchone() is not None


def list_stale(conn: sqlite3.Connection) -> list[str]:
    """The traces that plain SQL wrote and nobody added up yet, without those whose rows make no sense."""
    return [trace_id for (trace_id,) in conn.execute(_STALE.format(odd="NOT "))]


def count_odd(conn: sqlite3.Connection) -> int:
    """How many traces have a row that makes no sense, such as a start that is no integer: they are left alone."""
    return len(conn.execute(_STALE.format(odd="")).fetchall())


def arrange_stale(conn: sqlite3.Connection, trace_ids: Iterable[str], read: Callable[[Span], Span]) -> None:
    """Add these traces up, with their spans as `read` understands them. Callers hold the transaction."""
    entries: list[Entry] = []
    for trace_id in trace_ids:
        own = list(load_entries(conn, trace_id, False))
        for entry in own:
            span = read(entry.span)
            entry.is_new, entry.span = span != entry.span, span
        entries += own
        if not own:
            conn.execute("DELETE FROM traces WHERE trace_id = ?", (trace_id,))
            conn.execute("DELETE FROM stale WHERE trace_id = ?", (trace_id,))
    write_spans(conn, entries, is_index=False)


def list_old(conn: sqlite3.Connection, before_ns: int) -> list[Seen]:
    """The traces of which everything was before a time, the oldest first; without those that are rated."""
    return [Seen(*row) for row in conn.execute(_OLD, {"before_ns": before_ns})]


def count_old_rated(conn: sqlite3.Connection, before_ns: int) -> int:
    """How many traces before a time stay because they are rated."""
    return int(conn.execute(_KEPT_BY_RATING, (before_ns,)).fetchone()[0])


def measure(conn: sqlite3.Connection, trace_ids: Iterable[str]) -> Amount:
    """How much these traces are. Carried by the primary keys of `traces` and `payloads`."""
    found = Amount()
    for chunk in chunks(trace_ids):
        marks = ", ".join("?" * len(chunk))
        traces, spans = conn.execute(
            f"SELECT count(*), coalesce(sum(spans), 0) FROM traces WHERE trace_id IN ({marks})", chunk
        ).fetchone()
        sql = f"SELECT coalesce(sum({_PAYLOAD_BYTES}), 0) FROM payloads WHERE trace_id IN ({marks})"
        found += Amount(traces, spans, conn.execute(sql, chunk).fetchone()[0])
    return found


def still_as_seen(conn: sqlite3.Connection, seen: Sequence[Seen]) -> set[str]:
    """Those of the traces of which nothing came since, no rating either. Callers hold the transaction."""
    found: set[str] = set()
    wanted = {one.trace_id: one.changed for one in seen}
    for chunk in chunks(wanted):
        sql = (
            f"SELECT t.trace_id, t.changed FROM traces t WHERE t.trace_id IN ({', '.join('?' * len(chunk))})"
            f" AND NOT {RATED} AND t.trace_id NOT IN (SELECT trace_id FROM stale)"
        )
        found.update(row[0] for row in conn.execute(sql, chunk) if wanted[row[0]] == row[1])
    return found


def drop_traces(conn: sqlite3.Connection, trace_ids: Iterable[str]) -> None:
    """Delete traces whole: spans, payloads, sums, weights. Callers hold the transaction."""
    wanted = list(trace_ids)
    if not wanted:
        return
    changed = next_change(conn, is_index=False)
    for chunk in chunks(wanted):
        marks = ", ".join("?" * len(chunk))
        # `stale` comes last: the triggers of `spans` fill it.
        for table in ("payloads", "spans", "traces", "weights", "stale"):
            conn.execute(f"DELETE FROM {table} WHERE trace_id IN ({marks})", chunk)
    conn.executemany("INSERT OR IGNORE INTO dropped VALUES (?, ?)", ((changed, trace_id) for trace_id in wanted))
    _shorten_log(conn)


def note_change(conn: sqlite3.Connection, trace_ids: Sequence[str]) -> None:
    """Have those who have the store open look at these traces anew. Callers hold the transaction."""
    if trace_ids:
        changed = next_change(conn, is_index=False)
        conn.executemany("UPDATE traces SET changed = ? WHERE trace_id = ?", ((changed, one) for one in trace_ids))


def _shorten_log(conn: sqlite3.Connection) -> None:
    sql = "SELECT changed FROM dropped ORDER BY changed DESC, trace_id DESC LIMIT 1 OFFSET ?"
    oldest = conn.execute(sql, (_LOGGED,)).fetchone()
    if oldest is not None:
        conn.execute("DELETE FROM dropped WHERE changed < ?", oldest)


def list_dropped(conn: sqlite3.Connection, since: int = 0) -> set[str]:
    """The traces that left a store after the change `since`, as far as it remembers; none of an older store."""
    if not has_table(conn, "dropped"):
        return set()
    sql = "SELECT trace_id FROM dropped WHERE changed > ? AND trace_id NOT IN (SELECT trace_id FROM traces)"
    return {trace_id for (trace_id,) in conn.execute(sql, (since,))}


def forgets_since(conn: sqlite3.Connection, since: int) -> bool:
    """Whether traces left after the change `since` that the store does not remember any more."""
    if not has_table(conn, "dropped"):
        return False
    first, number = conn.execute("SELECT min(changed), count(*) FROM dropped").fetchone()
    return bool(number >= _LOGGED and first > since)


def newest_change(conn: sqlite3.Connection) -> int:
    """The newest value of `changed` that was given to a trace, or to one that left."""
    found = int(conn.execute("SELECT CAST(coalesce(max(changed), 0) AS INTEGER) FROM traces").fetchone()[0])
    if has_table(conn, "dropped"):
        found = max(found, conn.execute("SELECT CAST(coalesce(max(changed), 0) AS INTEGER) FROM dropped").fetchone()[0])
    return found
