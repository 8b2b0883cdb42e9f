"""SQLite tables of model calls that developers roll by hand: one row a call or a span, under names of their own.

Every table and view whose columns are about model calls is read; the others are left alone. Ratings go into a table
`tracetui_scores` of the same file, made when the first one is saved. docs/formats/handrolled.md explains it to users.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.model import Payload, Score, Span
from tracetui.sources.base import Batch, Description, Reference, Saved, Skipped
from tracetui.sources.columns import Families, Learner, MappedRow, Mapping, is_about_calls, is_for, mapping_toml, unfold
from tracetui.sources.cursors import dump_position, parse_position
from tracetui.sources.head import Head
from tracetui.sources.raw_text import is_left_out
from tracetui.sources.sqlite_followed import FollowedDatabase
from tracetui.sources.sqlite_read import data_version, identity_of, one_look, quoted
from tracetui.sources.sqlite_rows import (
    Table,
    count_known,
    find_tables,
    load_row_at,
    row_names,
    rows_after,
    sample_rows,
)
from tracetui.sources.sqlite_scores import SqliteScores
from tracetui.sources.sqlite_watch import next_after
from tracetui.store.connection import explain_sqlite_error

_FIRST_ROWS, _ROWS = 50, 2_000
_OPEN_ROWS_KEPT = 500
_REST, _REST_S = 50, 30.0
"""Rows are counted for no more than a fiftieth of the time; and after some were deleted, not for so many seconds."""
_NO_CALL = "nothing of a model call in it"


class Position(Struct):
    """The cursor: for each table the last row id, how many rows were read, and the rows that had not ended; the file's
    identity; how far the scores beside it were read."""

    file: tuple[int, int] = (0, 0)
    last: dict[str, int] = {}
    rows: dict[str, int] = {}
    running: dict[str, list[int]] = {}
    beside: str | None = None


class Learnt(Struct, frozen=True):
    """The tables about model calls, and how their columns were understood."""

    tables: list[tuple[Table, Learner]]


class SqliteTableSource(FollowedDatabase):
    """One database, opened read-only until a score is saved. Raises UnreadableSource where it cannot be read.

    `learnt` is what recognising it gave."""

    format = "sqlite-table"

    def __init__(self, path: Path, mappings: Sequence[Mapping] = (), learnt: object = None) -> None:
        self._mappings = mappings
        self._learnt = learnt if isinstance(learnt, Learnt) else None
        self._scores = SqliteScores(path)
        self._count_after = 0.0
        self._is_count_owed = False
        super().__init__(path)

    def learn_tables(self) -> None:
        """Those about model calls, by their columns and rows."""
        self._families = Families()
        known, self._learnt = self._learnt, None
        self._tables = list(_tables_of_calls(self._conn, self._mappings)) if known is None else known.tables

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether one of its tables is about model calls, or the user says how one is mapped."""
        with one_look(head.path) as conn:
            learnt = Learnt(list(_tables_of_calls(conn, head.mappings)))
        head.learnt = learnt
        return bool(learnt.tables)

    def describe(self) -> Description:
        """Say how the columns were understood and where scores go."""
        mapping = "\n".join(mapping_toml(learner.mapping) for _, learner in self._tables)
        notes = [f"{table.name}: {note}" for table, learner in self._tables for note in learner.mapping.notes]
        unused = [f"{table.name}.{name}" for table, learner in self._tables for name in learner.mapping.unused]
        if unused:
            notes.append(f"into the metadata: {', '.join(unused)}")
        writable, place = self._scores.writable, self._scores.place()
        return Description(str(self.path), self.format, writable, place, mapping, tuple(notes))

    def changed(self, cursor: str | None) -> bool:
        """Whether any program committed since the last read, the file is another one, or there are new scores."""
        position = parse_position(cursor, Position())
        is_count_due = self._is_count_owed and time.monotonic() >= self._count_after
        return is_count_due or self.has_news(position.file) or self._scores.changed_beside(position.beside)

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read new rows in order, rows that had not ended once more, then scores."""
        position = parse_position(cursor, Position())
        try:
            notice = self._look_for_replacement(position)
            if notice is not None:
                position = Position()
            position.file = identity_of(self.path)
            version = data_version(self._conn)
            total = sum(_last_row(self._conn, table) for table, _ in self._tables)
            for batch in self._read_tables(position, total, is_first=cursor is None):
                yield msgspec.structs.replace(batch, reset=True, notice=notice) if notice else batch
                notice = None
            found = self._scores.read(self._conn, position.beside)
            position.beside = found.beside
            if notice or cursor is None or not found.is_empty:
                done = sum(position.last.values())
                batch = Batch(dump_position(position), done, max(done, total), reset=notice is not None, notice=notice)
                yield found.added_to(batch)
            self._seen_version = version
        except sqlite3.Error as error:
            raise UnreadableSource(explain_sqlite_error(self.path, error)) from error

    def _look_for_replacement(self, position: Position) -> str | None:
        """A sentence where what was read before is no longer what is there."""
        if (replaced := self.reopen_if_replaced(position.file)) is not None:
            return replaced
        for table, _ in self._tables:
            if _last_row(self._conn, table) < position.last.get(table.name, 0):
                return f"{self.path.name}: rows of {table.name} were deleted: read again from the start"
        shorter = self._find_shorter(position)
        return (
            None if shorter is None else f"{self.path.name}: rows of {shorter} were deleted: read again from the start"
        )

    def _find_shorter(self, position: Position) -> str | None:
        """A table that has fewer rows than were read of it. Counting may read the table, and a program that deletes a row
        for each one it adds must not have everything read again each time: what is not counted now is owed."""
        now = time.monotonic()
        self._is_count_owed = now < self._count_after
        if self._is_count_owed:
            return None
        found = next((table.name for table, _ in self._tables if self._is_shorter(table, position)), None)
        self._count_after = now + (time.monotonic() - now) * _REST + (_REST_S if found is not None else 0.0)
        return found

    def _note_rows(self, position: Position, table: Table, read: int, *, is_last: bool) -> None:
        """Remember how many rows were read; of a table whose rows are replaced, how many there are at its end."""
        if not table.is_replaced:
            position.rows[table.name] = position.rows.get(table.name, 0) + read
        elif is_last:
            position.rows[table.name] = count_known(self._conn, table, position.last[table.name])
        else:
            position.rows.pop(table.name, None)

    def _is_shorter(self, table: Table, position: Position) -> bool:
        known, last = position.rows.get(table.name), position.last.get(table.name, 0)
        return known is not None and table.key is not None and count_known(self._conn, table, last) < known

    def _read_tables(self, position: Position, total: int, *, is_first: bool) -> Iterator[Batch]:
        for table, learner in self._tables:
            again = position.running.pop(table.name, [])
            if again:
                rows = [(place, row) for place in again if (row := load_row_at(self._conn, table, place)) is not None]
                yield self._batch(learner, rows, position, total)
            size = _FIRST_ROWS if is_first else _ROWS
            while True:
                rows = list(rows_after(self._conn, table, position.last.get(table.name, 0), size))
                if not rows:
                    break
                position.last[table.name] = next_after(position.last.get(table.name, 0), rows[-1][0])
                self._note_rows(position, table, len(rows), is_last=len(rows) < size)
                yield self._batch(learner, rows, position, total)
                size = _ROWS

    def _batch(
        self, learner: Learner, rows: list[tuple[int, dict[str, object]]], position: Position, total: int
    ) -> Batch:
        found: list[MappedRow] = []
        references: list[Reference] = []
        skipped: list[Skipped] = []
        running = position.running.setdefault(learner.name, [])
        number = _number_of(learner.name)
        for place, row in rows:
            mapped = learner.map_safely(row, place)
            if mapped is None or isinstance(mapped, str):
                skipped.append(Skipped(place, f"{mapped or _NO_CALL} (table {learner.name})"))
                continue
            found.append(mapped)
            references.append(Reference(place, _size_of(row), number))
            if mapped.span.status == "running" and len(running) < _OPEN_ROWS_KEPT:
                running.append(place)
        done = sum(position.last.values())
        mapped_rows = self._families.join(learner.mapping, found)
        return Batch(
            dump_position(position),
            done,
            max(done, total),
            spans=tuple([row.span for row in mapped_rows]),
            references=tuple(references),
            scores=tuple([score for row in mapped_rows for score in row.scores]),
            skipped=tuple(skipped),
            skipped_count=len(skipped),
            has_families=Families.are_named_by(learner.mapping),
        )

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the row of the span again. Raises SourceVanished, UnreadableSource."""
        identity_of(self.path)
        found = next((found for found in self._tables if _number_of(found[0].name) == reference.item), None)
        if found is None:
            raise UnreadableSource(f"{self.path}: the table of the span {span.span_id} is gone")
        table, learner = found
        with one_look(self.path) as conn:
            row = load_row_at(conn, table, reference.position)
        if row is None:
            raise UnreadableSource(f"{self.path}: row {reference.position} of {table.name} is gone")
        raw = "" if is_left_out(_size_of(row)) else msgspec.json.encode(row).decode()
        return unfold(learner.mapping, row, span.kind, raw)

    def write_score(self, score: Score) -> Saved:
        """Insert into `tracetui_scores`, which is made where there is none."""
        return self._scores.write(score)

    def retract_score(self, score: Score) -> Saved:
        """Take a score back; its row stays as history."""
        return self._scores.retract(score)


def _tables_of_calls(conn: sqlite3.Connection, mappings: Sequence[Mapping]) -> Iterator[tuple[Table, Learner]]:
    """Tables about model calls, each with what reads its rows. A view that only repeats such a table is left out."""
    seen: set[frozenset[str]] = set()
    for table in sorted(find_tables(conn), key=lambda table: (table.key is None, table.name)):
        user = next((found for found in mappings if is_for(found, table.name, SqliteTableSource.format)), None)
        names = row_names(table)
        learner = Learner(
            table.name, names, sample_rows(conn, table), format=SqliteTableSource.format, user=user, joins=table.joins
        )
        is_named = user is not None and bool(user.fields)
        if not is_named and not is_about_calls(learner.mapping, names):
            continue
        columns = frozenset(table.columns)
        if table.key is None and not is_named and any(columns <= other or other <= columns for other in seen):
            continue
        seen.add(columns)
        yield table, learner


def _number_of(table: str) -> int:
    """What stands for a table in references, which outlive this program: its place changes when tables are added."""
    return zlib.crc32(table.encode("utf-8", "replace"))


def _size_of(row: dict[str, object]) -> int:
    """Bytes of the texts and blobs of a row, which tell big rows from small ones."""
    sizes = (
        len(cell) if isinstance(cell, bytes) or cell.isascii() else len(cell.encode("utf-8", "replace"))
        for cell in row.values()
        if isinstance(cell, bytes | str)
    )
    return sum(sizes)


def _last_row(conn: sqlite3.Connection, table: Table) -> int:
    sql = f"max({table.key})" if table.key else "count(*)"
    return conn.execute(f"SELECT {sql} FROM {quoted(table.name)}").fetchone()[0] or 0
