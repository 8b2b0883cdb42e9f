"""Cells of a SQLite table that are too long to be looked at whole: read block by block, and cut while they are read.

SQLite gives a text only whole, and everything that is done to it then copies it; `sqlite3.Blob` reads a cell from where it
lies. What is cut, and when, is as for long lines (`lines_cut`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing

from tracetui.sources import lines_cut
from tracetui.sources.lines_cut import is_cut, read_cut, read_cut_text

_JSON = (b"{", b"[", b'"')


def cut_cells(conn: sqlite3.Connection, table: str, columns: Iterable[str], rowid: int) -> dict[str, str]:
    """The long texts of a row without their rest, where the row is long and only looked at; else none.

    A cell that cannot be read so (of a view, a table without row ids, UTF-16) is not among them.
    """
    lengths = {column: _length_of(conn, table, column, rowid) for column in columns}
    if not is_cut(sum(lengths.values())) or conn.execute("PRAGMA encoding").fetchone()[0] != "UTF-8":
        return {}
    return {column: _read(conn, table, column, rowid) for column, length in lengths.items() if length > lines_cut.KEPT}


def _length_of(conn: sqlite3.Connection, table: str, column: str, rowid: int) -> int:
    """Bytes of a text or blob, without reading it; 0 of anything else."""
    try:
        with closing(conn.blobopen(table, column, rowid, readonly=True)) as blob:
            return len(blob)
    except sqlite3.Error:
        return 0


def _read(conn: sqlite3.Connection, table: str, column: str, rowid: int) -> str:
    with closing(conn.blobopen(table, column, rowid, readonly=True)) as blob:
        is_json = blob.read(64).lstrip()[:1] in _JSON
        blob.seek(0)
        found = (read_cut if is_json else read_cut_text)(blob.read, len(blob))
    return (found or b"").decode("utf-8", "replace")
