"""A tracetui store as a source: SQLite with the schema of docs/schema.md, written by anyone's program.

Most of a store is read where it lies, because tracetui keeps `traces` there when it writes. What other programs wrote
with plain SQL is listed in `stale` by the store's triggers; those traces are read here, into the index.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, get_args

import msgspec

from tracetui.errors import NotWritable, UnreadableSource
from tracetui.model import KINDS, STATUSES, CostOrigin, Json, Payload, Score, Span
from tracetui.sources.base import Batch, Description, Reference, Saved, Skipped, Stored
from tracetui.sources.head import Head
from tracetui.sources.sqlite_write import can_be_written
from tracetui.sources.store_cursor import Copied, inode_in, is_cursor_of_copy, seq_in
from tracetui.sources.store_file import StoreFile
from tracetui.sources.tracetui_cells import stored_cells
from tracetui.store.connection import (
    explain_sqlite_error,
    is_store,
    open_read_only,
    open_store,
    read_only_uri,
)
from tracetui.store.migrate import columns_of, has_table
from tracetui.store.mounts import risk_of_wal
from tracetui.store.retention import forgets_since, list_dropped, newest_change
from tracetui.store.rows import parse_object, span_from_row
from tracetui.store.schema import SPAN_COLUMNS
from tracetui.store.scores import read_scores_since, retract_score, save_score
from tracetui.store.weights import load_weights
from tracetui.store.write import known_traces

_TRACES_A_BATCH = 500
_NOT_WRITABLE = "the file or its folder cannot be written"
_ORIGINS = frozenset(get_args(CostOrigin))
_WHOLE: tuple[type, ...] = (int,)
_NUMBER: tuple[type, ...] = (int, float)
_TEXT: tuple[type, ...] = (str,)
_WORDS = {_WHOLE: "an integer", _NUMBER: "a number", _TEXT: "text"}
_KINDS_OF_VALUES = tuple(
    _NUMBER if name == "cost_usd"
    else _WHOLE if name.endswith(("_ns", "_tokens")) or name == "usage_inconsistent"
    else _TEXT
    for name in SPAN_COLUMNS
)  # fmt: skip
"""What SQLite may give of each column of a span. It keeps whatever is written: text in a column of integers, too."""


_NEWEST = (
    "SELECT coalesce(max(seq), 0) FROM stale",
    "SELECT coalesce(max(rowid), 0) FROM scores",
)
_TOUCHED = """
SELECT trace_id FROM (
  SELECT trace_id, start_ns FROM traces WHERE changed > ?
  UNION ALL
  SELECT st.trace_id, max(s.start_ns) FROM stale st JOIN spans s USING (trace_id) WHERE st.seq > ? GROUP BY st.trace_id
) GROUP BY trace_id ORDER BY max(start_ns) DESC
"""
"""Carried by `traces_by_change`, and the primary keys of `stale` and `spans`."""
_TAKEN_BACK = "SELECT id FROM scores WHERE retracted_ns IS NOT NULL"


_SHARED = """
SELECT 1 FROM (SELECT trace_id FROM main.traces UNION ALL SELECT trace_id FROM main.stale) AS own
WHERE own.trace_id IN (SELECT trace_id FROM other.traces) OR own.trace_id IN (SELECT trace_id FROM other.stale)
LIMIT 1
"""

_CELLS = ("input", "output", "tools", "attributes", "events", "raw")


class TracetuiStore:
    """One tracetui store, opened read-only until a score is saved."""

    format = "tracetui"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = StoreFile(path)
        self._seen_version = -1
        self._is_other = False
        self.is_copied = False
        """Whether all of it goes into the index: SQLite attaches no more than ten databases to a question, and a trace
        that is in several stores is put together there."""

    @property
    def _conn(self) -> sqlite3.Connection:
        return self._file.conn

    @property
    def number(self) -> int:
        """Grows when another file, or another content, is read instead of what was."""
        return self._file.number

    @property
    def is_lost(self) -> bool:
        """Whether something else was written over it, so that nothing of it can be read."""
        return self._file.is_lost

    def look(self) -> None:
        """Read what is there now, where another store took the place of this one. Raises SourceVanished, UnreadableSource."""
        if self._file.look():
            self._seen_version, self._is_other = -1, True

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the file is a tracetui store, by its content."""
        conn = open_read_only(head.path)
        try:
            return is_store(conn)
        finally:
            conn.close()

    def describe(self) -> Description:
        """Say where scores go."""
        is_writable = can_be_written(self.path)
        place = f"table scores in {self.path.name}" if is_writable else f"nowhere: {_NOT_WRITABLE}"
        return Description(str(self.path), self.format, is_writable, place)

    def changed(self, cursor: str | None) -> bool:
        """Whether any program committed since the last read, or another store took its place."""
        self.look()
        try:
            version = self._conn.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error
        return bool(version != self._seen_version or self.is_copied != is_cursor_of_copy(cursor))

    def shares_traces(self, other: TracetuiStore) -> bool:
        """Whether some trace has spans in both stores: a copy, or two services that write each into its own.

        Carried by the primary key of `traces` and the unique one of `stale`.
        """
        self._conn.execute("ATTACH ? AS other", (read_only_uri(other.path),))
        try:
            return self._conn.execute(_SHARED).fetchone() is not None
        finally:
            self._conn.execute("DETACH other")

    def find_traces(self, trace_ids: Iterable[str]) -> set[str]:
        """Those of the traces of which the store has spans. Raises UnreadableSource."""
        wanted = list(trace_ids)
        try:
            return known_traces(self._conn, wanted) | known_traces(self._conn, wanted, table="stale")
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read the traces that plain SQL touched since `cursor`, each whole, newest first."""
        try:
            version = self._conn.execute("PRAGMA data_version").fetchone()[0]
            if self._is_other or (cursor is not None and not self._continues(cursor)):
                notice = f"{self.path.name} was replaced: read again from the start"
                start = Copied(inode=self._file.inode).text if self.is_copied else f"0:{self._file.inode}"
                yield Batch(start, 0, 0, reset=True, notice=notice)
                cursor = None
            self._is_other = False
            yield from self._read_all(cursor) if self.is_copied else self._read_stale(cursor)
            # Only now: who stopped in the middle has to ask again.
            self._seen_version = version
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    def _continues(self, cursor: str) -> bool:
        """Whether what was read up to a cursor is of the file that is there now."""
        if inode_in(cursor) != self._file.inode:
            return False
        newest = self._conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'stale'").fetchone()
        return seq_in(cursor) <= (newest[0] if newest else 0)

    def _read_stale(self, cursor: str | None) -> Iterator[Batch]:
        """The traces that plain SQL touched since `cursor`."""
        since = 0 if cursor is None or is_cursor_of_copy(cursor) else seq_in(cursor)
        stale = self._conn.execute(
            "SELECT st.seq, st.trace_id FROM stale st WHERE st.seq > ? ORDER BY st.seq DESC", (since,)
        ).fetchall()
        newest = stale[0][0] if stale else since
        size = 20
        start = 0
        while start < len(stale):
            some = [trace_id for _, trace_id in stale[start : start + size]]
            start += size
            is_last = start >= len(stale)
            yield self._batch(
                some, f"{newest if is_last else since}:{self._file.inode}", min(start, len(stale)), len(stale)
            )
            size = _TRACES_A_BATCH

    def _read_all(self, cursor: str | None) -> Iterator[Batch]:
        """Every trace that anybody touched since `cursor`, with its scores; newest first."""
        since = Copied.parse(cursor)
        seq, scored = (self._conn.execute(sql).fetchone()[0] for sql in _NEWEST)
        now = Copied(newest_change(self._conn), seq, scored, self._file.inode)
        if now == since and is_cursor_of_copy(cursor):
            return
        is_lost = since.is_begun and forgets_since(self._conn, since.changed)
        since = Copied(inode=now.inode) if is_lost else msgspec.structs.replace(since, inode=now.inode)
        touched = [row[0] for row in self._conn.execute(_TOUCHED, (since.changed, since.seq))]
        touched += sorted(list_dropped(self._conn, since.changed))
        taken_back = tuple(row[0] for row in self._conn.execute(_TAKEN_BACK))
        steps = [*range(20, len(touched), _TRACES_A_BATCH), len(touched)]
        start = 0
        for end in steps:
            batch = self._batch(touched[start:end], now.text if end == steps[-1] else since.text, end, len(touched))
            if is_lost and start == 0:
                batch = msgspec.structs.replace(batch, reset=True)
            start = end
            if end == steps[-1]:
                found = read_scores_since(self._conn, "scores", since.scored)
                scores = tuple(score for _, score, is_current in found if is_current)
                batch = msgspec.structs.replace(batch, scores=scores, retracted=taken_back)
            yield batch

    def _batch(self, trace_ids: list[str], cursor: str, done: int, total: int) -> Batch:
        spans: list[Span] = []
        references: list[Reference] = []
        skipped: list[Skipped] = []
        marks = ", ".join("?" * len(trace_ids))
        sql = f"SELECT {columns_of(self._conn, SPAN_COLUMNS)}, rowid FROM spans WHERE trace_id IN ({marks})"
        for row in self._conn.execute(sql, trace_ids):
            span = _sound_span(row)
            if isinstance(span, str):
                skipped.append(Skipped(row[-1], span))
                continue
            spans.append(span)
            references.append(Reference(row[-1]))
        weights = load_weights(self._conn, trace_ids) if self.is_copied and has_table(self._conn, "weights") else {}
        return Batch(
            cursor=cursor,
            done=done,
            total=total,
            weights=tuple(weights.values()),
            spans=tuple(spans),
            references=tuple(references),
            skipped=tuple(skipped),
            skipped_count=len(skipped),
            forget=frozenset(trace_ids),
        )

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the row of `payloads`; a span without one has an empty payload."""
        conn = open_read_only(self.path)
        conn.text_factory = _text
        try:
            row = _load_cells(conn, span)
            return _payload(row) if row else Payload()
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error
        finally:
            conn.close()

    def stored(self) -> Stored:
        """The cells of `payloads`."""
        return partial(stored_cells, self.path)

    def _open_to_write(self) -> sqlite3.Connection:
        """The store for writing; none is made where it is gone. Raises NotWritable, UnreadableSource."""
        if not self.path.is_file():
            raise NotWritable(f"{self.path}: the file is gone; nothing was saved")
        if not can_be_written(self.path) and risk_of_wal(self.path) is None:
            raise NotWritable(f"{self.path}: {_NOT_WRITABLE}; copy it to rate what is in it")
        return open_store(self.path)

    def write_score(self, score: Score) -> Saved:
        """Insert into `scores`; on disk when this returns."""
        conn = self._open_to_write()
        try:
            save_score(conn, "scores", score)
        except sqlite3.Error as error:
            raise NotWritable(f"the score was not saved ({error}), try again: {self.path}") from error
        finally:
            conn.close()
        return Saved(score, f"table scores in {self.path.name}")

    def retract_score(self, score: Score) -> Saved:
        """Mark the score as retracted; the one before it is current again."""
        conn = self._open_to_write()
        try:
            retract_score(conn, "scores", score.id, time.time_ns())
        except sqlite3.Error as error:
            raise NotWritable(f"{self.path}: the score was not taken back ({error}); try again") from error
        finally:
            conn.close()
        return Saved(score, f"table scores in {self.path.name}")

    def close(self) -> None:
        """Close the connection."""
        self._file.close()


def _load_cells(conn: sqlite3.Connection, span: Span) -> dict[str, Any]:
    """The cells of a span's row of `payloads`, none where there is none; cut where they are long and only looked at."""
    # Only here, as below.
    from tracetui.sources.cells_cut import cut_cells
    from tracetui.sources.lines_cut import is_looked_at

    where = "FROM payloads WHERE trace_id = ? AND span_id = ?"
    cut: dict[str, str] = {}
    if is_looked_at() and (place := conn.execute(f"SELECT rowid {where}", (span.trace_id, span.span_id)).fetchone()):
        cut = cut_cells(conn, "payloads", _CELLS, place[0])
    names = ", ".join("NULL" if name in cut else name for name in _CELLS)
    row = conn.execute(f"SELECT {names} {where}", (span.trace_id, span.span_id)).fetchone()
    return dict(zip(_CELLS, row, strict=True)) | cut if row else {}


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _sound_span(row: tuple[Any, ...]) -> Span | str:
    """The span of a row that any program may have written, or the reason why it is none."""
    if row[0] is None or row[1] is None or row[5] is None:
        return "trace_id, span_id and start_ns must not be NULL"
    for name, kinds, value in zip(SPAN_COLUMNS, _KINDS_OF_VALUES, row, strict=False):
        if value is not None and not isinstance(value, kinds):
            return f"{name} must be {_WORDS[kinds]}"
    return sound_span(span_from_row(row))


def sound_span(span: Span) -> Span:
    """The span of another program's row in our words: kinds and statuses that are ours, and a cost with its origin."""
    changes: dict[str, Any] = {}
    own_words: dict[str, Json] = {}
    if span.kind not in KINDS:
        own_words["kind"], changes["kind"] = span.kind, "span"
    if span.status not in STATUSES:
        own_words["status"], changes["status"] = span.status, "success"
    if own_words:
        changes["metadata"] = span.metadata | own_words
    if span.end_ns is None and span.status == "success":
        changes["status"] = "running"
    if span.cost.usd is not None and span.cost.origin not in _ORIGINS:
        changes["cost"] = msgspec.structs.replace(span.cost, origin="recorded")
    return msgspec.structs.replace(span, **changes) if changes else span


def _payload(row: dict[str, Any]) -> Payload:
    # Only here: the first rows of a list need no messages, and should not wait for this import.
    from tracetui.semconv.chat import parse_content, parse_tools
    from tracetui.sources.raw_text import is_left_out

    value = {name: _json(row[name]) for name in ("input", "output", "tools", "events")}
    events = value["events"]
    return Payload(
        input=parse_content(value["input"]),
        output=parse_content(value["output"]),
        tools=parse_tools(value["tools"]),
        attributes=parse_object(row["attributes"]) if row["attributes"] else {},
        events=tuple(item for item in events if isinstance(item, dict)) if isinstance(events, list) else (),
        raw="" if is_left_out(_length_of(row)) else _raw_of(row),
    )


def _length_of(row: dict[str, Any]) -> int:
    return sum(len(cell) for cell in row.values() if isinstance(cell, str | bytes))


def _raw_of(row: dict[str, Any]) -> str:
    """The record as it was, or what else there is of it as JSON."""
    if isinstance(row["raw"], str):
        return str(row["raw"])
    return msgspec.json.encode({name: _json(row[name]) for name in _CELLS if name != "raw"}).decode()


def _json(text: Any) -> Json:
    """The value of a JSON cell; text that is no JSON is itself."""
    if isinstance(text, bytes):
        text = _text(text)
    if not isinstance(text, str):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
