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

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.store.connection import close_read_only, explain_sqlite_error, open_read_only

Row: TypeAlias = dict[str, Any]
"""A row by column names: text, int, float or bytes; what is NULL is left out. `rowid` is under `ROW_ID`."""

ROW_ID = "rowid"
_IN_LIST = 500
_ASKED_DIRECTLY = 8


def open_database(path: Path) -> sqlite3.Connection:
    """Open for reading; broken UTF-8 is U+FFFD. Raises UnreadableSource."""
    conn = open_read_only(path)
    conn.text_factory = _text
    return conn


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


@contextmanager
def one_look(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own, closed in the end. Raises UnreadableSource, also for what goes wrong within."""
    conn = open_database(path)
    try:
        yield conn
    except sqlite3.Error as error:
        raise UnreadableSource(explain_sqlite_error(path, error)) from error
    finally:
        close_read_only(conn, path)


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


def rows_up_to(table: str) -> str:
    """SQL for how many rows there are up to a row id, its one parameter.

    All rows without those behind it: SQLite counts all in the smallest index, but rows up to an id in the table itself,
    some hundred times as many pages where prompts are in the rows.
    """
    name = quoted(table)
    return f"SELECT (SELECT count(*) FROM {name}) - (SELECT count(*) FROM {name} WHERE rowid > ?)"


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
        self._selected: dict[tuple[str, tuple[str, ...]], tuple[list[str], str]] = {}
        self._asked: dict[tuple[str, str], int] = {}
        self._places: dict[tuple[str, str], dict[str, list[int]] | None] = {}

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
            return self._select(table, self._narrowed(table, where), order, without)
        name, found = lists[0], []
        for start in range(0, len(where[name]), _IN_LIST):
            found += self._select(table, {**where, name: where[name][start : start + _IN_LIST]}, order, without)
        return found

    def _narrowed(self, table: str, where: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same condition with the row ids that come into question, where a tool asks for no index of its own:
        a question for each of ten thousand groups must not read the table ten thousand times."""
        column, value = next(iter(where.items()), (ROW_ID, None))
        if value is None or column == ROW_ID:
            return where
        asked = self._asked[table, column] = self._asked.get((table, column), 0) + 1
        if asked <= _ASKED_DIRECTLY:
            return where
        if (table, column) not in self._places:
            self._places[table, column] = None if self._has_index(table, column) else self._places_by(table, column)
        places = self._places[table, column]
        found = None if places is None else places.get(_place_key(value), [])
        return where if found is None or len(found) > _IN_LIST else {ROW_ID: found, **where}

    def _has_index(self, table: str, column: str) -> bool:
        for _, name, *_ in self.conn.execute(f"PRAGMA index_list({quoted(table)})").fetchall():
            first = self.conn.execute(f"PRAGMA index_info({quoted(name)})").fetchone()
            if first is not None and first[2] == column:
                return True
        info = self.conn.execute(f"PRAGMA table_info({quoted(table)})").fetchall()
        return any(row[1] == column and row[5] and str(row[2]).upper() == "INTEGER" for row in info)

    def _places_by(self, table: str, column: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, value in self.conn.execute(f"SELECT rowid, {quoted(column)} FROM {quoted(table)}"):
            found.setdefault(_place_key(value), []).append(place)
        return found

    def _columns(self, table: str, without: tuple[str, ...]) -> tuple[list[str], str]:
        """The columns to load, and the same as SQL after the row id."""
        known = self._selected.get((table, without))
        if known is None:
            columns = sorted(self.tables[table] - {*without})
            known = self._selected[table, without] = columns, ", ".join((ROW_ID, *map(quoted, columns)))
        return known

    def _select(
        self, table: str, where: Mapping[str, Any], order: tuple[str, ...], without: tuple[str, ...]
    ) -> list[Row]:
        columns, names = self._columns(table, without)
        values: list[Any] = []
        terms = [_term(name, value, values) for name, value in where.items()]
        by = [quoted(column) for column in order if column in self.tables[table]]
        clause = f" WHERE {' AND '.join(terms)}" if terms else ""
        sql = f"SELECT {names} FROM {quoted(table)}{clause} ORDER BY {', '.join([*by, ROW_ID])}"
        return [_row(columns, found) for found in self.conn.execute(sql, values)]


def _place_key(value: Any) -> str:
    """A value so that those which SQLite may take for equal have the same key."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


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
