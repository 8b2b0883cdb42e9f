"""Write spans and what follows from them: into an index, or into a store that a user keeps.

The traces that a write touches are arranged anew from all their spans, so that the roll-up in `traces` and the derived
columns of `spans` always say the same as the spans themselves. Callers hold the transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct

from tracetui.model import Span
from tracetui.store.limits import within_limits
from tracetui.store.rollup import Place, shape_of, trace_row
from tracetui.store.rows import span_from_row, span_to_row
from tracetui.store.schema import DERIVED_COLUMNS, REFERENCE_COLUMNS, REPEATS, SPAN_COLUMNS, TRACE_COLUMNS
from tracetui.store.trace_facts import is_stand_in, with_facts, with_older

NO_REFERENCE = (0, 0, 0, 0)
_IN_CHUNK = 500


class Entry(Struct):
    """A span to be written, and where its payload lies: (origin, position, length, item)."""

    span: Span
    reference: tuple[int, int, int, int] = NO_REFERENCE
    is_new: bool = True
    place: tuple[int, int, int, int] | None = None


class Written(Struct, frozen=True):
    """What one write did: the traces that it touched, and how many spans were there already."""

    trace_ids: frozenset[str]
    duplicates: int


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def chunks(items: Iterable[str], size: int = _IN_CHUNK) -> Iterator[list[str]]:
    """Lists of at most `size` items, for `IN (…)`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def write_spans(conn: sqlite3.Connection, entries: Iterable[Entry], *, is_index: bool) -> Written:
    """Write spans and bring their traces up to date. The same ids again replace the older span, except that one
    which has ended is never replaced by one which has not."""
    traces, duplicates = _group(entries)
    known = known_traces(conn, traces)
    if not is_index:
        known |= known_traces(conn, traces, table="stale")
    for trace_id in known:
        duplicates += _join_known(conn, trace_id, traces[trace_id], is_index)
    changed = next_change(conn, is_index=is_index)
    fresh_rows: list[tuple[Any, ...]] = []
    other_rows: list[tuple[Any, ...]] = []
    moved: list[tuple[Any, ...]] = []
    trace_rows: list[tuple[Any, ...]] = []
    settled: list[tuple[Any, ...]] = []
    for trace_id, by_id in traces.items():
        facts = _spread_facts(by_id)
        if facts is not None:
            settled.append((trace_id, facts.span.span_id, *facts.reference))
        group = list(by_id.values())
        shape = shape_of([entry.span for entry in group])
        trace_rows.append(trace_row(shape, changed))
        rows = other_rows if trace_id in known else fresh_rows
        for entry, place in zip(group, shape.places, strict=True):
            derived = _derived(place)
            if entry.is_new:
                tail = entry.reference if is_index else ()
                rows.append(span_to_row(entry.span) + derived + tail)
            elif entry.place != derived:
                moved.append((*derived, trace_id, entry.span.span_id))
    _write_rows(conn, fresh_rows, other_rows, moved, trace_rows, is_index)
    if settled:
        _put_aside(conn, settled, is_index)
    if not is_index:
        conn.executemany("DELETE FROM stale WHERE trace_id = ?", ((trace_id,) for trace_id in traces))
    return Written(frozenset(traces), duplicates)


_NEXT_IN_STORE = """
SELECT max(coalesce((SELECT max(changed) FROM traces), 0), coalesce((SELECT max(changed) FROM dropped), 0)) + 1
"""


def next_change(conn: sqlite3.Connection, *, is_index: bool) -> int:
    """The next value of `traces.changed`; never one that was given before."""
    if is_index:
        conn.execute("UPDATE clock SET changed = changed + 1")
    sql = "SELECT changed FROM clock" if is_index else _NEXT_IN_STORE
    return int(conn.execute(sql).fetchone()[0])


def _group(entries: Iterable[Entry]) -> tuple[dict[str, dict[str, Entry]], int]:
    traces: dict[str, dict[str, Entry]] = {}
    duplicates = 0
    for entry in entries:
        span = entry.span = within_limits(entry.span)
        by_id = traces.get(span.trace_id)
        if by_id is None:
            traces[span.trace_id] = {span.span_id: entry}
            continue
        older = by_id.get(span.span_id)
        if older is not None:
            duplicates += older.span.end_ns is not None
            if span.end_ns is None and older.span.end_ns is not None:
                continue
        by_id[span.span_id] = entry
    return traces, duplicates


def known_traces(conn: sqlite3.Connection, trace_ids: Iterable[str], *, table: str = "traces") -> set[str]:
    """Those of the ids that are in the table already. (`stale` of a store has traces that plain SQL wrote.)"""
    known: set[str] = set()
    for chunk in chunks(trace_ids):
        sql = f"SELECT trace_id FROM {table} WHERE trace_id IN ({_marks(len(chunk))})"
        known.update(trace_id for (trace_id,) in conn.execute(sql, chunk))
    return known


def owners_of(conn: sqlite3.Connection, trace_ids: Iterable[str]) -> dict[str, set[int]]:
    """The numbers of the sources that gave spans of each of these traces to an index; traces it has not are left out."""
    owners: dict[str, set[int]] = {}
    for chunk in chunks(trace_ids):
        sql = f"SELECT DISTINCT trace_id, origin_id FROM spans WHERE trace_id IN ({_marks(len(chunk))})"
        for trace_id, origin_id in conn.execute(sql, chunk):
            owners.setdefault(trace_id, set()).add(origin_id)
    return owners


def _spread_facts(by_id: dict[str, Entry]) -> Entry | None:
    """Put what a trace's own record says on its spans, and take the record away; None where it has no other span."""
    if len(by_id) < 2:
        return None
    facts = next((entry for entry in by_id.values() if is_stand_in(entry.span)), None)
    if facts is None:
        return None
    del by_id[facts.span.span_id]
    for entry in by_id.values():
        span = with_facts(entry.span, facts.span)
        if span is not entry.span:
            entry.span, entry.is_new = span, True
    return facts


def _put_aside(conn: sqlite3.Connection, settled: Sequence[tuple[Any, ...]], is_index: bool) -> None:
    """Take stand-ins out of the spans; an index remembers where they lie, because they can have messages."""
    conn.executemany("DELETE FROM spans WHERE trace_id = ? AND span_id = ?", (row[:2] for row in settled))
    if is_index:
        conn.executemany("INSERT OR IGNORE INTO joined VALUES (?, ?, ?, ?, ?, ?)", settled)


def _join_known(conn: sqlite3.Connection, trace_id: str, by_id: dict[str, Entry], is_index: bool) -> int:
    """Add the spans of the trace that are in the table to those to be written; gives the count of repeated ones."""
    duplicates = 0
    for old in load_entries(conn, trace_id, is_index):
        new = by_id.get(old.span.span_id)
        if new is None:
            by_id[old.span.span_id] = old
            continue
        has_ended = old.span.end_ns is not None
        duplicates += has_ended
        if has_ended and new.span.end_ns is None and not is_stand_in(new.span):
            by_id[old.span.span_id] = old
        else:
            new.span = with_older(new.span, old.span)
    return duplicates


def load_entries(conn: sqlite3.Connection, trace_id: str, is_index: bool) -> Iterator[Entry]:
    """The spans of one trace as they are in the table. Carried by the primary key of `spans`."""
    columns = SPAN_COLUMNS + DERIVED_COLUMNS + (REFERENCE_COLUMNS if is_index else ())
    sql = f"SELECT {', '.join(columns)} FROM spans WHERE trace_id = ?"
    count, derived = len(SPAN_COLUMNS), len(DERIVED_COLUMNS)
    for row in conn.execute(sql, (trace_id,)):
        reference = row[count + derived :] if is_index else NO_REFERENCE
        yield Entry(span_from_row(row), reference, False, row[count : count + derived])


def _derived(place: Place) -> tuple[int, int, int, int]:
    repeats = REPEATS[place.repeats_usage, place.repeats_cost]
    return (place.depth, int(place.is_leaf), int(place.is_orphan), repeats)


def _write_rows(
    conn: sqlite3.Connection,
    fresh: Sequence[tuple[Any, ...]],
    other: Sequence[tuple[Any, ...]],
    moved: Sequence[tuple[Any, ...]],
    traces: Sequence[tuple[Any, ...]],
    is_index: bool,
) -> None:
    columns = SPAN_COLUMNS + DERIVED_COLUMNS + (REFERENCE_COLUMNS if is_index else ())
    into = f"INTO spans ({', '.join(columns)}) VALUES ({_marks(len(columns))})"
    conn.executemany(f"INSERT {into}", fresh)
    conn.executemany(f"INSERT OR REPLACE {into}", other)
    places = ", ".join(f"{column} = ?" for column in DERIVED_COLUMNS)
    conn.executemany(f"UPDATE spans SET {places} WHERE trace_id = ? AND span_id = ?", moved)
    conn.executemany(f"INSERT OR REPLACE INTO traces VALUES ({_marks(len(TRACE_COLUMNS))})", traces)


def forget_traces(conn: sqlite3.Connection, trace_ids: Iterable[str]) -> None:
    """Remove traces with their spans; their scores stay, they may belong to another source."""
    for chunk in chunks(trace_ids):
        marks = _marks(len(chunk))
        conn.execute(f"DELETE FROM spans WHERE trace_id IN ({marks})", chunk)
        conn.execute(f"DELETE FROM traces WHERE trace_id IN ({marks})", chunk)


def forget_spans(conn: sqlite3.Connection, origin_id: int, trace_ids: Iterable[str]) -> None:
    """Remove what one source gave of some traces; what others gave of them is arranged anew."""
    known = known_traces(conn, trace_ids)
    for chunk in chunks(known):
        sql = f"DELETE FROM spans WHERE origin_id = ? AND trace_id IN ({_marks(len(chunk))})"
        conn.execute(sql, (origin_id, *chunk))
    _arrange_rest(conn, known)


def _arrange_rest(conn: sqlite3.Connection, trace_ids: Iterable[str]) -> None:
    """Arrange traces anew of which some spans were removed; those that have none left are gone."""
    for trace_id in trace_ids:
        rest = list(load_entries(conn, trace_id, True))
        conn.execute("DELETE FROM traces WHERE trace_id = ?", (trace_id,))
        if rest:
            write_spans(conn, rest, is_index=True)


def forget_origins(conn: sqlite3.Connection, origin_ids: Sequence[int]) -> set[str]:
    """Remove everything that some sources gave; traces that they shared with others are arranged anew. Gives the ids
    of all these traces. One pass over the spans, however many sources."""
    marks = ", ".join(str(int(origin_id)) for origin_id in origin_ids)
    touched = {row[0] for row in conn.execute(f"SELECT DISTINCT trace_id FROM spans WHERE origin_id IN ({marks})")}
    for table in ("spans", "joined", "families", "skips"):
        conn.execute(f"DELETE FROM {table} WHERE origin_id IN ({marks})")
    conn.execute(
        "UPDATE origins SET cursor = NULL, done = 0, skipped = 0, duplicates = 0, replaced = 0, incomplete = 0,"
        f" other = 0 WHERE origin_id IN ({marks})"
    )
    conn.executemany("DELETE FROM weights WHERE trace_id = ?", ((trace_id,) for trace_id in touched))
    _arrange_rest(conn, touched)
    return touched


def remove_origins(conn: sqlite3.Connection, origin_ids: Sequence[int]) -> None:
    """Forget sources for good, with the scores of traces that only they had."""
    for trace_ids in chunks(forget_origins(conn, origin_ids)):
        marks = _marks(len(trace_ids))
        sql = f"DELETE FROM scores WHERE trace_id IN ({marks}) AND trace_id NOT IN (SELECT trace_id FROM traces)"
        conn.execute(sql, trace_ids)
    conn.executemany("DELETE FROM origins WHERE origin_id = ?", ((origin_id,) for origin_id in origin_ids))
