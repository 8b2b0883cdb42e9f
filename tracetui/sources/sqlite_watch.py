"""How new, changed and lost rows of somebody else's table are found: by row id, by a stamp, by counting.

Each question is over one table and reads its small columns only; it is asked when another program has committed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from tracetui.sources.sqlite_read import Database, quoted, rows_up_to


class Watched(Struct, frozen=True):
    """A table whose rows tell of groups. `key` is the column with the group's key, `otherwise` the one that serves
    where that is NULL or missing; `stamp` is a column that grows when a row is changed (a time), None where rows are
    only ever added. `is_replaced`: the tool changes a row by replacing it, which gives it a new row id."""

    table: str
    key: str
    stamp: str | None = None
    otherwise: str | None = None
    is_replaced: bool = False

    def is_in(self, db: Database) -> bool:
        """Whether the database has it."""
        return db.has(self.table, self.key) or (self.otherwise is not None and db.has(self.table, self.otherwise))

    def key_sql(self, db: Database) -> str:
        """The key as SQL over a row."""
        columns = [quoted(name) for name in (self.key, self.otherwise) if name and db.has(self.table, name)]
        return columns[0] if len(columns) == 1 else f"coalesce({', '.join(columns)})"


class Place(Struct, frozen=True, array_like=True):
    """How far a table was read: the last row id, how many rows there were up to it, the key in the last of them, and
    the largest stamp."""

    last: int = 0
    rows: int = 0
    tail: str | None = None
    stamp: int | float | str | None = None


def place_of(db: Database, watched: Watched) -> Place:
    """The present end of a table."""
    name, key = quoted(watched.table), watched.key_sql(db)
    last, rows = db.conn.execute(f"SELECT (SELECT max(rowid) FROM {name}), (SELECT count(*) FROM {name})").fetchone()
    tail = db.conn.execute(f"SELECT {key} FROM {name} WHERE rowid = ?", (last,)).fetchone()
    stamp = None
    if watched.stamp is not None and db.has(watched.table, watched.stamp):
        stamp = db.conn.execute(f"SELECT max({quoted(watched.stamp)}) FROM {name}").fetchone()[0]
        stamp = None if isinstance(stamp, bytes) else stamp
    return Place(last or 0, rows, f"{tail[0]}" if tail else "", stamp)


def is_lost(db: Database, watched: Watched, place: Place) -> bool:
    """Whether rows that were read are gone, or the last of them is another one now."""
    if not place.last:
        return False
    if not watched.is_in(db):
        return True
    name = quoted(watched.table)
    if watched.is_replaced:
        rows: int = db.conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        return rows < place.rows
    count = db.conn.execute(rows_up_to(watched.table), (place.last,)).fetchone()[0]
    if count < place.rows:
        return True
    if place.tail is None:
        return False
    sql = f"SELECT {watched.key_sql(db)} FROM {name} WHERE rowid = ?"
    found = db.conn.execute(sql, (place.last,)).fetchone()
    return found is None or f"{found[0]}" != place.tail


def changed_keys(db: Database, watched: Watched, known: Place) -> list[Any]:
    """Keys of rows that were read and whose stamp is as large as the largest that was seen, or larger."""
    if watched.stamp is None or known.stamp is None or not db.has(watched.table, watched.stamp):
        return []
    sql = (
        f"SELECT DISTINCT {watched.key_sql(db)} FROM {quoted(watched.table)}"
        f" WHERE rowid <= ? AND {quoted(watched.stamp)} >= ?"
    )
    return [key for (key,) in db.conn.execute(sql, (known.last, known.stamp))]


def next_after(before: int, last: int) -> int:
    """The row id behind which reading goes on. On damaged pages ids stand out of order, and reading would never end.
    Raises sqlite3.DatabaseError."""
    if last <= before:
        raise sqlite3.DatabaseError("database disk image is malformed: row ids are out of order")
    return last


def new_keys(
    db: Database, watched: Watched, after: int, last: int, first_size: int, size: int
) -> Iterator[tuple[int, list[Any]]]:
    """The keys of rows behind `after` up to `last`, some at a time, each time with the last row id of them."""
    sql = (
        f"SELECT rowid, {watched.key_sql(db)} FROM {quoted(watched.table)}"
        " WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?"
    )
    limit = first_size
    while after < last:
        rows = db.conn.execute(sql, (after, last, limit)).fetchall()
        if not rows:
            return
        after, limit = next_after(after, rows[-1][0]), size
        yield after, list(dict.fromkeys(key for _, key in rows))
