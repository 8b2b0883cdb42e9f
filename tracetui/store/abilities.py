"""What the SQLite that Python brought can do, of all that tracetui asks of it: each thing is tried."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from msgspec import Struct


class Ability(Struct, frozen=True):
    """A feature, whether it works here, and from which version of SQLite on it does."""

    name: str
    works: bool
    since: str


_TRIED: tuple[tuple[str, str, str], ...] = (
    ("json", "SELECT count(*) FROM json_each('[1]') WHERE json_valid('{}')", "3.38"),
    ("window functions", "SELECT row_number() OVER (ORDER BY 1)", "3.25"),
    ("nulls last", "SELECT 1 ORDER BY 1 NULLS LAST", "3.30"),
    ("upsert", "INSERT INTO tried VALUES (1) ON CONFLICT DO UPDATE SET a = a", "3.24"),
    ("without rowid", "CREATE TABLE bare (a PRIMARY KEY) WITHOUT ROWID", "3.8"),
)
"""Name, a statement that needs it, and the version that brought it."""


def sqlite_version() -> str:
    """The version of the library, not of Python's module."""
    return sqlite3.sqlite_version


def try_abilities() -> list[Ability]:
    """Try each feature in a database in memory; WAL and shared memory databases in a private directory that goes."""
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute("CREATE TABLE tried (a INTEGER PRIMARY KEY)")
        found = [Ability(name, _runs(conn, sql), since) for name, sql, since in _TRIED]
    return [*found, Ability("wal", _has_wal(), "3.7"), Ability("memdb", _has_memdb(), "3.36")]


def _runs(conn: sqlite3.Connection, sql: str) -> bool:
    try:
        conn.execute(sql).fetchall()
    except sqlite3.Error:
        return False
    return True


def _has_wal() -> bool:
    try:
        with (
            tempfile.TemporaryDirectory(prefix="tracetui-") as folder,
            closing(sqlite3.connect(Path(folder) / "tried.db")) as conn,
        ):
            return bool(conn.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal")
    except (OSError, sqlite3.Error):
        return False


def _has_memdb() -> bool:
    """An index that cannot be a file is shared between threads in memory."""
    try:
        with closing(sqlite3.connect("file:/tracetui-tried?vfs=memdb", uri=True)) as conn:
            return _runs(conn, "CREATE TABLE tried (a)")
    except sqlite3.Error:
        return False
