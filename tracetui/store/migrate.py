"""Bring a tracetui store of an earlier version to the present one, when it is opened for writing.

Reading needs no migration: a column that a store does not have yet reads as NULL (`columns_of`), and a table that it does
not have is left out (`has_table`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator

from tracetui.store.schema import (
    DERIVED_COLUMNS,
    DROPPED_TABLE,
    SCORE_COLUMNS,
    STORE_VERSION,
    TRACE_COLUMNS,
    WEIGHTS_TABLE,
)


def _add_hour_writes(conn: sqlite3.Connection) -> None:
    if "cache_write_1h_tokens" not in _names(conn, "main", "spans"):
        conn.execute("ALTER TABLE spans ADD COLUMN cache_write_1h_tokens INTEGER")


def _add_weights(conn: sqlite3.Connection) -> None:
    for statement in statements(WEIGHTS_TABLE + DROPPED_TABLE):
        conn.execute(statement)


_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _add_hour_writes, 2: _add_weights}
"""What makes a store of the next version out of one of this version. What a step adds may be there already."""


def is_behind(conn: sqlite3.Connection) -> bool:
    """Whether the store is of an earlier version."""
    return _version(conn) < STORE_VERSION


def migrate(conn: sqlite3.Connection) -> None:
    """Take the steps that are missing, in one transaction: the caller's, where one is open."""
    if not is_behind(conn):
        return
    is_inner = conn.in_transaction
    if not is_inner:
        conn.execute("BEGIN IMMEDIATE")
    try:
        # Asked within the transaction: another process may have taken the steps while this one waited for the lock.
        for step in range(max(1, _version(conn)), STORE_VERSION):
            _STEPS[step](conn)
        conn.execute(f"PRAGMA user_version = {STORE_VERSION}")
        if not is_inner:
            conn.execute("COMMIT")
    finally:
        if conn.in_transaction and not is_inner:
            conn.execute("ROLLBACK")


def columns_of(conn: sqlite3.Connection, wanted: Iterable[str], *, schema: str = "main", prefix: str = "") -> str:
    """The columns of `spans` for SELECT; NULL stands for one that an older store does not have."""
    there = _names(conn, schema, "spans")
    return ", ".join(f"{prefix}{name}" if name in there else f"NULL AS {name}" for name in wanted)


def has_table(conn: sqlite3.Connection, name: str, *, schema: str = "main") -> bool:
    """Whether the store has a table; an older one may not."""
    return bool(_names(conn, schema, name))


_NEEDED: dict[str, tuple[str, ...]] = {
    "spans": ("trace_id", "span_id", "kind", "name", "start_ns", "status", "usage_inconsistent", *DERIVED_COLUMNS),
    "traces": TRACE_COLUMNS,
    "scores": SCORE_COLUMNS,
    "payloads": ("trace_id", "span_id", "input", "output", "tools", "attributes", "events", "raw"),
    "stale": ("seq", "trace_id"),
}
"""What every version has, and NULL cannot stand for."""


def find_lacking(conn: sqlite3.Connection) -> str | None:
    """The first thing that a store has to have and this one has not, in words; None where it is whole."""
    for table, columns in _NEEDED.items():
        there = _names(conn, "main", table)
        if not there:
            return f"table {table}"
        lacking = next((name for name in columns if name not in there), None)
        if lacking is not None:
            return f"column {lacking} in its table {table}"
    return None


def statements(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would commit what is open first."""
    rest = ""
    for line in script.splitlines(keepends=True):
        rest += line
        if sqlite3.complete_statement(rest):
            yield rest
            rest = ""


def _version(conn: sqlite3.Connection) -> int:
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def _names(conn: sqlite3.Connection, schema: str, table: str) -> set[str]:
    return {row[1] for row in conn.execute(f"PRAGMA {schema}.table_info({table})")}
