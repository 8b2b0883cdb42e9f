"""Bring a tracetui store of an earlier version to the present one, when it is opened for writing.

Reading needs no migration: a column that a store does not have yet reads as NULL (`columns_of`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tracetui.store.schema import STORE_VERSION

_STEPS: dict[int, str] = {
    1: "ALTER TABLE spans ADD COLUMN cache_write_1h_tokens INTEGER",
}
"""What makes a store of the next version out of one of this version."""


def migrate(conn: sqlite3.Connection) -> None:
    """Take the steps that are missing, in one transaction. The columns of a step may be there already."""
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    if version >= STORE_VERSION:
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        # Asked within the transaction: another process may have taken the steps while this one waited for the lock.
        if "cache_write_1h_tokens" not in _names(conn, "main", "spans"):
            for step in range(max(1, version), STORE_VERSION):
                conn.execute(_STEPS[step])
        conn.execute(f"PRAGMA user_version = {STORE_VERSION}")
        conn.execute("COMMIT")
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")


def columns_of(conn: sqlite3.Connection, wanted: Iterable[str], *, schema: str = "main", prefix: str = "") -> str:
    """The columns of `spans` for SELECT; NULL stands for one that an older store does not have."""
    there = _names(conn, schema, "spans")
    return ", ".join(f"{prefix}{name}" if name in there else f"NULL AS {name}" for name in wanted)


def _names(conn: sqlite3.Connection, schema: str, table: str) -> set[str]:
    return {row[1] for row in conn.execute(f"PRAGMA {schema}.table_info({table})")}
