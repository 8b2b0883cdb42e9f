"""Somebody else's SQLite database, read with care: which tables and columns there are, and rows by names.

Nothing here relies on a version of the tool that wrote it: a table that is missing has no rows, a column that is
missing is absent from the row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from tracetui.errors import SourceVanished
from tracetui.store.connection import open_read_only

Row: TypeAlias = dict[str, Any]
"""A row by column names: text, int, float or bytes; what is NULL is left out. `rowid` is under `ROW_ID`."""

ROW_ID = "rowid"
_IN_LIST = 500


def open_database(path: Path) -> sqlite3.Connection:
    """Open for reading; broken UTF-8 is U+FFFD. Raises UnreadableSource."""
    conn = open_read_only(path)
    conn.text_factory = _text
    return conn


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def identity_of(path: Path) -> tuple[int, int]:
    """Device and inode. Raises SourceVanished."""
    try:
        found = path.stat()
    except OSError as error:
        raise SourceVanished(f"{path}: the file is gone; what is on the screen is all that is left") from error
    return found.st_dev, found.st_ino


def data_version(conn: sqlite3.Connection) -> int:
    """A number that changes when another connection has committed."""
    version: int = conn.execute("PRAGMA data_version").fetchone()[0]
    return version


def quoted(name: str) -> str:
    """An identifier as SQL."""
    return '"' + name.replace('"', '""') + '"'


def tables_of(conn: sqlite3.Connection) -> dict[str, frozenset[str]]:
    """The columns of each table."""
    sql = "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
    found: dict[str, set[str]] = {}
    for table, column in conn.execute(sql):
        found.setdefault(table, set()).add(column)
    return {table: frozenset(columns) for table, columns in found.items()}


class Database:
    """One connection, and the tables that it had when this was made."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self.tables: Mapping[str, frozenset[str]] = tables_of(conn)

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is such a table with at least these columns."""
        return table in self.tables and set(columns) <= self.tables[table]

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within is of one moment; no lock outlives it."""
        self.conn.execute("BEGIN")
        try:
            yield
        finally:
            self.conn.execute("ROLLBACK")

    def rows(
        self, table: str, where: Mapping[str, Any], order: tuple[str, ...] = (), without: tuple[str, ...] = ()
    ) -> list[Row]:
        """Rows whose columns equal `where` (a list: any of its values); none where table or column is missing.

        `order` are columns, the row id last; `without` are columns that are not loaded (large ones).
        """
        if not self.has(table, *where):
            return []
        lists = [name for name, value in where.items() if isinstance(value, list)]
        if not lists:
            return self._select(table, where, order, without)
        name, found = lists[0], []
        for start in range(0, len(where[name]), _IN_LIST):
            found += self._select(table, {**where, name: where[name][start : start + _IN_LIST]}, order, without)
        return found

    def _select(
        self, table: str, where: Mapping[str, Any], order: tuple[str, ...], without: tuple[str, ...]
    ) -> list[Row]:
        columns = sorted(self.tables[table] - {*without})
        names = ", ".join((ROW_ID, *map(quoted, columns)))
        values: list[Any] = []
        terms = [_term(name, value, values) for name, value in where.items()]
        by = [quoted(column) for column in order if column in self.tables[table]]
        clause = f" WHERE {' AND '.join(terms)}" if terms else ""
        sql = f"SELECT {names} FROM {quoted(table)}{clause} ORDER BY {', '.join([*by, ROW_ID])}"
        return [_row(columns, found) for found in self.conn.execute(sql, values)]


def _term(name: str, value: Any, values: list[Any]) -> str:
    if value is None:
        return f"{quoted(name)} IS NULL"
    if isinstance(value, list):
        values += value
        return f"{quoted(name)} IN ({', '.join('?' * len(value))})"
    values.append(value)
    return f"{quoted(name)} = ?"


def _row(columns: list[str], values: tuple[Any, ...]) -> Row:
    row = {name: value for name, value in zip(columns, values[1:], strict=True) if value is not None}
    row[ROW_ID] = values[0]
    return row
