"""What Parquet files of exports have in common. They need the extra `[parquet]` (duckdb), imported when one is opened.

A Parquet file is written once: it is read again as a whole when it was replaced. Rows become the same objects as those
of the other exports of a tool.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from tracetui.errors import MissingExtra, UnreadableSource
from tracetui.model import Payload, Score, Span
from tracetui.sources.base import Batch, Description, Reference, Saved, Skipped
from tracetui.sources.cursors import dump_position, parse_position, stamp_of
from tracetui.sources.export_file import Row, RowGiven
from tracetui.sources.head import Head
from tracetui.sources.sidecar import SidecarScores
from tracetui.wire.otlp_values import loads

_MAGIC = b"PAR1"
_FOOTER = 16 << 20
_ROWS = 500
_SQL = "SELECT file_row_number, to_json(t) FROM read_parquet(?, file_row_number = true, hive_partitioning = false) AS t WHERE"
"""The names of folders (`year=2026`) are no columns: an export has one of its own for each that matters."""


class Position(Struct, frozen=True):
    """The cursor: the file as it was, how many of its rows were read, the scores beside it."""

    file: tuple[int, int, int] = (0, 0, 0)
    rows: int = 0
    sidecar: str | None = None


class ParquetFile:
    """One Parquet file of rows; a subclass says what they mean. Raises UnreadableSource where it, or duckdb, is not there."""

    format: ClassVar[str]

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sidecar = SidecarScores(path)
        try:
            import duckdb  # noqa: F401
        except ImportError as error:
            raise UnreadableSource(f"{path}: {MissingExtra('reading Parquet', 'parquet')}") from error

    def map_row(self, row: Row) -> RowGiven:
        """What a row gives."""
        raise NotImplementedError

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """What a span carried."""
        raise NotImplementedError

    def notes(self) -> tuple[str, ...]:
        """What was assumed."""
        return ("read with duckdb",)

    def describe(self) -> Description:
        """Say what was recognised and where scores go."""
        return Description(
            str(self.path), self.format, self._sidecar.writable, self._sidecar.place(), notes=self.notes()
        )

    def changed(self, cursor: str | None) -> bool:
        """Whether the file was replaced, or a score saved beside it."""
        position = parse_position(cursor, Position())
        return stamp_of(self.path) != position.file or self._sidecar.changed(position.sidecar)

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read the rows in their order, then scores from beside the file."""
        position = parse_position(cursor, Position())
        now = stamp_of(self.path)
        notice = (
            f"{self.path.name} was replaced: read again from the start"
            if position.file not in (now, (0, 0, 0))
            else None
        )
        if position.file != now:
            rows = self._query("SELECT count(*) FROM read_parquet(?)")[0][0]
            for batch in self._read_rows(position, rows):
                yield msgspec.structs.replace(batch, reset=True, notice=notice) if notice else batch
                notice = None
            position = Position(now, rows, position.sidecar)
            yield Batch(dump_position(position), rows, rows, reset=notice is not None, notice=notice)
        for change in self._sidecar.read(position.sidecar):
            position = Position(position.file, position.rows, change.cursor)
            yield self._sidecar.batch(change, dump_position(position), position.rows, position.rows)

    def _read_rows(self, position: Position, total: int) -> Iterator[Batch]:
        """Some rows at a time. A reading that was not finished starts anew the next time."""
        for start in range(0, total, _ROWS):
            found = self._query(f"{_SQL} file_row_number >= ? AND file_row_number < ?", start, start + _ROWS)
            yield self._batch(found, position, min(total, start + _ROWS), total)

    def _batch(self, found: list[tuple[Any, ...]], position: Position, done: int, total: int) -> Batch:
        spans: list[Span] = []
        references: list[Reference] = []
        scores: list[Score] = []
        skipped: list[Skipped] = []
        for number, content in found:
            given = self.map_row(_row(content))
            if given.span is not None:
                spans.append(given.span)
                references.append(Reference(number))
            scores += given.scores
            if given.skipped is not None:
                skipped.append(Skipped(number + 1, given.skipped))
        return Batch(
            dump_position(Position((0, 0, 0), 0, position.sidecar)), done, total, spans=tuple(spans),
            references=tuple(references), scores=tuple(scores), skipped=tuple(skipped), skipped_count=len(skipped),
        )  # fmt: skip

    def _query(self, sql: str, *parameters: int) -> list[tuple[Any, ...]]:
        import duckdb

        if self.path.is_dir():
            raise UnreadableSource(f"{self.path}: a directory, not a file")
        try:
            with duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": False}) as conn:
                conn.execute("SET TimeZone = 'UTC'")
                return list(conn.execute(sql, [str(self.path), *parameters]).fetchall())
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise UnreadableSource(f"{self.path}: the Parquet file cannot be read ({reason})") from error

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the row of the span again. Raises SourceVanished, UnreadableSource."""
        stamp_of(self.path)
        found = self._query(f"{_SQL} file_row_number = ?", reference.position)
        row = _row(found[0][1]) if found else {}
        given = self.map_row(row)
        if given.span is None or given.span.span_id != span.span_id:
            raise UnreadableSource(f"{self.path}: the row of this span is not there any more")
        return msgspec.structs.replace(self.unfold_row(row, span), raw=found[0][1])

    def write_score(self, score: Score) -> Saved:
        """Append to the file beside this one. Raises NotWritable."""
        return self._sidecar.write(score)

    def retract_score(self, score: Score) -> Saved:
        """Take a score back; the line that saved it stays as history. Raises NotWritable."""
        return self._sidecar.retract(score)

    def close(self) -> None:
        """Nothing is held open."""


def parquet_footer(head: Head) -> bytes:
    """The metadata at the end of a Parquet file, in which the names of the columns stand; of any other file nothing."""
    if not head.magic.startswith(_MAGIC):
        return b""
    with head.path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size < 12:
            return b""
        file.seek(size - 8)
        length = min(struct.unpack("<I", file.read(4))[0], _FOOTER, size - 8)
        file.seek(size - 8 - length)
        return file.read(length)


def _row(content: str) -> Row:
    try:
        value = loads(content.encode())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
