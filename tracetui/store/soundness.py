"""A SQLite file as a file: whether it is sound, what lies unused in it, its log, its biggest payloads. Read-only."""

from __future__ import annotations

import heapq
import os
import sqlite3
import time
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.store.connection import close_read_only, is_store, open_read_only
from tracetui.store.health import BIGGEST, Row, capped, is_interrupted

Check: TypeAlias = Literal["ok", "damaged", "unfinished", "unreadable"]
_MAGIC = b"SQLite format 3\x00"
_PARTS = ("input", "output", "tools", "attributes", "events", "raw")
_LENGTHS = " + ".join(f"coalesce(length(CAST({part} AS BLOB)), 0)" for part in _PARTS)
_PAYLOADS = f"SELECT trace_id, span_id, {_LENGTHS} FROM payloads ORDER BY rowid DESC"
_LOOK = 200
"""Payloads between two looks at the clock."""


class Database(Struct, frozen=True):
    """`check` is what `PRAGMA quick_check` said; what could not be found out is None.

    `biggest` are rows among the newest `measured` payloads of a tracetui store; empty of any other database.
    """

    check: Check
    bytes: int
    wal_bytes: int
    journal_mode: str | None = None
    page_bytes: int | None = None
    free_pages: int | None = None
    biggest: tuple[Row, ...] = ()
    measured: int = 0
    is_store: bool = False

    @property
    def free_bytes(self) -> int:
        """What VACUUM would give back at least."""
        return (self.free_pages or 0) * (self.page_bytes or 0)


def is_database(path: Path) -> bool:
    """Whether the file begins as a SQLite database does."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def examine_database(path: Path, *, check_s: float, measure_s: float) -> Database:
    """Examine a SQLite file of any kind; `check_s` and `measure_s` cap the check and the measuring of payloads."""
    size, wal = path.stat().st_size, _size(Path(f"{path}-wal"))
    try:
        conn = open_read_only(path, wait_s=1)
    except UnreadableSource:
        return Database("unreadable", size, wal)
    try:
        check = _quick_check(conn, check_s)
        if check == "damaged":
            return Database(check, size, wal)
        mode, page, free = (_pragma(conn, name) for name in ("journal_mode", "page_size", "freelist_count"))
        is_ours = is_store(conn)
        biggest, measured = _measure(conn, measure_s) if is_ours else ([], 0)
        return Database(check, size, wal, str(mode), int(page), int(free), tuple(biggest), measured, is_ours)
    except sqlite3.Error:
        return Database("unreadable", size, wal)
    finally:
        close_read_only(conn, path)


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _pragma(conn: sqlite3.Connection, name: str) -> str | int:
    value: str | int = conn.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _quick_check(conn: sqlite3.Connection, seconds: float) -> Check:
    try:
        with capped(conn, seconds):
            return "ok" if conn.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok" else "damaged"
    except sqlite3.DatabaseError as error:
        if is_interrupted(error):
            return "unfinished"
        return "unreadable" if "locked" in str(error) or "busy" in str(error) else "damaged"


def _measure(conn: sqlite3.Connection, seconds: float) -> tuple[list[Row], int]:
    """The biggest payloads, the newest looked at first, and how many were looked at."""
    deadline = time.monotonic() + seconds
    rows = conn.execute(_PAYLOADS)
    biggest: list[Row] = []
    measured = 0
    while time.monotonic() < deadline and (some := rows.fetchmany(_LOOK)):
        measured += len(some)
        biggest = heapq.nlargest(BIGGEST, [*biggest, *(Row(*row) for row in some)], key=lambda row: row.bytes)
    return biggest, measured
