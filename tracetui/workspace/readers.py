"""Connections that ask questions: one for each thread, over the index and the stores that are read where they lie.

A question is SQL over `spans`, `traces` and `scores`. Where a tracetui store is open, these are views that join the
store's own tables with the index; the index's copy of a trace wins, because it is made of what is newer.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from tracetui.store.connection import LOCK_WAIT_S, closed_on_failure, read_only_uri
from tracetui.store.migrate import columns_of
from tracetui.store.schema import DERIVED_COLUMNS, REFERENCE_COLUMNS, SCORE_COLUMNS, SPAN_COLUMNS, TRACE_COLUMNS


class Base(Struct, frozen=True):
    """A tracetui store that is read where it lies. `has_traces`: tracetui keeps a roll-up in it; `has_weights`: it is of a
    version that can be sampled; `number` differs when another file has this name."""

    origin_id: int
    path: Path
    has_traces: bool
    has_weights: bool = True
    number: int = 0


class Layout(Struct, frozen=True):
    """What the views are made of; a connection whose layout is old makes its views anew."""

    bases: tuple[Base, ...] = ()
    index_has_traces: bool = True
    has_only_stores: bool = False
    index_has_weights: bool = False


Prepare = Callable[[sqlite3.Connection, Callable[[], sqlite3.Connection]], None]
"""Registers functions on a connection; the second argument gives another one for questions within a question."""


class Readers:
    """Hands each thread its own read-only connection, with the same views and functions on all."""

    def __init__(self, read_uri: str, layout: Layout, prepare: Prepare) -> None:
        self._read_uri = read_uri
        self._prepare = prepare
        self._layout = layout
        self._local = threading.local()
        self._lock = threading.Lock()
        self._all: dict[int, list[_Pair]] = {}

    @property
    def layout(self) -> Layout:
        """The present layout."""
        return self._layout

    def arrange(self, layout: Layout) -> None:
        """Change what the views are made of; each connection follows at its next use."""
        self._layout = layout

    def get(self) -> sqlite3.Connection:
        """This thread's connection."""
        # The layout is read once: another thread may change it in the middle of this.
        wanted = self._layout
        known: Layout | None = getattr(self._local, "layout", None)
        if known is None or not _goes_on(known, wanted):
            pair = self._connect(wanted, self._prepare)
            self._local.conn = pair.first
            self._keep(pair, is_first=known is None)
        elif known != wanted:
            _adapt(self._local.conn, known, wanted)
        self._local.layout = wanted
        conn: sqlite3.Connection = self._local.conn
        return conn

    def _keep(self, pair: _Pair, *, is_first: bool) -> None:
        """Remember a connection of this thread, beside older ones that may be in the middle of a question. What has the
        number of this thread without being its own is of a thread that ended."""
        thread = threading.get_ident()
        with self._lock:
            ended = self._all.get(thread, []) if is_first else []
            self._all[thread] = [pair] if is_first else [*self._all[thread], pair]
        for one in ended:
            one.close()

    @contextmanager
    def connect(self, prepare: Prepare) -> Iterator[sqlite3.Connection]:
        """A further connection for a while, with the views on it and functions of its own."""
        with closing(self._connect(self._layout, prepare)) as pair:
            yield pair.first

    def _connect(self, layout: Layout, prepare: Prepare) -> _Pair:
        pair = _Pair(self._open(layout), self._open, lambda: self._layout)
        with closed_on_failure(pair.first):
            prepare(pair.first, pair.second)
        return pair

    def _open(self, layout: Layout) -> sqlite3.Connection:
        conn = sqlite3.connect(self._read_uri, uri=True, timeout=LOCK_WAIT_S, check_same_thread=False)
        with closed_on_failure(conn):
            conn.isolation_level = None
            conn.execute("PRAGMA temp_store = MEMORY")
            _adapt(conn, Layout(), layout)
        return conn

    def interrupt(self, thread: int | None = None) -> None:
        """Cancel what is being asked on all threads, or on one (`threading.get_ident()`)."""
        with self._lock:
            chosen = list(self._all) if thread is None else [thread]
            for pair in (pair for one in chosen for pair in self._all.get(one, ())):
                pair.first.interrupt()

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for pair in (pair for some in self._all.values() for pair in some):
                pair.close()
            self._all.clear()


class _Pair:
    """A connection for questions, and a second one, made at its first use, for look-ups while the first is busy."""

    def __init__(
        self, first: sqlite3.Connection, open: Callable[[Layout], sqlite3.Connection], wanted: Callable[[], Layout]
    ) -> None:
        self.first = first
        self._open = open
        self._wanted = wanted
        self._second: sqlite3.Connection | None = None
        self._known = Layout()

    def second(self) -> sqlite3.Connection:
        """The second connection, with the views that are wanted now."""
        wanted = self._wanted()
        if self._second is not None and not _goes_on(self._known, wanted):
            self._second.close()
            self._second = None
        if self._second is None:
            self._second = self._open(wanted)
        elif self._known != wanted:
            _adapt(self._second, self._known, wanted)
        self._known = wanted
        return self._second

    def close(self) -> None:
        """Close both."""
        self.first.close()
        if self._second is not None:
            self._second.close()


def _goes_on(known: Layout, wanted: Layout) -> bool:
    """Whether stores were only added. One that left cannot be detached in the middle of a question."""
    return _files(wanted)[: len(known.bases)] == _files(known)


def _files(layout: Layout) -> list[tuple[Path, int]]:
    return [(base.path, base.number) for base in layout.bases]


def _adapt(conn: sqlite3.Connection, known: Layout, wanted: Layout) -> None:
    """Attach the stores that came since the `known` layout, and lay the views of the `wanted` one."""
    for number, base in enumerate(wanted.bases[len(known.bases) :], len(known.bases)):
        # An attached database would otherwise be looked for in memory where the index is kept there.
        conn.execute(f"ATTACH ? AS base{number}", (read_only_uri(base.path) + "&vfs=unix",))
    make_views(conn, wanted)


def make_views(conn: sqlite3.Connection, layout: Layout, within: str | None = None) -> None:
    """Lay the temporary views over the tables; with only an index, the tables themselves serve.

    `within` names a temporary table of trace ids to which everything is limited.
    """
    for name in ("spans", "traces", "scores", "weights"):
        conn.execute(f"DROP VIEW IF EXISTS temp.{name}")
    if not layout.bases and within is None:
        return
    limit = "" if within is None else f" WHERE x.trace_id IN (SELECT trace_id FROM temp.{within})"
    hidden = " WHERE x.trace_id NOT IN (SELECT trace_id FROM main.traces)" if layout.index_has_traces else ""
    both = hidden + (limit.replace(" WHERE", " AND") if hidden else limit)
    parts: dict[str, list[str]] = {"spans": [], "traces": [], "scores": [], "weights": []}
    copied = " WHERE x.trace_id NOT IN (SELECT trace_id FROM main.weights)" if layout.index_has_weights else ""
    for number, base in enumerate(layout.bases):
        schema = f"base{number}"
        if base.has_traces:
            parts["spans"].append(f"SELECT {_base_span_columns(conn, base, schema)} FROM {schema}.spans x{both}")
            parts["traces"].append(f"SELECT {_columns('traces')} FROM {schema}.traces x{both}")
        parts["scores"].append(f"SELECT {_columns('scores')} FROM {schema}.scores x{limit}")
        if base.has_weights:
            parts["weights"].append(f"SELECT {_columns('weights')} FROM {schema}.weights x{copied}")
    for name, selects in parts.items():
        # One table behind a view costs nothing; two cost the planner its best plans. So an empty index is left out.
        wanted = layout.index_has_weights if name == "weights" else layout.index_has_traces
        if wanted or not selects or (name == "scores" and not layout.has_only_stores):
            selects.append(f"SELECT {_columns(name)} FROM main.{name} x{'' if name == 'weights' else limit}")
        conn.execute(f"CREATE TEMP VIEW {name} AS {' UNION ALL '.join(selects)}")


def _columns(table: str) -> str:
    names = {
        "spans": SPAN_COLUMNS + DERIVED_COLUMNS + REFERENCE_COLUMNS,
        "traces": TRACE_COLUMNS,
        "scores": SCORE_COLUMNS,
        "weights": ("trace_id", "weight", "reason"),
    }[table]
    return ", ".join(f"x.{name}" for name in names)


def _base_span_columns(conn: sqlite3.Connection, base: Base, schema: str) -> str:
    own = columns_of(conn, SPAN_COLUMNS + DERIVED_COLUMNS, schema=schema, prefix="x.")
    return f"{own}, {int(base.origin_id)} AS origin_id, x.rowid AS position, 0 AS length, 0 AS item"
