"""Tables of somebody else's SQLite database as rows: which there are, their keys, their header tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Container, Iterator
from typing import Any

from msgspec import Struct

from tracetui.sources.cells_cut import cut_cells
from tracetui.sources.columns import Join
from tracetui.sources.columns.values import Row
from tracetui.sources.lines_cut import is_looked_at
from tracetui.sources.sqlite_read import quoted, rows_up_to

_SAMPLED = 200
_LONGEST = 4 << 20
_OURS = ("sqlite_", "tracetui_")


class Table(Struct, frozen=True):
    """A table or a view. `key` is its row id (`rowid`, or an alias), None where rows have only a place in order.

    `order` is what rows without a row id are ordered by; `joins` are header tables whose columns belong to each row,
    `joined` those columns as (join, column). `is_replaced`: it has unique columns, by which a program may replace a row,
    which gives it a new row id.
    """

    name: str
    columns: tuple[str, ...]
    key: str | None
    order: str
    joins: tuple[Join, ...] = ()
    joined: tuple[tuple[int, str], ...] = ()
    is_replaced: bool = False


def find_tables(conn: sqlite3.Connection) -> list[Table]:
    """All tables and views that are neither SQLite's nor tracetui's, by name."""
    sql = "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
    tables = []
    for name, kind in conn.execute(sql).fetchall():
        if not name.startswith(_OURS):
            try:
                tables.append(_describe(conn, name, kind))
            except sqlite3.Error:
                continue  # a view over a table that is gone, or a virtual table without its module
    return tables


def _describe(conn: sqlite3.Connection, name: str, kind: str) -> Table:
    info = conn.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()
    columns = tuple(row[1] for row in info if row[6] != 1)
    primary = [row[1] for row in sorted(info, key=lambda row: int(row[5])) if row[5]]
    key = _row_id(conn, name) if kind == "table" else None
    order = ", ".join(quoted(column) for column in primary)
    joins, joined = _headers(conn, name, columns) if kind == "table" else ((), ())
    is_replaced = any(row[2] for row in conn.execute(f"PRAGMA index_list({quoted(name)})").fetchall())
    return Table(name, columns, key, order, joins, joined, is_replaced)


def _row_id(conn: sqlite3.Connection, name: str) -> str | None:
    try:
        conn.execute(f"SELECT rowid FROM {quoted(name)} LIMIT 0")
    except sqlite3.Error:
        return None
    return "rowid"


def _headers(
    conn: sqlite3.Connection, name: str, columns: tuple[str, ...]
) -> tuple[tuple[Join, ...], tuple[tuple[int, str], ...]]:
    """Header tables that foreign keys name, one to one, and their columns that the table itself has not."""
    joins: list[Join] = []
    joined: list[tuple[int, str]] = []
    taken = set(columns)
    for row in conn.execute(f"PRAGMA foreign_key_list({quoted(name)})").fetchall():
        table, column, key = row[2], row[3], row[4] or row[3]
        if table == name:
            continue
        theirs = [info[1] for info in conn.execute(f"PRAGMA table_info({quoted(table)})").fetchall()]
        if key not in theirs:
            continue
        joins.append(Join(table, column, key))
        for other in theirs:
            if other not in taken and other != key:
                taken.add(other)
                joined.append((len(joins) - 1, other))
    return tuple(joins), tuple(joined)


def count_known(conn: sqlite3.Connection, table: Table, last: int) -> int:
    """How many rows of a table with row ids there are up to the `last` that was read; in all, where they are replaced."""
    if table.is_replaced:
        return int(conn.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchone()[0])
    return int(conn.execute(rows_up_to(table.name), (last,)).fetchone()[0])


def select(
    table: Table, tail: str, without: Container[str] = (), cell: Callable[[str], str] = lambda place: place
) -> str:
    """SQL for rows: the row id (or 0), the table's columns, NULL for those that are not wanted, the joined columns.

    `cell` makes the SQL for a value of the one for a column of the table.
    """
    key = f"t.{table.key}" if table.key else "0"
    names = [key, *("NULL" if column in without else cell(f"t.{quoted(column)}") for column in table.columns)]
    names += [f"j{number}.{quoted(column)}" for number, column in table.joined]
    joins = "".join(
        f" LEFT JOIN {quoted(join.table)} j{number} ON j{number}.{quoted(join.key)} = t.{quoted(join.column)}"
        for number, join in enumerate(table.joins)
    )
    return f"SELECT {', '.join(names)} FROM {quoted(table.name)} t{joins} {tail}"


def row_names(table: Table) -> list[str]:
    """The names of a row's values."""
    return [*table.columns, *(column for _, column in table.joined)]


def to_row(table: Table, values: tuple[Any, ...]) -> Row:
    """A row by names; what is NULL is left out, bytes are text."""
    names = row_names(table)
    return {
        name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        for name, value in zip(names, values[1:], strict=True)
        if value is not None
    }


def _beginning(place: str) -> str:
    """SQL for a value, of a very long text or blob for its beginning, which tells what it is. SQLite knows the type of a
    value without loading it."""
    return f"CASE WHEN typeof({place}) IN ('text', 'blob') THEN substr({place}, 1, {_LONGEST}) ELSE {place} END"


def sample_rows(conn: sqlite3.Connection, table: Table) -> list[Row]:
    """Up to 200 rows from the start, the middle and the end, the longest cells cut."""
    if table.key is None:
        return [to_row(table, values) for values in conn.execute(select(table, f"LIMIT {_SAMPLED}", cell=_beginning))]
    first, last = conn.execute(f"SELECT min({table.key}), max({table.key}) FROM {quoted(table.name)}").fetchone()
    if first is None:
        return []
    found: dict[int, Row] = {}
    for start in (first, (first + last) // 2, max(first, last - _SAMPLED // 4)):
        tail = f"WHERE t.{table.key} >= ? ORDER BY t.{table.key} LIMIT {_SAMPLED // 3}"
        fresh = max(start, max(found, default=start - 1) + 1)
        for values in conn.execute(select(table, tail, cell=_beginning), (fresh,)):
            found[values[0]] = to_row(table, values)
    return list(found.values())


def rows_after(conn: sqlite3.Connection, table: Table, after: int, limit: int) -> Iterator[tuple[int, Row]]:
    """Rows behind a row id, or behind a place in order, each with its own."""
    if table.key is not None:
        tail = f"WHERE t.{table.key} > ? ORDER BY t.{table.key} LIMIT ?"
        for values in conn.execute(select(table, tail), (after, limit)):
            yield values[0], to_row(table, values)
        return
    order = f"ORDER BY {table.order} " if table.order else ""
    for place, values in enumerate(conn.execute(select(table, f"{order}LIMIT ? OFFSET ?"), (limit, after)), after + 1):
        yield place, to_row(table, values)


def load_row_at(conn: sqlite3.Connection, table: Table, position: int) -> Row | None:
    """The row with a row id, or at a place in order (from 1); cut where it is long and only looked at."""
    if table.key is not None:
        cut = cut_cells(conn, table.name, table.columns, position) if is_looked_at() else {}
        values = conn.execute(select(table, f"WHERE t.{table.key} = ?", cut), (position,)).fetchone()
        if cut and values is not None:
            row = to_row(table, values) | cut
            return {name: row[name] for name in row_names(table) if name in row}
    else:
        order = f"ORDER BY {table.order} " if table.order else ""
        values = conn.execute(select(table, f"{order}LIMIT 1 OFFSET ?"), (position - 1,)).fetchone()
    return None if values is None else to_row(table, values)
